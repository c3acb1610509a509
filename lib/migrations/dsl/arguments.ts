import { MigrationInvalid } from '../../errors/migration.ts';
import { column } from '../../schema/builders.ts';
import { type AnyColumn, Column, type ReferenceOptions } from '../../schema/column.ts';
import { type ColumnParts, columnParts, columnSpec, requireColumn } from '../../schema/table-spec.ts';
import { foreignKeyName } from '../../sql/ddl/names.ts';
import type { ColumnSpec, Deferrable, ForeignKeySpec, ReferentialAction } from '../../sql/ddl/spec.ts';
import { camelCase, classNameOf, columnNameOf, type Naming, tableNameOf } from '../../support/naming.ts';
import { integerType } from '../../types/numbers.ts';

// From the arguments that a migration is written with to the values that operations hold.

export interface ForeignKeyOptions {
  /** The column (or columns) of this table: `authorId` for a key to `authors`. */
  readonly column?: string | readonly string[];
  /** The column (or columns) that it points to: `id`. */
  readonly toColumn?: string | readonly string[];
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
  /** The key's name; `fk_posts_author_id` unless told otherwise. */
  readonly name?: string;
  /**
   * PostgreSQL and SQLite: `'deferred'` is checked at the end of the transaction, `'immediate'` where SET CONSTRAINTS
   * says so.
   */
  readonly deferrable?: Deferrable;
  /** PostgreSQL: false does not check the rows that are there already; validateForeignKey does so later. */
  readonly validate?: boolean;
}

export interface AddReferenceOptions extends ReferenceOptions {
  /** The table that it points to: `authors` for `author`. */
  readonly table?: string;
  readonly nullable?: boolean;
  readonly unique?: boolean;
  /** To records of several models: the columns `subjectType` and `subjectId`, with an index and no foreign key. */
  readonly polymorphic?: boolean;
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
    deferrable: options.deferrable,
    unvalidated: options.validate === false ? true : undefined,
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
  const { primaryKey, unique, index, references, generatedAs } = column.definition;
  if (generatedAs !== undefined) {
    throw new MigrationInvalid(`changeColumn cannot make "${table}.${name}" a generated column.`, {
      hint: 'Remove the column and add it again.',
    });
  }
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

function requireReferenceName(name: string): void {
  if (/(_id|Id)$/.test(name)) {
    throw new MigrationInvalid(`addReference and removeReference take the name without "Id", not "${name}".`, {
      hint: `Write "${name.replace(/(_id|Id)$/, '')}".`,
    });
  }
}

export function referenceColumn(name: string, options: AddReferenceOptions): AnyColumn {
  requireReferenceName(name);
  const { table = tableNameOf(name), nullable, unique, polymorphic: _, ...reference } = options;
  let made: AnyColumn = column.references(table, reference);
  if (nullable === true) made = made.nullable();
  return unique === true ? made.unique() : made;
}

/** The columns of a polymorphic reference: which model, and which of its records. */
export function polymorphicColumns(name: string, options: AddReferenceOptions): { type: AnyColumn; id: AnyColumn } {
  requireReferenceName(name);
  const { table, onDelete, onUpdate, column: toColumn } = options;
  if ([table, onDelete, onUpdate, toColumn].some((option) => option !== undefined)) {
    throw new MigrationInvalid(`A polymorphic reference has no foreign key: "${name}" points to no one table.`, {
      hint: 'Leave out table, column, onDelete and onUpdate.',
    });
  }
  const [type, id] = [column.string(), keyColumn()];
  return options.nullable === true ? { type: type.nullable(), id: id.nullable() } : { type, id };
}

/** Of the type of an `id()`, and no foreign key. */
const keyColumn = (): AnyColumn => new Column({ type: integerType('key', true) });

/** A key of a join table: a foreign key that is part of the primary key. */
export function joinColumn(table: string): AnyColumn {
  return column.references(table, { onDelete: 'cascade' }).primaryKey();
}

export function timestampColumns({ nullable }: TimestampsOptions): { createdAt: AnyColumn; updatedAt: AnyColumn } {
  const { createdAt, updatedAt } = column.timestamps();
  return nullable === true
    ? { createdAt: createdAt.nullable(), updatedAt: updatedAt.nullable() }
    : { createdAt, updatedAt };
}
