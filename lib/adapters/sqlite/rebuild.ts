import { InvalidQuery } from '../../errors/query.ts';
import { InvalidForeignKey, TableMissing } from '../../errors/statement.ts';
import { literalStatement } from '../../sql/compile.ts';
import type { DdlOperation, ForeignKeySpec, RenameIndex } from '../../sql/ddl/spec.ts';
import { quoteName } from '../../sql/dialect.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import type { Scalar } from '../../types/type.ts';
import { type Ask, asking } from '../ask.ts';
import type { DriverConnection, TableRebuild } from '../contract.ts';
import { translateSqlite } from './errors.ts';
import { columnRows, rowIdAlias, sqliteIntrospection, tableText } from './introspection.ts';
import { type RebuildOperation, rebuiltTable, rewriteTable } from './rebuild-text.ts';
import { recastColumn, sameForm } from './recast.ts';
import { applyEdits } from './table-text.ts';
import { is, sameName, significant, tokenize } from './tokens.ts';

const name = (text: string) => quoteName(text, sqliteDialect);
const text = (value: Scalar | undefined) => String(value ?? '');

/** Errors are worded here: whoever asked for the operation does not know the statements that it takes. */
async function execute(connection: DriverConnection, sql: string): Promise<void> {
  try {
    await connection.run(literalStatement(sql), { prepared: false, bigints: false });
  } catch (error) {
    throw translateSqlite(error, { sql, binds: [] });
  }
}

const rebuilds: readonly DdlOperation['kind'][] = [
  'changeColumn',
  'changeColumnDefault',
  'changeColumnNull',
  'removeColumn',
  'addForeignKey',
  'removeForeignKey',
  'addCheck',
  'addUnique',
  'removeConstraint',
];

function isRebuild(operation: DdlOperation): operation is RebuildOperation {
  // ADD COLUMN takes neither a value that rows would have to be given, nor a default that is computed for each.
  if (operation.kind === 'addColumn')
    return operation.column.generated?.stored === true || operation.column.computedDefault !== undefined;
  return rebuilds.includes(operation.kind);
}

/** What is known of a table before it is written anew. */
interface OldTable {
  /** In the letters of its own. */
  readonly name: string;
  readonly sql: string;
  readonly withoutRowId: boolean;
  /** CREATE INDEX and CREATE TRIGGER, in the order of their making. */
  readonly dependents: readonly string[];
}

async function readOldTable(ask: Ask, operation: RebuildOperation): Promise<OldTable> {
  const table = rebuiltTable(operation);
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
  return {
    name: text(row.name),
    sql: await tableText(ask, table),
    withoutRowId: row.without_row_id !== 0,
    dependents: kept,
  };
}

/** A name of the row id that no column has taken. */
function rowIdName(columns: readonly string[]): string | undefined {
  return ['rowid', '_rowid_', 'oid'].find((each) => !columns.some((column) => sameName(column, each)));
}

const held = 'temp.ar_held_rows';

/** Puts all rows aside, in columns without a type: what is stored there is what was read, bit for bit. */
async function holdRows(connection: DriverConnection, old: OldTable): Promise<HeldRows> {
  const columns = await columnRows(asking(connection), old.name);
  const names = columns.map((row) => text(row.name));
  const stored = columns.flatMap((row) => (row.hidden === 0 ? [text(row.name)] : []));
  const rowId = old.withoutRowId ? undefined : rowIdName(names);
  const places = [...(rowId === undefined ? [] : [rowId]), ...stored];
  await execute(connection, `CREATE TEMP TABLE ar_held_rows (${places.map((_, index) => `c${index}`).join(', ')})`);
  await execute(connection, `INSERT INTO ${held} SELECT ${places.map(name).join(', ')} FROM ${name(old.name)}`);
  return { rowId, places };
}

interface HeldRows {
  readonly rowId: string | undefined;
  /** The columns of the old table by their place in the held ones. */
  readonly places: readonly string[];
}

