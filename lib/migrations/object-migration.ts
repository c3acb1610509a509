import { MigrationInvalid } from '../errors/migration.ts';
import type { VirtualTableSpec } from '../sql/ddl/spec.ts';
import type { Sql } from '../sql/template.ts';
import { expressionOf } from './index-arguments.ts';
import { workingsOf } from './migration-core.ts';
import type { Queued } from './queue.ts';
import { TableMigration } from './table-migration.ts';

export interface ViewOptions {
  /** Its rows are kept (PostgreSQL). */
  readonly materialized?: boolean;
}
export interface DropViewOptions extends ViewOptions {
  readonly ifExists?: boolean;
}

/** The operations of views, virtual tables, enum types, schemas and extensions. */
export abstract class ObjectMigration extends TableMigration {
  /**
   * Makes a view, in the names of columns.
   *
   * ```ts
   * this.createView('adults', sql`SELECT id, name FROM users WHERE age >= ${18}`);
   * // CREATE VIEW `adults` AS SELECT id, name FROM users WHERE age >= 18
   * ```
   */
  createView(name: string, query: Sql | string, options: ViewOptions = {}): Queued {
    return workingsOf(this).push({ kind: 'createView', view: viewSpec(name, query, options) });
  }

  /**
   * DROP VIEW `adults`.
   *
   * @param query - what it was: with it, this can be undone
   */
  dropView(name: string, query?: Sql | string, options: DropViewOptions = {}): Queued {
    const { materialized = false, ifExists = false } = options;
    const was = query === undefined ? undefined : viewSpec(name, query, options);
    return workingsOf(this).push({ kind: 'dropView', name, materialized, ifExists, was });
  }

  /**
   * Gives a view another query: CREATE OR REPLACE VIEW. Where that cannot be (SQLite; on PostgreSQL a view that loses
   * columns, and a materialized one) it is dropped and made anew, with the comment, the grants and the indexes that it had.
   *
   * @param was - what its query was: with it, this can be undone
   */
  alterView(name: string, query: Sql | string, was?: Sql | string, options: ViewOptions = {}): Queued {
    return workingsOf(this).push({
      kind: 'alterView',
      view: viewSpec(name, query, options),
      was: was === undefined ? undefined : viewSpec(name, was, options),
    });
  }

  /**
   * Makes an enum type (PostgreSQL); columns are of it by `column.raw('mood')`. Elsewhere, and where no other table
   * shares it, declare `column.enum([…])`.
   *
   * ```ts
   * this.createEnum('mood', ['sad', 'happy']);   // CREATE TYPE "mood" AS ENUM ('sad', 'happy')
   * ```
   */
  createEnum(name: string, values: readonly string[]): Queued {
    return workingsOf(this).push({ kind: 'createEnum', name, values: [...values] });
  }

  /**
   * DROP TYPE "mood".
   *
   * @param values - what they were: with them, this can be undone
   */
  dropEnum(name: string, values?: readonly string[]): Queued {
    return workingsOf(this).push({ kind: 'dropEnum', name, values });
  }

  /** ALTER TYPE "mood" RENAME TO "feeling". */
  renameEnum(from: string, to: string): Queued {
    return workingsOf(this).push({ kind: 'renameEnum', from, to });
  }

  /**
   * Adds a value to an enum type, at its end unless told otherwise. It cannot be undone, and the value can be used once
   * the migration is through.
   */
  addEnumValue(name: string, value: string, place: { readonly before?: string; readonly after?: string } = {}): Queued {
    const { before, after } = place;
    if (before !== undefined && after !== undefined) {
      throw new MigrationInvalid(`The value "${value}" cannot stand before one and after another.`, {
        hint: 'Give before or after.',
      });
    }
    const target = before === undefined ? (after === undefined ? undefined : { after }) : { before };
    return workingsOf(this).push({ kind: 'addEnumValue', name, value, place: target });
  }

  /** ALTER TYPE "mood" RENAME VALUE 'sad' TO 'gloomy'. */
  renameEnumValue(name: string, from: string, to: string): Queued {
    return workingsOf(this).push({ kind: 'renameEnumValue', name, from, to });
  }

  /**
   * Makes a table that a module of the database keeps, such as a search index (SQLite).
   *
   * ```ts
   * this.createVirtualTable('searches', 'fts5', ['title', 'body', "tokenize = 'porter'"]);
   * // CREATE VIRTUAL TABLE "searches" USING "fts5" (title, body, tokenize = 'porter')
   * ```
   *
   * @param args - its columns and settings, in the module's own words and the names of columns
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for what can be no module or argument
   */
  createVirtualTable(name: string, module: string, args: readonly string[] = []): Queued {
    return workingsOf(this).push({ kind: 'createVirtualTable', table: virtualTableSpec(name, module, args) });
  }

  /**
   * Drops a virtual table and all that it holds: DROP TABLE "searches".
   *
   * @param module - what it was: with it, and its arguments, this can be undone (without its rows)
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for what can be no module or argument
   */
  dropVirtualTable(name: string, module?: string, args: readonly string[] = []): Queued {
    const was = module === undefined ? undefined : virtualTableSpec(name, module, args);
    return workingsOf(this).push({ kind: 'dropVirtualTable', table: name, was });
  }

  /** CREATE SCHEMA "reports" (PostgreSQL). */
  createSchema(name: string): Queued {
    return workingsOf(this).push({ kind: 'createObject', type: 'schema', name });
  }

  /** DROP SCHEMA "reports" (PostgreSQL); it has to be empty. */
  dropSchema(name: string): Queued {
    return workingsOf(this).push({ kind: 'dropObject', type: 'schema', name });
  }

  /** CREATE EXTENSION IF NOT EXISTS "citext" (PostgreSQL). */
  enableExtension(name: string): Queued {
    return workingsOf(this).push({ kind: 'createObject', type: 'extension', name });
  }

  /** DROP EXTENSION IF EXISTS "citext" (PostgreSQL). */
  disableExtension(name: string): Queued {
    return workingsOf(this).push({ kind: 'dropObject', type: 'extension', name });
  }
}

function virtualTableSpec(name: string, module: string, args: readonly string[]): VirtualTableSpec {
  if (typeof module !== 'string' || !/^[A-Za-z_]\w*$/.test(module)) {
    throw new MigrationInvalid(`${JSON.stringify(module)} cannot be the module of a virtual table.`, {
      hint: "Give its name, such as 'fts5'.",
    });
  }
  if (Array.isArray(args) && args.every((each) => typeof each === 'string' && each.trim() !== ''))
    return { name, module, args: [...args] };
  throw new MigrationInvalid(`The arguments of the virtual table "${name}" are ${JSON.stringify(args)}.`, {
    hint: "Give texts in the module's own words: ['title', 'body', \"tokenize = 'porter'\"].",
  });
}

const viewSpec = (name: string, query: Sql | string, { materialized = false }: ViewOptions) => ({
  name,
  query: expressionOf(query, 'A view'),
  materialized,
});
