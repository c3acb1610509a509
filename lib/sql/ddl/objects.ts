import type { DdlTable } from '../dialect.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { expressionSql } from './expression.ts';
import type { AddEnumValue, DropView, ViewSpec } from './spec.ts';

// What a schema has beside plain tables: views, enum types, namespaces, extensions, virtual tables.

type ObjectKind =
  | 'createView'
  | 'dropView'
  | 'alterView'
  | 'createEnum'
  | 'dropEnum'
  | 'renameEnum'
  | 'addEnumValue'
  | 'renameEnumValue'
  | 'createObject'
  | 'dropObject'
  | 'createVirtualTable'
  | 'dropVirtualTable';

export function createViewSql({ name, query, materialized }: ViewSpec, dialect: Dialect, replace = false): string {
  const what = `${replace ? 'OR REPLACE ' : ''}${materialized ? 'MATERIALIZED ' : ''}VIEW`;
  return `CREATE ${what} ${quoteName(name, dialect)} AS ${expressionSql(query, dialect)}`;
}

function dropViewSql({ name, materialized, ifExists }: Omit<DropView, 'kind'>, dialect: Dialect): string {
  return `DROP ${materialized ? 'MATERIALIZED ' : ''}VIEW ${ifExists ? 'IF EXISTS ' : ''}${quoteName(name, dialect)}`;
}

function placeSql(place: AddEnumValue['place'], dialect: Dialect): string {
  if (place === undefined) return '';
  return 'before' in place ? ` BEFORE ${dialect.literal(place.before)}` : ` AFTER ${dialect.literal(place.after)}`;
}

const alterType = (name: string, dialect: Dialect): string => `ALTER TYPE ${quoteName(name, dialect)}`;

export const objectDdl: Pick<DdlTable, ObjectKind> = {
  createView: ({ view }, dialect) => [createViewSql(view, dialect)],
  dropView: (operation, dialect) => [dropViewSql(operation, dialect)],
  // SQLite has no statement that replaces one.
  alterView: ({ view }, dialect) => [dropViewSql({ ...view, ifExists: false }, dialect), createViewSql(view, dialect)],
  createEnum: ({ name, values }, dialect) => [
    `CREATE TYPE ${quoteName(name, dialect)} AS ENUM (${values.map((value) => dialect.literal(value)).join(', ')})`,
  ],
  dropEnum: ({ name }, dialect) => [`DROP TYPE ${quoteName(name, dialect)}`],
  renameEnum: ({ from, to }, dialect) => [`${alterType(from, dialect)} RENAME TO ${quoteName(to, dialect)}`],
  addEnumValue: ({ name, value, place }, dialect) => [
    `${alterType(name, dialect)} ADD VALUE ${dialect.literal(value)}${placeSql(place, dialect)}`,
  ],
  renameEnumValue: ({ name, from, to }, dialect) => [
    `${alterType(name, dialect)} RENAME VALUE ${dialect.literal(from)} TO ${dialect.literal(to)}`,
  ],
  // It may be there already: another application may share the server.
  createObject: ({ type, name }, dialect) => [
    `CREATE ${type.toUpperCase()} ${type === 'extension' ? 'IF NOT EXISTS ' : ''}${quoteName(name, dialect)}`,
  ],
  dropObject: ({ type, name }, dialect) => [
    `DROP ${type.toUpperCase()} ${type === 'extension' ? 'IF EXISTS ' : ''}${quoteName(name, dialect)}`,
  ],
  createVirtualTable: ({ table: { name, module, args } }, dialect) => [
    `CREATE VIRTUAL TABLE ${quoteName(name, dialect)} USING ${quoteName(module, dialect)} (${args.join(', ')})`,
  ],
  dropVirtualTable: ({ table }, dialect) => [`DROP TABLE ${quoteName(table, dialect)}`],
};
