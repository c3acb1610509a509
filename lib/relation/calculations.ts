import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { compile } from '../sql/compile.ts';
import {
  type AggregateName,
  columnNode,
  type Expression,
  type SelectedNode,
  type SelectStatement,
} from '../sql/nodes.ts';
import { type StorageType, storageOf } from '../types/column-type.ts';
import type { Scalar, Type } from '../types/type.ts';
import { checkCapabilities } from './capabilities.ts';
import { type QueryState, selectStatement } from './query-state.ts';
import { requireNumericOrder } from './shape.ts';
import type { ReadySource } from './source.ts';

const valueAlias = 'value';

/** Aggregates over the rows of a query. A limit, offset or DISTINCT of rows applies first: those rows become a subquery. */
async function aggregate(
  ready: ReadySource,
  state: QueryState,
  columns: readonly SelectedNode[],
  operand: Attribute | undefined,
): Promise<Record<string, Scalar | undefined>> {
  const { connection, attributes } = ready;
  const nested = state.limit !== undefined || state.offset !== undefined || (state.distinct && operand === undefined);
  // Of a column the rows of the limit are taken first, and their different values then.
  const inner: SelectStatement = selectStatement(
    operand === undefined ? state : { ...state, distinct: false },
    attributes,
    nested ? innerColumns(state, attributes, operand) : columns,
  );
  const statement: SelectStatement = nested
    ? {
        kind: 'select',
        distinct: false,
        columns,
        from: { select: inner, alias: 'limited' },
        where: undefined,
        order: [],
        limit: undefined,
        offset: undefined,
      }
    : { ...inner, distinct: false, order: [] };
  checkCapabilities(inner, attributes, connection.dialect);
  const { rows } = await connection.run(
    compile(statement, connection.dialect),
    { prepared: attributes.floats, bigints: true },
    'read',
  );
  return rows[0] ?? {};
}

/** What the subquery has to give: the column that is aggregated, or the rows that are counted. */
function innerColumns(
  state: QueryState,
  attributes: AttributeSet,
  operand: Attribute | undefined,
): readonly SelectedNode[] | undefined {
  if (operand !== undefined) return [{ expression: columnNode(operand.column), alias: undefined }];
  return state.distinct || state.selection !== undefined
    ? undefined
    : attributes.keys.length > 0
      ? attributes.keys.map((key) => ({ expression: columnNode(key.column), alias: undefined }))
      : undefined;
}

function call(name: AggregateName, operand: Attribute | undefined, distinct = false): Expression {
  return { kind: 'aggregate', name, operand: operand === undefined ? undefined : columnNode(operand.column), distinct };
}

export async function count(ready: ReadySource, state: QueryState, name: string | undefined): Promise<number> {
  const operand = name === undefined ? undefined : ready.attributes.get(name);
  const row = await aggregate(
    ready,
    state,
    [{ expression: call('count', operand, state.distinct && operand !== undefined), alias: valueAlias }],
    operand,
  );
  return Number(row[valueAlias] ?? 0);
}

/** The sum of a column, in the column's own type; null where there is no row. */
export async function sum(ready: ReadySource, state: QueryState, name: string): Promise<unknown> {
  const attribute = numeric(ready.attributes, name, 'sum');
  const type = storageOf(attribute.type);
  const { dialect } = ready.connection;
  if (type.kind === 'decimal' && !dialect.features.exactDecimalSums) {
    return asAttribute(attribute, (await scaledSum(ready, state, attribute)).sum);
  }
  const row = await aggregate(
    ready,
    state,
    [{ expression: call('sum', attribute, state.distinct), alias: valueAlias }],
    attribute,
  );
  const raw = row[valueAlias] ?? null;
  return asAttribute(attribute, raw === null ? null : withoutFraction(raw, type));
}

/** The sum of Money is a Money. A sum of 32-bit numbers has 64 bits. */
function asAttribute({ type }: Attribute, raw: Scalar): unknown {
  if (raw === null) return null;
  return type.kind === 'float' ? Number(raw) : (type as Type).deserialize(raw);
}

