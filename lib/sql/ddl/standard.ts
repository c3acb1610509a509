import type { Scalar, Type } from '../../types/type.ts';
import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { checkConstraintSql, exclusionSql, foreignKeySql, uniqueSql } from './constraints.ts';
import { expressionSql } from './expression.ts';
import { createIndexSql, nameList } from './indexes.ts';
import { objectDdl } from './objects.ts';
import type { ChangeColumnDefault, ColumnSpec, CreateTable, TableSpec } from './spec.ts';
import { ddlStatements } from './statements.ts';

// What the dialects' tables of schema statements have in common.

/** What a column's definition depends on beside the column. */
export type TableShape = Pick<TableSpec, 'name' | 'primaryKey'>;

/** What decides how a default is written. */
export type WithDefault = Pick<ColumnSpec, 'type' | 'default' | 'computedDefault'>;

/** The column as it stands in CREATE TABLE and ADD COLUMN: name, type and everything behind. */
export type ColumnWriter = (column: ColumnSpec, table: TableShape, dialect: Dialect) => string;

/** The statements that all dialects write alike, around the dialect's own way to write a column. */
export function standardDdl(writeColumn: ColumnWriter): DdlTable {
  return {
    createTable: (operation, dialect) => [
      createTableSql(operation, tableParts(operation.table, writeColumn, dialect), dialect),
      ...operation.table.indexes.map((index) => createIndexSql({ index }, dialect, operation.ifNotExists)),
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
    addIndex: (operation, dialect) => [createIndexSql(operation, dialect, false)],
    removeIndex: ({ name, concurrently }, dialect) => [
      `DROP INDEX ${concurrently === true ? 'CONCURRENTLY ' : ''}${quoteName(name, dialect)}`,
    ],
    renameIndex: ({ from, to }, dialect) => [
      `ALTER INDEX ${quoteName(from, dialect)} RENAME TO ${quoteName(to, dialect)}`,
    ],
    setIndexVisibility: ({ table, name, visible }, dialect) => {
      const words = dialect.features.schema.indexVisibility;
      return [
        `${alter(table, dialect)} ALTER INDEX ${quoteName(name, dialect)} ${(visible ? words?.shown : words?.hidden) ?? ''}`,
      ];
    },
    changeColumnDefault: (operation, dialect) => [
      `${alter(operation.table, dialect)} ALTER COLUMN ${quoteName(operation.column, dialect)} ${setDefaultSql(operation, dialect)}`,
    ],
    changeColumnNull: ({ table, column, nullable }, dialect) => [
      `${alter(table, dialect)} ALTER COLUMN ${quoteName(column, dialect)} ${nullable ? 'DROP' : 'SET'} NOT NULL`,
    ],
    changeColumnComment: ({ table, column, comment }, dialect) => [
      `COMMENT ON COLUMN ${quoteName(table, dialect)}.${quoteName(column, dialect)} IS ${commentLiteral(comment, dialect)}`,
    ],
    changeTableComment: ({ table, comment }, dialect) => [
      `COMMENT ON TABLE ${quoteName(table, dialect)} IS ${commentLiteral(comment, dialect)}`,
    ],
    addForeignKey: ({ foreignKey }, dialect) => [
      `${alter(foreignKey.table, dialect)} ADD ${foreignKeySql(foreignKey, dialect)}`,
    ],
    removeForeignKey: ({ table, name }, dialect) => [
      `${alter(table, dialect)} DROP CONSTRAINT ${quoteName(name, dialect)}`,
    ],
    addCheck: ({ check }, dialect) => [`${alter(check.table, dialect)} ADD ${checkConstraintSql(check, dialect)}`],
    addUnique: ({ unique }, dialect) => [`${alter(unique.table, dialect)} ADD ${uniqueSql(unique, dialect)}`],
    addExclusion: ({ exclusion }, dialect) => [
      `${alter(exclusion.table, dialect)} ADD ${exclusionSql(exclusion, dialect)}`,
    ],
    removeConstraint: ({ table, name }, dialect) => [
      `${alter(table, dialect)} DROP CONSTRAINT ${quoteName(name, dialect)}`,
    ],
    validateConstraint: ({ table, name }, dialect) => [
      `${alter(table, dialect)} VALIDATE CONSTRAINT ${quoteName(name, dialect)}`,
    ],
    alterTable: ({ changes }, dialect) => changes.flatMap((change) => ddlStatements(change, dialect)),
    ...objectDdl,
  };
}

export const alter = (table: string, dialect: Dialect): string => `ALTER TABLE ${quoteName(table, dialect)}`;

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
  return (
    `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quoteName(table.name, dialect)} (${parts.join(', ')})` +
    optionsSql(table)
  );
}

/**
 * The column's default in the form of the connected database. A spec holds it in the form that no database asks for
 * specially, so it is read once by its type and written again.
 */
export function defaultValue(column: WithDefault, dialect: Dialect): Scalar | undefined {
  if (column.default === undefined || column.default === null) return undefined;
  const type: Type = column.type;
  return type.serialize(type.deserialize(column.default), dialect);
}

/** ` DEFAULT …`, or nothing. */
export function defaultSql(column: WithDefault, dialect: Dialect): string {
  if (column.computedDefault !== undefined) return ` DEFAULT (${expressionSql(column.computedDefault, dialect)})`;
  const value = defaultValue(column, dialect);
  return value === undefined ? '' : ` DEFAULT ${dialect.literal(value)}`;
}

/** `SET DEFAULT …` or `DROP DEFAULT`. */
export function setDefaultSql(operation: ChangeColumnDefault, dialect: Dialect): string {
  const text = defaultSql(operation, dialect);
  return text === '' ? 'DROP DEFAULT' : `SET${text}`;
}

/** ` GENERATED ALWAYS AS (…) STORED`, or nothing. */
export function generatedSql({ generated }: ColumnSpec, dialect: Dialect): string {
  if (generated === undefined) return '';
  return ` GENERATED ALWAYS AS (${expressionSql(generated.expression, dialect)}) ${generated.stored ? 'STORED' : 'VIRTUAL'}`;
}

/** ` FIRST`, ` AFTER …`, or nothing. */
export function positionSql({ position }: ColumnSpec, dialect: Dialect): string {
  if (position === undefined) return '';
  return 'first' in position ? ' FIRST' : ` AFTER ${quoteName(position.after, dialect)}`;
}

/** What stands behind the columns of a table: ` WITH (fillfactor = 70)`. */
export const optionsSql = ({ options }: TableSpec): string => (options === undefined ? '' : ` ${options}`);

const commentLiteral = (comment: string | undefined, dialect: Dialect): string =>
  comment === undefined ? 'NULL' : dialect.literal(comment);

/** ` COLLATE …`, or nothing where the database does not let a column choose. */
export function collationSql(column: ColumnSpec, dialect: Dialect): string {
  if (column.collation === undefined || !dialect.features.collations) return '';
  return ` COLLATE ${quoteName(column.collation, dialect)}`;
}
