import { MigrationInvalid } from '../errors/migration.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { TableColumns } from '../schema/table-spec.ts';
import { Sql } from '../sql/template.ts';
import { columnNameOf } from '../support/naming.ts';
import {
  type AddReferenceOptions,
  addedColumn,
  changedColumn,
  polymorphicColumns,
  referenceColumn,
  type TimestampsOptions,
  timestampColumns,
} from './arguments.ts';
import { expressionOf, indexSpec } from './index-arguments.ts';
import { MigrationCore, workingsOf } from './migration-core.ts';
import type { DefaultArgument } from './operations.ts';
import type { Queued } from './queue.ts';

/** What something is to become, and what it was: without `from` it cannot be undone. */
export interface MigrationChange<T> {
  readonly from?: T;
  readonly to: T;
}

/** The operations of columns. */
export abstract class ColumnMigration extends MigrationCore {
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
    const workings = workingsOf(this);
    return workings.push({ kind: 'addColumn', table, parts: addedColumn(table, name, column, workings.naming) });
  }

  /**
   * Removes a column with its index and foreign key: ALTER TABLE `users` DROP COLUMN `age`.
   *
   * @param column - what it was: undoing this then adds it again (without its values)
   */
  removeColumn(table: string, name: string, column?: AnyColumn): Queued {
    const workings = workingsOf(this);
    const was = column === undefined ? undefined : addedColumn(table, name, column, workings.naming);
    return workings.push({
      kind: 'removeColumn',
      table,
      column: was?.column.name ?? columnNameOf(name, workings.naming),
      was,
      exact: was === undefined ? undefined : true,
    });
  }

  /**
   * Removes several columns: `this.removeColumns('users', { age: column.integer(), rank: column.integer() })`.
   *
   * @param columns - what they were; by name alone, as in `['age', 'rank']`, it cannot be undone
   */
  removeColumns(table: string, columns: TableColumns | readonly string[]): Queued {
    const entries: readonly (readonly [string, AnyColumn | undefined])[] = isNames(columns)
      ? columns.map((name) => [name, undefined])
      : Object.entries(columns);
    const removed = entries.map(([name, column]) => this.removeColumn(table, name, column));
    const last = removed.at(-1);
    if (last === undefined) throw new MigrationInvalid(`removeColumns was given no column of "${table}".`);
    return last;
  }

  /** ALTER TABLE `users` RENAME COLUMN `name` TO `full_name`. Indexes and keys over it keep their names. */
  renameColumn(table: string, from: string, to: string): Queued {
    const workings = workingsOf(this);
    return workings.push({
      kind: 'renameColumn',
      table,
      from: columnNameOf(from, workings.naming),
      to: columnNameOf(to, workings.naming),
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
    const workings = workingsOf(this);
    return workings.push({
      kind: 'changeColumn',
      table,
      column: changedColumn(table, name, column, workings.naming),
      was: was === undefined ? undefined : changedColumn(table, name, was, workings.naming),
    });
  }

  /**
   * Gives a column another default, and leaves all else as it is. Null is no default; SQL is computed for each row.
   *
   * ```ts
   * this.changeColumnDefault('posts', 'state', { from: 'draft', to: 'published' });
   * // ALTER TABLE `posts` ALTER COLUMN `state` SET DEFAULT 'published'
   * ```
   */
  changeColumnDefault(table: string, name: string, { from, to }: MigrationChange<unknown>): Queued {
    const workings = workingsOf(this);
    return workings.push({
      kind: 'changeColumnDefault',
      table,
      column: columnNameOf(name, workings.naming),
      to: defaultArgument(to),
      was: from === undefined ? undefined : defaultArgument(from),
    });
  }

  /**
   * Allows NULL in a column, or forbids it.
   *
   * ```ts
   * this.changeColumnNull('users', 'age', false, 0);
   * // UPDATE `users` SET `age` = ? WHERE `age` IS NULL
   * // ALTER TABLE `users` MODIFY COLUMN `age` int(11) NOT NULL
   * ```
   * @param fill - what the rows that hold NULL are given first
   */
  changeColumnNull(table: string, name: string, nullable: boolean, fill?: unknown): Queued {
    const workings = workingsOf(this);
    if (nullable && fill !== undefined) {
      throw new MigrationInvalid(`"${table}.${name}" is to allow NULL, so no row needs another value.`, {
        hint: 'Leave out the fourth argument.',
      });
    }
    return workings.push({
      kind: 'changeColumnNull',
      table,
      column: columnNameOf(name, workings.naming),
      nullable,
      fill,
    });
  }

  /** `this.changeColumnComment('users', 'age', { from: null, to: 'in years' })`. Null is no comment. */
  changeColumnComment(table: string, name: string, { from, to }: MigrationChange<string | null>): Queued {
    const workings = workingsOf(this);
    return workings.push({ kind: 'changeComment', table, column: columnNameOf(name, workings.naming), to, was: from });
  }

  /**
   * Adds the column `authorId` with an index and a foreign key: `this.addReference('posts', 'author', { table: 'users' })`.
   * A polymorphic one adds `subjectType` and `subjectId`, with an index over both.
   */
  addReference(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    if (options.polymorphic !== true) return this.addColumn(table, `${name}Id`, referenceColumn(name, options));
    const workings = workingsOf(this);
    const { type, id } = polymorphicColumns(name, options);
    this.addColumn(table, `${name}Type`, type);
    this.addColumn(table, `${name}Id`, id);
    const index = indexSpec(table, [`${name}Type`, `${name}Id`], { unique: options.unique ?? false }, workings.naming);
    return workings.push({ kind: 'addIndex', index });
  }

  /** Removes what `addReference` with the same arguments adds. */
  removeReference(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    if (options.polymorphic !== true) return this.removeColumn(table, `${name}Id`, referenceColumn(name, options));
    const workings = workingsOf(this);
    const { type, id } = polymorphicColumns(name, options);
    const was = indexSpec(table, [`${name}Type`, `${name}Id`], { unique: options.unique ?? false }, workings.naming);
    workings.push({ kind: 'removeIndex', table, name: was.name, columns: was.columns, was, exact: true });
    this.removeColumn(table, `${name}Id`, id);
    return this.removeColumn(table, `${name}Type`, type);
  }

  /** Another name of `addReference`. */
  addBelongsTo(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    return this.addReference(table, name, options);
  }

  /** Another name of `removeReference`. */
  removeBelongsTo(table: string, name: string, options: AddReferenceOptions = {}): Queued {
    return this.removeReference(table, name, options);
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
}

const isNames = (columns: TableColumns | readonly string[]): columns is readonly string[] => Array.isArray(columns);

function defaultArgument(value: unknown): DefaultArgument {
  if (value === undefined) throw new MigrationInvalid('A default of undefined is no default.', { hint: 'Give null.' });
  return value instanceof Sql ? { expression: expressionOf(value, 'A default') } : { value };
}
