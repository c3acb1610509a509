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
  return {
    async release() {
      const [row] = await ask`SELECT pg_advisory_unlock(${number}) AS released`;
      if (row?.released === true) return;
      throw new ConnectionFailed(`The lock "${name}" was lost before it was given back.`, {
        hint: 'Another process may have worked at the same time: compare what was done with ar status. Migrate over a direct connection: a pooler that mixes sessions gives their locks away.',
      });
    },
  };
}
