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
 * Runs `use` with the database that the options name: `--url`, else the connection called `--connection`, else
 * DATABASE_URL, the configuration file or, in development, a file of SQLite. Closes whatever was opened.
 *
 * @param create - makes the database where there is none
 */
export async function withDatabase<T>(
  { output }: Context,
  options: DatabaseOptions,
  create: boolean,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const name = options.connection ?? 'default';
  if (options.url !== undefined) connections.define(name, options.url);
  const connection = await resolveConnection(name);
  try {
    await openOrCreate(connection, create, output);
    return await use(connection);
  } finally {
    await connections.closeAll();
  }
}

async function openOrCreate(connection: Connection, create: boolean, output: Output): Promise<void> {
  try {
    await connection.open();
  } catch (error) {
    if (!create || !(error instanceof DatabaseMissing)) throw error;
    const adapter = await loadAdapter(connection.config.adapter);
    try {
      const made = await adapter.createDatabase(connection.config);
      if (made) output.line(`created the database ${connection.config.database}`);
    } catch (cause) {
      throw adapter.translateConnectError(cause, connection.config);
    }
    await connection.open();
  }
}
