import { rollback } from '../../migrations/runner.ts';
import { type Context, loadProject, withDatabase } from '../context.ts';
import { migrationReport } from '../report.ts';
import type { MigrateOptions } from './migrate.ts';

export interface RollbackOptions extends MigrateOptions {
  /** How many migrations to undo. */
  readonly step?: number;
}

/** `ar rollback`: undoes the migrations that were run last. */
export async function rollbackCommand(context: Context, options: RollbackOptions): Promise<void> {
  const { output } = context;
  const { migrations: folder } = await loadProject(context);
  await withDatabase(context, options, false, async (connection) => {
    const wait = options.wait === undefined ? undefined : options.wait * 1000;
    const names = await rollback({ connection, folder, wait, step: options.step, onEvent: migrationReport(output) });
    if (names.length === 0) output.line('nothing to do: no migration is applied');
  });
}
