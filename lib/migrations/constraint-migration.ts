import type { Sql } from '../sql/template.ts';
import { type ForeignKeyOptions, foreignKeySpec, type Names } from './arguments.ts';
import {
  type CheckOptions,
  checkSpec,
  type ExclusionOptions,
  type ExclusionPart,
  exclusionSpec,
  type UniqueConstraintOptions,
  uniqueSpec,
} from './constraint-arguments.ts';
import { IndexMigration } from './index-migration.ts';
import { workingsOf } from './migration-core.ts';
import type { Queued } from './queue.ts';

type ByName = { readonly name: string };

/** The operations of foreign keys, checks, unique and exclusion constraints. */
export abstract class ConstraintMigration extends IndexMigration {
  /**
   * Adds a foreign key over a column that exists, and an index that begins with the column where there is none.
   *
   * ```ts
   * this.addForeignKey('posts', 'users', { column: 'authorId', onDelete: 'cascade' });
   * // ALTER TABLE `posts` ADD CONSTRAINT `fk_posts_author_id` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
   * ```
   */
  addForeignKey(table: string, toTable: string, options: ForeignKeyOptions = {}): Queued {
    const workings = workingsOf(this);
    const foreignKey = foreignKeySpec(table, toTable, options, workings.naming);
    return workings.push({ kind: 'addForeignKey', foreignKey });
  }

  /**
   * Removes a foreign key as it was added, or by name; by name alone it cannot be undone.
   *
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) where the key is not as it is described here
   */
  removeForeignKey(table: string, toTable: string | ByName, options: ForeignKeyOptions = {}): Queued {
    const workings = workingsOf(this);
    if (typeof toTable === 'object') {
      const { name } = toTable;
      return workings.push({ kind: 'removeForeignKey', table, name, columns: undefined, was: undefined });
    }
    const was = foreignKeySpec(table, toTable, options, workings.naming);
    return workings.push({
      kind: 'removeForeignKey',
      table,
      name: options.name,
      columns: was.columns,
      was,
      exact: true,
    });
  }

  /**
   * Gives a foreign key other options; it is found by its columns, and keeps its name.
   *
   * ```ts
   * this.changeForeignKey('posts', 'users', { column: 'authorId', onDelete: 'setNull' }, { column: 'authorId' });
   * // ALTER TABLE `posts` DROP FOREIGN KEY `fk_posts_author_id`
   * // ALTER TABLE `posts` ADD CONSTRAINT `fk_posts_author_id` FOREIGN KEY … ON DELETE SET NULL
   * ```
   * @param was - what its options were: with them, this can be undone
   */
  changeForeignKey(table: string, toTable: string, options: ForeignKeyOptions, was?: ForeignKeyOptions): Queued {
    const workings = workingsOf(this);
    return workings.push({
      kind: 'changeForeignKey',
      foreignKey: foreignKeySpec(table, toTable, options, workings.naming),
      was: was === undefined ? undefined : foreignKeySpec(table, toTable, was, workings.naming),
    });
  }

  /** Checks the rows of a foreign key that was added with `{ validate: false }` (PostgreSQL). */
  validateForeignKey(table: string, toTable: string, options: ForeignKeyOptions = {}): Queued {
    const workings = workingsOf(this);
    const { name } = foreignKeySpec(table, toTable, options, workings.naming);
    return workings.push({ kind: 'validateConstraint', table, name });
  }

  /** Checks the rows of a constraint that was added with `{ validate: false }` (PostgreSQL). */
  validateConstraint(table: string, name: string): Queued {
    return workingsOf(this).push({ kind: 'validateConstraint', table, name });
  }

  /**
   * Adds a condition that every row has to fulfil, in the names of columns.
   *
   * ```ts
   * this.addCheckConstraint('products', sql`price > 0`, { name: 'price_is_positive' });
   * // ALTER TABLE `products` ADD CONSTRAINT `price_is_positive` CHECK (price > 0)
   * ```
   */
  addCheckConstraint(table: string, condition: Sql | string, options: CheckOptions = {}): Queued {
    return workingsOf(this).push({ kind: 'addCheck', check: checkSpec(table, condition, options) });
  }

  /** Removes a check by its condition as it was added, or by name; by name alone it cannot be undone. */
  removeCheckConstraint(table: string, condition: Sql | string | ByName, options: CheckOptions = {}): Queued {
    const target = { kind: 'removeConstraint', type: 'check', table, columns: undefined } as const;
    if (typeof condition === 'object' && 'name' in condition) {
      return workingsOf(this).push({ ...target, name: condition.name, was: undefined });
    }
    const check = checkSpec(table, condition, options);
    return workingsOf(this).push({ ...target, name: check.name, was: { kind: 'addCheck', check } });
  }

  /**
   * Adds a unique constraint: on PostgreSQL one that can be deferred and that foreign keys can point to; on MySQL and
   * MariaDB it is the same as a unique index.
   *
   * ```ts
   * this.addUniqueConstraint('seats', ['row', 'place'], { deferrable: 'deferred' });
   * // ALTER TABLE "seats" ADD CONSTRAINT "unique_seats_row_place" UNIQUE ("row", "place") DEFERRABLE INITIALLY DEFERRED
   * ```
   */
  addUniqueConstraint(table: string, columns: Names, options: UniqueConstraintOptions = {}): Queued {
    const workings = workingsOf(this);
    return workings.push({ kind: 'addUnique', unique: uniqueSpec(table, columns, options, workings.naming) });
  }

  /** Removes a unique constraint by its columns, or by name; by name alone it cannot be undone. */
  removeUniqueConstraint(table: string, columns: Names | ByName, options: UniqueConstraintOptions = {}): Queued {
    const workings = workingsOf(this);
    const target = { kind: 'removeConstraint', type: 'unique', table } as const;
    if (typeof columns === 'object' && 'name' in columns) {
      return workings.push({ ...target, name: columns.name, columns: undefined, was: undefined });
    }
    const unique = uniqueSpec(table, columns, options, workings.naming);
    const was = { kind: 'addUnique', unique } as const;
    return workings.push({ ...target, name: options.name, columns: unique.columns, was, exact: true });
  }

  /**
   * Forbids two rows for which all operators hold (PostgreSQL): no room is booked twice at a time.
   *
   * ```ts
   * this.addExclusionConstraint('bookings', [{ column: 'during', with: '&&' }], { name: 'one_at_a_time' });
   * // ALTER TABLE "bookings" ADD CONSTRAINT "one_at_a_time" EXCLUDE USING gist ("during" WITH &&)
   * ```
   */
  addExclusionConstraint(table: string, parts: readonly ExclusionPart[], options: ExclusionOptions = {}): Queued {
    const workings = workingsOf(this);
    return workings.push({ kind: 'addExclusion', exclusion: exclusionSpec(table, parts, options, workings.naming) });
  }

  /** Removes an exclusion constraint by what it compares, or by name; by name alone it cannot be undone. */
  removeExclusionConstraint(
    table: string,
    parts: readonly ExclusionPart[] | ByName,
    options: ExclusionOptions = {},
  ): Queued {
    const workings = workingsOf(this);
    const target = { kind: 'removeConstraint', type: 'exclusion', table, columns: undefined } as const;
    if ('name' in parts) return workings.push({ ...target, name: parts.name, was: undefined });
    const exclusion = exclusionSpec(table, parts, options, workings.naming);
    return workings.push({ ...target, name: exclusion.name, was: { kind: 'addExclusion', exclusion } });
  }
}
