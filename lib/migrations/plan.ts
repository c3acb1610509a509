import { CommandInvalid, MigrationMissing } from '../errors/migration.ts';
import type { LedgerEntry } from './ledger.ts';
import type { MigrationFile } from './source.ts';

// What to run, from the files and the ledger alone.

/** A migration as `ar status` tells of it. */
export interface MigrationStatus {
  readonly version: string;
  readonly name: string;
  /**
   * `missing`: the database has run it, but its file is gone; `drifted`: the file was changed since; `unfinished`: it (or
   * its rollback) stopped half way, and the next run goes on with it.
   */
  readonly state: 'applied' | 'pending' | 'missing' | 'drifted' | 'unfinished';
  readonly appliedAt: Date | undefined;
}

/**
 * The migrations to run, oldest first: all that the database has not run, also those older than its newest, which came
 * with another branch.
 */
export function pendingFiles(files: readonly MigrationFile[], entries: readonly LedgerEntry[]): MigrationFile[] {
  const applied = new Set(entries.map(({ version }) => version));
  return files.filter(({ version }) => !applied.has(version));
}

/**
 * The last `steps` migrations that were run, latest first. The order is that of running them, not of their versions:
 * each is undone in the very state that it left behind.
 *
 * @throws MigrationMissing (`AR_MIGRATION_MISSING`) where the file of one of them is gone; CommandInvalid
 * (`AR_COMMAND_INVALID`) for a number of steps that is none
 */
export function filesToRollBack(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  steps: number,
): MigrationFile[] {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new CommandInvalid(`The number of migrations to undo is a whole number from 1 up, not ${steps}.`);
  }
  const byVersion = new Map(files.map((file) => [file.version, file]));
  return entries
    .slice(Math.max(0, entries.length - steps))
    .toReversed()
    .map(({ version, name }) => {
      const file = byVersion.get(version);
      if (file !== undefined) return file;
      throw new MigrationMissing(`The migration ${version}_${name} cannot be undone: its file is gone.`, {
        hint: 'Get it back from version control (perhaps it is on another branch). Nothing was changed.',
      });
    });
}

/**
 * Every migration that has a file or was run, by version.
 *
 * @param special - what is known of some of them beyond the files' names and the ledger
 */
export function statuses(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  special: ReadonlyMap<string, 'drifted' | 'unfinished'> = new Map(),
): MigrationStatus[] {
  const byVersion = new Map(entries.map((entry) => [entry.version, entry]));
  const known = new Set(files.map(({ version }) => version));
  const all: MigrationStatus[] = [
    ...files.map(({ version, name }): MigrationStatus => {
      const appliedAt = byVersion.get(version)?.appliedAt;
      const state = special.get(version) ?? (appliedAt === undefined ? 'pending' : 'applied');
      return { version, name, state, appliedAt };
    }),
    ...entries
      .filter(({ version }) => !known.has(version))
      .map(({ version, name, appliedAt }): MigrationStatus => ({ version, name, state: 'missing', appliedAt })),
    // Stopped half way, and its file is gone since: nothing but the journal knows of it.
    ...[...special].flatMap(([version, state]): MigrationStatus[] =>
      known.has(version) || byVersion.has(version) ? [] : [{ version, name: 'unknown', state, appliedAt: undefined }],
    ),
  ];
  return all.sort((a, b) => (a.version < b.version ? -1 : 1));
}
