import type { LedgerEntry } from './ledger.ts';
import { hashOfFile, type MigrationFile } from './source.ts';

/** A migration that the database has run, and that is not as it was then. */
export interface MigrationProblem {
  readonly version: string;
  /** `20261120101500_create_users` */
  readonly migration: string;
  readonly kind: 'drifted' | 'missing';
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

/**
 * What of the migrations that were run is no longer as it was, by version.
 *
 * @param begun - the versions of those that have stopped half way
 */
export async function problemsOf(
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  begun: Iterable<string> = [],
): Promise<MigrationProblem[]> {
  const byVersion = new Map(files.map((file) => [file.version, file]));
  const problems: MigrationProblem[] = [];
  for (const { version, name, hash } of entries) {
    const file = byVersion.get(version);
    const migration = `${version}_${name}`;
    if (file === undefined) {
      problems.push({
        ...{ version, migration, kind: 'missing' },
        message: `${migration} was run, but its file is gone.`,
        hint: 'Get it back from version control (perhaps it is on another branch): without it, nobody can undo it.',
      });
    } else if (hash !== undefined && hash !== (await hashOfFile(file))) {
      problems.push({
        ...{ version, migration, kind: 'drifted' },
        message: `${migration} was changed after it had been run: this database has what it said before.`,
        hint: 'Put the file back as it was, and write what is to be different as a new migration. Where the change means nothing (a comment), migrate({ accept: true }) takes the file as it is now.',
      });
    }
  }
  const known = new Set([...byVersion.keys(), ...entries.map(({ version }) => version)]);
  for (const version of new Set(begun)) {
    if (known.has(version)) continue;
    problems.push({
      ...{ version, migration: version, kind: 'missing' },
      message: `The migration ${version} stopped half way in an earlier run, and its file is gone.`,
      hint: `Get it back from version control, and run ar migrate, which finishes it. Where you have undone by hand what it did, ar stamp ${version} --remove forgets it.`,
    });
  }
  return problems.sort((a, b) => (a.version < b.version ? -1 : 1));
}
