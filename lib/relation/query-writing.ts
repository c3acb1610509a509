import type { DefinitionOf, NewAttributes } from '../record/definition-types.ts';
import type { Assignments, EveryRow } from './query-types.ts';

/** What writes to the rows of a query, or makes new ones. */
export interface QueryWriting<M> {
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
}
