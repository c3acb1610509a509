import type { Connection } from '../connection/connection.ts';
import { IrreversibleMigration, MigrationLocked } from '../errors/migration.ts';
import { LockNotGranted } from '../errors/transaction.ts';
import { DatabaseExecutor } from './executor.ts';
import { failureOf } from './failure.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { filesToRollBack, type MigrationStatus, pendingFiles, statuses } from './plan.ts';
import { OperationQueue } from './queue.ts';
import { inversesOf } from './recorder.ts';
import { discover, type LoadedMigration, loadMigration, type MigrationFile, type Step } from './source.ts';

export type MigrationDirection = 'up' | 'down';

/** What a migrator tells while it works. */
export type MigrationEvent =
  /** Another migrator is at work; this one waits until it has finished. */
  | { readonly kind: 'waiting' }
  /** What will run, in order; nothing has run yet. */
  | { readonly kind: 'planned'; readonly direction: MigrationDirection; readonly migrations: readonly string[] }
  | { readonly kind: 'started'; readonly direction: MigrationDirection; readonly migration: string }
  /** `duration` is in milliseconds. */
  | {
      readonly kind: 'finished';
      readonly direction: MigrationDirection;
      readonly migration: string;
      readonly duration: number;
    }
  /** What the migration says with `say` and `sayWithTime`; `duration` is there once timed work is done. */
  | {
      readonly kind: 'said';
      readonly direction: MigrationDirection;
      readonly migration: string;
      readonly message: string;
      readonly duration: number | undefined;
    }
  | { readonly kind: 'failed'; readonly direction: MigrationDirection; readonly migration: string };

export interface MigratorOptions {
  readonly connection: Connection;
  /** The folder of the migration files. */
  readonly folder: string;
  /** Milliseconds to wait for another migrator: 300,000. */
  readonly wait?: number | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
}

const lockName = 'ar_migrations';
const defaultWait = 300_000;

/**
 * Runs the migrations that the database has not run, oldest first, also those older than its newest (they came with
 * another branch). One migrator at a time: a second one waits, and then finds nothing to do.
 *
 * Where the database can roll back DDL (PostgreSQL, SQLite) a migration happens as a whole or not at all. On MySQL each
 * operation stays once it is done, and the error says which were.
 *
 * @returns the names of the migrations that were run, such as `20261120101500_create_users`
 * @throws MigrationFailed (`AR_MIGRATION_FAILED`) with the database's error as `cause`; those before it stay applied
 * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) before anything is run, where a file is no migration
 * @throws MigrationLocked (`AR_MIGRATION_LOCKED`) where another migrator did not finish in time
 * @example
 * ```ts
 * await migrate({ connection: connections.get(), folder: 'migrations' });
 * // CREATE TABLE `users` (…)
 * // INSERT INTO `ar_migrations` (`version`, `name`, `applied_at`) VALUES (?, ?, ?)
 * ```
 */
export async function migrate(options: MigratorOptions): Promise<string[]> {
  return alone(options, async (ledger) => {
    const entries = await ledger.entries();
    const files = pendingFiles(await discover(options.folder), entries);
    // All of them first: a file that cannot run must not be found when half of the others have run.
    const tasks: Task[] = [];
    for (const file of files) tasks.push(upTask(file, await loadMigration(file)));
    return perform('up', tasks, ledger, entries, options);
  });
}

/**
 * Undoes the last `step` migrations (1), the latest first.
 *
 * @returns the names of the migrations that were undone
 * @throws IrreversibleMigration (`AR_MIGRATION_IRREVERSIBLE`), MigrationMissing (`AR_MIGRATION_MISSING`) before anything
 * is changed
 * @throws MigrationFailed (`AR_MIGRATION_FAILED`), MigrationLocked (`AR_MIGRATION_LOCKED`) as {@link migrate} does
 * @example
 * ```ts
 * await rollback({ connection: connections.get(), folder: 'migrations', step: 2 });
 * // DROP TABLE `users`
 * // DELETE FROM `ar_migrations` WHERE `version` = ?
 * ```
 */
export async function rollback(options: MigratorOptions & { readonly step?: number | undefined }): Promise<string[]> {
  return alone(options, async (ledger) => {
    const entries = await ledger.entries();
    const files = filesToRollBack(await discover(options.folder), entries, options.step ?? 1);
    const tasks: Task[] = [];
    for (const file of files) tasks.push(await downTask(file, await loadMigration(file)));
    return perform('down', tasks, ledger, entries, options);
  });
}

