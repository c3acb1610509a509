import type {
  AverageOf,
  ColumnName,
  DefinitionOf,
  EnumScopeName,
  IsUndeclared,
  KeyOf,
  NewAttributes,
  NumericName,
  RecordOf,
  SumOf,
  ValueOf,
} from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Scalar } from '../types/type.ts';
import type { Operator } from './operators.ts';

/** A value (or null), a list of values, an operator such as `gte(18)`, or `sql`. */
export type Condition<V> = V | readonly V[] | Operator<V> | Sql;

/** Conditions by attribute; all of them have to hold. */
export type Where<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : { readonly [K in ColumnName<D>]?: Condition<ValueOf<D[K]>> };

export type Direction = 'asc' | 'desc';
export type Name<D> = IsUndeclared<D> extends true ? string : ColumnName<D>;

/** A column's name, or expressions by alias: `select('id', { initial: sql<string>`…` })`. */
export type Selection<D> = Name<D> | { readonly [alias: string]: Sql };
/** The record without the columns that were not selected, and with the expressions that were. */
export type Selected<D, R, S> = Omit<R, Exclude<ColumnName<D>, S>> & Aliases<Extract<S, object>>;
type Aliases<S> = [S] extends [never] ? unknown : { readonly [K in keyof S]: S[K] extends Sql<infer V> ? V : never };

/** One column: its values. Several: tuples. */
export type Plucked<D, K extends readonly unknown[]> = K extends readonly [infer Only]
  ? PluckedValue<D, Only>
  : { -readonly [I in keyof K]: PluckedValue<D, K[I]> };
type PluckedValue<D, K> = K extends keyof D ? ValueOf<D[K]> : unknown;

/** What `updateAll` takes: values, or `sql` expressions. */
export type Assignments<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : { readonly [K in ColumnName<D>]?: ValueOf<D[K]> | Sql };

/** Says that a write without conditions is meant. */
export interface EveryRow {
  readonly everyRow: true;
}

/**
 * A query on a model. It is immutable: each method gives a new one. It is sent when it is awaited, and again each time.
 *
 * ```ts
 * const adults = User.where({ age: gte(18) });
 * await adults.order('name').limit(10);   // SELECT … FROM users WHERE age >= ? ORDER BY name LIMIT 10
 * await adults.count();                   // SELECT COUNT(*) AS value FROM users WHERE age >= ?
 * ```
 *
 * @typeParam M - the model class
 * @typeParam R - the type of its records; `select` narrows it
 */
export interface Query<M, R = RecordOf<M>> extends PromiseLike<R[]> {
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

  /**
   * Loads only these columns, and expressions by alias. The type of the records then lacks the others; at run time
   * reading one is a MissingAttribute (`AR_ATTRIBUTE_MISSING`).
   *
   * ```ts
   * const [user] = await User.select('id', { initial: sql<string>`substr(name, 1, 1)` });
   * user?.initial;   // SELECT id, substr(name, 1, 1) AS initial FROM users
   * ```
   */
  select<const S extends readonly Selection<DefinitionOf<M>>[]>(
    ...selection: S
  ): Query<M, Selected<DefinitionOf<M>, R, S[number]>>;

  /**
   * The record with that key; with a list of keys, the records in that order.
   *
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) naming every key that has no row
   * @example
   * ```ts
   * await User.find(1);        // SELECT … FROM users WHERE id = ? LIMIT 1
   * await User.find([3, 1]);   // SELECT … FROM users WHERE id IN (?, ?)
   * ```
   */
  find(key: KeyOf<DefinitionOf<M>>): Promise<R>;
  find(keys: readonly KeyOf<DefinitionOf<M>>[]): Promise<R[]>;

  /** A record that meets the conditions, or null: `SELECT … WHERE email = ? LIMIT 1`. */
  findBy(conditions: Where<DefinitionOf<M>> | Sql): Promise<R | null>;

  /** The first record by the query's order, or by key: `… ORDER BY id LIMIT 1`. With a number, so many of them. */
  first(): Promise<R | null>;
  first(count: number): Promise<R[]>;

  /** The last record by the query's order, or by key: `… ORDER BY id DESC LIMIT 1`. With a number, so many, in order. */
  last(): Promise<R | null>;
  last(count: number): Promise<R[]>;

  /** Any record, in no particular order. With a number, so many of them. */
  take(): Promise<R | null>;
  take(count: number): Promise<R[]>;

