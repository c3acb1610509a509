import { PendingMigrations } from '../errors/migration.ts';
import type { MigrationStatus } from './plan.ts';
import { type MigratorOptions, migrationStatus } from './runner.ts';

const most = 5;

/**
 * Refuses to go on where the database has not run every migration to its end: for the start of a program. Changes nothing, and
 * takes no lock.
 *
 * @throws PendingMigrations (`AR_MIGRATION_PENDING`), whose `migrations` are their names
 * @example
 * ```ts
 * await abortIfPending({ connection: await connect(url), folder: 'migrations' });
 * // SELECT `version`, `name`, `applied_at` FROM `ar_migrations` ORDER BY `applied_at` ASC, `version` ASC
 * ```
 */
export async function abortIfPending(options: Pick<MigratorOptions, 'connection' | 'folder'>): Promise<void> {
  const pending = (await migrationStatus(options)).filter(({ state }) => state === 'pending' || state === 'unfinished');
  if (pending.length === 0) return;
  const named = (wanted: MigrationStatus['state']) =>
    pending.filter(({ state }) => state === wanted).map(({ version, name }) => `${version}_${name}`);
  const [unfinished, names] = [named('unfinished'), named('pending')];
  const sentences = [told(unfinished, 'stopped half way'), told(names, 'not been run')].filter(
    (each) => each !== undefined,
  );
  throw new PendingMigrations(sentences.join(' '), {
    migrations: [...unfinished, ...names],
    unfinished,
    hint:
      unfinished.length === 0
        ? 'Run ar migrate.'
        : 'Run ar migrate, which goes on with what stopped (ar rollback, where that was one).',
  });
}

function told(names: readonly string[], what: string): string | undefined {
  if (names.length === 0) return undefined;
  const rest = names.length > most ? `, and ${names.length - most} more` : '';
  return `${names.length === 1 ? 'A migration has' : `${names.length} migrations have`} ${what}: ${names.slice(0, most).join(', ')}${rest}.`;
}