/** Every migration that has a file or was run, by version. Changes nothing in the database, and takes no lock. */
export async function migrationStatus(
  options: Pick<MigratorOptions, 'connection' | 'folder'>,
): Promise<MigrationStatus[]> {
  const files = await discover(options.folder);
  return statuses(files, await new Ledger(options.connection).entries());
}

/** A migration in one direction, ready to run. */
interface Task {
  readonly file: MigrationFile;
  readonly queue: OperationQueue;
  /** Asks for operations, which then wait in the queue. */
  readonly step: () => unknown;
  /** Whether it runs in a transaction, where the database has one for schema changes. */
  readonly transaction: boolean;
}

const nameOf = (file: MigrationFile): string => `${file.version}_${file.name}`;

function upTask(file: MigrationFile, { queue, change, up, transaction }: LoadedMigration): Task {
  return { file, queue, transaction, step: () => (change ?? up)?.() };
}

async function downTask(file: MigrationFile, { queue, change, down, transaction }: LoadedMigration): Promise<Task> {
  if (down !== undefined) return { file, queue, transaction, step: down };
  const name = nameOf(file);
  if (change === undefined) {
    throw new IrreversibleMigration(`${name} cannot be undone: it has up(), but no down().`, {
      hint: 'Write down(). Nothing was changed.',
    });
  }
  await record(change, name);
  const undoing = new OperationQueue();
  for (const operation of inversesOf(queue.operations, name)) undoing.push(operation);
  return { file, queue: undoing, transaction, step: () => undefined };
}

/** Runs a `change()` with nobody to carry out what it asks for, so that what undoes it is known before the first statement. */
async function record(change: Step, name: string): Promise<void> {
  try {
    await change();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IrreversibleMigration(`${name} cannot be undone: ${reason}`, { cause });
  }
}

async function perform(
  direction: MigrationDirection,
  tasks: readonly Task[],
  ledger: Ledger,
  entries: readonly LedgerEntry[],
  { connection, onEvent }: MigratorOptions,
): Promise<string[]> {
  const names = tasks.map(({ file }) => nameOf(file));
  onEvent?.({ kind: 'planned', direction, migrations: names });
  let latest = entries.at(-1)?.appliedAt.getTime() ?? 0;
  for (const task of tasks) {
    const migration = nameOf(task.file);
    const startedAt = performance.now();
    onEvent?.({ kind: 'started', direction, migration });
    task.queue.onMessage((said) => onEvent?.({ kind: 'said', direction, migration, ...said }));
    const carryOut = async () => {
      await run(task, connection);
      // Never the same moment twice, and never an earlier one, whatever the clock does: rollback goes by it.
      latest = Math.max(Date.now(), latest + 1);
      await (direction === 'up' ? ledger.add(task.file, new Date(latest)) : ledger.remove(task.file.version));
    };
    try {
      await (task.transaction ? connection.schemaTransaction(carryOut) : carryOut());
    } catch (error) {
      onEvent?.({ kind: 'failed', direction, migration });
      throw failureOf(error, migration, task.queue, connection, task.transaction);
    }
    onEvent?.({ kind: 'finished', direction, migration, duration: performance.now() - startedAt });
  }
  return names;
}

async function run({ queue, step }: Task, connection: Connection): Promise<void> {
  queue.runWith(new DatabaseExecutor(connection));
  await step();
  await queue.drain();
}

/** Runs `work` while no other migrator works on this database; what there is to do is found out inside. */
async function alone<T>(
  { connection, wait = defaultWait, onEvent }: MigratorOptions,
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  await connection.open();
  const exclusive = async () => {
    const ledger = new Ledger(connection);
    await ledger.prepare();
    return work(ledger);
  };
  try {
    return await connection.withLock(lockName, wait, exclusive, () => onEvent?.({ kind: 'waiting' }));
  } catch (error) {
    if (!(error instanceof LockNotGranted)) throw error;
    throw new MigrationLocked(
      `Another migrator has been at work on this database for more than ${Math.round(wait / 1000)} seconds.`,
      {
        hint: 'Nothing was changed. Try again when it has finished; if it is stuck, end its connection to the database.',
        cause: error,
      },
    );
  }
}
