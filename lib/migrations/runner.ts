import type { Connection } from '../connection/connection.ts';
import { IrreversibleMigration, MigrationLocked } from '../errors/migration.ts';
import { LockNotGranted } from '../errors/transaction.ts';
import { DatabaseExecutor } from './executor.ts';
import { failureOf } from './failure.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { type MigrationStatus, statuses } from './plan.ts';
import { OperationQueue } from './queue.ts';
import { inversesOf } from './recorder.ts';
import { discover, type LoadedMigration, loadMigration, type MigrationFile, type Step } from './source.ts';
import { checkTarget, filesToMigrate, filesToUndo, type MigrationTarget, type RollbackTarget } from './targets.ts';

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
 * @param options - `to`, `step` or `only` choose among them; `to` an older version undoes the newer ones
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
export async function migrate(options: MigratorOptions & MigrationTarget): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger) => {
    const entries = await ledger.entries();
    const { direction, files } = filesToMigrate(await discover(options.folder), entries, options);
    return perform(direction, await tasksOf(direction, files), ledger, entries, options);
  });
}

/**
 * Undoes the last `step` migrations (1), the latest first; or the one migration that `only` names.
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
export async function rollback(options: MigratorOptions & RollbackTarget): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger) => {
    const entries = await ledger.entries();
    const files = filesToUndo(await discover(options.folder), entries, options);
    return perform('down', await tasksOf('down', files), ledger, entries, options);
  });
}

/**
 * Undoes the last `step` migrations (1), or the one that `only` names, and runs the same ones again: for a migration
 * that is still being written.
 *
 * @returns the names of the migrations that were run again
 * @throws as {@link rollback} and {@link migrate} do
 * @example
 * ```ts
 * await redo({ connection: connections.get(), folder: 'migrations' });
 * // DROP TABLE `users`
 * // CREATE TABLE `users` (…)
 * ```
 */
export async function redo(options: MigratorOptions & RollbackTarget): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger) => {
    const entries = await ledger.entries();
    const files = filesToUndo(await discover(options.folder), entries, options);
    // Both ways are known before the first statement: what cannot be run again is not undone.
    const undoing = await tasksOf('down', files);
    const running = await tasksOf('up', files.toReversed());
    await perform('down', undoing, ledger, entries, options);
    return perform('up', running, ledger, await ledger.entries(), options);
  });
}

/** Every migration that has a file or was run, by version. Changes nothing in the database, and takes no lock. */
export async function migrationStatus(
  options: Pick<MigratorOptions, 'connection' | 'folder'>,
): Promise<MigrationStatus[]> {
  const files = await discover(options.folder);
  return statuses(files, await new Ledger(options.connection).entries());
}

/** @internal A migration in one direction, ready to run. */
export interface Task {
  readonly file: MigrationFile;
  readonly queue: OperationQueue;
  /** Asks for operations, which then wait in the queue. */
  readonly step: () => unknown;
}

/** @internal */
export const nameOf = (file: MigrationFile): string => `${file.version}_${file.name}`;

/** @internal All of them first: a file that cannot run must not be found when half of the others have run. */
export async function tasksOf(direction: MigrationDirection, files: readonly MigrationFile[]): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const file of files) {
    const loaded = await loadMigration(file);
    tasks.push(direction === 'up' ? upTask(file, loaded) : await downTask(file, loaded));
  }
  return tasks;
}

function upTask(file: MigrationFile, { queue, change, up }: LoadedMigration): Task {
  return { file, queue, step: () => (change ?? up)?.() };
}

async function downTask(file: MigrationFile, { queue, change, down }: LoadedMigration): Promise<Task> {
  if (down !== undefined) return { file, queue, step: down };
  const name = nameOf(file);
  if (change === undefined) {
    throw new IrreversibleMigration(`${name} cannot be undone: it has up(), but no down().`, {
      hint: 'Write down(). Nothing was changed.',
    });
  }
  await record(change, name);
  const undoing = new OperationQueue();
  for (const operation of inversesOf(queue.operations, name)) undoing.push(operation);
  return { file, queue: undoing, step: () => undefined };
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
    try {
      await connection.schemaTransaction(async () => {
        await run(task, connection);
        // Never the same moment twice, and never an earlier one, whatever the clock does: rollback goes by it.
        latest = Math.max(Date.now(), latest + 1);
        await (direction === 'up' ? ledger.add(task.file, new Date(latest)) : ledger.remove(task.file.version));
      });
    } catch (error) {
      onEvent?.({ kind: 'failed', direction, migration });
      throw failureOf(error, migration, task.queue, connection);
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

/** @internal Runs `work` while no other migrator works on this database; what there is to do is found out inside. */
export async function alone<T>(
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
