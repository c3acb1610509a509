import { ColumnMigration } from './column-migration.ts';
import { type IndexColumns, type IndexOptions, indexSpec, indexTarget, isByName, mannerOf } from './index-arguments.ts';
import { workingsOf } from './migration-core.ts';
import type { Queued } from './queue.ts';

/** The operations of indexes. */
export abstract class IndexMigration extends ColumnMigration {
  /**
   * Adds an index over columns and expressions.
   *
   * ```ts
   * this.addIndex('users', ['lastName', 'firstName'], { unique: true });
   * // CREATE UNIQUE INDEX `index_users_on_last_name_and_first_name` ON `users` (`last_name`, `first_name`)
   * this.addIndex('users', sql`lower(email)`, { name: 'users_by_email', where: sql`deleted_at IS NULL` });
   * // CREATE INDEX "users_by_email" ON "users" ((lower(email))) WHERE deleted_at IS NULL
   * ```
   * @param columns - names, sql`…`, and `{ name, order, length }` for what is said about one column alone
   * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) for an option that the database does not have
   */
  addIndex(table: string, columns: IndexColumns, options: IndexOptions = {}): Queued {
    const workings = workingsOf(this);
    const index = indexSpec(table, columns, options, workings.naming);
    return workings.push({ kind: 'addIndex', index, ...mannerOf(options), ifNotExists: options.ifNotExists });
  }

  /**
   * Removes an index as it was added, or by name; by name alone it cannot be undone. DROP INDEX `…` ON `users`
   *
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) where the index is not as it is described here
   */
  removeIndex(table: string, columns: IndexColumns | { readonly name: string }, options: IndexOptions = {}): Queued {
    const workings = workingsOf(this);
    const manner = mannerOf(options);
    if (isByName(columns)) {
      return workings.push({
        kind: 'removeIndex',
        table,
        name: columns.name,
        columns: undefined,
        was: undefined,
        ...manner,
      });
    }
    const was = indexSpec(table, columns, options, workings.naming);
    const known = was.parts?.some(({ expression }) => expression !== undefined) === true ? undefined : was.columns;
    return workings.push({
      kind: 'removeIndex',
      table,
      name: options.name,
      columns: known,
      was,
      exact: true,
      ...manner,
    });
  }

  /** ALTER TABLE `users` RENAME INDEX `old` TO `new`. */
  renameIndex(table: string, from: string, to: string): Queued {
    return workingsOf(this).push({ kind: 'renameIndex', table, from, to });
  }

  /** Has the optimizer use an index again (MySQL, MariaDB). */
  enableIndex(table: string, columns: IndexColumns | { readonly name: string }): Queued {
    const workings = workingsOf(this);
    return workings.push({
      kind: 'setIndexVisibility',
      table,
      ...indexTarget(columns, workings.naming),
      visible: true,
    });
  }

  /**
   * Keeps the optimizer from using an index, to see whether it is needed (MySQL, MariaDB): it is kept up to date, and
   * can be enabled at once.
   *
   * ```ts
   * this.disableIndex('users', 'email');
   * // ALTER TABLE `users` ALTER INDEX `index_users_on_email` INVISIBLE
   * ```
   */
  disableIndex(table: string, columns: IndexColumns | { readonly name: string }): Queued {
    const workings = workingsOf(this);
    return workings.push({
      kind: 'setIndexVisibility',
      table,
      ...indexTarget(columns, workings.naming),
      visible: false,
    });
  }
}
