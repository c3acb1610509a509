import { InvalidQuery } from '../../errors/query.ts';
import type { StorageType } from '../../types/column-type.ts';
import type { TextType } from '../../types/text.ts';
import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { expressionSql } from './expression.ts';
import { indexParts } from './indexes.ts';
import { withComment, withNullability } from './mysql-definition.ts';
import { mysqlText } from './mysql-text.ts';
import { createViewSql } from './objects.ts';
import type {
  ChangeColumnComment,
  ChangeColumnNull,
  ColumnSpec,
  DdlOperation,
  IndexSpec,
  OnlineSpec,
  TableSpec,
} from './spec.ts';
import {
  alter,
  collationSql,
  countsUp,
  createTableSql,
  defaultValue,
  generatedSql,
  positionSql,
  standardDdl,
  type TableShape,
  tableParts,
  type WithDefault,
} from './standard.ts';
import { ddlStatements } from './statements.ts';

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
      return `VARCHAR(${type.length})${asciiSql(type)}`;
    case 'text':
      return `LONGTEXT${asciiSql(type)}`;
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
      return `ENUM(${type.values.map(mysqlText).join(', ')})`;
    case 'plain':
      return type.sqlType;
  }
}

const asciiSql = ({ isAscii }: TextType): string => (isAscii === true ? ' CHARACTER SET ascii COLLATE ascii_bin' : '');

const unsigned = (type: string, isUnsigned: boolean): string => (isUnsigned ? `${type} UNSIGNED` : type);

/** TEXT, JSON and BLOB take a default only as an expression. */
function takesExpression(type: StorageType): boolean {
  if (type.kind === 'plain') return /text|blob|json|geometry|point|linestring|polygon/i.test(type.sqlType);
  return type.kind === 'text' || type.kind === 'json' || (type.kind === 'binary' && type.length === undefined);
}

function defaultSql(column: WithDefault, dialect: Dialect): string {
  if (column.computedDefault !== undefined) return ` DEFAULT (${expressionSql(column.computedDefault, dialect)})`;
  const value = defaultValue(column, dialect);
  if (value === undefined) return '';
  if (!takesExpression(column.type)) return ` DEFAULT ${dialect.literal(value)}`;
  return ` DEFAULT (${typeof value === 'string' ? mysqlText(value) : dialect.literal(value)})`;
}

function columnSql(column: ColumnSpec, table: TableShape, dialect: Dialect): string {
  return (
    `${quoteName(column.name, dialect)} ${typeSql(column.type, dialect)}${charsetSql(column.charset)}${collationSql(column, dialect)}` +
    generatedSql(column, dialect) +
    // NULL is said too: a TIMESTAMP without it is NOT NULL on servers with the older default.
    nullSql(column, dialect) +
    (countsUp(column, table) ? ' AUTO_INCREMENT' : defaultSql(column, dialect)) +
    (column.comment === undefined ? '' : ` COMMENT ${mysqlText(column.comment)}`) +
    positionSql(column, dialect)
  );
}

/** MariaDB has no such words for a generated column: it is what its expression gives. */
function nullSql({ generated, nullable }: ColumnSpec, dialect: Dialect): string {
  if (generated !== undefined && !dialect.features.schema.expressionIndexes) return '';
  return nullable ? ' NULL' : ' NOT NULL';
}

const charsetSql = (charset: string | undefined): string =>
  charset === undefined ? '' : ` CHARACTER SET ${word(charset)}`;

function indexOptions({ using, comment, invisible }: IndexSpec, dialect: Dialect): string {
  const hidden = dialect.features.schema.indexVisibility?.hidden;
  return (
    (using === undefined ? '' : ` USING ${using.toUpperCase()}`) +
    (comment === undefined ? '' : ` COMMENT ${mysqlText(comment)}`) +
    (invisible === true && hidden !== undefined ? ` ${hidden}` : '')
  );
}

/** As a line of CREATE TABLE, or behind ADD. */
function indexPart(index: IndexSpec, dialect: Dialect): string {
  const kind = index.type === undefined ? (index.unique ? 'UNIQUE ' : '') : `${index.type.toUpperCase()} `;
  return `${kind}INDEX ${quoteName(index.name, dialect)} ${indexParts(index, dialect)}${indexOptions(index, dialect)}`;
}

/** `CREATE INDEX … ON …` has the same words, in another order. */
function createIndex(index: IndexSpec, dialect: Dialect): string {
  const [before, behind] = [quoteName(index.name, dialect), quoteName(index.table, dialect)];
  return `CREATE ${indexPart(index, dialect).replace(` ${before} `, () => ` ${before} ON ${behind} `)}`;
}

function onlineParts(online: OnlineSpec | undefined): string[] {
  return [
    ...(online?.algorithm === undefined ? [] : [`ALGORITHM=${word(online.algorithm).toUpperCase()}`]),
    ...(online?.lock === undefined ? [] : [`LOCK=${word(online.lock).toUpperCase()}`]),
  ];
}

