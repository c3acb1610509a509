import type { DefinitionOf } from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Direction, Name, Where } from './query-types.ts';

/** Conditions and shape of a query: each method gives another query. */
export interface QueryShape<M> {
  /** The same query: `User.all()` is where scopes are called on. */
  all(): this;

  /**
   * Adds conditions; all of them have to hold.
   *
   * @param conditions - by attribute: a value, null, a list, an operator (`gt gte lt lte between like not`); or `sql`
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue (`AR_VALUE_INVALID`), before any SQL is sent
   * @example
   * ```ts
   * User.where({ name: 'Ada', age: [36, 37, null] })   // name = ? AND (age IN (?, ?) OR age IS NULL)
   * User.where({ age: not(between(10, 20)) })          // age NOT BETWEEN ? AND ?
   * User.where(sql`length(name) > ${3}`)               // (length(name) > ?)
   * ```
   */
  where(conditions: Where<DefinitionOf<M>> | Sql): this;

  /**
   * Orders by a column, by several, or by an expression; a further call adds to what is there.
   *
   * ```ts
   * User.order('name').order({ age: 'desc' })   // ORDER BY name, age DESC
   * User.order(sql`length(name)`, 'desc')       // ORDER BY length(name) DESC
   * ```
   */
  order(name: Name<DefinitionOf<M>> | Sql, direction?: Direction): this;
  order(directions: { readonly [K in Name<DefinitionOf<M>>]?: Direction }): this;

  /** At most so many rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  limit(count: number): this;

  /** Leaves out the first rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  offset(count: number): this;

  /** Each different row once: `User.select('age').distinct()` sends `SELECT DISTINCT age FROM users`. */
  distinct(on?: boolean): this;
}
