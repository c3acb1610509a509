import { createHash } from 'node:crypto';
import { ConnectionFailed } from '../../errors/connection.ts';
import { literalStatement } from '../../sql/compile.ts';
import { asking } from '../ask.ts';
import type { ConnectionConfig, DriverConnection, LockResult } from '../contract.ts';
import { poll } from '../poll.ts';
import { mysqlFacts } from './errors.ts';
import { takeLease } from './lease.ts';

/**
 * A lock of the session: the server gives it back when the connection ends, however it ends. In a cluster each server has
 * locks of its own, where it has any: there it is a row that all of them agree on.
 */
export async function lockMysql(
  connection: DriverConnection,
  _config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  const deadline = performance.now() + wait;
  if (await keepSession(connection)) return takeLease(connection, name, wait);
  const full = await lockName(connection, name);
  try {
    const granted = await grant(connection, { name, full, wait, deadline });
    return granted === true ? sessionLock(connection, name, full) : undefined;
  } catch (error) {
    if (!refusesLocks(error)) throw error;
    return takeLease(connection, name, deadline - performance.now());
  }
}

/**
 * It has nothing to say while it holds the lock, or waits for it: the server must not end that.
 *
 * @returns whether several servers hold the database, each of which takes writes (Galera)
 */
async function keepSession(connection: DriverConnection): Promise<boolean> {
  const rows = await asking(connection)`
    SHOW VARIABLES WHERE Variable_name IN ('wsrep_on', 'max_statement_time', 'max_execution_time')`;
  const known = new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
  // Each server has one of the two, if any.
  const limits = ['max_statement_time', 'max_execution_time'].filter((name) => known.has(name));
  const settings = ['wait_timeout = 2147483', ...limits.map((name) => `${name} = 0`)];
  await connection.run(literalStatement(`SET SESSION ${settings.join(', ')}`), { prepared: false, bigints: false });
  return known.get('wsrep_on') === 'ON';
}

interface Request {
  readonly name: string;
  readonly full: string;
  readonly wait: number;
  readonly deadline: number;
}

async function grant(connection: DriverConnection, { name, full, wait, deadline }: Request): Promise<true | undefined> {
  const ask = async (seconds: number): Promise<true | undefined> => {
    const [row] = await asking(connection)`SELECT GET_LOCK(${full}, ${seconds}) AS granted`;
    if (Number(row?.granted) === 1) return true;
    if (row?.granted !== null) return undefined;
    throw new ConnectionFailed(`The server could not grant the lock "${name}": it answered NULL.`, {
      hint: 'Somebody may have ended the statement. Nothing was run: try again.',
    });
  };
  // The server waits for whole seconds (MySQL rounds them); what is left of them is asked for again and again.
  const granted = await ask(Math.floor(wait / 1000));
  return granted ?? (wait > 0 ? poll(() => ask(0), deadline - performance.now()) : undefined);
}

function sessionLock(connection: DriverConnection, name: string, full: string): LockResult {
  const ask = asking(connection);
  return {
    async isHeld() {
      const [row] = await ask`SELECT IS_USED_LOCK(${full}) = CONNECTION_ID() AS held`;
      return Number(row?.held) === 1;
    },
    async release() {
      const [row] = await ask`SELECT RELEASE_LOCK(${full}) AS released`;
      if (Number(row?.released) === 1) return;
      throw new ConnectionFailed(`The lock "${name}" was lost before it was given back.`, {
        hint: 'Another process may have worked at the same time: compare what was done with ar status.',
      });
    },
  };
}

/** Galera before MariaDB 10.11.4 has no locks of sessions (1235: "doesn't yet support"). */
function refusesLocks(error: unknown): boolean {
  return mysqlFacts(error).errno === 1235;
}

/**
 * The server has one space of names for all databases, of at most 64 characters, in which `a` is `A`. The database by the
 * server's name for it: where that does not tell `Blog` from `blog`, both are the same one.
 */
async function lockName(connection: DriverConnection, name: string): Promise<string> {
  const [row] = await asking(connection)`SELECT DATABASE() AS name, @@lower_case_table_names AS folds`;
  const database = Number(row?.folds) === 0 ? String(row?.name) : String(row?.name).toLowerCase();
  const full = `${database}:${name}`;
  if (/^[a-z0-9_:.-]{1,64}$/.test(full)) return full;
  return createHash('sha256').update(`${database}\0${name}`).digest('hex');
}
