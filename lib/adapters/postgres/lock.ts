import { createHash } from 'node:crypto';
import { ConnectionFailed } from '../../errors/connection.ts';
import { asking } from '../ask.ts';
import type { ConnectionConfig, DriverConnection, LockResult } from '../contract.ts';
import { poll } from '../poll.ts';

/** Advisory locks have numbers, not names; each database has its own. */
function lockNumber(name: string): bigint {
  return createHash('sha256').update(`active-record-ts:${name}`).digest().readBigInt64BE();
}

/** A lock of the session: the server gives it back when the connection ends, however it ends. */
export async function lockPostgres(
  connection: DriverConnection,
  _config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  const ask = asking(connection);
  const number = lockNumber(name);
  // Asked for again and again: pg_advisory_lock would wait for ever, and a query that waits keeps VACUUM from its work.
  const granted = await poll(async () => {
    const [row] = await ask`SELECT pg_try_advisory_lock(${number}) AS granted`;
    return row?.granted === true ? true : undefined;
  }, wait);
  if (granted === undefined) return undefined;
  // It has nothing to say while it holds the lock: the server must not take that for a session that nobody needs.
  await ask`SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`;
  return {
    async isHeld() {
      const [row] = await ask`
        SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = ${number}`;
      return Number(row?.held) > 0;
    },
    async release() {
      const [row] = await ask`SELECT pg_advisory_unlock(${number}) AS released`;
      if (row?.released === true) return;
      throw new ConnectionFailed(`The lock "${name}" was lost before it was given back.`, {
        hint: 'Another process may have worked at the same time: compare what was done with ar status. Migrate over a direct connection: a pooler that mixes sessions gives their locks away.',
      });
    },
  };
}
