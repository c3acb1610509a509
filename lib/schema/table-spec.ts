import { InvalidDefinition } from '../errors/definition.ts';
import { foreignKeyName, indexName } from '../sql/ddl/names.ts';
import type { ColumnSpec, ForeignKeySpec, GeneratedSpec, IndexSpec, PositionSpec, TableSpec } from '../sql/ddl/spec.ts';
import { columnNameOf, type Naming } from '../support/naming.ts';
import { storageOf } from '../types/column-type.ts';
import { describeValue, neutralEncoding, type Scalar, type Type } from '../types/type.ts';
import { type AnyColumn, Column, type ColumnDefinition } from './column.ts';
import { checkEncrypted } from './encrypted-check.ts';
import { checkedColumnName } from './naming.ts';
import { Store } from './store.ts';
import { VirtualColumn } from './virtual-column.ts';

/** Columns by attribute name, as models and `createTable` declare them. */
export interface TableColumns {
  readonly [attribute: string]: AnyColumn;
}

/** What one column declaration asks of the database. */
export interface ColumnParts {
  readonly column: ColumnSpec;
  readonly indexes: readonly IndexSpec[];
  readonly foreignKeys: readonly ForeignKeySpec[];
}

export interface TableSpecOptions {
  /** How columns are named after attributes: `snake` unless told otherwise. */
  readonly naming?: Naming;
  readonly comment?: string | undefined;
  readonly engine?: string | undefined;
  readonly charset?: string | undefined;
  readonly collation?: string | undefined;
  readonly options?: string | undefined;
}

/** The name in the database of a column declared under `attribute`. */
export function columnName(attribute: string, column: AnyColumn, naming: Naming): string {
  return checkedColumnName(column.definition.columnName ?? columnNameOf(attribute, naming));
}

/**
 * A table as its column declarations describe it.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where two attributes share a column, or there is no column
 */
export function tableSpec(table: string, columns: TableColumns, options: TableSpecOptions = {}): TableSpec {
  const naming = options.naming ?? 'snake';
  if (typeof columns !== 'object' || columns === null) {
    throw new InvalidDefinition(`The columns of the table "${table}" are no object, but ${describeValue(columns)}.`, {
      hint: 'Write { id: column.id(), name: column.string() }.',
    });
  }
  const entries = Object.entries(columns);
  if (entries.length === 0)
    throw new InvalidDefinition(`The table "${table}" has no columns.`, {
      hint: 'Declare at least one, such as id: column.id().',
    });
  for (const [attribute, column] of entries) requireColumn(`${table}.${attribute}`, column);
  const other = entries.find(([, column]) => !(column instanceof Column));
  if (other !== undefined) {
    throw new InvalidDefinition(`The "${other[0]}" of the table "${table}" is no column.`, {
      hint: 'Make it with one of the functions of column. An alias has no column: leave it out here.',
    });
  }
  const names = entries.map(([attribute, column]) => columnName(attribute, column, naming));
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return;
    throw new InvalidDefinition(
      `The attributes "${entries[first]?.[0]}" and "${entries[index]?.[0]}" of the table "${table}" are both the column "${name}".`,
      { hint: 'Give one of them another name.' },
    );
  });
  const primaryKey = names.filter((_, index) => entries[index]?.[1].definition.primaryKey === true);
  const parts = entries.map(([attribute, column]) => columnParts(table, attribute, column, naming, primaryKey));
  return {
    name: table,
    columns: parts.map((part) => part.column),
    primaryKey,
    indexes: parts.flatMap((part) => part.indexes),
    foreignKeys: parts.flatMap((part) => part.foreignKeys),
    comment: options.comment,
    engine: options.engine,
    charset: options.charset,
    collation: options.collation,
    options: options.options,
  };
}

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what models may declare and tables do not have */
export function requireColumn(label: string, column: unknown): void {
  if (!(column instanceof VirtualColumn) && !(column instanceof Store)) {
    if (typeof column === 'object' && column !== null && 'definition' in column) return;
    throw new InvalidDefinition(`${label} is described by no column, but by ${describeValue(column)}.`, {
      hint: 'Write column.string(), or another of its builders.',
    });
  }
  const what = column instanceof Store ? `a key of "${column.attribute}"` : 'virtual';
  throw new InvalidDefinition(`${label} is ${what}: it has no column, so no table can have it.`, {
    hint: 'Leave it out here; models declare it.',
  });
}

/** One column of `table`, with the indexes and the foreign key that its modifiers ask for. */
export function columnParts(
  table: string,
  attribute: string,
  column: AnyColumn,
  naming: Naming,
  primaryKey: readonly string[] = [],
): ColumnParts {
  const { definition } = column;
  const spec = columnSpec(table, attribute, column, naming);
  const { references } = definition;
  // The key's own index serves look-ups by its first column; a second one would only cost writes.
  const covered = primaryKey[0] === spec.name && (!definition.unique || primaryKey.length === 1);
  const indexed = !covered && (definition.unique || definition.index || references !== undefined);
  return {
    column: spec,
    indexes: indexed
      ? [{ name: indexName(table, [spec.name]), table, columns: [spec.name], unique: definition.unique }]
      : [],
    foreignKeys:
      references === undefined
        ? []
        : [
            {
              name: foreignKeyName(table, [spec.name]),
              table,
              columns: [spec.name],
              toTable: references.table,
              toColumns: [columnNameOf(references.column ?? 'id', naming)],
              onDelete: references.onDelete,
              onUpdate: references.onUpdate,
            },
          ],
  };
}

/** The column itself, without indexes and keys. */
export function columnSpec(table: string, attribute: string, column: AnyColumn, naming: Naming): ColumnSpec {
  const { definition } = column;
  checkEncrypted(attribute, `${table}.${attribute}`, definition);
  return {
    name: columnName(attribute, column, naming),
    type: storageOf(definition.type),
    nullable: definition.nullable,
    default: constantDefault(definition, `${table}.${attribute}`),
    comment: definition.comment,
    collation: definition.collation,
    computedDefault: definition.computedDefault,
    charset: definition.charset,
    generated: checkedGenerated(definition, `${table}.${attribute}`),
    position: positionSpec(definition, naming),
  };
}

function positionSpec({ position }: ColumnDefinition, naming: Naming): PositionSpec | undefined {
  if (position === undefined || 'first' in position) return position;
  return { after: columnNameOf(position.after, naming) };
}

function checkedGenerated(definition: ColumnDefinition, label: string): GeneratedSpec | undefined {
  const { generatedAs, hasDefault, computedDefault, primaryKey } = definition;
  if (generatedAs === undefined) return undefined;
  if (hasDefault || computedDefault !== undefined || primaryKey) {
    throw new InvalidDefinition(`"${label}" is computed by the database, so it has no default and is no primary key.`, {
      hint: 'Leave out default and primaryKey, or generatedAs.',
    });
  }
  return generatedAs;
}

/** A function is called for each record by the library, so the database has no part in it. */
function constantDefault(definition: ColumnDefinition, label: string): Scalar | undefined {
  const value = definition.default;
  // The database would have it as plain text: the program gives it to each record.
  if (definition.type.kind === 'encrypted') return undefined;
  if (!definition.hasDefault || typeof value === 'function') return undefined;
  if (value === null) return null;
  const type: Type = definition.type;
  const cast = type.cast(value, { label: `The default of ${label}`, sensitive: definition.sensitive });
  return cast === null ? null : type.serialize(cast, neutralEncoding);
}
