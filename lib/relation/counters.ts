import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import { columnProblem } from '../record/column-rules.ts';
import { computedError } from '../record/values.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bindNode, type IncrementNode } from '../sql/nodes.ts';
import { bareType, rejectValue, type Type } from '../types/type.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';
import { requireNumericOrder } from './shape.ts';

const numeric = ['id', 'key', 'integer', 'smallint', 'tinyint', 'bigint', 'decimal', 'float', 'double'];

/** What is to be added to a column, cast by its type. */
export function amountOf(attribute: Attribute, by: unknown, dialect: Dialect, what: string): unknown {
  if (attribute.computed) throw computedError(attribute);
  refuseEncrypted(attribute, `${what} would add to text`);
  if (!numeric.includes(attribute.type.kind)) {
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}; ${what} needs a number.`, {
      hint: 'For other columns there is updateAll with sql`…`.',
    });
  }
  if (attribute.key)
    throw new InvalidQuery(`${attribute.label} is part of the primary key, which ${what} cannot change.`);
  requireNumericOrder(attribute, dialect, 'adding to it');
  const site = { label: `${what} of ${attribute.label}`, sensitive: attribute.sensitive };
  if (by === null) throw rejectValue(by, 'a number', site);
  const amount: unknown = bareType(attribute.type).cast(by, site);
  // Adding -0 adds nothing; and a literal of it is none of an integer.
  if (amount === 0) return 0;
  const size = typeof amount === 'number' || typeof amount === 'bigint' ? magnitude(amount) : amount;
  if (columnProblem(attribute, size) !== undefined) throw rejectValue(by, 'an amount that the column can hold', site);
  return amount;
}

const magnitude = (amount: number | bigint) => (amount < 0 ? -amount : amount);

/** The opposite of an amount of {@link amountOf}. */
export function opposite(attribute: Attribute, amount: unknown): unknown {
  if (typeof amount === 'number') return 0 - amount;
  if (typeof amount === 'bigint') return -amount;
  const text = String(amount);
  return bareType(attribute.type).cast(text.startsWith('-') ? text.slice(1) : `-${text}`, attribute);
}

export function incrementNode(attribute: Attribute, amount: unknown): IncrementNode {
  return {
    kind: 'increment',
    column: attribute.column,
    by: bindNode(amount, attribute.type as Type, attribute.sensitive),
  };
}

/** A value with an amount added, exactly as the database adds it. */
export function added(attribute: Attribute, value: unknown, amount: unknown): unknown {
  if (typeof amount === 'bigint') return (typeof value === 'bigint' ? value : 0n) + amount;
  if (typeof amount === 'number')
    return bareType(attribute.type).cast((typeof value === 'number' ? value : 0) + amount, attribute);
  return bareType(attribute.type).cast(
    addedDecimals(typeof value === 'string' ? value : '0', String(amount)),
    attribute,
  );
}

/** Decimals are added as whole numbers of their last digit. */
function addedDecimals(a: string, b: string): string {
  const scale = Math.max(fraction(a).length, fraction(b).length);
  const whole = (text: string) => BigInt(text.replace('.', '') + '0'.repeat(scale - fraction(text).length));
  const sum = whole(a) + whole(b);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sum < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

const fraction = (text: string) => text.split('.')[1] ?? '';
