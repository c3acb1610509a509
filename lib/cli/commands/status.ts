import { PendingMigrations } from '../../errors/migration.ts';
import { abortIfPending } from '../../migrations/pending.ts';
import { migrationStatus } from '../../migrations/runner.ts';
import { type Context, type DatabaseOptions, loadProject, shownPath, withDatabase } from '../context.ts';

/** `ar status`: every migration, and whether the database has run it. */
export async function statusCommand(context: Context, options: DatabaseOptions): Promise<void> {
  const { output } = context;
  const { style } = output;
  const { migrations: folder } = await loadProject(context);
  const { database, all } = await withDatabase(context, options, false, async (connection) => ({
    database: connection.config.database,
    all: await migrationStatus({ connection, folder }),
  }));
  const migrations = all.map(({ appliedAt, ...each }) => ({ ...each, appliedAt: appliedAt ?? null }));
  Object.assign(context.document, { database, migrations });
  if (all.length === 0) return output.line(`no migrations in ${shownPath(context, folder)}`);
  for (const { version, name, state, appliedAt } of all) {
    const paint = state === 'applied' ? style.good : state === 'missing' ? style.bad : style.strong;
    const note =
      state === 'missing'
        ? 'its file is gone'
        : appliedAt === undefined
          ? ''
          : appliedAt.toISOString().slice(0, 19).replace('T', ' ');
    output.line(`${paint(state.padEnd(8))} ${version}_${name}${note === '' ? '' : `  ${style.faint(note)}`}`);
  }
}

/** `ar abort-if-pending`: fails where the database has not run every migration. */
export async function abortIfPendingCommand(context: Context, options: DatabaseOptions): Promise<void> {
  const { output, document } = context;
  const { migrations: folder } = await loadProject(context);
  await withDatabase(context, options, false, async (connection) => {
    Object.assign(document, { database: connection.config.database, pending: [] });
    try {
      await abortIfPending({ connection, folder });
    } catch (error) {
      if (!(error instanceof PendingMigrations)) throw error;
      document.pending = error.migrations;
      for (const name of error.migrations) output.line(`${output.style.strong('pending ')} ${name}`);
      throw error;
    }
    output.line('every migration is applied');
  });
}
