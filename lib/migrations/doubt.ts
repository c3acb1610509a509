import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection/connection.ts';
import { MigrationInDoubt } from '../errors/migration.ts';
import type { JournalStep } from './journal.ts';
import { isDone } from './probe.ts';

/** What somebody says of a statement of which the database does not tell whether it was carried out. */
export type Assumption = 'done' | 'not-done';

/** What somebody says, of one statement: the next one that is in doubt was not what was asked. */
export class Assumed {
  #assumption: Assumption | undefined;

  constructor(assumption: Assumption | undefined) {
    this.#assumption = assumption;
  }

  take(): Assumption | undefined {
    const assumption = this.#assumption;
    this.#assumption = undefined;
    return assumption;
  }
}

/**
 * Whether a statement was carried out that was sent by a migrator which could not write down what came of it.
 *
 * @throws MigrationInDoubt (`AR_MIGRATION_IN_DOUBT`) where neither the catalogue nor anybody tells
 */
export async function wasDone(
  step: JournalStep,
  migration: string,
  connection: Connection,
  assumed: Assumed,
): Promise<boolean> {
  await requireEnded(step, migration, connection);
  const told = await isDone(step, connection);
  if (told !== undefined) return told;
  const assumption = assumed.take();
  if (assumption !== undefined) return assumption === 'done';
  const command = step.direction === 'up' ? 'ar migrate' : 'ar rollback';
  throw new MigrationInDoubt(
    `An earlier run of ${migration} ended while a statement was under way, and the database cannot tell whether it was carried out: ${step.sql}`,
    {
      hint: `Look for its effect. Then run ${command} --assume done, which goes on behind it, or --assume not-done, which carries it out. Nothing was changed.`,
    },
  );
}

/** Milliseconds to wait for a statement that its server still carries out for a migrator that is gone. */
const patience = 60_000;

async function requireEnded(step: JournalStep, migration: string, connection: Connection): Promise<void> {
  const until = performance.now() + patience;
  while (await connection.aboutChanges((changes, driver) => changes.isRunning(driver, step.sql))) {
    if (performance.now() < until) {
      await sleep(100);
      continue;
    }
    throw new MigrationInDoubt(`The server is still at work for an earlier run of ${migration}: ${step.sql}`, {
      hint: 'Wait until it has finished, and run this again. Nothing was changed.',
    });
  }
}
