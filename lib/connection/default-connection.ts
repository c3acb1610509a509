import { isAbsolute, join } from 'node:path';
import type { ConnectionOptions } from './config.ts';
import { loadProjectConfig } from './config-file.ts';

const developmentUrl = 'sqlite:development.sqlite3';

/** Where the default connection leads that nobody has defined: DATABASE_URL, the configuration file, in development a file. */
export async function findDefault(cwd: string = process.cwd()): Promise<string | ConnectionOptions | undefined> {
  const url = process.env.DATABASE_URL;
  if (url !== undefined && url !== '') return url;
  const { config, folder } = await loadProjectConfig(cwd);
  if (config.connection !== undefined) return seenFrom(cwd, folder, config.connection);
  const environment = process.env.NODE_ENV ?? 'development';
  if (environment !== 'development') return undefined;
  process.stderr.write(
    `active-record-ts: no connection is configured; using ${developmentUrl} (development only). Set DATABASE_URL or call connect(url).\n`,
  );
  return seenFrom(cwd, folder, developmentUrl);
}

/** A further connection of the configuration file. */
export async function findNamed(
  name: string,
  cwd: string = process.cwd(),
): Promise<string | ConnectionOptions | undefined> {
  const { config, folder } = await loadProjectConfig(cwd);
  const named = config.connections;
  const given = named !== undefined && Object.hasOwn(named, name) ? named[name] : undefined;
  return given === undefined ? undefined : seenFrom(cwd, folder, given);
}

/** The names of the further connections of the configuration file. */
export async function configuredNames(cwd: string = process.cwd()): Promise<string[]> {
  return Object.keys((await loadProjectConfig(cwd)).config.connections ?? {});
}

/** A file of SQLite lies where the configuration file says, from whichever folder below it a program is started. */
function seenFrom(cwd: string, folder: string, given: string | ConnectionOptions): string | ConnectionOptions {
  if (folder === cwd) return given;
  if (typeof given === 'string') {
    const [, path] = /^sqlite:([^?]*)/i.exec(given) ?? [];
    if (path === undefined || path === '' || path === ':memory:' || isAbsolute(path)) return given;
    return `sqlite:${encodeURIComponent(folder).replaceAll('%2F', '/')}/${given.slice('sqlite:'.length)}`;
  }
  const { url, adapter, database } = given;
  if (url !== undefined && database === undefined) return { ...given, url: String(seenFrom(cwd, folder, url)) };
  const isFile = adapter === 'sqlite' && database !== undefined && database !== ':memory:' && !isAbsolute(database);
  return isFile ? { ...given, database: join(folder, database) } : given;
}
