import type { Row } from '../adapters/contract.ts';
import type { AnyColumn } from '../schema/column.ts';
import { checkedNaming } from '../schema/naming.ts';
import { type TableColumns, tableSpec } from '../schema/table-spec.ts';
import { type Sql, sql } from '../sql/template.ts';
import { columnNameOf, type Naming } from '../support/naming.ts';
import {
  type AddReferenceOptions,
  addedColumn,
  changedColumn,
  columnNames,
  type ForeignKeyOptions,
  foreignKeySpec,
  type IndexOptions,
  indexSpec,
  type Names,
  referenceColumn,
  type TimestampsOptions,
  timestampColumns,
} from './arguments.ts';
import { columnExists, indexExists, tableExists } from './catalogue.ts';
import { type DataFunction, type DataOptions, dataOperation } from './data-steps.ts';
import { OperationQueue, type Queued } from './queue.ts';

export interface CreateTableOptions {
  /** A comment in the database, where it keeps them. */
  readonly comment?: string;
  /** Leaves a table of that name alone. */
  readonly ifNotExists?: boolean;
}
export interface DropTableOptions {
  readonly ifExists?: boolean;
  readonly comment?: string;
}
/**
 * A step of the schema's history, the default export of a file `migrations/YYYYMMDDHHMMSS_name.ts`. Write `change()`,
 * which is undone by itself, or `up()` and `down()`.
 *
 * Operations are queued and carried out in order; none has to be awaited. Await one where what follows needs its effect
 * outside of this class, such as a model that reads a new column. Columns are named as attributes (`authorId`) and
 * written as columns (`author_id`), unless the class says `static naming = 'preserve'`.
 *
 * ```ts
 * export default class CreateUsers extends Migration {
 *   change() {
 *     this.createTable('users', { id: column.id(), name: column.string(), ...column.timestamps() });
 *     this.addIndex('users', ['name']);
 *   }
 * }
 * // CREATE TABLE `users` (`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, `name` VARCHAR(255) NOT NULL, …)
 * // CREATE INDEX `index_users_on_name` ON `users` (`name`)
 * ```
 */
export abstract class Migration {
  /** How columns are named after attributes: `'snake'` (`createdAt` is `created_at`), or `'preserve'`. */
  static naming = 'snake';
  /**
   * True runs it outside of a transaction, for statements that refuse to be in one, such as CREATE INDEX CONCURRENTLY: one
   * that fails is then gone on with by the next run, as on MySQL.
   */
  static disableTransaction = false;

  readonly #queue = new OperationQueue();
  readonly #naming: Naming;

  constructor() {
    this.#naming = checkedNaming(new.target.naming, new.target.name);
  }

  /** @internal The queue of a migration; undefined for anything else. */
  static queueOf(migration: unknown): OperationQueue | undefined {
    return typeof migration === 'object' && migration !== null && #queue in migration ? migration.#queue : undefined;
  }

