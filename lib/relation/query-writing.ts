import type {
  AmountOf,
  CounterName,
  DefinitionOf,
  KeyOf,
  MomentName,
  RowAttributes,
  SomeAttributes,
  SomeColumns,
} from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { InsertResult } from './insert-result.ts';
import type { Assignments, EveryRow, Name, Where } from './query-types.ts';

/** Amounts to add, by attribute. */
export type Counters<D> = { readonly [K in CounterName<D>]?: AmountOf<D, K> };

export interface CounterOptions {
  /** Also sets `updatedAt`. */
  readonly touch?: boolean;
}

/** How an upsert knows that a row is there, and what it then does. */
export interface UpsertOptions<D> {
  /** The column or columns of a unique index: the primary key, or the only unique column that is given, unless named. */
  readonly conflict?: Name<D> | readonly Name<D>[];
  /**
   * What is written to a row that is there: the given values of these columns; values or `sql` by name; or nothing, so
   * that it stays as it is. Unless told otherwise all columns that are given, but never the key and `createdAt`.
   */
  readonly update?: readonly Name<D>[] | Assignments<D> | 'nothing';
}

/** What writes to the rows of a query, or makes new ones. */
export interface QueryWriting<M, R> {
  /**
   * Inserts rows in as few statements as possible, in one transaction, without making records: defaults and timestamps
   * are filled in, validations and callbacks are not run. All are checked before the first is sent.
   *
   * ```ts
   * const { count, ids } = await User.insertAll([{ name: 'Ada' }, { name: 'Bob' }]);
   * // INSERT INTO users (…) VALUES (…), (…) RETURNING id
   * ```
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue (`AR_VALUE_INVALID`), before anything is sent;
   *   ConstraintViolation where the database refuses a row, and then none is inserted
   */
  insertAll(rows: readonly RowAttributes<DefinitionOf<M>>[]): Promise<InsertResult<KeyOf<DefinitionOf<M>>>>;

  /**
   * Inserts rows, and updates those that are there already by the values of a unique index. `updatedAt` is set,
   * `createdAt` stays.
   *
   * ```ts
   * await Page.upsertAll([{ url: '/', visits: 1 }], { conflict: 'url' });
   * // INSERT INTO pages (…) VALUES (…) ON DUPLICATE KEY UPDATE visits = VALUES(visits), updated_at = VALUES(updated_at)
   * await Page.upsertAll(rows, { update: { visits: sql`pages.visits + ${sql.excluded('visits')}` } });
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) where the conflict has no unique index, or two rows are the same one
   */
  upsertAll(
    rows: readonly RowAttributes<DefinitionOf<M>>[],
    options?: UpsertOptions<DefinitionOf<M>>,
  ): Promise<InsertResult<KeyOf<DefinitionOf<M>>>>;

  /** Inserts one row, or updates the one that is there: `upsertAll` of one. */
  upsert(
    row: RowAttributes<DefinitionOf<M>>,
    options?: UpsertOptions<DefinitionOf<M>>,
  ): Promise<InsertResult<KeyOf<DefinitionOf<M>>>>;

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
   * Sets `updatedAt`, and the named moments, of all rows of the query to now. Gives how many there were.
   *
   * ```ts
   * await User.where({ role: 'admin' }).touchAll();   // UPDATE users SET updated_at = ? WHERE role = ?
   * ```
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   */
  touchAll(...names: MomentName<DefinitionOf<M>>[]): Promise<number>;
  touchAll(...namesAndOptions: [...names: MomentName<DefinitionOf<M>>[], options: EveryRow]): Promise<number>;

  /**
   * Adds to counters of all rows of the query, each from what it is in the database; NULL counts as 0. `updatedAt` stays
   * as it is, unless `{ touch: true }` is given. Gives how many rows there were.
   *
   * ```ts
   * await Post.where({ userId: 1 }).updateCounters({ visits: 1, likes: -2 });
   * // UPDATE posts SET visits = COALESCE(visits, 0) + ?, likes = COALESCE(likes, 0) + ? WHERE user_id = ?
   * ```
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   */
  updateCounters(
    counters: Counters<DefinitionOf<M>>,
    options?: CounterOptions & { readonly everyRow?: true },
  ): Promise<number>;

  /**
   * Deletes all rows of the query in one statement, without callbacks. Gives how many there were.
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   */
  deleteAll(options?: EveryRow): Promise<number>;

  /**
   * Deletes the rows that meet the conditions: `User.deleteBy({ name: 'Ada' })` sends `DELETE FROM users WHERE name = ?`.
   * @throws EveryRowRequired (`AR_EVERY_ROW`) for conditions that every row meets
   */
  deleteBy(conditions: Where<DefinitionOf<M>> | Sql): Promise<number>;

  /**
   * Loads the records of the query and destroys each, in one transaction and in batches by key. Gives the destroyed
   * records.
   *
   * ```ts
   * await User.where({ role: 'guest' }).destroyAll();   // SELECT … ORDER BY id LIMIT 1000, DELETE FROM users WHERE id = ? …
   * ```
   * @throws EveryRowRequired (`AR_EVERY_ROW`) where there is no condition and `{ everyRow: true }` is not given
   */
  destroyAll(options?: EveryRow): Promise<R[]>;

  /** Loads and destroys the records that meet the conditions: see `destroyAll`. */
  destroyBy(conditions: Where<DefinitionOf<M>> | Sql): Promise<R[]>;

  /**
   * The record that meets the conditions, or a new one with these values, which is not saved. A query with conditions
   * gives its values to the new one: `User.where({ role: 'admin' }).findOrInitializeBy({ name: 'Ada' })` is an admin.
   *
   * @param attributes - further ones of a new record
   * @throws InvalidQuery (`AR_QUERY_INVALID`), InvalidValue: conditions here are values
   */
  findOrInitializeBy(
    conditions: SomeColumns<DefinitionOf<M>>,
    attributes?: SomeAttributes<DefinitionOf<M>>,
  ): Promise<R>;

  /**
   * The record that meets the conditions, or a new one with these values, saved. With a unique index over the columns
   * of the conditions there is only ever one: who comes second finds it.
   *
   * ```ts
   * await User.findOrCreateBy({ email: 'ada@example.org' }, { name: 'Ada' });
   * // SELECT … WHERE email = ? LIMIT 1, and where there is none INSERT INTO users …
   * ```
   * @throws RecordInvalid (`AR_RECORD_INVALID`), InvalidQuery (`AR_QUERY_INVALID`), InvalidValue
   */
  findOrCreateBy(conditions: SomeColumns<DefinitionOf<M>>, attributes?: SomeAttributes<DefinitionOf<M>>): Promise<R>;

  /**
   * The same the other way round: inserts first, and finds where a unique index says that the row is there. The better
   * one where most are new. In a transaction the insert is a savepoint, where a failed statement would end it.
   */
  createOrFindBy(conditions: SomeColumns<DefinitionOf<M>>, attributes?: SomeAttributes<DefinitionOf<M>>): Promise<R>;
}
