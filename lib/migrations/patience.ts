import { setTimeout as sleep } from 'node:timers/promises';
import { CommandInvalid } from '../errors/migration.ts';
import { Deadlocked, LockTimeout } from '../errors/statement.ts';
import { describeValue } from '../types/type.ts';
import type { Execution } from './execution.ts';

/** How long a migrator waits for others. */
export interface Patience {
  /** Milliseconds to wait for another migrator: 300,000. */
  readonly wait?: number | undefined;
  /** Milliseconds that a schema change waits for others who use the table, where the database can be told: 5,000. */
  readonly lockTimeout?: number | undefined;
  /** How often a schema change is tried again that has waited in vain: 5 times. */
  readonly lockRetries?: number | undefined;
}

/** @throws CommandInvalid (`AR_COMMAND_INVALID`) */
export function checkPatience({ wait, lockTimeout, lockRetries }: Patience): void {
  for (const [name, value] of Object.entries({ wait, lockTimeout })) {
    if (value !== undefined && !(typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1))
      throw new CommandInvalid(`${name} takes milliseconds, 0 or more, not ${describeValue(value)}. Nothing was run.`);
  }
  if (lockRetries === undefined || (Number.isSafeInteger(lockRetries) && lockRetries >= 0)) return;
  throw new CommandInvalid(
    `lockRetries takes a whole number, 0 or more, not ${describeValue(lockRetries)}. Nothing was run.`,
  );
}

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
      // The server ends a wait in a circle at once, and may pick the schema change. In a transaction the circle goes
      // through what that holds already: there the next try would end like this one.
      const isWait =
        error instanceof LockTimeout || (error instanceof Deadlocked && !execution.connection.inTransaction);
      if (!isWait) throw error;
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