async function returnRows(connection: DriverConnection, table: string, { rowId, places }: HeldRows): Promise<void> {
  const ask = asking(connection);
  const columns = await columnRows(ask, table);
  const stored = columns.flatMap((row) => (row.hidden === 0 ? [text(row.name)] : []));
  const alias = await rowIdAlias(ask, table, columns);
  const targets: string[] = [];
  const sources: string[] = [];
  places.forEach((place, index) => {
    // A row id that is no column is the row's identity all the same; one that is a column comes with it.
    const isColumn = stored.some((each) => sameName(each, place));
    if (!isColumn && (place !== rowId || alias !== undefined)) return;
    targets.push(name(place));
    sources.push(`c${index}`);
  });
  await execute(
    connection,
    `INSERT INTO ${name(table)} (${targets.join(', ')}) SELECT ${sources.join(', ')} FROM ${held}`,
  );
  await execute(connection, `DROP TABLE ${held}`);
}

/** The id that was given last: the next must not be one that has been given before, also where its row is gone. */
async function lastId(connection: DriverConnection, table: string): Promise<Scalar | undefined> {
  const [sequences] = await asking(connection)`SELECT 1 AS one FROM sqlite_master WHERE name = 'sqlite_sequence'`;
  if (sequences === undefined) return undefined;
  const sql = 'SELECT seq FROM main.sqlite_sequence WHERE name = ?';
  const { rows } = await connection.run(
    { sql, binds: [table], pieces: [sql], sensitive: [] },
    { prepared: false, bigints: true },
  );
  return rows[0]?.seq;
}

async function keepLastId(
  connection: DriverConnection,
  table: string,
  newSql: string,
  id: Scalar | undefined,
): Promise<void> {
  const counts = tokenize(newSql).some(
    ({ kind, text: word }) => kind === 'word' && word.toUpperCase() === 'AUTOINCREMENT',
  );
  if (id === undefined || !counts) return;
  const ask = asking(connection);
  await ask`DELETE FROM main.sqlite_sequence WHERE name = ${table}`;
  await ask`INSERT INTO main.sqlite_sequence (name, seq) VALUES (${table}, ${id})`;
}

/** The column's values in the form of its new type, where that is another. */
async function recast(
  connection: DriverConnection,
  operation: RebuildOperation,
  old: OldTable,
  types: ColumnTypes,
): Promise<void> {
  if (operation.kind !== 'changeColumn') return;
  const { column } = operation;
  const before = types.find((each) => sameName(each.name, column.name));
  if (before === undefined || before.generated || sameForm(before.type, column.type)) return;
  const ask = asking(connection);
  const columns = await columnRows(ask, old.name);
  if ((await rowIdAlias(ask, old.name, columns)) === before.name) return;
  const keyColumns = columns.filter(({ pk }) => pk !== 0).map((row) => text(row.name));
  const rowId = old.withoutRowId ? undefined : rowIdName(columns.map((row) => text(row.name)));
  await recastColumn(connection, old.name, before.name, column.type, rowId === undefined ? keyColumns : [rowId]);
}

type ColumnTypes = Awaited<ReturnType<typeof sqliteIntrospection.columns>>;

async function checkForeignKey(ask: Ask, key: ForeignKeySpec): Promise<void> {
  // SQLite numbers the keys of a table from the last one back, and this one is the last.
  const [row] = await ask`SELECT count(*) AS count FROM pragma_foreign_key_check(${key.table}) WHERE fkid = 0`;
  const count = Number(row?.count ?? 0);
  if (count === 0) return;
  throw new InvalidForeignKey(
    `${count} ${count === 1 ? 'row' : 'rows'} of "${key.table}" refer by ${key.columns.join(', ')} to no row of "${key.toTable}".`,
    {
      constraint: key.name,
      table: key.table,
      columns: key.columns,
      sql: `PRAGMA foreign_key_check(${name(key.table)})`,
      binds: [],
      cause: undefined,
      hint: 'Mend or delete those rows first.',
    },
  );
}

