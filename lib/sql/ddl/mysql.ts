import type { StorageType } from '../../types/column-type.ts';
import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import type { ColumnSpec, IndexSpec } from './spec.ts';
import {
  alter,
  collationSql,
  countsUp,
  createTableSql,
  defaultValue,
  nameList,
  standardDdl,
  type TableShape,
  tableParts,
} from './standard.ts';

function typeSql(type: StorageType, dialect: Dialect): string {
  switch (type.kind) {
    case 'id':
    case 'key':
      return 'BIGINT UNSIGNED';
    case 'integer':
      return unsigned('INT', type.unsigned);
    case 'smallint':
      return unsigned('SMALLINT', type.unsigned);
    case 'tinyint':
      return unsigned('TINYINT', type.unsigned);
    case 'bigint':
      return unsigned('BIGINT', type.unsigned);
    case 'uuid':
      return dialect.features.nativeUuid ? 'UUID' : 'BINARY(16)';
    case 'string':
      return `VARCHAR(${type.length})`;
    case 'text':
      return 'LONGTEXT';
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'boolean':
      return 'TINYINT(1)';
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME(6)';
    case 'datetime':
      return `DATETIME(${type.precision})`;
    case 'json':
      return 'JSON';
    case 'binary':
      return type.length === undefined ? 'LONGBLOB' : `VARBINARY(${type.length})`;
    case 'enum':
      return `ENUM(${type.values.map(plainText).join(', ')})`;
    case 'plain':
      return type.sqlType;
  }
}

const unsigned = (type: string, isUnsigned: boolean): string => (isUnsigned ? `${type} UNSIGNED` : type);

/**
 * Text where nothing but a quoted string will do, so that the literal's hexadecimal form is no way out: words of an ENUM,
 * comments, and default expressions (which MariaDB writes down again for itself, and does it wrong for that form).
 * Doubling both ends no string early, whether or not the session's sql_mode gives the backslash a meaning.
 */
function plainText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** TEXT, JSON and BLOB take a default only as an expression. */
function takesExpression(type: StorageType): boolean {
  if (type.kind === 'plain') return /text|blob|json|geometry|point|linestring|polygon/i.test(type.sqlType);
  return type.kind === 'text' || type.kind === 'json' || (type.kind === 'binary' && type.length === undefined);
}

function defaultSql(column: ColumnSpec, dialect: Dialect): string {
  const value = defaultValue(column, dialect);
  if (value === undefined) return '';
  if (!takesExpression(column.type)) return ` DEFAULT ${dialect.literal(value)}`;
  return ` DEFAULT (${typeof value === 'string' ? plainText(value) : dialect.literal(value)})`;
}

function columnSql(column: ColumnSpec, table: TableShape, dialect: Dialect): string {
  return (
    `${quoteName(column.name, dialect)} ${typeSql(column.type, dialect)}${collationSql(column, dialect)}` +
    // NULL is said too: a TIMESTAMP without it is NOT NULL on servers with the older default.
    (column.nullable ? ' NULL' : ' NOT NULL') +
    (countsUp(column, table) ? ' AUTO_INCREMENT' : defaultSql(column, dialect)) +
    (column.comment === undefined ? '' : ` COMMENT ${plainText(column.comment)}`)
  );
}

function indexPart(index: IndexSpec, dialect: Dialect): string {
  return `${index.unique ? 'UNIQUE INDEX' : 'INDEX'} ${quoteName(index.name, dialect)} ${nameList(index.columns, dialect)}`;
}

const standard = standardDdl(columnSql);

/** MySQL and MariaDB. Each schema statement commits by itself, so a table comes with its indexes in one. */
export const mysqlDdl: DdlTable = {
  ...standard,
  createTable(operation, dialect) {
    const { table } = operation;
    // Before the foreign keys: an index that serves one must not be made a second time under a name of the server's.
    const [keys, others] = [table.foreignKeys.length, tableParts(table, columnSql, dialect)];
    others.splice(others.length - keys, 0, ...table.indexes.map((index) => indexPart(index, dialect)));
    const comment = table.comment === undefined ? '' : ` COMMENT=${plainText(table.comment)}`;
    return [`${createTableSql(operation, others, dialect)} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4${comment}`];
  },
  renameTable: ({ from, to }, dialect) => [`RENAME TABLE ${quoteName(from, dialect)} TO ${quoteName(to, dialect)}`],
  removeIndex: ({ table, name }, dialect) => [`DROP INDEX ${quoteName(name, dialect)} ON ${quoteName(table, dialect)}`],
  removeForeignKey: ({ table, name }, dialect) => [
    `${alter(table, dialect)} DROP FOREIGN KEY ${quoteName(name, dialect)}`,
  ],
};
