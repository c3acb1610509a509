import { MigrationInvalid } from '../errors/migration.ts';
import { column } from '../schema/builders.ts';
import type { AnyColumn, ReferenceOptions } from '../schema/column.ts';
import { type ColumnParts, columnParts, columnSpec, requireColumn } from '../schema/table-spec.ts';
import { foreignKeyName, indexName } from '../sql/ddl/names.ts';
import type { ColumnSpec, ForeignKeySpec, IndexSpec, ReferentialAction } from '../sql/ddl/spec.ts';
import { camelCase, classNameOf, columnNameOf, type Naming, tableNameOf } from '../support/naming.ts';

// From the arguments that a migration is written with to the values that operations hold.

export interface IndexOptions {
  readonly unique?: boolean;
  /** The index's name; `index_users_on_email` unless told otherwise. */
  readonly name?: string;
}
export interface ForeignKeyOptions {
  /** The column (or columns) of this table: `authorId` for a key to `authors`. */
  readonly column?: string | readonly string[];
  /** The column (or columns) that it points to: `id`. */
  readonly toColumn?: string | readonly string[];
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
  /** The key's name; `fk_posts_author_id` unless told otherwise. */
  readonly name?: string;
}

export interface AddReferenceOptions extends ReferenceOptions {
  /** The table that it points to: `authors` for `author`. */
  readonly table?: string;
  readonly nullable?: boolean;
  readonly unique?: boolean;
}
export interface TimestampsOptions {
  /** Allows NULL: a table that has rows already needs it. */
  readonly nullable?: boolean;
}

/** A name, or several. */
export type Names = string | readonly string[];

export function columnNames(names: Names, naming: Naming): string[] {
  const list = typeof names === 'string' ? [names] : names;
  if (list.length === 0) throw new MigrationInvalid('An index or key needs at least one column.');
  return list.map((name) => columnNameOf(name, naming));
}

export function indexSpec(table: string, columns: Names, options: IndexOptions, naming: Naming): IndexSpec {
  const names = columnNames(columns, naming);
  return { name: options.name ?? indexName(table, names), table, columns: names, unique: options.unique ?? false };
}

export function foreignKeySpec(
  table: string,
  toTable: string,
  options: ForeignKeyOptions,
  naming: Naming,
): ForeignKeySpec {
  const columns = columnNames(options.column ?? `${camelCase(classNameOf(toTable))}Id`, naming);
  const toColumns = columnNames(options.toColumn ?? 'id', naming);
  if (columns.length !== toColumns.length) {
    throw new MigrationInvalid(`A foreign key of ${columns.length} columns cannot point to ${toColumns.length}.`, {
      hint: 'Give column and toColumn as many names.',
    });
  }
  return {
    name: options.name ?? foreignKeyName(table, columns),
    table,
    columns,
    toTable,
    toColumns,
    onDelete: options.onDelete,
    onUpdate: options.onUpdate,
  };
}

/** A column to be added to a table that exists. */
export function addedColumn(table: string, name: string, column: AnyColumn, naming: Naming): ColumnParts {
  requireColumn(`${table}.${name}`, column);
  if (column.definition.primaryKey) {
    throw new MigrationInvalid(`"${table}.${name}" cannot become the primary key of a table that exists.`, {
      hint: 'Declare the key in createTable, or write the statement yourself with execute.',
    });
  }
  return columnParts(table, name, column, naming);
}

/** What a column is to become. Its indexes and keys have operations of their own, which know how to undo them. */
export function changedColumn(table: string, name: string, column: AnyColumn, naming: Naming): ColumnSpec {
  requireColumn(`${table}.${name}`, column);
  const { primaryKey, unique, index, references } = column.definition;
  if (primaryKey || unique || index || references !== undefined) {
    throw new MigrationInvalid(
      `changeColumn changes the type, default, comment and nullability of "${table}.${name}", and nothing else.`,
      {
        hint: 'Leave out primaryKey, unique, index and references; use addIndex, removeIndex, addForeignKey or removeForeignKey beside it.',
      },
    );
  }
  return columnSpec(table, name, column, naming);
}

export function referenceColumn(name: string, options: AddReferenceOptions): AnyColumn {
  if (/(_id|Id)$/.test(name)) {
    throw new MigrationInvalid(`addReference and removeReference take the name without "Id", not "${name}".`, {
      hint: `Write "${name.replace(/(_id|Id)$/, '')}".`,
    });
  }
  const { table = tableNameOf(name), nullable, unique, ...reference } = options;
  let made: AnyColumn = column.references(table, reference);
  if (nullable === true) made = made.nullable();
  return unique === true ? made.unique() : made;
}

export function timestampColumns({ nullable }: TimestampsOptions): { createdAt: AnyColumn; updatedAt: AnyColumn } {
  const { createdAt, updatedAt } = column.timestamps();
  return nullable === true
    ? { createdAt: createdAt.nullable(), updatedAt: updatedAt.nullable() }
    : { createdAt, updatedAt };
}
