import type { Connection } from '../connection/connection.ts';
import type { LockCheck } from '../connection/named-lock.ts';
import { CommandInvalid, MigrationInDoubt, MigrationUnfinished } from '../errors/migration.ts';
import { CourseJournal } from './course-journal.ts';
import { Assumed, type Assumption } from './doubt.ts';
import type { MigrationDirection, MigrationEvent } from './events.ts';
import type { Execution } from './execution.ts';
import { DatabaseExecutor } from './executor.ts';
import { failureOf, forbidsMore } from './failure.ts';
import { Journal, type JournalStep } from './journal.ts';
import { type JournaledExecution, JournaledExecutor, requireAllThere } from './journaled-executor.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { OperationQueue } from './queue.ts';
import { type Aftermath, finishUndoing, isUndoing, recover } from './recovery.ts';
import type { MigrationFile, Step } from './source.ts';

/** A migration in one direction, ready to run. */
export interface Task {
  readonly file: MigrationFile;
  readonly queue: OperationQueue;
  /** Of the file as it was loaded. */
  readonly hash: string;
  /** Asks for operations, which then wait in the queue. */
  readonly step: Step;
  /** It comes from change(): nothing but its operations is done. */
  readonly isChange: boolean;
  readonly disableTransaction: boolean;
}

export const nameOf = (file: { readonly version: string; readonly name: string }): string =>
  `${file.version}_${file.name}`;

/** What a run of several migrations goes by. */
export interface Run {
  readonly direction: MigrationDirection;
  readonly connection: Connection;
  readonly ledger: Ledger;
  readonly entries: readonly LedgerEntry[];
  readonly check: LockCheck;
  readonly assumption: Assumption | undefined;
  readonly lockTimeout: number;
  readonly lockRetries: number;
  readonly onEvent: ((event: MigrationEvent) => void) | undefined;
}

/** Runs the tasks in order. @returns the names of the migrations */
export async function perform(tasks: readonly Task[], run: Run): Promise<string[]> {
  const { direction, onEvent, connection } = run;
  const journal = new Journal(connection);
  const known = await journal.steps();
  requireDirection(known, run);
  requireDoubt(known, run);
  const names = tasks.map(({ file }) => nameOf(file));
  onEvent?.({ kind: 'planned', direction, migrations: names });
  const assumed = new Assumed(run.assumption);
  let latest = run.entries.at(-1)?.appliedAt.getTime() ?? 0;
  for (const task of tasks) {
    const migration = nameOf(task.file);
    const startedAt = performance.now();
    onEvent?.({ kind: 'started', direction, migration });
    task.queue.onMessage((said) => onEvent?.({ kind: 'said', direction, migration, ...said }));
    // Never the same moment twice, and never an earlier one, whatever the clock does: rollback goes by it.
    latest = Math.max(Date.now(), latest + 1);
    const enter = enterer(task, run, new Date(latest));
    try {
      const isJournaled = !connection.dialect.features.transactionalDdl || task.disableTransaction;
      await (isJournaled
        ? performJournaled(task, run, journal, known, assumed, enter)
        : performAtOnce(task, run, enter));
    } catch (error) {
      onEvent?.({ kind: 'failed', direction, migration });
      throw error;
    }
    onEvent?.({ kind: 'finished', direction, migration, duration: performance.now() - startedAt });
  }
  return names;
}

/** Writes down in the ledger that a migration has been run, or undone. */
function enterer({ file, hash }: Task, { direction, ledger }: Run, appliedAt: Date): () => Promise<void> {
  return async () => {
    if (direction === 'up') await ledger.add(file, appliedAt, hash);
    else await ledger.remove(file.version);
  };
}

function executionOf(migration: string, run: Run): Execution {
  const { connection, check, lockTimeout, lockRetries, onEvent } = run;
  return {
    connection,
    check,
    lockTimeout,
    lockRetries,
    onProgress: ({ batches, rows }) => onEvent?.({ kind: 'progress', migration, batches, rows }),
    onBlocked: (statement, by) => onEvent?.({ kind: 'blocked', migration, statement, by }),
  };
}