/** A sum of whole numbers comes as DECIMAL or NUMERIC, whose text may end in `.0`. */
function withoutFraction(raw: Scalar, type: StorageType): Scalar {
  return type.kind !== 'decimal' && type.kind !== 'float' && type.kind !== 'double' && typeof raw === 'string'
    ? raw.replace(/\.0*$/, '')
    : raw;
}

/** The average: a number for numbers; for decimals and bigints text, with four digits more than the column has. */
export async function average(ready: ReadySource, state: QueryState, name: string): Promise<number | string | null> {
  const attribute = numeric(ready.attributes, name, 'average');
  const type = storageOf(attribute.type);
  const { dialect } = ready.connection;
  const exact = type.kind === 'decimal' || type.kind === 'bigint';
  if (!exact) {
    const row = await aggregate(
      ready,
      state,
      [{ expression: floatAverage(attribute, state.distinct), alias: valueAlias }],
      attribute,
    );
    const raw = row[valueAlias] ?? null;
    return raw === null ? null : Number(raw);
  }
  const scale = scaleOf(type);
  if (!dialect.features.exactDecimalSums) {
    const { digits, count } = await scaledSum(ready, state, attribute);
    return digits === null ? null : pointed(roundedQuotient(digits * 10_000n, count), scale + 4);
  }
  const rounded: Expression = {
    kind: 'raw',
    parts: ['ROUND(', `, ${scale + 4})`],
    values: [call('avg', attribute, state.distinct)],
  };
  const row = await aggregate(ready, state, [{ expression: rounded, alias: valueAlias }], attribute);
  const raw = row[valueAlias] ?? null;
  return raw === null ? null : String(raw);
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
async function scaledSum(
  ready: ReadySource,
  state: QueryState,
  attribute: Attribute,
): Promise<{ sum: string | null; digits: bigint | null; count: bigint }> {
  const { dialect } = ready.connection;
  requireNumericOrder(attribute, dialect, 'a sum');
  const scale = scaleOf(storageOf(attribute.type));
  const distinct = state.distinct ? 'DISTINCT ' : '';
  // A column without a fraction is whole already, and must not go by way of a REAL with its 53 bits.
  const parts =
    scale === 0
      ? [`SUM(${distinct}CAST(`, ' AS INTEGER))']
      : [`SUM(${distinct}CAST(ROUND(`, ` * ${10n ** BigInt(scale)}) AS INTEGER))`];
  const whole: Expression = { kind: 'raw', parts, values: [columnNode(attribute.column)] };
  const columns = [
    { expression: whole, alias: valueAlias },
    { expression: call('count', attribute, state.distinct), alias: 'rows' },
  ];
  const row = await aggregate(ready, state, columns, attribute);
  const raw = row[valueAlias] ?? null;
  const digits = raw === null ? null : BigInt(String(raw));
  return { sum: digits === null ? null : pointed(digits, scale), digits, count: BigInt(String(row.rows ?? 0)) };
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
export async function extreme(
  ready: ReadySource,
  state: QueryState,
  name: string,
  which: 'min' | 'max',
): Promise<unknown> {
  const attribute = ready.attributes.get(name);
  const type = storageOf(attribute.type);
  if (['json', 'binary', 'boolean', 'uuid'].includes(type.kind)) {
    throw new InvalidQuery(
      `${attribute.label} is of type ${type.kind}, which has no ${which === 'min' ? 'smallest' : 'largest'} value.`,
    );
  }
  requireNumericOrder(attribute, ready.connection.dialect, which === 'min' ? 'its minimum' : 'its maximum');
  const row = await aggregate(ready, state, [{ expression: call(which, attribute), alias: valueAlias }], attribute);
  const raw = row[valueAlias] ?? null;
  // The column's own type, not its storage's: the largest Money is a Money.
  return raw === null ? null : (attribute.type as Type).deserialize(raw);
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
  if (!numericKinds.has(storageOf(attribute.type).kind))
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}: ${what} needs numbers.`);
  return attribute;
}
