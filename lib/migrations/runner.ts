import type { Connection } from '../connection/connection.ts';
import type { LockCheck } from '../connection/named-lock.ts';
import { requireSchemaChange } from '../connection/schema-change.ts';
import { IrreversibleMigration, MigrationLocked } from '../errors/migration.ts';
import { StatementError } from '../errors/statement.ts';
import { LockNotGranted } from '../errors/transaction.ts';
import { problemsOf } from './drift.ts';
import { inversesOf } from './dsl/recorder.ts';
import type { MigrationDirection, MigrationEvent } from './events.ts';
import {
  discover,
  hashOfFile,
  type LoadedMigration,
  loadMigration,
  type MigrationFile,
  type Step,
} from './files/source.ts';
import type { Assumption } from './journal/doubt.ts';
import { Journal } from './journal/journal.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { checkPatience, type Patience } from './patience.ts';
import { nameOf, perform, type Run, type Task } from './perform.ts';
import { type MigrationStatus, statuses } from './plan.ts';
import { OperationQueue } from './queue.ts';
import { checkTarget, filesToMigrate, filesToUndo, type MigrationTarget, type RollbackTarget } from './targets.ts';

export interface MigratorOptions extends Patience {
  readonly connection: Connection;
  /** The folder of the migration files. */
  readonly folder: string;
  /** Of a statement of which the database cannot tell whether an earlier run has carried it out. */
  readonly assume?: Assumption | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
}

export interface MigrateOptions extends MigratorOptions, MigrationTarget {
  /** Takes files that were changed after they had been run as they are now, for changes that mean nothing. */
  readonly accept?: boolean | undefined;
}

const lockName = 'ar_migrations';
const defaultWait = 300_000;
const defaultLockTimeout = 5_000;
const defaultLockRetries = 5;

/**
 * Runs the migrations that the database has not run, oldest first, also those older than its newest (they came with
 * another branch). One migrator at a time: a second one waits, and then finds nothing to do.
 *
 * Where the database can roll back DDL (PostgreSQL, SQLite) a migration happens as a whole or not at all. On MySQL each
 * statement is written down before and after it: a migration that fails is undone at once where that loses nothing; else,
 * and where the process was killed, the next run goes on where it stood.
 *
 * @param options - `to`, `step` or `only` choose among them; `to` an older version undoes the newer ones
 * @returns the names of the migrations that were run, such as `20261120101500_create_users`
 * @throws MigrationFailed (`AR_MIGRATION_FAILED`) with the database's error as `cause`; those before it stay applied
 * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) before anything is run, where a file is no migration
 * @throws MigrationInDoubt (`AR_MIGRATION_IN_DOUBT`) where an earlier run was killed, and the database cannot tell whether
 * its last statement was carried out: look, and say so with `assume`
 * @throws MigrationUnfinished (`AR_MIGRATION_UNFINISHED`) where an earlier run stopped half way, and the file was changed
 * @throws MigrationLocked (`AR_MIGRATION_LOCKED`) where another migrator did not finish in time
 * @example
 * ```ts
 * await migrate({ connection: await connections.open(), folder: 'migrations' });
 * // CREATE TABLE `users` (…)
 * // INSERT INTO `ar_migrations` (`version`, `name`, `applied_at`) VALUES (?, ?, ?)
 * ```
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger, check) => {
    const entries = await ledger.entries();
    const found = await discover(options.folder);
    await reportProblems(found, entries, ledger, check, options);
    const { direction, files } = filesToMigrate(found, entries, options);
    return perform(await tasksOf(direction, files, options), runOf(direction, ledger, entries, check, options));
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
 * await rollback({ connection: await connections.open(), folder: 'migrations', step: 2 });
 * // DROP TABLE `users`
 * // DELETE FROM `ar_migrations` WHERE `version` = ?
 * ```
 */
