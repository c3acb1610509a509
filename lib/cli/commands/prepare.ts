import type { Connection } from '../../connection/connection.ts';
import { migrate, migrationStatus } from '../../migrations/runner.ts';
import { type Context, loadProject, openOrCreate, withConnection } from '../context.ts';
import { migrationReport } from '../report.ts';
import { type DropOptions, drop } from './database.ts';
import { handedOn, nothingToMigrate, type RunOptions } from './migrate.ts';
import { runSeeds, seedFiles } from './seed.ts';

export type PrepareOptions = Pick<RunOptions, 'url' | 'connection' | 'wait'>;
export type ResetOptions = PrepareOptions & DropOptions;

/** `ar prepare`: makes a missing database, migrates, and seeds where no migration had been run before. */
export async function prepareCommand(context: Context, options: PrepareOptions): Promise<void> {
  await withConnection(options, (connection) => setUp(context, connection, options, 'new'));
}

/** `ar setup`: makes a missing database, migrates and seeds. */
export async function setupCommand(context: Context, options: PrepareOptions): Promise<void> {
  await withConnection(options, (connection) => setUp(context, connection, options, 'always'));
}

/** `ar reset`: drops the database and sets it up anew. */
export async function resetCommand(context: Context, options: ResetOptions): Promise<void> {
  await withConnection(options, async (connection) => {
    if (await drop(context, connection, options)) await setUp(context, connection, options, 'always');
  });
}

async function setUp(
  context: Context,
  connection: Connection,
  options: PrepareOptions,
  seeding: 'new' | 'always',
): Promise<void> {
  const { output } = context;
  const { folder: project, migrations: folder } = await loadProject(context);
  const created = await openOrCreate(connection, output);
  const known = await migrationStatus({ connection, folder });
  const names = await migrate({ connection, folder, ...handedOn(options), onEvent: migrationReport(output) });
  if (names.length === 0) output.line(await nothingToMigrate(context, folder));
  // Of several that prepare one database at once, only one runs the migrations, and so the seeds.
  const first = names.length > 0 || (created && known.length === 0);
  if (seeding === 'new' && !(first && known.every(({ state }) => state === 'pending'))) return;
  const files = await seedFiles(project);
  if (files.length === 0) output.line(output.style.faint('no seeds: there is neither seeds.ts nor seeds/'));
  await runSeeds(context, files);
}
