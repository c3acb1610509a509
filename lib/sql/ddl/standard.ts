import type { Scalar, Type } from '../../types/type.ts';
import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import type { ColumnSpec, CreateTable, ForeignKeySpec, IndexSpec, ReferentialAction, TableSpec } from './spec.ts';

// What the dialects' tables of schema statements have in common.

/** What a column's definition depends on beside the column. */
export type TableShape = Pick<TableSpec, 'name' | 'primaryKey'>;

/** The column as it stands in CREATE TABLE and ADD COLUMN: name, type and everything behind. */
export type ColumnWriter = (column: ColumnSpec, table: TableShape, dialect: Dialect) => string;

/** The statements that all dialects write alike, around the dialect's own way to write a column. */
export function standardDdl(writeColumn: ColumnWriter): DdlTable {
  return {
    createTable: (operation, dialect) => [
      createTableSql(operation, tableParts(operation.table, writeColumn, dialect), dialect),
      ...operation.table.indexes.map((index) => createIndexSql(index, dialect, operation.ifNotExists)),
    ],
    dropTable: ({ table, ifExists }, dialect) => [
      `DROP TABLE ${ifExists ? 'IF EXISTS ' : ''}${quoteName(table, dialect)}`,
    ],
    renameTable: ({ from, to }, dialect) => [`${alter(from, dialect)} RENAME TO ${quoteName(to, dialect)}`],
    addColumn: ({ table, column }, dialect) => [
      `${alter(table, dialect)} ADD COLUMN ${writeColumn(column, { name: table, primaryKey: [] }, dialect)}`,
    ],
    removeColumn: ({ table, column }, dialect) => [
      `${alter(table, dialect)} DROP COLUMN ${quoteName(column, dialect)}`,
    ],
    renameColumn: ({ table, from, to }, dialect) => [
      `${alter(table, dialect)} RENAME COLUMN ${quoteName(from, dialect)} TO ${quoteName(to, dialect)}`,
    ],
    changeColumn: ({ table, column }, dialect) => [
      `${alter(table, dialect)} MODIFY COLUMN ${writeColumn(column, { name: table, primaryKey: [] }, dialect)}`,
    ],
    addIndex: ({ index }, dialect) => [createIndexSql(index, dialect, false)],
    removeIndex: ({ name }, dialect) => [`DROP INDEX ${quoteName(name, dialect)}`],
    addForeignKey: ({ foreignKey }, dialect) => [
      `${alter(foreignKey.table, dialect)} ADD ${foreignKeySql(foreignKey, dialect)}`,
    ],
    removeForeignKey: ({ table, name }, dialect) => [
      `${alter(table, dialect)} DROP CONSTRAINT ${quoteName(name, dialect)}`,
    ],
  };
}

export const alter = (table: string, dialect: Dialect): string => `ALTER TABLE ${quoteName(table, dialect)}`;

export function nameList(names: readonly string[], dialect: Dialect): string {
  return `(${names.map((name) => quoteName(name, dialect)).join(', ')})`;
}

/** A single key column of kind `id`. In a key of several columns nothing is counted up. */
export function countsUp(column: ColumnSpec, table: TableShape): boolean {
  return column.type.kind === 'id' && table.primaryKey.length === 1 && table.primaryKey[0] === column.name;
}

/** The lines of a table: columns, the primary key (where no column has it in its own definition), foreign keys. */
export function tableParts(
  table: TableSpec,
  writeColumn: ColumnWriter,
  dialect: Dialect,
  keyInColumn = false,
): string[] {
  const ownKey = keyInColumn && table.columns.some((column) => countsUp(column, table));
  return [
    ...table.columns.map((column) => writeColumn(column, table, dialect)),
    ...(table.primaryKey.length === 0 || ownKey ? [] : [`PRIMARY KEY ${nameList(table.primaryKey, dialect)}`]),
    ...table.foreignKeys.map((key) => foreignKeySql(key, dialect)),
  ];
}

export function createTableSql(
  { table, ifNotExists }: CreateTable,
  parts: readonly string[],
  dialect: Dialect,
): string {
  return `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quoteName(table.name, dialect)} (${parts.join(', ')})`;
}

export function createIndexSql(index: IndexSpec, dialect: Dialect, ifNotExists: boolean): string {
  const what = `${index.unique ? 'UNIQUE INDEX' : 'INDEX'}${ifNotExists ? ' IF NOT EXISTS' : ''}`;
  return `CREATE ${what} ${quoteName(index.name, dialect)} ON ${quoteName(index.table, dialect)} ${nameList(index.columns, dialect)}`;
}

const actions: Readonly<Record<ReferentialAction, string>> = {
  cascade: 'CASCADE',
  restrict: 'RESTRICT',
  setNull: 'SET NULL',
  noAction: 'NO ACTION',
};

/** `CONSTRAINT … FOREIGN KEY (…) REFERENCES … (…)`, as a line of CREATE TABLE or behind ADD. */
export function foreignKeySql(key: ForeignKeySpec, dialect: Dialect): string {
  const onDelete = key.onDelete === undefined ? '' : ` ON DELETE ${actions[key.onDelete]}`;
  const onUpdate = key.onUpdate === undefined ? '' : ` ON UPDATE ${actions[key.onUpdate]}`;
  return (
    `CONSTRAINT ${quoteName(key.name, dialect)} FOREIGN KEY ${nameList(key.columns, dialect)} ` +
    `REFERENCES ${quoteName(key.toTable, dialect)} ${nameList(key.toColumns, dialect)}${onDelete}${onUpdate}`
  );
}

/**
 * The column's default in the form of the connected database. A spec holds it in the form that no database asks for
 * specially, so it is read once by its type and written again.
 */
export function defaultValue(column: ColumnSpec, dialect: Dialect): Scalar | undefined {
  if (column.default === undefined || column.default === null) return undefined;
  const type: Type = column.type;
  return type.serialize(type.deserialize(column.default), dialect);
}

/** ` DEFAULT …`, or nothing. */
export function defaultSql(column: ColumnSpec, dialect: Dialect): string {
  const value = defaultValue(column, dialect);
  return value === undefined ? '' : ` DEFAULT ${dialect.literal(value)}`;
}

/** ` COLLATE …`, or nothing where the database does not let a column choose. */
export function collationSql(column: ColumnSpec, dialect: Dialect): string {
  if (column.collation === undefined || !dialect.features.collations) return '';
  return ` COLLATE ${quoteName(column.collation, dialect)}`;
}
