import { redo, rollback } from '../../migrations/runner.ts';
import type { RollbackTarget } from '../../migrations/targets.ts';
import { type Context, loadProject, withDatabase } from '../context.ts';
import { reportRun } from '../report.ts';
import { handedOn, printDryRun, type RunOptions } from './migrate.ts';

export interface RollbackOptions extends RunOptions {
  /** How many migrations to undo. */
  readonly step?: number;
}

const none = 'nothing to do: no migration is applied';

/** `ar rollback`: undoes the migrations that were run last. */
export async function rollbackCommand(context: Context, options: RollbackOptions): Promise<void> {
  await runDown(context, options, { step: options.step }, none);
}

/** `ar down <version>`: undoes one migration. */
export async function downCommand(context: Context, version: string, options: RunOptions): Promise<void> {
  await runDown(context, options, { only: version }, `nothing to do: ${version} is not applied`);
}

/** `ar redo [version]`: undoes migrations and runs them again. */
export async function redoCommand(
  context: Context,
  version: string | undefined,
  options: RollbackOptions,
): Promise<void> {
  const nothing = version === undefined ? none : `nothing to do: ${version} is not applied`;
  await runDown(context, options, { only: version, step: options.step }, nothing, true);
}

async function runDown(
  context: Context,
  options: RunOptions,
  target: RollbackTarget,
  nothing: string,
  again = false,
): Promise<void> {
  const { migrations: folder } = await loadProject(context);
  if (options.dryRun === true)
    return printDryRun(context, options, { folder, direction: again ? 'redo' : 'down', ...target });
  await withDatabase(context, options, false, (connection) =>
    reportRun(context, connection, nothing, (onEvent) =>
      (again ? redo : rollback)({ connection, folder, ...handedOn(options), ...target, onEvent }),
    ),
  );
}
