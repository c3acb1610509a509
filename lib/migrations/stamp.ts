import { CommandInvalid } from '../errors/migration.ts';
import { Journal } from './journal.ts';
import { pendingFiles } from './plan.ts';
import { alone, type MigratorOptions } from './runner.ts';
import { discover, hashOfFile } from './source.ts';
import { knownVersion } from './targets.ts';

export interface StampOptions extends MigratorOptions {
  /** `'all'`, or the version (or file name) up to which migrations count as run. */
  readonly version: string;
  /** Takes the one migration of that version off the record; its file may be gone. */
  readonly remove?: boolean | undefined;
}

/**
 * Records migrations as run without running them: for a database that has been brought to that state by other means. What
 * was known of one that stopped half way is forgotten with it.
 *
 * @param options - `version`: up to which one, or `'all'`; `remove`: the contrary, for that one alone
 * @returns the names of those that were recorded, or taken off
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) for a version that there is not
 * @throws MigrationLocked (`AR_MIGRATION_LOCKED`) where another migrator did not finish in time
 * @example
 * ```ts
 * await stamp({ connection: connections.get(), folder: 'migrations', version: '20261120101500' });
 * // INSERT INTO `ar_migrations` (`version`, `name`, `applied_at`) VALUES (?, ?, ?)
 * ```
 */
export async function stamp(options: StampOptions): Promise<string[]> {
  const { connection, folder, version, remove = false } = options;
  if (remove && version === 'all') {
    throw new CommandInvalid('All migrations cannot be taken off the record at once.', {
      hint: 'Name the version of one.',
    });
  }
  return alone(options, async (ledger) => {
    const [files, entries] = [await discover(folder), await ledger.entries()];
    const journal = new Journal(connection);
    // What stopped half way is at neither end: whoever stamps it has brought it to one by hand.
    const halfDone = new Set((await journal.steps()).map((step) => step.version));
    const known = [...entries, ...[...halfDone].map((each) => ({ version: each, name: 'unfinished' }))];
    const meant = version === 'all' ? undefined : knownVersion(version, files, known);
    if (remove) {
      const removed = [...entries, ...files, ...known].find((each) => each.version === meant);
      const isRecorded = entries.some((entry) => entry.version === meant);
      if (removed === undefined || !(isRecorded || halfDone.has(removed.version))) return [];
      await connection.transaction(async () => {
        if (isRecorded) await ledger.remove(removed.version);
        if (halfDone.has(removed.version)) await journal.clear(removed.version);
      });
      return [`${removed.version}_${removed.name}`];
    }
    const added = pendingFiles(files, entries).filter((file) => meant === undefined || file.version <= meant);
    let latest = entries.at(-1)?.appliedAt.getTime() ?? 0;
    await connection.transaction(async () => {
      for (const file of added) {
        // Never the same moment twice: rollback goes by it.
        latest = Math.max(Date.now(), latest + 1);
        await ledger.add(file, new Date(latest), await hashOfFile(file));
        if (halfDone.has(file.version)) await journal.clear(file.version);
      }
    });
    return added.map(({ version, name }) => `${version}_${name}`);
  });
}
