import type { Scalar } from '../../types/type.ts';
import { type Ask, asking, groupRows } from '../ask.ts';
import type {
  ColumnDescription,
  ConstraintDescription,
  ForeignKeyDescription,
  IndexDescription,
  Introspection,
  Row,
} from '../contract.ts';
import { checkedWords, checksSign } from './clauses.ts';
import { declaredConstraints } from './constraints.ts';
import { type ColumnCircumstances, declaredType } from './declared-type.ts';
import { clausesOf, declaredForeignKeys } from './foreign-keys.ts';
import { columnItem, tableItems } from './table-text.ts';
import { asciiLower, groupEnd, is, sameName, tokenize } from './tokens.ts';

const text = (value: Scalar | undefined) => String(value ?? '');

/** The CREATE TABLE text; empty for views, and where there is no such table. */
export async function tableText(ask: Ask, table: string): Promise<string> {
  const [row] = await ask`SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ${table} COLLATE NOCASE`;
  return text(row?.sql);
}

/** Every index with its columns in order; a place that holds an expression is called `(expression)`. */
async function indexRows(ask: Ask, table: string): Promise<IndexDescription[]> {
  const rows = await ask`
    SELECT l.name AS name, l."unique" AS is_unique, l.origin AS origin, i.name AS column_name, i."desc" AS descends,
      CASE WHEN l.partial THEN (SELECT sql FROM sqlite_master WHERE type = 'index' AND name = l.name) END AS partial_sql
    FROM pragma_index_list(${table}) AS l, pragma_index_xinfo(l.name) AS i
    WHERE i.key = 1 ORDER BY l.seq, i.seqno`;
  return groupRows(rows, 'name').map(([name, group]) => ({
    name,
    columns: group.map((row) => (row.column_name === null ? '(expression)' : text(row.column_name))),
    unique: group[0]?.is_unique === 1,
    primary: group[0]?.origin === 'pk',
    orders: group.some(({ descends }) => descends === 1)
      ? group.map(({ descends }) => (descends === 1 ? 'desc' : 'asc'))
      : undefined,
    where: group[0]?.partial_sql === null ? undefined : conditionOf(text(group[0]?.partial_sql)),
    constraint: group[0]?.origin === 'u' ? true : undefined,
  }));
}

/**
 * Unique constraints by their own names: the names of their indexes are numbers that change, and of several over the same
 * columns there is one index.
 */
function namedRules(indexes: readonly IndexDescription[], sql: string): IndexDescription[] {
  const rules = declaredConstraints(sql).filter(({ type }) => type === 'unique');
  const unnamed = indexes.filter(
    ({ constraint, columns }) => constraint !== true || !rules.some((rule) => sameNames(rule.columns, columns)),
  );
  return [
    ...rules.map(({ name, columns }) => ({ name, columns, unique: true, primary: false, constraint: true as const })),
    ...unnamed,
  ];
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => sameName(each, b[at] ?? ''));
}

/** What stands behind the WHERE of a CREATE INDEX; in parentheses there is none that belongs to the index. */
function conditionOf(sql: string): string {
  const tokens = tokenize(sql);
  for (let at = 0; at < tokens.length; at = is(tokens[at], '(') ? groupEnd(tokens, at) : at + 1) {
    if (is(tokens[at], 'WHERE')) return sql.slice(tokens[at]?.end).trim();
  }
  return '';
}

export async function columnRows(ask: Ask, table: string): Promise<Row[]> {
  return ask`
    SELECT name, type, "notnull" AS required, dflt_value AS fallback, pk, hidden
    FROM pragma_table_xinfo(${table}) WHERE hidden <> 1 ORDER BY cid`;
}

/**
 * The one column that is another name of the row id: a whole primary key that needs no index of its own. (Of a table
 * without row ids, the table itself is that index.)
 */
export async function rowIdAlias(ask: Ask, table: string, columns: readonly Row[]): Promise<string | undefined> {
  const keys = columns.filter(({ pk }) => pk !== 0);
  const [key] = keys;
  if (key === undefined || keys.length > 1 || asciiLower(text(key.type)) !== 'integer') return undefined;
  return (await indexRows(ask, table)).some(({ primary }) => primary) ? undefined : text(key.name);
}

/** Which words or signs the checks of a column allow. */
function checksOf(sql: string, column: string): Pick<ColumnCircumstances, 'unsigned' | 'words'> {
  const item = columnItem(tableItems(sql), column);
  const checks = (item === undefined ? undefined : clausesOf(item))?.filter(({ kind }) => kind === 'check') ?? [];
  return {
    unsigned: checks.some((check) => checksSign(check, column)),
    words: checks.map((check) => checkedWords(check, column)).find((words) => words !== undefined),
  };
}

export const sqliteIntrospection: Introspection = {
  async tables(connection) {
    const rows = await asking(connection)`
      SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY name`;
    return rows.map(({ name }) => text(name));
  },

  async columns(connection, table): Promise<ColumnDescription[]> {
    const ask = asking(connection);
    const rows = await columnRows(ask, table);
    if (rows.length === 0) return [];
    const sql = await tableText(ask, table);
    const alias = await rowIdAlias(ask, table, rows);
    const references = new Set(declaredForeignKeys(table, sql).flatMap(({ columns }) => columns.map(asciiLower)));
    return rows.map(({ name: rawName, type, required, fallback, pk, hidden }) => {
      const name = text(rawName);
      const countsUp = name === alias;
      const isKey = pk !== 0 || references.has(asciiLower(name));
      return {
        name,
        type: declaredType(text(type), { countsUp, isKey, ...checksOf(sql, name) }),
        nullable: required === 0 && pk === 0,
        primaryKey: pk !== 0,
        hasDefault: countsUp || (fallback !== null && text(fallback).toUpperCase() !== 'NULL'),
        default: fallback === null || text(fallback).toUpperCase() === 'NULL' ? undefined : text(fallback),
        autoIncrement: countsUp,
        generated: hidden !== 0,
      };
    });
  },

  async indexes(connection, table) {
    const ask = asking(connection);
    const indexes = namedRules(await indexRows(ask, table), await tableText(ask, table));
    const alias = await rowIdAlias(ask, table, await columnRows(ask, table));
    // The table itself is that index, so SQLite lists none.
    return alias === undefined
      ? indexes
      : [{ name: 'PRIMARY', columns: [alias], unique: true, primary: true }, ...indexes];
  },

  async foreignKeys(connection, table): Promise<ForeignKeyDescription[]> {
    const ask = asking(connection);
    const keys: ForeignKeyDescription[] = [];
    for (const key of declaredForeignKeys(table, await tableText(ask, table))) {
      const { name, columns, toTable, onDelete, onUpdate } = key;
      const primary = async () =>
        (await ask`SELECT name FROM pragma_table_info(${toTable}) WHERE pk > 0 ORDER BY pk`).map((row) =>
          text(row.name),
        );
      keys.push({ name, columns, toTable, toColumns: key.toColumns ?? (await primary()), onDelete, onUpdate });
    }
    return keys;
  },

  async constraints(connection, table): Promise<ConstraintDescription[]> {
    return declaredConstraints(await tableText(asking(connection), table));
  },
};
