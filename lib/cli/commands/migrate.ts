import { discover } from '../../migrations/files/source.ts';
import { type DryRunOptions, dryRun } from '../../migrations/rehearsal/dry-run.ts';
import { type MigratorOptions, migrate } from '../../migrations/runner.ts';
import type { MigrationTarget } from '../../migrations/targets.ts';
import { type Context, type DatabaseOptions, loadProject, shownPath, withDatabase } from '../context.ts';
import { reportRun } from '../report.ts';

/** The options of every command that runs migrations. */
export interface RunOptions extends DatabaseOptions {
  /** Seconds to wait for another migrator. */
  readonly wait?: number;
  readonly dryRun?: boolean;
  /** What became of the step at which an earlier run stopped. */
  readonly assume?: 'done' | 'not-done';
}
export interface MigrateOptions extends RunOptions {
  readonly to?: string;
  readonly step?: number;
  readonly accept?: boolean;
}

/** `ar migrate`: runs the migrations that the database has not run, or goes to a version. */
export async function migrateCommand(context: Context, options: MigrateOptions): Promise<void> {
  await runUp(context, options, { to: options.to, step: options.step });
}

/** `ar up <version>`: runs one migration. */
export async function upCommand(context: Context, version: string, options: RunOptions): Promise<void> {
  await runUp(context, options, { only: version });
}

async function runUp(context: Context, options: MigrateOptions, target: MigrationTarget): Promise<void> {
  const { migrations: folder } = await loadProject(context);
  if (options.dryRun === true) return printDryRun(context, options, { folder, ...target });
  const nothing =
    target.only !== undefined
      ? `nothing to do: ${target.only} is applied`
      : target.to !== undefined
        ? `nothing to do: the database is at ${target.to}`
        : await nothingToMigrate(context, folder);
  await withDatabase(context, options, true, (connection) =>
    reportRun(context, connection, nothing, (onEvent) =>
      migrate({ connection, folder, ...handedOn(options), accept: options.accept, ...target, onEvent }),
    ),
  );
}

/** What is said where no migration was run. Somebody in the wrong folder shall see that there are none. */
export async function nothingToMigrate(context: Context, folder: string): Promise<string> {
  const files = await discover(folder);
  return files.length > 0
    ? 'nothing to do: every migration is applied'
    : `nothing to do: there are no migrations in ${shownPath(context, folder)}`;
}

/** What migrators are told in their own words. */
export function handedOn({ wait, assume }: RunOptions): Pick<MigratorOptions, 'wait' | 'assume'> {
  return { wait: wait === undefined ? undefined : wait * 1000, assume };
}

/** Prints what would be sent, as a script. */
export async function printDryRun(
  context: Context,
  options: RunOptions,
  what: Omit<DryRunOptions, 'connection'>,
): Promise<void> {
  const { output } = context;
  const { style } = output;
  await withDatabase(context, options, false, async (connection) => {
    const planned = await dryRun({ connection, ...what });
    Object.assign(context.document, { database: connection.config.database, dryRun: true, migrations: planned });
    if (planned.length === 0) return output.line('-- nothing would be run');
    for (const { migration, direction, sql } of planned) {
      output.line(style.strong(`-- ${direction} ${migration}`));
      for (const line of sql) output.line(line.startsWith('--') ? style.faint(line) : `${line};`);
      if (sql.length === 0) output.line(style.faint('-- it sends nothing'));
    }
    output.line(style.faint('-- nothing was changed'));
  });
}
