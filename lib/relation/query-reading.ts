import type {
  AverageOf,
  DefinitionOf,
  KeyOf,
  NumericName,
  OrderedName,
  SumOf,
  ValueOf,
} from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Scalar } from '../types/type.ts';
import type { ColumnPath, Name, Plucked, Where } from './query-types.ts';

/** What sends a query and gives records or values. */
export interface QueryReading<M, R> {
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

  /**
   * A record that meets the conditions: `SELECT … WHERE email = ? LIMIT 1`.
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none
   */
  findByOrFail(conditions: Where<DefinitionOf<M>> | Sql): Promise<R>;

  /**
   * The only record that meets the conditions: `User.findSoleBy({ email })` sends `SELECT … WHERE email = ? LIMIT 2`.
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none, SoleRecordExceeded (`AR_SOLE_RECORD`) for several
   */
  findSoleBy(conditions: Where<DefinitionOf<M>> | Sql): Promise<R>;

  /**
   * The only record of the query: `User.where({ role: 'admin' }).sole()` sends `SELECT … WHERE role = ? LIMIT 2`.
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none, SoleRecordExceeded (`AR_SOLE_RECORD`) for several
   */
  sole(): Promise<R>;

  /** The first record by the query's order, or by key: `… ORDER BY id LIMIT 1`. With a number, so many of them. */
  first(): Promise<R | null>;
  first(count: number): Promise<R[]>;

  /** The last record by the query's order, or by key: `… ORDER BY id DESC LIMIT 1`. With a number, so many, in order. */
  last(): Promise<R | null>;
  last(count: number): Promise<R[]>;

  /** The first record, as `first()` gives it. @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none */
  firstOrFail(): Promise<R>;

  /** The last record, as `last()` gives it. @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none */
  lastOrFail(): Promise<R>;

  /** The second record by the query's order, or by key: `… ORDER BY id LIMIT 1 OFFSET 1`. */
  second(): Promise<R | null>;

  /** The third record by the query's order, or by key: `… ORDER BY id LIMIT 1 OFFSET 2`. */
  third(): Promise<R | null>;

  /** Any record, in no particular order. With a number, so many of them. */
  take(): Promise<R | null>;
  take(count: number): Promise<R[]>;

  /** Any record. @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none */
  takeOrFail(): Promise<R>;

  /** Whether there is any row: `SELECT 1 AS one FROM users WHERE … LIMIT 1`. */
  exists(conditions?: Where<DefinitionOf<M>> | Sql): Promise<boolean>;

  /** Whether there is no row: the opposite of `exists()`. */
  isEmpty(): Promise<boolean>;

  /** Whether there are several rows: `SELECT 1 AS one FROM users WHERE … LIMIT 2`. */
  many(): Promise<boolean>;

  /** Whether there is exactly one row: `SELECT 1 AS one FROM users WHERE … LIMIT 2`. */
  one(): Promise<boolean>;

  /**
   * The values of one column, or tuples of several, without making records.
   *
   * ```ts
   * await User.pluck('name');         // ['Ada', 'Bob']
   * await User.pluck('id', 'name');   // [[1, 'Ada'], [2, 'Bob']]
   * await Post.pluck('author.name');  // SELECT author.name FROM posts LEFT JOIN users author ON …
   * ```
   */
  pluck<const K extends readonly [ColumnPath<DefinitionOf<M>>, ...ColumnPath<DefinitionOf<M>>[]]>(
    ...names: K
  ): Promise<Plucked<DefinitionOf<M>, K>[]>;

  /**
   * The value of one column in the first row, or a tuple of several; null where there is no row.
   *
   * ```ts
   * await User.where({ id: 1 }).pick('name');   // SELECT name FROM users WHERE id = ? LIMIT 1
   * ```
   */
  pick<const K extends readonly [ColumnPath<DefinitionOf<M>>, ...ColumnPath<DefinitionOf<M>>[]]>(
    ...names: K
  ): Promise<Plucked<DefinitionOf<M>, K> | null>;

  /** The primary keys. */
  ids(): Promise<KeyOf<DefinitionOf<M>>[]>;

  /** How many rows; with a column, how many of them have a value in it (how many different ones, after `distinct`). */
  count(name?: Name<DefinitionOf<M>>): Promise<number>;

  /** The sum of a column in its own type, exactly: of decimals text, of bigints bigint. null where there is no row. */
  sum<K extends NumericName<DefinitionOf<M>>>(name: K): Promise<SumOf<DefinitionOf<M>[K]> | null>;

  /** The average: of numbers a number, of decimals and bigints text with four digits more than the column has. */
  average<K extends NumericName<DefinitionOf<M>>>(name: K): Promise<AverageOf<DefinitionOf<M>[K]> | null>;

  /** The smallest value; null where there is no row. */
  minimum<K extends OrderedName<DefinitionOf<M>>>(name: K): Promise<ValueOf<DefinitionOf<M>[K]> | null>;

  /** The largest value; null where there is no row. */
  maximum<K extends OrderedName<DefinitionOf<M>>>(name: K): Promise<ValueOf<DefinitionOf<M>[K]> | null>;

  /** The statement that awaiting the query would send. The connection has to be open. */
  toSQL(): { sql: string; binds: readonly Scalar[] };
}