/** SQLite checks all views and triggers when it renames a table. The error tells of the first that makes no sense. */
async function brokenDependent(connection: DriverConnection): Promise<unknown> {
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

/**
 * The rows step aside, not the table: one that is renamed takes with it what names it in views, triggers and keys of
 * other tables, and no rename at all can be had where a check of its own does.
 */
async function replaceTable(connection: DriverConnection, operation: RebuildOperation): Promise<void> {
  const ask = asking(connection);
  const old = await readOldTable(ask, operation);
  const newSql = rewriteTable(old.sql, operation);
  const types = operation.kind === 'changeColumn' ? await sqliteIntrospection.columns(connection, old.name) : [];
  const brokenBefore = await brokenDependent(connection);
  const id = await lastId(connection, old.name);
  const rows = await holdRows(connection, old);
  await execute(connection, `DROP TABLE ${name(old.name)}`);
  await execute(connection, newSql);
  await returnRows(connection, old.name, rows);
  await keepLastId(connection, old.name, newSql, id);
  await recast(connection, operation, old, types);
  for (const sql of old.dependents) await execute(connection, sql);
  if (operation.kind === 'addForeignKey') await checkForeignKey(ask, operation.foreignKey);
  const broken = await brokenDependent(connection);
  if (broken !== undefined && brokenBefore === undefined) throw broken;
}

/** The index anew under the other name. */
async function renameIndex(connection: DriverConnection, { table, from, to }: RenameIndex): Promise<void> {
  const [row] = await asking(connection)`
    SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ${from} COLLATE NOCASE AND sql IS NOT NULL`;
  if (row === undefined) {
    throw new InvalidQuery(`The table "${table}" has no index "${from}" that could be renamed.`, {
      hint: 'The index of a unique constraint or a primary key has no name of its own.',
    });
  }
  const sql = text(row.sql);
  const tokens = significant(tokenize(sql));
  const named = tokens[tokens.findIndex((token) => is(token, 'INDEX')) + 1];
  if (named === undefined) throw new InvalidQuery(`The index "${from}" is declared in a way that is not understood.`);
  await execute(connection, `DROP INDEX ${name(from)}`);
  await execute(connection, applyEdits(sql, [{ start: named.start, end: named.end, text: name(to) }]));
}

/** All of it or nothing, whether or not a transaction is open. */
async function atomically(connection: DriverConnection, change: () => Promise<void>): Promise<void> {
  const [legacy] = await asking(connection)`PRAGMA legacy_alter_table`;
  await execute(connection, 'SAVEPOINT ar_rebuild');
  try {
    await change();
  } catch (error) {
    await execute(connection, 'ROLLBACK TO ar_rebuild');
    throw error;
  } finally {
    await execute(connection, 'RELEASE ar_rebuild');
    await execute(connection, `PRAGMA legacy_alter_table = ${legacy?.legacy_alter_table === 1 ? 'ON' : 'OFF'}`);
  }
}

/**
 * Carries out what SQLite has no statement for by writing the table anew: rows, row ids, indexes, triggers, checks,
 * generated columns and the counter of its ids are kept.
 */
export const sqliteRebuild: TableRebuild = {
  // DROP COLUMN exists, but refuses columns of an index or key, which the other databases drop along with them.
  handles: (operation) => operation.kind === 'renameIndex' || isRebuild(operation),

  /**
   * @throws InvalidQuery (`AR_QUERY_INVALID`) where foreign keys are enforced: dropping the old table would delete the
   * rows that refer to it. The pragma does nothing in a transaction, so it is for the caller to set before.
   */
  async apply(connection, operation) {
    if (operation.kind === 'renameIndex') return renameIndex(connection, operation);
    if (!isRebuild(operation)) {
      throw new InvalidQuery(`SQLite has a statement for ${operation.kind}; no table is written anew for it.`);
    }
    const [enforced] = await asking(connection)`PRAGMA foreign_keys`;
    if (enforced?.foreign_keys === 0) return atomically(connection, () => replaceTable(connection, operation));
    if (operation.kind !== 'removeColumn') {
      throw new InvalidQuery('A table of SQLite cannot be written anew while foreign keys are enforced.', {
        hint: 'Set PRAGMA foreign_keys = OFF before the transaction, and ON behind it; migrations do.',
      });
    }
    for (const sql of sqliteDialect.ddl.removeColumn(operation, sqliteDialect)) await execute(connection, sql);
  },
};