export async function rollback(options: MigratorOptions & RollbackTarget): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger, check) => {
    const entries = await ledger.entries();
    const files = filesToUndo(await discover(options.folder), entries, options);
    await warnOfDrift(files, entries, options);
    return perform(await tasksOf('down', files, options), runOf('down', ledger, entries, check, options));
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
 * await redo({ connection: await connections.open(), folder: 'migrations' });
 * // DROP TABLE `users`
 * // CREATE TABLE `users` (…)
 * ```
 */
export async function redo(options: MigratorOptions & RollbackTarget): Promise<string[]> {
  checkTarget(options);
  return alone(options, async (ledger, check) => {
    const entries = await ledger.entries();
    const files = filesToUndo(await discover(options.folder), entries, options);
    await warnOfDrift(files, entries, options);
    // Both ways are known before the first statement: what cannot be run again is not undone.
    const undoing = await tasksOf('down', files, options);
    const running = await tasksOf('up', files.toReversed(), options);
    await perform(undoing, runOf('down', ledger, entries, check, options));
    return perform(running, runOf('up', ledger, await ledger.entries(), check, options));
  });
}

/** Every migration that has a file or was run, by version. Changes nothing in the database, and takes no lock. */
export async function migrationStatus(
  options: Pick<MigratorOptions, 'connection' | 'folder'>,
): Promise<MigrationStatus[]> {
  const files = await discover(options.folder);
  const entries = await new Ledger(options.connection).entries();
  const special = new Map<string, 'drifted' | 'unfinished'>();
  for (const { version, kind } of await problemsOf(files, entries)) if (kind === 'drifted') special.set(version, kind);
  for (const { version } of await new Journal(options.connection).steps()) special.set(version, 'unfinished');
  return statuses(files, entries, special);
}

/** @internal All of them first: a file that cannot run must not be found when half of the others have run. */
export async function tasksOf(
  direction: MigrationDirection,
  files: readonly MigrationFile[],
  { connection }: Pick<MigratorOptions, 'connection'>,
): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const file of files) {
    const loaded = await loadMigration(file);
    tasks.push(direction === 'up' ? upTask(file, loaded) : await downTask(file, loaded, connection));
  }
  return tasks;
}

function upTask(file: MigrationFile, { change, up, ...loaded }: LoadedMigration): Task {
  return { ...taken(file, loaded), step: () => (change ?? up)?.(), isChange: change !== undefined };
}

async function downTask(file: MigrationFile, loaded: LoadedMigration, connection: Connection): Promise<Task> {
  const { queue, change, down } = loaded;
  if (down !== undefined) return { ...taken(file, loaded), step: down, isChange: false };
  const name = nameOf(file);
  if (change === undefined) {
    throw new IrreversibleMigration(`${name} cannot be undone: it has up(), but no down().`, {
      hint: 'Write down(). Nothing was changed.',
    });
  }
  await record(queue, change, name, connection);
  const undoing = new OperationQueue();
  for (const operation of inversesOf(queue.entries, name)) undoing.push(operation);
  return { ...taken(file, loaded), queue: undoing, step: () => undefined, isChange: true };
}

function taken(
  file: MigrationFile,
  { queue, hash, disableTransaction }: Omit<LoadedMigration, 'change' | 'up' | 'down'>,
) {
  return { file, queue, hash, disableTransaction };
}

/**
 * Runs a `change()` with nobody to carry out what it asks for, so that what undoes it is known before the first
 * statement. What it writes by itself, with models for instance, it would write a second time: the database refuses that.
 */
async function record(queue: OperationQueue, change: Step, name: string, connection: Connection): Promise<void> {
  const isInside = connection.inTransaction;
  try {
    await connection.transaction(() => queue.perform(change), isInside ? { join: true } : { readOnly: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint =
      cause instanceof StatementError
        ? { hint: 'Write up() and down() in place of change(). Nothing was changed.' }
        : {};
    throw new IrreversibleMigration(`${name} cannot be undone: ${reason}`, { cause, ...hint });
  }
}

function runOf(
  direction: MigrationDirection,
  ledger: Ledger,
  entries: readonly LedgerEntry[],
  check: LockCheck,
  options: MigratorOptions,
): Run {
  const { connection, assume, onEvent } = options;
  const { lockTimeout = defaultLockTimeout, lockRetries = defaultLockRetries } = options;
  return { direction, connection, ledger, entries, check, assumption: assume, lockTimeout, lockRetries, onEvent };
}

/** Those that were run and are not as they were keep nobody from running the others, but somebody should know. */
async function reportProblems(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  ledger: Ledger,
  check: LockCheck,
  { connection, accept = false, onEvent }: MigrateOptions,
): Promise<void> {
  const begun = (await new Journal(connection).steps()).map(({ version }) => version);
  for (const { kind, version, migration, message, hint } of await problemsOf(files, entries, begun)) {
    const file = files.find((each) => each.version === version);
    if (accept && kind === 'drifted' && file !== undefined) {
      await check();
      await ledger.accept(version, await hashOfFile(file));
    } else onEvent?.({ kind: 'warning', migration, message, hint });
  }
}

/** A file that was changed since may undo something else than was done. */
async function warnOfDrift(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  { onEvent }: MigratorOptions,
): Promise<void> {
  for (const { kind, migration, message, hint } of await problemsOf(files, entries))
    if (kind === 'drifted') onEvent?.({ kind: 'warning', migration, message, hint });
}

/** @internal Runs `work` while no other migrator works on this database; what there is to do is found out inside. */
export async function alone<T>(
  options: MigratorOptions,
  work: (ledger: Ledger, check: LockCheck) => Promise<T>,
): Promise<T> {
  checkPatience(options);
  const { connection, wait = defaultWait, onEvent } = options;
  await connection.open();
  requireSchemaChange(connection.dialect, connection.inTransaction ? 'scope' : undefined);
  const exclusive = async (check: LockCheck) => {
    const ledger = new Ledger(connection);
    await ledger.prepare();
    return work(ledger, check);
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

export type { MigrationDirection, MigrationEvent } from './events.ts';
export type { Assumption } from './journal/doubt.ts';
