import { randomUUID } from 'node:crypto';
import { ConnectionFailed } from '../../errors/connection.ts';
import { literalStatement } from '../../sql/compile.ts';
import { asking } from '../ask.ts';
import type { DriverConnection, LockResult } from '../contract.ts';
import { poll } from '../poll.ts';
import { mysqlFacts } from './errors.ts';

// A lock for servers without locks of sessions: a row that says whose it is, and until when.

const plain = { prepared: false, bigints: false };
/** Seconds after which somebody who has not renewed it has lost it. */
const term = 60;
const renewal = (term * 1000) / 4;

const makeTable =
  'CREATE TABLE IF NOT EXISTS `ar_leases` (`name` VARCHAR(191) NOT NULL PRIMARY KEY, `owner` VARCHAR(36) NOT NULL, `expires_at` DATETIME(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

/**
 * Takes the lease of that name in the connected database. By the server's clock, so that those of the programs need not
 * agree; renewed while it is held, also when somebody asks whether it is.
 *
 * @returns undefined where somebody else still holds it after `wait` milliseconds
 */
export async function takeLease(
  connection: DriverConnection,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  const owner = randomUUID();
  const granted = await poll(async () => ((await claim(connection, name, owner)) ? true : undefined), wait);
  if (granted === undefined) return undefined;
  let lost = false;
  let renewing: Promise<unknown> = Promise.resolve();
  const renew = async (): Promise<boolean> => {
    const turn = renewing.then(async () => !lost && (await extend(connection, name, owner)));
    renewing = turn.catch(() => undefined);
    const held = await turn;
    lost ||= !held;
    return held;
  };
  const timer = setInterval(() => {
    renew().catch(() => {
      // The next who asks is told: an answer that did not come may only have been late.
    });
  }, renewal);
  timer.unref();
  return {
    isHeld: renew,
    async release() {
      clearInterval(timer);
      const held = await renew();
      await asking(connection)`DELETE FROM ar_leases WHERE name = ${name} AND owner = ${owner}`;
      if (held) return;
      throw new ConnectionFailed(`The lease "${name}" was lost before it was given back.`, {
        hint: 'Another process may have worked at the same time: compare what was done with ar status.',
      });
    },
  };
}

/** Makes the table where there is none: to ask for it each time would be a schema change of the whole cluster. */
async function claim(connection: DriverConnection, name: string, owner: string): Promise<boolean> {
  const ask = asking(connection);
  try {
    await ask`
      INSERT INTO ar_leases (name, owner, expires_at) VALUES (${name}, ${owner}, NOW(6) + INTERVAL ${term} SECOND)
        ON DUPLICATE KEY UPDATE owner = IF(expires_at < NOW(6), VALUES(owner), owner),
          expires_at = IF(owner = VALUES(owner), VALUES(expires_at), expires_at)`;
    const [row] = await ask`SELECT owner = ${owner} AS granted FROM ar_leases WHERE name = ${name}`;
    return Number(row?.granted) === 1;
  } catch (error) {
    if (isConflict(error)) return false;
    if (mysqlFacts(error).errno !== tableMissing) throw error;
    await connection.run(literalStatement(makeTable), plain);
    return claim(connection, name, owner);
  }
}

async function extend(connection: DriverConnection, name: string, owner: string): Promise<boolean> {
  const ask = asking(connection);
  for (let tries = 1; ; tries++) {
    try {
      await ask`
        UPDATE ar_leases SET expires_at = NOW(6) + INTERVAL ${term} SECOND
          WHERE name = ${name} AND owner = ${owner} AND expires_at >= NOW(6)`;
      const [row] = await ask`
        SELECT COUNT(*) AS held FROM ar_leases WHERE name = ${name} AND owner = ${owner} AND expires_at >= NOW(6)`;
      return Number(row?.held) === 1;
    } catch (error) {
      if (!isConflict(error) || tries === 5) throw error;
    }
  }
}

const tableMissing = 1146;

/** A cluster refuses the later of two writers only when it commits, as a deadlock: nothing of it was carried out. */
const isConflict = (error: unknown): boolean => mysqlFacts(error).errno === 1213;
