import { InvalidQuery } from '../errors/query.ts';
import type { Sql } from '../sql/template.ts';
import type { Scalar } from '../types/type.ts';

declare const operandType: unique symbol;
declare const modelBrand: unique symbol;

/** A query, where it stands inside another one. */
export interface Subquery<M = unknown> {
  readonly [modelBrand]?: M;
  toSQL(): { sql: string; binds: readonly Scalar[] };
}

type Comparison = '>' | '>=' | '<' | '<=';

/** What an operator says, as data. */
export type OperatorNode =
  | { readonly kind: 'comparison'; readonly operator: Comparison; readonly value: unknown }
  | { readonly kind: 'between'; readonly from: unknown; readonly to: unknown }
  | { readonly kind: 'like'; readonly pattern: unknown }
  | { readonly kind: 'affix'; readonly text: unknown; readonly before: boolean; readonly after: boolean }
  | { readonly kind: 'anyOf'; readonly values: readonly unknown[] }
  | { readonly kind: 'not'; readonly operand: unknown };

/**
 * A condition on a column other than equality, as `where` takes it. Made only by the functions below: its private field
 * is a brand that nothing parsed from JSON can have.
 */
export class Operator<V> {
  readonly #node: OperatorNode;
  declare readonly [operandType]: V;

  /** @internal */
  constructor(node: OperatorNode) {
    this.#node = node;
  }

  /** @internal */
  static nodeOf(value: unknown): OperatorNode | undefined {
    return typeof value === 'object' && value !== null && #node in value ? value.#node : undefined;
  }
}

/** A comparison with a value, or with an expression. */
interface Comparing {
  (expression: Sql): Operator<never>;
  <const V>(value: V): Operator<V>;
}

const comparison =
  (operator: Comparison): Comparing =>
  (value: unknown): Operator<never> =>
    new Operator<never>({ kind: 'comparison', operator, value });

/** Greater than: `where({ age: gt(18) })` sends `age > 18`. */
export const gt: Comparing = comparison('>');

/** Greater than or equal: `where({ age: gte(18) })` sends `age >= 18`. */
export const gte: Comparing = comparison('>=');

/** Less than: `where({ age: lt(18) })` sends `age < 18`. */
export const lt: Comparing = comparison('<');

/** Less than or equal: `where({ age: lte(18) })` sends `age <= 18`. */
export const lte: Comparing = comparison('<=');

/** Within both ends: `where({ age: between(18, 65) })` sends `age BETWEEN 18 AND 65`. */
export const between = <const V>(from: V, to: V): Operator<V> => new Operator({ kind: 'between', from, to });

/**
 * Text that matches a pattern: `%` stands for any text, `_` for one character, and a backslash takes the meaning from
 * either. Whether upper and lower case differ is up to the database: they do on PostgreSQL, by collation on MySQL, and
 * not for ASCII on SQLite. `where({ name: like('A%') })` sends `name LIKE 'A%'`.
 */
export const like = (pattern: string): Operator<string> => new Operator({ kind: 'like', pattern });

/** Outside of both ends: `where({ age: notBetween(18, 65) })` sends `age NOT BETWEEN 18 AND 65`. */
export const notBetween = <const V>(from: V, to: V): Operator<V> => not(between(from, to));

/** Text that does not match a pattern: `where({ name: notLike('A%') })` sends `name NOT LIKE 'A%'`. */
export const notLike = (pattern: string): Operator<string> => not(like(pattern));

const affix = (text: string, before: boolean, after: boolean): Operator<string> =>
  new Operator({ kind: 'affix', text, before, after });

/** Text that begins with these very characters: `startsWith('50%')` sends `LIKE '50\\%%'`. */
export const startsWith = (text: string): Operator<string> => affix(text, false, true);

/** Text that ends with these very characters: `endsWith('.org')` sends `LIKE '%.org'`. */
export const endsWith = (text: string): Operator<string> => affix(text, true, false);

/** Text with these very characters in it: `contains('_')` sends `LIKE '%\\_%'`. */
export const contains = (text: string): Operator<string> => affix(text, true, true);

/** One of several values: the same as a list, and the way to give a JSON column a list of documents. */
export function anyOf<const V>(values: readonly V[]): Operator<V> {
  if (!Array.isArray(values)) throw new InvalidQuery('anyOf takes a list of values.');
  return new Operator({ kind: 'anyOf', values: [...values] });
}

/**
 * The opposite of a value, a list or an operator: `where({ role: not('admin') })` sends `role <> 'admin'`,
 * `not([1, 2])` sends `NOT IN (1, 2)`, `not(null)` sends `IS NOT NULL`, `not(like('A%'))` sends `NOT LIKE 'A%'`.
 * As in SQL, NULL is neither equal nor unequal: `not('admin')` leaves out rows without a role.
 */
export function not<V>(operand: Operator<V>): Operator<V>;
export function not(query: Subquery): Operator<never>;
export function not<const V>(values: readonly V[]): Operator<V>;
export function not<const V>(value: V): Operator<V>;
export function not(operand: unknown): Operator<unknown> {
  if (operand === undefined)
    throw new InvalidQuery('not(undefined) is no condition.', { hint: 'For columns that are not NULL: not(null).' });
  return new Operator({ kind: 'not', operand });
}
