import { type Dialect, quoteName } from '../dialect.ts';
import { expressionSql } from './expression.ts';
import type { AddIndex, IndexPart, IndexSpec } from './spec.ts';

export function nameList(names: readonly string[], dialect: Dialect): string {
  return `(${names.map((name) => quoteName(name, dialect)).join(', ')})`;
}

function partSql(part: IndexPart, dialect: Dialect): string {
  const what =
    part.expression === undefined
      ? quoteName(part.column ?? '', dialect)
      : `(${expressionSql(part.expression, dialect)})`;
  return (
    what +
    (part.length === undefined ? '' : `(${part.length})`) +
    (part.operatorClass === undefined ? '' : ` ${quoteName(part.operatorClass, dialect)}`) +
    (part.order === 'desc' ? ' DESC' : '')
  );
}

/** What is indexed: `(a, b DESC, (lower(c)))`. */
export function indexParts(index: IndexSpec, dialect: Dialect): string {
  if (index.parts === undefined) return nameList(index.columns, dialect);
  return `(${index.parts.map((part) => partSql(part, dialect)).join(', ')})`;
}

/** As PostgreSQL and SQLite write it. */
export function createIndexSql(
  { index, concurrently }: Omit<AddIndex, 'kind'>,
  dialect: Dialect,
  ifNotExists: boolean,
): string {
  const { unique, name, table, using, include, where } = index;
  return (
    `CREATE ${unique ? 'UNIQUE ' : ''}INDEX${concurrently === true ? ' CONCURRENTLY' : ''}${ifNotExists ? ' IF NOT EXISTS' : ''} ` +
    `${quoteName(name, dialect)} ON ${quoteName(table, dialect)} ${using === undefined ? '' : `USING ${using} `}` +
    indexParts(index, dialect) +
    (include === undefined ? '' : ` INCLUDE ${nameList(include, dialect)}`) +
    (where === undefined ? '' : ` WHERE ${expressionSql(where, dialect)}`)
  );
}