  /** Whether there is any row: `SELECT 1 AS one FROM users WHERE … LIMIT 1`. */
  exists(conditions?: Where<DefinitionOf<M>> | Sql): Promise<boolean>;

  /**
   * The values of one column, or tuples of several, without making records.
   *
   * ```ts
   * await User.pluck('name');         // ['Ada', 'Bob']
   * await User.pluck('id', 'name');   // [[1, 'Ada'], [2, 'Bob']]
   * ```
   */
  pluck<const K extends readonly [Name<DefinitionOf<M>>, ...Name<DefinitionOf<M>>[]]>(
    ...names: K
  ): Promise<Plucked<DefinitionOf<M>, K>[]>;

  /** The primary keys. */
  ids(): Promise<KeyOf<DefinitionOf<M>>[]>;

  /** How many rows; with a column, how many of them have a value in it (how many different ones, after `distinct`). */
  count(name?: Name<DefinitionOf<M>>): Promise<number>;

  /** The sum of a column in its own type, exactly: of decimals text, of bigints bigint. null where there is no row. */
  sum<K extends NumericName<DefinitionOf<M>>>(name: K): Promise<SumOf<DefinitionOf<M>[K]> | null>;

  /** The average: of numbers a number, of decimals and bigints text with four digits more than the column has. */
  average<K extends NumericName<DefinitionOf<M>>>(name: K): Promise<AverageOf<DefinitionOf<M>[K]> | null>;

  /** The smallest value; null where there is no row. */
  minimum<K extends ColumnName<DefinitionOf<M>>>(name: K): Promise<ValueOf<DefinitionOf<M>[K]> | null>;

  /** The largest value; null where there is no row. */
  maximum<K extends ColumnName<DefinitionOf<M>>>(name: K): Promise<ValueOf<DefinitionOf<M>[K]> | null>;

  /**
   * Inserts rows in as few statements as possible, in one transaction, without making records: defaults and timestamps
   * are filled in, validations and callbacks are not run. Gives the number of rows.
   *
   * ```ts
   * await User.insertAll([{ name: 'Ada' }, { name: 'Bob' }]);   // INSERT INTO users (…) VALUES (…), (…)
   * ```
   */
  insertAll(rows: readonly NewAttributes<DefinitionOf<M>>[]): Promise<number>;

  /**
   * Writes to all rows of the query in one statement, without callbacks, and sets `updatedAt`. Gives how many rows it
   * matched.
   *
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   * @example
   * ```ts
   * await User.where({ age: null }).updateAll({ age: 0 });                    // UPDATE users SET age = ?, updated_at = ? WHERE age IS NULL
   * await User.all().updateAll({ visits: sql`visits + 1` }, { everyRow: true });
   * ```
   */
  updateAll(values: Assignments<DefinitionOf<M>>, options?: EveryRow): Promise<number>;

  /**
   * Deletes all rows of the query in one statement, without callbacks. Gives how many there were.
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   */
  deleteAll(options?: EveryRow): Promise<number>;

  /** The statement that awaiting the query would send. The connection has to be open. */
  toSQL(): { sql: string; binds: readonly Scalar[] };
}

/** The scopes that a class declares: `static scopes = { adults: (users: Query<typeof User>) => … }`. */
export type ScopesOf<M> = M extends { readonly scopes: infer S } ? S : {};

type ScopeMethods<M, R> = {
  // biome-ignore lint/suspicious/noExplicitAny: a scope takes the query of its own model, whichever that is
  [K in keyof ScopesOf<M>]: ScopesOf<M>[K] extends (query: any, ...args: infer A) => unknown
    ? (...args: A) => Relation<M, R>
    : never;
};
type EnumScopeMethods<M, R> = { [K in EnumScopeName<DefinitionOf<M>>]: () => Relation<M, R> };

/** The methods that change the type of the records, with scopes kept: they have to stand first in the intersection. */
interface Narrowing<M, R> {
  select<const S extends readonly Selection<DefinitionOf<M>>[]>(
    ...selection: S
  ): Relation<M, Selected<DefinitionOf<M>, R, S[number]>>;
}

/** A query with the model's scopes as methods. */
export type Relation<M, R = RecordOf<M>> = Narrowing<M, R> & Query<M, R> & ScopeMethods<M, R> & EnumScopeMethods<M, R>;
