import { PendingMigrations } from '../errors/migration.ts';
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
  const names = pending.map(({ version, name }) => `${version}_${name}`);
  const rest = names.length > most ? `, and ${names.length - most} more` : '';
  throw new PendingMigrations(
    `${names.length === 1 ? 'A migration has' : `${names.length} migrations have`} not been run: ${names.slice(0, most).join(', ')}${rest}.`,
    { migrations: names, hint: 'Run ar migrate.' },
  );
}
