import type { Scalar } from '../../types/type.ts';
import { asking } from '../ask.ts';
import type { ColumnDescription, DriverConnection } from '../contract.ts';
import { columnRows, rowIdAlias } from './introspection.ts';
import type { OldTable } from './rebuild-dependents.ts';
import { execute, name, text } from './rebuild-statements.ts';
import type { RebuildOperation } from './rebuild-text.ts';
import { recastColumn, sameForm } from './recast.ts';
import { sameName, tokenize } from './tokens.ts';

/** A name of the row id that no column has taken. */
function rowIdName(columns: readonly string[]): string | undefined {
  return ['rowid', '_rowid_', 'oid'].find((each) => !columns.some((column) => sameName(column, each)));
}

const held = 'temp.ar_held_rows';

export interface HeldRows {
  readonly rowId: string | undefined;
  /** The columns of the old table by their place in the held ones. */
  readonly places: readonly string[];
}

/** Puts all rows aside, in columns without a type: what is stored there is what was read, bit for bit. */
export async function holdRows(connection: DriverConnection, old: OldTable): Promise<HeldRows> {
  const columns = await columnRows(asking(connection), old.name);
  const names = columns.map((row) => text(row.name));
  const stored = columns.flatMap((row) => (row.hidden === 0 ? [text(row.name)] : []));
  const rowId = old.withoutRowId ? undefined : rowIdName(names);
  const places = [...(rowId === undefined ? [] : [rowId]), ...stored];
  await execute(connection, `CREATE TEMP TABLE ar_held_rows (${places.map((_, index) => `c${index}`).join(', ')})`);
  await execute(connection, `INSERT INTO ${held} SELECT ${places.map(name).join(', ')} FROM main.${name(old.name)}`);
  return { rowId, places };
}

export async function returnRows(
  connection: DriverConnection,
  table: string,
  { rowId, places }: HeldRows,
): Promise<void> {
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
  // OR ABORT comes before what constraints say of conflicts: ON CONFLICT REPLACE and IGNORE would lose rows silently.
  await execute(
    connection,
    `INSERT OR ABORT INTO main.${name(table)} (${targets.join(', ')}) SELECT ${sources.join(', ')} FROM ${held}`,
  );
  await execute(connection, `DROP TABLE ${held}`);
}

/** The id that was given last: the next must not be one that has been given before, also where its row is gone. */
export async function lastId(connection: DriverConnection, table: string): Promise<Scalar | undefined> {
  const [sequences] = await asking(connection)`SELECT 1 AS one FROM sqlite_master WHERE name = 'sqlite_sequence'`;
  if (sequences === undefined) return undefined;
  const sql = 'SELECT seq FROM main.sqlite_sequence WHERE name = ?';
  const { rows } = await connection.run(
    { sql, binds: [table], pieces: [sql], sensitive: [] },
    { prepared: false, bigints: true },
  );
  return rows[0]?.seq;
}

export async function keepLastId(
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
export async function recast(
  connection: DriverConnection,
  operation: RebuildOperation,
  old: OldTable,
  types: readonly ColumnDescription[],
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
