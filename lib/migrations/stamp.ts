import { CommandInvalid } from '../errors/migration.ts';
import { discover, hashOfFile } from './files/source.ts';
import { Journal } from './journal/journal.ts';
import { pendingFiles } from './plan.ts';
import { alone, type MigratorOptions } from './runner.ts';
import { knownVersion } from './targets.ts';

export interface StampOptions extends MigratorOptions {
  /** `'all'`, or the version (or file name) up to which migrations count as run. */
  readonly version: string;
  /** Takes the one migration of that version off the record; its file may be gone, or it may have stopped half way. */
  readonly remove?: boolean | undefined;
}

/**
 * Records migrations as run without running them: for a database that has been brought to that state by other means. How
 * far an earlier run of them has come is forgotten.
 *
 * @param options - `version`: up to which one, or `'all'`; `remove`: the contrary, for that one alone
 * @returns the names of those that were recorded, or taken off
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) for a version that there is not
 * @throws LockLost (`AR_LOCK_LOST`) where the lock was lost before anything was written
 * @throws MigrationLocked (`AR_MIGRATION_LOCKED`) where another migrator did not finish in time
 * @example
 * ```ts
 * await stamp({ connection: await connections.open(), folder: 'migrations', version: '20261120101500' });
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
  return alone(options, async (ledger, check) => {
    const [files, entries, journal] = [await discover(folder), await ledger.entries(), new Journal(connection)];
    const begun = new Set((await journal.steps()).map((step) => step.version));
    const meant = version === 'all' ? undefined : begun.has(version) ? version : knownVersion(version, files, entries);
    // What an earlier run has left half way counts as what is said of it here.
    const forget = async (forgotten: string) => {
      if (begun.has(forgotten)) await journal.clear(forgotten);
    };
    if (remove && meant !== undefined) {
      const known = [...entries, ...(begun.has(meant) ? files : [])].find((each) => each.version === meant);
      await connection.transaction(async () => {
        await check();
        await ledger.remove(meant);
        await forget(meant);
      });
      if (known === undefined) return begun.has(meant) ? [meant] : [];
      return [`${meant}_${known.name}`];
    }
    const added = pendingFiles(files, entries).filter((file) => meant === undefined || file.version <= meant);
    // A rollback of them that stopped half way is forgotten too.
    const counts = (each: { readonly version: string }) =>
      begun.has(each.version) && (meant === undefined || each.version <= meant);
    const finished = entries.filter(counts);
    let latest = entries.at(-1)?.appliedAt.getTime() ?? 0;
    await connection.transaction(async () => {
      await check();
      if (meant !== undefined) await forget(meant);
      for (const each of finished) await forget(each.version);
      for (const file of added) {
        // Never the same moment twice: rollback goes by it.
        latest = Math.max(Date.now(), latest + 1);
        await ledger.add(file, new Date(latest), await hashOfFile(file));
        await forget(file.version);
      }
    });
    return [...finished, ...added].map(({ version, name }) => `${version}_${name}`);
  });
}
