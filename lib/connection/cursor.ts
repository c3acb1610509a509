import type { DriverConnection, Outcome, QueryLimits, Row, RowCursor, RunOptions } from '../adapters/contract.ts';
import type { Compiled } from '../sql/compile.ts';
import type { Executor } from './executor.ts';
import { inTime, Watch, within } from './watch.ts';

/** Rows that are read, and kept in memory, at a time. */
const batch = 1_000;

/**
 * The rows of a statement in batches, as the database hands them out, on a driver connection that nobody else has
 * meanwhile. However the loop over them ends, the statement has ended on the server, and the connection is given back.
 */
export async function* readCursor(
  executor: Executor,
  statement: Compiled,
  options: RunOptions,
): AsyncGenerator<readonly Row[], void> {
  const { pool, connection } = await underWatch(options.limits, (watch) => executor.borrow('read', watch));
  if (statement.changesSession === true) executor.changeSession(connection);
  let cursor: RowCursor | undefined;
  try {
    const opened = connection.cursor(statement, options, batch);
    cursor = opened;
    // The first rows are what the statement's event tells of; all that comes later is part of the same statement.
    const first = await executor.send(
      { run: async () => outcomeOf(await fetch(connection, opened, statement, options)) },
      statement,
      options,
    );
    for (let rows: readonly Row[] = first.rows; rows.length > 0; ) {
      const goOn = pool.pause(connection);
      yield rows;
      goOn();
      rows = await later(executor, connection, opened, statement, options);
    }
  } finally {
    if (cursor !== undefined) await end(connection, cursor);
    await executor.giveBack(connection, pool);
  }
}

const outcomeOf = (rows: readonly Row[]): Outcome => ({ rows: [...rows], affectedRows: 0, insertId: undefined });

/** The limits are for each wait: how long the program takes in between is its own affair. */
async function underWatch<T>(limits: QueryLimits | undefined, task: (watch: Watch) => Promise<T>): Promise<T> {
  const watch = new Watch(limits ?? {});
  try {
    return await task(watch);
  } finally {
    watch.end();
  }
}

function fetch(
  connection: DriverConnection,
  cursor: RowCursor,
  statement: Compiled,
  options: RunOptions,
): Promise<readonly Row[]> {
  return underWatch(options.limits, (watch) => within(connection, watch, statement.sql, () => cursor.next()));
}

async function later(
  executor: Executor,
  connection: DriverConnection,
  cursor: RowCursor,
  statement: Compiled,
  options: RunOptions,
): Promise<readonly Row[]> {
  try {
    return await fetch(connection, cursor, statement, options);
  } catch (error) {
    throw executor.translate(error, statement);
  }
}

/** What cannot be ended in good order is ended with its connection. */
async function end(connection: DriverConnection, cursor: RowCursor): Promise<void> {
  if (!connection.usable) return;
  const closed = cursor.close().then(
    () => true,
    () => false,
  );
  if (!(await inTime(closed))) connection.destroy();
}