  /**
   * Makes a table with its indexes and foreign keys.
   *
   * @param columns - by attribute name: `{ id: column.id(), name: column.string() }`
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for columns that cannot be
   */
  createTable(table: string, columns: TableColumns, options: CreateTableOptions = {}): Queued {
    const spec = tableSpec(table, columns, { naming: this.#naming, comment: options.comment });
    return this.#queue.push({ kind: 'createTable', table: spec, ifNotExists: options.ifNotExists ?? false });
  }

  /**
   * Drops a table and all its rows: DROP TABLE `notes`.
   *
   * @param columns - what it was: undoing this then makes the table again (without its rows)
   */
  dropTable(table: string, columns?: TableColumns, options: DropTableOptions = {}): Queued {
    const was =
      columns === undefined ? undefined : tableSpec(table, columns, { naming: this.#naming, comment: options.comment });
    return this.#queue.push({ kind: 'dropTable', table, ifExists: options.ifExists ?? false, was });
  }

  /** Renames a table: RENAME TABLE `users` TO `people`. Its indexes and keys keep their names. */
  renameTable(from: string, to: string): Queued {
    return this.#queue.push({ kind: 'renameTable', from, to });
  }

  /**
   * Adds a column, with the index and foreign key that its modifiers ask for. A table that has rows needs it to be
   * nullable or to have a default.
   *
   * ```ts
   * this.addColumn('users', 'email', column.string().nullable().unique());
   * // ALTER TABLE `users` ADD COLUMN `email` VARCHAR(255) NULL
   * // CREATE UNIQUE INDEX `index_users_on_email` ON `users` (`email`)
   * ```
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for a primary key
   */
  addColumn(table: string, name: string, column: AnyColumn): Queued {
    return this.#queue.push({ kind: 'addColumn', table, parts: addedColumn(table, name, column, this.#naming) });
  }

  /**
   * Removes a column with its index and foreign key: ALTER TABLE `users` DROP COLUMN `age`.
   *
   * @param column - what it was: undoing this then adds it again (without its values)
   */
  removeColumn(table: string, name: string, column?: AnyColumn): Queued {
    const was = column === undefined ? undefined : addedColumn(table, name, column, this.#naming);
    return this.#queue.push({
      kind: 'removeColumn',
      table,
      column: was?.column.name ?? columnNameOf(name, this.#naming),
      was,
    });
  }

  /** ALTER TABLE `users` RENAME COLUMN `name` TO `full_name`. Indexes and keys over it keep their names. */
  renameColumn(table: string, from: string, to: string): Queued {
    const naming = this.#naming;
    return this.#queue.push({
      kind: 'renameColumn',
      table,
      from: columnNameOf(from, naming),
      to: columnNameOf(to, naming),
    });
  }

  /**
   * Gives a column another type, default, comment or nullability.
   *
   * ```ts
   * this.changeColumn('users', 'name', column.text(), column.string());
   * // ALTER TABLE `users` MODIFY COLUMN `name` LONGTEXT NOT NULL
   * ```
   * @param was - what it was: with it, this can be undone
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for keys and indexes, which have operations of their own
   */
  changeColumn(table: string, name: string, column: AnyColumn, was?: AnyColumn): Queued {
    const naming = this.#naming;
    return this.#queue.push({
      kind: 'changeColumn',
      table,
      column: changedColumn(table, name, column, naming),
      was: was === undefined ? undefined : changedColumn(table, name, was, naming),
    });
  }

  /**
   * ```ts
   * this.addIndex('users', ['lastName', 'firstName'], { unique: true });
   * // CREATE UNIQUE INDEX `index_users_on_last_name_and_first_name` ON `users` (`last_name`, `first_name`)
   * ```
   */
  addIndex(table: string, columns: Names, options: IndexOptions = {}): Queued {
    return this.#queue.push({ kind: 'addIndex', index: indexSpec(table, columns, options, this.#naming) });
  }

  /** Removes an index by its columns, or by name; by name alone it cannot be undone. DROP INDEX `…` ON `users` */
  removeIndex(table: string, columns: Names | { readonly name: string }, options: IndexOptions = {}): Queued {
    if (typeof columns === 'object' && 'name' in columns) {
      return this.#queue.push({ kind: 'removeIndex', table, name: columns.name, columns: undefined, was: undefined });
    }
    const was = indexSpec(table, columns, options, this.#naming);
    return this.#queue.push({ kind: 'removeIndex', table, name: options.name, columns: was.columns, was });
  }

  /**
   * Adds a foreign key over a column that exists, and an index that begins with the column where there is none.
   *
   * ```ts
   * this.addForeignKey('posts', 'users', { column: 'authorId', onDelete: 'cascade' });
   * // ALTER TABLE `posts` ADD CONSTRAINT `fk_posts_author_id` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
   * ```
   */
  addForeignKey(table: string, toTable: string, options: ForeignKeyOptions = {}): Queued {
    return this.#queue.push({
      kind: 'addForeignKey',
      foreignKey: foreignKeySpec(table, toTable, options, this.#naming),
    });
  }

