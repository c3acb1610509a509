import { migrate } from '../../migrations/runner.ts';
import { type Context, type DatabaseOptions, loadProject, withDatabase } from '../context.ts';
import { migrationReport } from '../report.ts';

export interface MigrateOptions extends DatabaseOptions {
  /** Seconds to wait for another migrator. */
  readonly wait?: number;
}

/** `ar migrate`: runs the migrations that the database has not run. */
export async function migrateCommand(context: Context, options: MigrateOptions): Promise<void> {
  const { output } = context;
  const { migrations: folder } = await loadProject(context);
  await withDatabase(context, options, true, async (connection) => {
    const wait = options.wait === undefined ? undefined : options.wait * 1000;
    const names = await migrate({ connection, folder, wait, onEvent: migrationReport(output) });
    if (names.length === 0) output.line('nothing to do: every migration is applied');
  });
}
