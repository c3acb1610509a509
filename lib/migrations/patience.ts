import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlocked, LockTimeout } from '../errors/statement.ts';
import type { Execution } from './execution.ts';

/** Milliseconds before the second try; twice as long before each that follows. */
const firstPause = 500;

/**
 * Tries a schema change again where others use the table. Each try is short: while a schema change waits, all who come
 * after it wait behind it.
 *
 * @throws LockTimeout (`AR_LOCK_TIMEOUT`) that names who may be in the way
 */
export async function patiently<T>(execution: Execution, run: () => Promise<T>): Promise<T> {
  for (let pause = firstPause, tries = 1; ; pause = Math.min(pause * 2, 10_000), tries++) {
    try {
      return await run();
    } catch (error) {
      // The server ends a wait in a circle at once: it may be the schema change that it picks.
      if (!(error instanceof LockTimeout || error instanceof Deadlocked)) throw error;
      const by = await blockersOf(execution);
      if (tries > execution.lockRetries) throw error instanceof Deadlocked ? error : named(error, by, tries);
      execution.onBlocked(error.sql, by);
      await sleep(pause * (0.5 + Math.random()));
      await execution.check();
    }
  }
}

async function blockersOf({ connection }: Execution): Promise<readonly string[]> {
  try {
    return await connection.aboutChanges((changes, driver) => changes.blockers(driver));
  } catch (error) {
    return [`a session that this user may not see (${error instanceof Error ? error.message : String(error)})`];
  }
}

function named(error: LockTimeout, by: readonly string[], tries: number): LockTimeout {
  const who = by.length === 0 ? 'It is gone by now.' : `Perhaps ${by.join('; or ')}.`;
  return new LockTimeout(`Others used the table for too long, in each of ${tries} tries.`, {
    sql: error.sql,
    binds: error.binds,
    hint: `${who} End that session, or try again when less is going on.`,
    cause: error,
  });
}
