import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { loadProjectConfig } from '../connection/config-file.ts';
import type { Connection } from '../connection/connection.ts';
import { loadAdapter } from '../connection/load-adapter.ts';
import { connections, resolveConnection } from '../connection/registry.ts';
import { DatabaseMissing } from '../errors/connection.ts';
import type { Output } from './output.ts';

/** What every command works with. */
export interface Context {
  readonly cwd: string;
  readonly output: Output;
  /** What `--json` answers with, gathered on the way: it is printed once, at the end, however that ends. */
  readonly document: Record<string, unknown>;
}

/** The folders of the project around the working directory. */
export interface Project {
  readonly folder: string;
  readonly migrations: string;
  readonly models: string;
}

/** The options of every command that needs a database. */
export interface DatabaseOptions {
  readonly url?: string;
  readonly connection?: string;
}

export async function loadProject({ cwd }: Context): Promise<Project> {
  const { folder, config } = await loadProjectConfig(cwd);
  return {
    folder,
    migrations: resolve(folder, config.migrations ?? 'migrations'),
    models: resolve(folder, config.models ?? 'models'),
  };
}

/** A path as people would type it. */
export function shownPath({ cwd }: Context, path: string): string {
  const shown = relative(cwd, path);
  return shown === '' || shown.startsWith('..') ? path : shown;
}

/**
 * The connection that the options name, not open yet: `--url`, else the connection called `--connection`, else
 * DATABASE_URL, the configuration file or, in development, a file of SQLite.
 */
export async function connectionOf(options: DatabaseOptions): Promise<Connection> {
  const name = options.connection ?? 'default';
  if (options.url !== undefined) return connections.define(name, options.url);
  return resolveConnection(name);
}

/** Runs `use` with {@link connectionOf} the options, and closes whatever was opened. */
export async function withConnection<T>(
  options: DatabaseOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    return await use(await connectionOf(options));
  } finally {
    await connections.closeAll();
  }
}

/**
 * The same with the connection open.
 *
 * @param create - makes the database where there is none
 */
export async function withDatabase<T>(
  { output }: Context,
  options: DatabaseOptions,
  create: boolean,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(options, async (connection) => {
    if (create) await openOrCreate(connection, output);
    else await openExisting(connection);
    return use(connection);
  });
}

/** Opens the connection. What opening would make is not made. */
async function openExisting(connection: Connection): Promise<void> {
  const { config } = connection;
  const file = (await loadAdapter(config.adapter)).databaseFile(config);
  if (file !== undefined && !existsSync(file)) {
    throw new DatabaseMissing(`There is no database ${file}.`, { hint: 'Make it with ar migrate, or ar create.' });
  }
  await connection.open();
}

/** @returns whether there was no database, and it was made */
export async function openOrCreate(connection: Connection, output: Output): Promise<boolean> {
  try {
    await openExisting(connection);
    return false;
  } catch (error) {
    if (!(error instanceof DatabaseMissing)) throw error;
    const made = await createDatabase(connection);
    if (made) output.line(`${output.style.good('created')} the database ${connection.config.database}`);
    await connection.open();
    return made;
  }
}

/** Makes the database of a connection; false where there is one. */
export async function createDatabase({ config }: Connection): Promise<boolean> {
  const adapter = await loadAdapter(config.adapter);
  try {
    return await adapter.createDatabase(config);
  } catch (cause) {
    throw adapter.translateConnectError(cause, config);
  }
}

/** Drops the database of a connection that is not open; false where there is none. */
export async function dropDatabase({ config }: Connection): Promise<boolean> {
  const adapter = await loadAdapter(config.adapter);
  try {
    return await adapter.dropDatabase(config);
  } catch (cause) {
    throw adapter.translateConnectError(cause, config);
  }
}
