import { CommandInvalid } from '../errors/migration.ts';
import { didYouMean, nearest } from '../support/suggest.ts';
import type { MigrationName } from './file-name.ts';
import type { LedgerEntry } from './ledger.ts';
import { filesToRollBack, pendingFiles } from './plan.ts';
import type { MigrationFile } from './source.ts';

// Which migrations are meant, where somebody names a version or a number of them.

/** What `migrate` runs, where that is not all that the database has not run. At most one of them. */
export interface MigrationTarget {
  /**
   * The version (or file name) that the database shall be at: up to it, or down to it where newer ones have been run.
   * `'0'`: down to before the first.
   */
  readonly to?: string | undefined;
  /** How many to run, the oldest first. */
  readonly step?: number | undefined;
  /** The one migration to run, by its version or file name. */
  readonly only?: string | undefined;
}

/** What `rollback` and `redo` undo: the last `step` migrations that were run (1), or one alone. */
export type RollbackTarget = Omit<MigrationTarget, 'to'>;

/** What to run, in order. */
export interface Choice {
  readonly direction: 'up' | 'down';
  readonly files: readonly MigrationFile[];
}

/** @throws CommandInvalid (`AR_COMMAND_INVALID`) for targets that contradict one another, or are none */
export function checkTarget({ to, step, only }: MigrationTarget): void {
  const given = Object.entries({ to, step, only }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new CommandInvalid(`${given.map(([name]) => name).join(' and ')} say different things of what to run.`, {
      hint: 'Give one of them.',
    });
  }
  if (step !== undefined && (!Number.isSafeInteger(step) || step < 1))
    throw new CommandInvalid(`The number of migrations is a whole number from 1 up, not ${step}.`);
}

/**
 * What `migrate` runs.
 *
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) for a version that there is not, MigrationMissing
 * (`AR_MIGRATION_MISSING`) where the file of one to undo is gone
 */
export function filesToMigrate(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  target: MigrationTarget,
): Choice {
  checkTarget(target);
  const { to, step, only } = target;
  const pending = pendingFiles(files, entries);
  if (only !== undefined) {
    const version = knownVersion(only, files, []);
    return { direction: 'up', files: pending.filter((file) => file.version === version) };
  }
  if (to === undefined) return { direction: 'up', files: step === undefined ? pending : pending.slice(0, step) };
  const version = to === '0' ? to : knownVersion(to, files, entries);
  const newer = entries.filter((entry) => entry.version > version);
  if (newer.length > 0) return { direction: 'down', files: filesToRollBack(files, newer, newer.length) };
  return { direction: 'up', files: pending.filter((file) => file.version <= version) };
}

/** What `rollback` and `redo` undo. */
export function filesToUndo(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  target: RollbackTarget,
): readonly MigrationFile[] {
  checkTarget(target);
  const { step = 1, only } = target;
  if (only === undefined) return filesToRollBack(files, entries, step);
  const version = knownVersion(only, files, entries);
  return filesToRollBack(
    files,
    entries.filter((entry) => entry.version === version),
    1,
  );
}

/**
 * The version that was meant: people type or paste the version, or the name of the file.
 *
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) where neither a file nor the database knows it
 */
export function knownVersion(
  given: string,
  files: readonly MigrationFile[],
  entries: readonly Pick<MigrationName, 'version' | 'name'>[],
): string {
  const word = given
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.(?:[cm]?[jt]s)$/, '');
  const known = [...files, ...entries];
  const found = known.find(({ version, name }) => word === version || word === `${version}_${name}` || word === name);
  if (found !== undefined) return found.version;
  const names = [...new Set(known.flatMap(({ version, name }) => [version, `${version}_${name}`, name]))];
  throw new CommandInvalid(`There is no migration "${given}".`, {
    // Of many, the list would hide the sentence.
    hint: `${nearest(word ?? '', names) === undefined ? '' : `${didYouMean(word, names)} `}ar status lists all of them.`,
  });
}