const onlineSql = (online: OnlineSpec | undefined): string =>
  onlineParts(online)
    .map((part) => ` ${part}`)
    .join('');

/** Names that stand without quotes: engines, character sets. */
function word(text: string): string {
  if (/^\w+$/.test(text)) return text;
  throw new InvalidQuery(`${JSON.stringify(text)} cannot be the name of an engine, a character set or an algorithm.`);
}

function tableOptions(table: TableSpec): string {
  const { engine = 'InnoDB', charset = 'utf8mb4', collation, comment, options } = table;
  return (
    ` ENGINE=${word(engine)} DEFAULT CHARSET=${word(charset)}` +
    (collation === undefined ? '' : ` COLLATE=${word(collation)}`) +
    (comment === undefined ? '' : ` COMMENT=${mysqlText(comment)}`) +
    (options === undefined ? '' : ` ${options}`)
  );
}

/** MODIFY repeats all of a column: in the words of SHOW CREATE TABLE, so that nothing is lost that is not known here. */
function modify(
  { table, column, definition }: ChangeColumnNull | ChangeColumnComment,
  change: (definition: string) => string,
  dialect: Dialect,
): string[] {
  if (definition === undefined)
    throw new InvalidQuery(`The definition of the column "${table}.${column}" is not known.`);
  return [`${alter(table, dialect)} MODIFY COLUMN ${quoteName(column, dialect)} ${change(definition)}`];
}

/** The parts of ALTER TABLE that a change consists of. */
function alterParts(change: DdlOperation, table: string, dialect: Dialect): string[] {
  if (change.kind === 'addIndex') return [`ADD ${indexPart(change.index, dialect)}`];
  if (change.kind === 'removeIndex') return [`DROP INDEX ${quoteName(change.name, dialect)}`];
  const start = `${alter(table, dialect)} `;
  return ddlStatements(change, dialect).map((statement) => {
    if (statement.startsWith(start)) return statement.slice(start.length);
    throw new InvalidQuery(`${change.kind} cannot stand among the changes of one table.`);
  });
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
    const columns = { ...operation, table: { ...table, options: undefined } };
    return [`${createTableSql(columns, others, dialect)}${tableOptions(table)}`];
  },
  renameTable: ({ from, to }, dialect) => [`RENAME TABLE ${quoteName(from, dialect)} TO ${quoteName(to, dialect)}`],
  addIndex: ({ index, online }, dialect) => [`${createIndex(index, dialect)}${onlineSql(online)}`],
  removeIndex({ table, name, online }, dialect) {
    const index = `DROP INDEX ${quoteName(name, dialect)}`;
    const parts = onlineParts(online);
    // MariaDB takes them behind ALTER TABLE only.
    return [
      parts.length === 0
        ? `${index} ON ${quoteName(table, dialect)}`
        : `${alter(table, dialect)} ${[index, ...parts].join(', ')}`,
    ];
  },
  renameIndex: ({ table, from, to }, dialect) => [
    `${alter(table, dialect)} RENAME INDEX ${quoteName(from, dialect)} TO ${quoteName(to, dialect)}`,
  ],
  changeColumnDefault(operation, dialect) {
    // Without any default, a column that allows NULL has to be given a value; elsewhere it is NULL by itself.
    const text = defaultSql(operation, dialect) || (operation.nullable ? ' DEFAULT NULL' : '');
    const change = text === '' ? 'DROP DEFAULT' : `SET${text}`;
    return [`${alter(operation.table, dialect)} ALTER COLUMN ${quoteName(operation.column, dialect)} ${change}`];
  },
  changeColumnNull: (operation, dialect) =>
    modify(operation, (definition) => withNullability(definition, operation.nullable), dialect),
  changeColumnComment: (operation, dialect) =>
    modify(operation, (definition) => withComment(definition, operation.comment), dialect),
  changeTableComment: ({ table, comment }, dialect) => [`${alter(table, dialect)} COMMENT=${mysqlText(comment ?? '')}`],
  removeForeignKey: ({ table, name }, dialect) => [
    `${alter(table, dialect)} DROP FOREIGN KEY ${quoteName(name, dialect)}`,
  ],
  removeConstraint: ({ table, name, type }, dialect) => [
    // A unique constraint is an index, and nothing else.
    `${alter(table, dialect)} DROP ${type === 'unique' ? 'INDEX' : 'CONSTRAINT'} ${quoteName(name, dialect)}`,
  ],
  alterTable({ table, changes, online }, dialect) {
    const parts = [...changes.flatMap((change) => alterParts(change, table, dialect)), ...onlineParts(online)];
    return [`${alter(table, dialect)} ${parts.join(', ')}`];
  },
  alterView: ({ view }, dialect) => [createViewSql(view, dialect, true)],
};
