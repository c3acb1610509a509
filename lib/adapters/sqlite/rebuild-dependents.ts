import { InvalidQuery } from '../../errors/query.ts';
import { TableMissing } from '../../errors/statement.ts';
import { type Ask, asking } from '../ask.ts';
import type { DriverConnection } from '../contract.ts';
import { tableText } from './introspection.ts';
import { execute, name, text } from './rebuild-statements.ts';
import { type RebuildOperation, rebuiltTable } from './rebuild-text.ts';
import { sameName } from './tokens.ts';

/** What is known of a table before it is written anew. */
export interface OldTable {
  /** In the letters of its own. */
  readonly name: string;
  readonly sql: string;
  readonly withoutRowId: boolean;
  /** CREATE INDEX and CREATE TRIGGER, in the order of their making. */
  readonly dependents: readonly string[];
}

async function rowOfTable(ask: Ask, table: string) {
  const [row] = await ask`
    SELECT l.name AS name, l.wr AS without_row_id, l.type AS type FROM pragma_table_list AS l
    WHERE l.schema = 'main' AND l.name = ${table} COLLATE NOCASE`;
  if (row === undefined) {
    const facts = { table, sql: `ALTER TABLE ${name(table)}`, binds: [], cause: undefined };
    throw new TableMissing(`There is no table "${table}".`, facts);
  }
  if (row.type !== 'table') {
    const hint = 'It has to be made anew by hand, in SQL.';
    throw new InvalidQuery(`"${table}" is a ${text(row.type)}, not a table.`, { hint });
  }
  const hidden = await ask`SELECT 1 AS one FROM sqlite_temp_master WHERE name = ${table} COLLATE NOCASE`;
  if (hidden.length > 0) {
    const hint = 'Drop the temporary one first, or give it another name.';
    throw new InvalidQuery(`The table "${table}" is hidden by a temporary one of that name.`, { hint });
  }
  return row;
}

export async function readOldTable(ask: Ask, operation: RebuildOperation): Promise<OldTable> {
  const table = rebuiltTable(operation);
  const row = await rowOfTable(ask, table);
  const dependents = await ask`
    SELECT name, type, sql FROM sqlite_master
    WHERE tbl_name = ${table} COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid`;
  const kept: string[] = [];
  for (const { name: dependent, type, sql } of dependents) {
    if (operation.kind === 'removeColumn' && type === 'index') {
      const columns = await ask`SELECT name FROM pragma_index_info(${text(dependent)})`;
      if (columns.some((column) => sameName(text(column.name), operation.column))) continue;
    }
    kept.push(text(sql));
  }
  const ofSession = await ask`
    SELECT sql FROM sqlite_temp_master WHERE tbl_name = ${table} COLLATE NOCASE AND type = 'trigger' ORDER BY rowid`;
  kept.push(...ofSession.map(({ sql }) => text(sql).replace(/^CREATE /, 'CREATE TEMP ')));
  return {
    name: text(row.name),
    sql: await tableText(ask, table),
    withoutRowId: row.without_row_id !== 0,
    dependents: kept,
  };
}

/** SQLite checks all views and triggers when it renames a table. The error tells of the first that makes no sense. */
export async function brokenDependent(connection: DriverConnection): Promise<unknown> {
  await execute(connection, 'PRAGMA legacy_alter_table = OFF');
  await execute(connection, 'SAVEPOINT ar_probe');
  try {
    await execute(connection, 'CREATE TABLE ar_probe (a)');
    await execute(connection, 'ALTER TABLE ar_probe RENAME TO ar_probe_renamed');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await execute(connection, 'ROLLBACK TO ar_probe');
    await execute(connection, 'RELEASE ar_probe');
  }
}

/** What ANALYZE has written down of tables and indexes. */
const statistics = ['sqlite_stat1', 'sqlite_stat4'] as const;

/** The table's indexes and what they are over: those of constraints are numbered, and a number may become another's. */
async function indexShapes(ask: Ask, table: string): Promise<ReadonlyMap<string, string>> {
  const rows = await ask`
    SELECT l.name AS name, group_concat(coalesce(i.name, i.cid), ' ') AS shape
    FROM pragma_index_list(${table}) AS l, pragma_index_info(l.name) AS i GROUP BY l.name`;
  return new Map(rows.map((row) => [text(row.name), text(row.shape)]));
}

export interface HeldStatistics {
  readonly tables: readonly string[];
  readonly shapes: ReadonlyMap<string, string>;
}

/** Puts aside what the planner knows of the table: it is dropped along, and queries would be planned without it. */
export async function holdStatistics(connection: DriverConnection, table: string): Promise<HeldStatistics> {
  const ask = asking(connection);
  const tables: string[] = [];
  for (const each of statistics) {
    const [found] = await ask`SELECT 1 AS one FROM sqlite_master WHERE name = ${each}`;
    if (found === undefined) continue;
    tables.push(each);
    await execute(connection, `CREATE TEMP TABLE ar_held_${each} AS SELECT * FROM main.${each} LIMIT 0`);
    await execute(
      connection,
      `INSERT INTO temp.ar_held_${each} SELECT * FROM main.${each} WHERE tbl = ${connection.dialect.literal(table)}`,
    );
  }
  return { tables, shapes: tables.length === 0 ? new Map() : await indexShapes(ask, table) };
}

export async function returnStatistics(
  connection: DriverConnection,
  table: string,
  { tables, shapes }: HeldStatistics,
): Promise<void> {
  if (tables.length === 0) return;
  const now = await indexShapes(asking(connection), table);
  const kept = [...shapes].filter(([index, shape]) => now.get(index) === shape);
  // A table without row ids has statistics under its own name.
  const names = [table, ...kept.map(([index]) => index)].map((each) => connection.dialect.literal(each));
  for (const each of tables) {
    await execute(
      connection,
      `INSERT INTO main.${each} SELECT * FROM temp.ar_held_${each} WHERE idx IS NULL OR idx IN (${names.join(', ')})`,
    );
    await execute(connection, `DROP TABLE temp.ar_held_${each}`);
  }
  // The planner reads them once; this has it read them again.
  await execute(connection, 'ANALYZE sqlite_schema');
}