  /** Removes a foreign key by the table that it points to, or by name; by name alone it cannot be undone. */
  removeForeignKey(
    table: string,
    toTable: string | { readonly name: string },
    options: ForeignKeyOptions = {},
  ): Queued {
    if (typeof toTable === 'object') {
      return this.#queue.push({
        kind: 'removeForeignKey',
        table,
        name: toTable.name,
        columns: undefined,
        was: undefined,
      });
    }
    const was = foreignKeySpec(table, toTable, options, this.#naming);
    return this.#queue.push({ kind: 'removeForeignKey', table, name: options.name, columns: was.columns, was });
  }

  /** Adds the column `authorId` with an index and a foreign key: `this.addReference('posts', 'author', { table: 'users' })`. */
  addReference(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    return this.addColumn(table, `${name}Id`, referenceColumn(name, options));
  }

  /** Removes what `addReference` with the same arguments adds. */
  removeReference(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    return this.removeColumn(table, `${name}Id`, referenceColumn(name, options));
  }

  /** Adds `createdAt` and `updatedAt`; with `{ nullable: true }` to a table that has rows. */
  addTimestamps(table: string, options: TimestampsOptions = {}): Queued {
    const { createdAt, updatedAt } = timestampColumns(options);
    this.addColumn(table, 'createdAt', createdAt);
    return this.addColumn(table, 'updatedAt', updatedAt);
  }

  /** Removes `createdAt` and `updatedAt`. */
  removeTimestamps(table: string, options: TimestampsOptions = {}): Queued {
    const { createdAt, updatedAt } = timestampColumns(options);
    this.removeColumn(table, 'updatedAt', updatedAt);
    return this.removeColumn(table, 'createdAt', createdAt);
  }

  /** Runs a statement of your own, as sql`…` or as text: `this.execute('UPDATE users SET age = 0')`. It cannot be undone. */
  execute(statement: Sql | string): Queued {
    return this.#queue.push({
      kind: 'execute',
      statement: typeof statement === 'string' ? sql.unsafe(statement) : statement,
    });
  }

  /**
   * Changes data in batches, after all operations so far. The function is called again and again, each time in a
   * transaction of its own, until it says that nothing is left: it gives back how many rows it did. What a batch has done
   * is written down with it, so that a run that was cut off goes on behind the last batch. It cannot be undone.
   *
   * ```ts
   * this.data(async () => {
   *   const posts = await Post.where({ slug: null }).limit(1000);
   *   for (const post of posts) await post.update({ slug: slugOf(post.title) });
   *   return posts.length;
   * }, { throttle: 50 });
   * ```
   * @param run - is given `{ batch, rows, at }`; gives back a number of rows, `{ rows, at }`, or nothing to be called once
   * @param options - `throttle`: milliseconds to rest between two batches
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for what is no function
   */
  data(run: DataFunction, options: DataOptions = {}): Queued {
    return this.#queue.push(dataOperation(run, options));
  }

  /** The rows of a query of your own: ``await this.query(sql`SELECT id FROM users`)``. Only in `up()` and `down()`. */
  query(statement: Sql | string): Promise<Row[]> {
    const asked = typeof statement === 'string' ? sql.unsafe(statement) : statement;
    return this.#queue.ask('query', (connection) => connection.query(asked));
  }

  /** Whether there is such a table, after all operations so far. Only in `up()` and `down()`. */
  tableExists(table: string): Promise<boolean> {
    return this.#queue.askWhether('tableExists', (connection) => tableExists(connection, table));
  }

  /** Whether the table has such a column, after all operations so far. Only in `up()` and `down()`. */
  columnExists(table: string, name: string): Promise<boolean> {
    const found = columnNameOf(name, this.#naming);
    return this.#queue.askWhether('columnExists', (connection) => columnExists(connection, table, found));
  }

  /** Whether the table has an index over just these columns, or of that name. Only in `up()` and `down()`. */
  indexExists(table: string, columns: Names | { readonly name: string }): Promise<boolean> {
    const byName = typeof columns === 'object' && 'name' in columns;
    const target = byName
      ? { name: columns.name, columns: undefined }
      : { name: undefined, columns: columnNames(columns, this.#naming) };
    return this.#queue.askWhether('indexExists', (connection) => indexExists(connection, table, target));
  }
}
