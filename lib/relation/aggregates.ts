import type { Row } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { deserialized } from '../record/values.ts';
import type { Dialect } from '../sql/dialect.ts';
import { type AggregateName, columnNode, type Expression, type SelectedNode } from '../sql/nodes.ts';
import { type StorageType, storageOf } from '../types/column-type.ts';
import type { Scalar, Type } from '../types/type.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';
import { requireNumericOrder } from './shape.ts';

/** What is selected for one figure about many rows, and how the figure is read from the row that comes back. */
export interface Aggregate {
  readonly columns: readonly SelectedNode[];
  /** The column that it is about; undefined for a count of rows. */
  readonly operand: Attribute | undefined;
  /** The figure itself, for HAVING. */
  readonly expression: Expression;
  read(row: Row): unknown;
}

const valueAlias = 'value';

function call(name: AggregateName, operand: Attribute | undefined, distinct = false): Expression {
  return { kind: 'aggregate', name, operand: operand === undefined ? undefined : columnNode(operand.column), distinct };
}

function single(expression: Expression, operand: Attribute | undefined, read: (raw: Scalar) => unknown): Aggregate {
  return {
    columns: [{ expression, alias: valueAlias }],
    operand,
    expression,
    read: (row) => read(row[valueAlias] ?? null),
  };
}

export function countOf(attributes: AttributeSet, distinct: boolean, name: string | undefined): Aggregate {
  const operand = name === undefined ? undefined : attributes.get(name);
  if (operand !== undefined && distinct) refuseEncrypted(operand, 'its different values cannot be counted');
  return single(call('count', operand, distinct && operand !== undefined), operand, (raw) => Number(raw ?? 0));
}

/** The sum of a column, in the column's own type; null where there is no row. */
export function sumOf(attributes: AttributeSet, dialect: Dialect, distinct: boolean, name: string): Aggregate {
  const attribute = numeric(attributes, name, 'sum');
  const type = storageOf(attribute.type);
  if (type.kind === 'decimal' && !dialect.features.exactDecimalSums) {
    return scaled(attribute, dialect, distinct, (digits) => asAttribute(attribute, pointed(digits, scaleOf(type))));
  }
  return single(call('sum', attribute, distinct), attribute, (raw) =>
    asAttribute(attribute, raw === null ? null : withoutFraction(raw, type)),
  );
}

/** The sum of Money is a Money. A sum of 32-bit numbers has 64 bits. */
function asAttribute(attribute: Attribute, raw: Scalar): unknown {
  if (raw === null) return null;
  return attribute.type.kind === 'float' ? Number(raw) : deserialized(attribute, raw);
}

/** A sum of whole numbers comes as DECIMAL or NUMERIC, whose text may end in `.0`. */
function withoutFraction(raw: Scalar, type: StorageType): Scalar {
  return type.kind !== 'decimal' && type.kind !== 'float' && type.kind !== 'double' && typeof raw === 'string'
    ? raw.replace(/\.0*$/, '')
    : raw;
}

/** The average: a number for numbers; for decimals and bigints text, with four digits more than the column has. */
export function averageOf(attributes: AttributeSet, dialect: Dialect, distinct: boolean, name: string): Aggregate {
  const attribute = numeric(attributes, name, 'average');
  const type = storageOf(attribute.type);
  if (type.kind !== 'decimal' && type.kind !== 'bigint') {
    return single(floatAverage(attribute, distinct), attribute, (raw) => (raw === null ? null : Number(raw)));
  }
  const scale = scaleOf(type);
  if (!dialect.features.exactDecimalSums) {
    return scaled(attribute, dialect, distinct, (digits, count) =>
      pointed(roundedQuotient(digits * 10_000n, count), scale + 4),
    );
  }
  const rounded: Expression = {
    kind: 'raw',
    parts: ['ROUND(', `, ${scale + 4})`],
    values: [call('avg', attribute, distinct)],
  };
  return single(rounded, attribute, (raw) => (raw === null ? null : String(raw)));
}

/** Of whole numbers MySQL would give four digits behind the point: as floating point there are as many as elsewhere. */
function floatAverage(attribute: Attribute, distinct: boolean): Expression {
  return {
    kind: 'raw',
    parts: [`AVG(${distinct ? 'DISTINCT ' : ''}`, ' * 1e0)'],
    values: [columnNode(attribute.column)],
  };
}

/** Where the database would add decimals as floating point: they are added as whole numbers of their last digit. */
function scaled(
  attribute: Attribute,
  dialect: Dialect,
  distinct: boolean,
  read: (digits: bigint, count: bigint) => unknown,
): Aggregate {
  requireNumericOrder(attribute, dialect, 'a sum');
  const scale = scaleOf(storageOf(attribute.type));
  const first = `SUM(${distinct ? 'DISTINCT ' : ''}CAST(`;
  // A column without a fraction is whole already, and must not go by way of a REAL with its 53 bits.
  const parts = scale === 0 ? [first, ' AS INTEGER))'] : [`${first}ROUND(`, ` * ${10n ** BigInt(scale)}) AS INTEGER))`];
  const whole: Expression = { kind: 'raw', parts, values: [columnNode(attribute.column)] };
  return {
    columns: [
      { expression: whole, alias: valueAlias },
      { expression: call('count', attribute, distinct), alias: 'rows' },
    ],
    operand: attribute,
    expression: { kind: 'raw', parts: ['(', ` / 1e${scale})`], values: [whole] },
    read(row) {
      const raw = row[valueAlias] ?? null;
      return raw === null ? null : read(BigInt(String(raw)), BigInt(String(row.rows ?? 0)));
    },
  };
}

/** Half away from zero, as the databases round decimals. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n;
  const magnitude = negative ? -dividend : dividend;
  const quotient = (magnitude * 2n + divisor) / (divisor * 2n);
  return negative ? -quotient : quotient;
}

function pointed(digits: bigint, scale: number): string {
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${negative ? '-' : ''}${text.slice(0, point)}${scale > 0 ? `.${text.slice(point)}` : ''}`;
}

/** The smallest or largest value of a column; null where there is no row. */
export function extremeOf(attributes: AttributeSet, dialect: Dialect, name: string, which: 'min' | 'max'): Aggregate {
  const attribute = attributes.get(name);
  const type = storageOf(attribute.type);
  const smallest = which === 'min';
  refuseEncrypted(attribute, `it has no ${smallest ? 'smallest' : 'largest'} value`);
  if (['json', 'binary', 'boolean', 'uuid'].includes(type.kind)) {
    throw new InvalidQuery(
      `${attribute.label} is of type ${type.kind}, which has no ${smallest ? 'smallest' : 'largest'} value.`,
    );
  }
  requireNumericOrder(attribute, dialect, smallest ? 'its minimum' : 'its maximum');
  // The column's own type, not its storage's: the largest Money is a Money.
  return single(call(which, attribute), attribute, (raw) => (raw === null ? null : deserialized(attribute, raw)));
}

function scaleOf(type: Type): number {
  return 'scale' in type && typeof type.scale === 'number' ? type.scale : 0;
}

const numericKinds = new Set([
  'id',
  'key',
  'integer',
  'smallint',
  'tinyint',
  'bigint',
  'decimal',
  'float',
  'double',
  'plain',
]);

function numeric(attributes: AttributeSet, name: string, what: string): Attribute {
  const attribute = attributes.get(name);
  refuseEncrypted(attribute, `it has no ${what}`);
  if (attribute.type.kind === 'integer enum' || !numericKinds.has(storageOf(attribute.type).kind))
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}: ${what} needs numbers.`);
  return attribute;
}