async function performAtOnce(task: Task, run: Run, enter: () => Promise<void>): Promise<void> {
  const { queue, step, file } = task;
  const { connection, direction, check } = run;
  const migration = nameOf(file);
  try {
    await connection.schemaTransaction(async () => {
      queue.runWith(new DatabaseExecutor(executionOf(migration, run)));
      await queue.perform(step);
      await check();
      await enter();
    });
  } catch (error) {
    throw failureOf(error, { migration, direction, queue, connection, aftermath: undefined });
  }
}

async function performJournaled(
  task: Task,
  run: Run,
  journal: Journal,
  known: readonly JournalStep[],
  assumed: Assumed,
  enter: () => Promise<void>,
): Promise<void> {
  const { queue, step, file } = task;
  const { connection, direction } = run;
  const migration = nameOf(file);
  const { version } = file;
  const execution: JournaledExecution = {
    ...executionOf(migration, run),
    journal: new CourseJournal(
      journal,
      { version, direction },
      known.filter((each) => each.version === version),
    ),
    migration,
    assumption: assumed,
  };
  try {
    await execution.check();
    await journal.prepare();
    await requireUndone(execution, task.isChange);
    queue.runWith(new JournaledExecutor(execution));
    await queue.perform(step);
    requireAllThere(execution.journal, queue.operations.length, migration);
    await execution.check();
    await connection.transaction(async () => {
      await enter();
      await journal.clear(version);
    });
  } catch (error) {
    if (error instanceof MigrationInDoubt || error instanceof MigrationUnfinished) throw error;
    const aftermath = await aftermathOf(error, execution, task.isChange);
    throw failureOf(error, { migration, direction, queue, connection, aftermath });
  }
}

async function requireUndone(execution: JournaledExecution, isChange: boolean): Promise<void> {
  if (!isUndoing(execution.journal)) return;
  const problem = await finishUndoing(execution, isChange);
  if (problem === undefined) return;
  throw new MigrationUnfinished(
    `An earlier run of ${execution.migration} failed, and could not be undone to the end. ${problem}`,
    { hint: 'Mend what keeps it from being undone, and run this again.' },
  );
}

async function aftermathOf(error: unknown, execution: JournaledExecution, isChange: boolean): Promise<Aftermath> {
  if (forbidsMore(error)) return { kind: 'unknown' };
  try {
    return await recover(execution, isChange);
  } catch {
    // The first error is the one to report; the journal is as it was, and the next run goes by it.
    return { kind: 'unknown' };
  }
}

/** A migration that is half undone is not run, and one that is half run is not undone. */
export function requireDirection(
  known: readonly JournalStep[],
  { direction, entries }: Pick<Run, 'direction' | 'entries'>,
): void {
  const other = known.find((step) => step.direction !== direction);
  if (other === undefined) return;
  const name = entries.find(({ version }) => version === other.version)?.name;
  const migration = name === undefined ? other.version : `${other.version}_${name}`;
  const [what, command] = direction === 'up' ? ['rollback of', 'ar rollback'] : ['migration', 'ar migrate'];
  throw new MigrationUnfinished(`The ${what} ${migration} stopped half way in an earlier run.`, {
    hint: `Run ${command}, which finishes it. Nothing was changed. Where its file is gone for good, mend the database by hand, and say where it stands: ar stamp ${other.version}, with --remove where nothing of it is left.`,
  });
}

function requireDoubt(known: readonly JournalStep[], { assumption }: Run): void {
  if (assumption === undefined || known.some(({ state, kind }) => state === 'begun' && kind !== 'data')) return;
  throw new CommandInvalid('No statement is in doubt: there is nothing to assume.', {
    hint: 'Run it without --assume. Nothing was changed.',
  });
}
