import { CapabilityMissing } from '../../errors/query.ts';
import type { StorageType } from '../../types/column-type.ts';
import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { checkSql } from './checks.ts';
import { checkConstraintSql, foreignKeySql, uniqueSql } from './constraints.ts';
import { createIndexSql } from './indexes.ts';
import type { AddCheck, AddForeignKey, AddUnique, ColumnSpec } from './spec.ts';
import {
  collationSql,
  countsUp,
  createTableSql,
  defaultSql,
  generatedSql,
  standardDdl,
  type TableShape,
  tableParts,
  type WithDefault,
} from './standard.ts';

/** From SQLite's limits: decimals of so many digits survive the way through a REAL. */
const exactDigits = 15;

/**
 * SQLite takes any words for a type and derives an affinity from them: INT, then TEXT, then BLOB, then REAL, else
 * NUMERIC. So the names end in _TEXT where a value must stay the text that it is; and they are what introspection
 * reads the column's type from.
 */
function typeSql(type: StorageType): string {
  switch (type.kind) {
    case 'id':
    case 'integer':
      return 'INTEGER';
    case 'key':
    case 'bigint':
      return 'BIGINT';
    case 'smallint':
      return 'SMALLINT';
    case 'tinyint':
      return 'TINYINT';
    case 'uuid':
      return 'UUID_TEXT';
    case 'string':
      return `VARCHAR(${type.length})`;
    case 'text':
    case 'enum':
      return 'TEXT';
    case 'decimal':
      return `${type.precision <= exactDigits ? 'DECIMAL' : 'DECIMAL_TEXT'}(${type.precision}, ${type.scale})`;
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE_TEXT';
    case 'time':
      return 'TIME_TEXT';
    case 'datetime':
      return `DATETIME_TEXT(${type.precision})`;
    case 'json':
      return 'JSON_TEXT';
    case 'binary':
      return 'BLOB';
    case 'plain':
      return type.sqlType;
  }
}

function columnSql(column: ColumnSpec, table: TableShape, dialect: Dialect): string {
  // Only these very words make the column an alias of the row id, and AUTOINCREMENT keeps old ids from coming back.
  if (countsUp(column, table)) return `${quoteName(column.name, dialect)} INTEGER PRIMARY KEY AUTOINCREMENT`;
  const check = checkSql(column, table.name, dialect);
  return (
    `${quoteName(column.name, dialect)} ${typeSql(column.type)}${column.nullable ? '' : ' NOT NULL'}` +
    `${generatedSql(column, dialect)}${defaultSql(column, dialect)}${collationSql(column, dialect)}${check === undefined ? '' : ` ${check}`}`
  );
}

/**
 * A column of `table` as it stands in CREATE TABLE, for whoever writes a table anew. A column of kind `id` is the whole
 * primary key, inline.
 */
export function sqliteColumnSql(column: ColumnSpec, dialect: Dialect, table: string): string {
  return columnSql(column, { name: table, primaryKey: column.type.kind === 'id' ? [column.name] : [] }, dialect);
}

/** A constraint as it stands in CREATE TABLE, for whoever writes a table anew. */
export function sqliteConstraintSql(operation: AddForeignKey | AddCheck | AddUnique, dialect: Dialect): string {
  switch (operation.kind) {
    case 'addForeignKey':
      return foreignKeySql(operation.foreignKey, dialect);
    case 'addCheck':
      return checkConstraintSql(operation.check, dialect);
    case 'addUnique':
      return uniqueSql(operation.unique, dialect);
  }
}

/** ` DEFAULT …`, for whoever writes a table anew. */
export const sqliteDefaultSql = (column: WithDefault, dialect: Dialect): string => defaultSql(column, dialect);

function noStatement(what: string): never {
  throw new CapabilityMissing(`SQLite has no statement that ${what}.`, {
    hint: 'Use Connection.applyDdl, which writes the table anew.',
  });
}

/** SQLite. What it has no statement for, its adapter does by writing the table anew. */
export const sqliteDdl: DdlTable = {
  ...standardDdl(columnSql),
  createTable: (operation, dialect) => [
    createTableSql(operation, tableParts(operation.table, columnSql, dialect, true), dialect),
    ...operation.table.indexes.map((index) => createIndexSql({ index }, dialect, operation.ifNotExists)),
  ],
  changeColumn: () => noStatement('changes a column'),
  changeColumnDefault: () => noStatement("changes a column's default"),
  changeColumnNull: () => noStatement('allows or forbids NULL'),
  renameIndex: () => noStatement('renames an index'),
  addCheck: () => noStatement('adds a check'),
  addUnique: () => noStatement('adds a unique constraint'),
  removeConstraint: () => noStatement('removes a constraint'),
  addForeignKey: () => noStatement('adds a foreign key to a table'),
  removeForeignKey: () => noStatement('removes a foreign key'),
};
