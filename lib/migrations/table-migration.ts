import { MigrationInvalid } from '../errors/migration.ts';
import type { AnyColumn } from '../schema/column.ts';
import { type TableColumns, tableSpec } from '../schema/table-spec.ts';
import { camelCase, classNameOf } from '../support/naming.ts';
import { joinColumn } from './arguments.ts';
import type { MigrationChange } from './column-migration.ts';
import { ConstraintMigration } from './constraint-migration.ts';
import type { OnlineOptions } from './index-arguments.ts';
import { workingsOf } from './migration-core.ts';
import type { Queued } from './queue.ts';
import { TableChanges } from './table-changes.ts';

export interface TableOptions {
  /** A comment in the database, where it keeps them. */
  readonly comment?: string;
  /** MySQL, MariaDB: `InnoDB` unless told otherwise. */
  readonly engine?: string;
  /** MySQL, MariaDB: `utf8mb4` unless told otherwise. */
  readonly charset?: string;
  /** MySQL, MariaDB. */
  readonly collation?: string;
  /** Text that stands behind the columns, in the database's own words: `'WITH (fillfactor = 70)'`. */
  readonly options?: string;
}
export interface CreateTableOptions extends TableOptions {
  /** Leaves a table of that name alone. */
  readonly ifNotExists?: boolean;
}
export interface DropTableOptions extends TableOptions {
  readonly ifExists?: boolean;
}
export interface JoinTableOptions extends TableOptions {
  /** The table's name: both names by alphabet, `posts_tags`. */
  readonly table?: string;
}

/** The operations of tables. */
export abstract class TableMigration extends ConstraintMigration {
  /**
   * Makes a table with its indexes and foreign keys.
   *
   * @param columns - by attribute name: `{ id: column.id(), name: column.string() }`
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for columns that cannot be
   */
  createTable(table: string, columns: TableColumns, options: CreateTableOptions = {}): Queued {
    const { ifNotExists = false, ...rest } = options;
    const workings = workingsOf(this);
    const spec = tableSpec(table, columns, { ...rest, naming: workings.naming });
    return workings.push({ kind: 'createTable', table: spec, ifNotExists });
  }

  /**
   * Drops a table and all its rows: DROP TABLE `notes`.
   *
   * @param columns - what it was: undoing this then makes the table again (without its rows)
   */
  dropTable(table: string, columns?: TableColumns, options: DropTableOptions = {}): Queued {
    const { ifExists = false, ...rest } = options;
    const workings = workingsOf(this);
    const was = columns === undefined ? undefined : tableSpec(table, columns, { ...rest, naming: workings.naming });
    return workings.push({ kind: 'dropTable', table, ifExists, was });
  }

  /**
   * Makes the table of a many-to-many association: a foreign key to each of two tables, which together are its primary
   * key, and an index for the way back.
   *
   * ```ts
   * this.createJoinTable('posts', 'tags');
   * // CREATE TABLE `posts_tags` (`post_id` BIGINT UNSIGNED NOT NULL, `tag_id` …, PRIMARY KEY (`post_id`, `tag_id`), …)
   * ```
   */
  createJoinTable(one: string, other: string, options: JoinTableOptions = {}): Queued {
    const { table, columns, rest } = joinTable(one, other, options);
    return this.createTable(table, columns, rest);
  }

  /** Drops what `createJoinTable` with the same arguments makes. */
  dropJoinTable(one: string, other: string, options: JoinTableOptions = {}): Queued {
    const { table, columns, rest } = joinTable(one, other, options);
    return this.dropTable(table, columns, rest);
  }

  /** Renames a table: RENAME TABLE `users` TO `people`. Its indexes and keys keep their names. */
  renameTable(from: string, to: string): Queued {
    return workingsOf(this).push({ kind: 'renameTable', from, to });
  }

  /** `this.changeTableComment('users', { from: null, to: 'Who can sign in' })`. Null is no comment. */
  changeTableComment(table: string, { from, to }: MigrationChange<string | null>): Queued {
    return workingsOf(this).push({ kind: 'changeComment', table, column: undefined, to, was: from });
  }

  /**
   * Several changes of one table, in their order. MySQL and MariaDB get them in one statement, which is done or not done
   * as a whole and writes the table anew once at most. Where one of them goes by what another has made of a column, such
   * as a new default of a renamed column, it begins a further statement.
   *
   * ```ts
   * this.changeTable('users', (table) => {
   *   table.addColumn('email', column.string().nullable());
   *   table.removeColumn('age', column.integer());
   * }, { algorithm: 'instant' });
   * // ALTER TABLE `users` ADD COLUMN `email` VARCHAR(255) NULL, DROP COLUMN `age`, ALGORITHM=INSTANT
   * ```
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) where there is no change, or one has an algorithm of its own
   */
  changeTable(table: string, changes: (table: TableChanges) => void, options: OnlineOptions = {}): Queued {
    const workings = workingsOf(this);
    const operations = workings.gather(() => changes(new TableChanges(this, table)), 'changeTable');
    if (operations.length === 0) throw new MigrationInvalid(`changeTable of "${table}" changes nothing.`);
    if (operations.some((each) => 'online' in each && each.online !== undefined)) {
      throw new MigrationInvalid(
        `A change inside of changeTable of "${table}" has an algorithm or a lock of its own.`,
        {
          hint: 'Give them to changeTable: it is carried out as a whole.',
        },
      );
    }
    const { algorithm, lock } = options;
    return workings.push({ kind: 'changeTable', table, operations, online: { algorithm, lock } });
  }
}

function joinTable(one: string, other: string, { table, ...rest }: JoinTableOptions) {
  if (one === other) {
    throw new MigrationInvalid(`A join table of "${one}" with itself would have two columns of one name.`, {
      hint: 'Make it with createTable, and name them: followerId, followedId.',
    });
  }
  const columns: Record<string, AnyColumn> = {};
  for (const each of [one, other].toSorted()) columns[`${camelCase(classNameOf(each))}Id`] = joinColumn(each);
  return { table: table ?? [one, other].toSorted().join('_'), columns, rest };
}
