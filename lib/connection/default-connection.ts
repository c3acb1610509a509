import type { ConnectionOptions } from './config.ts';
import { loadProjectConfig } from './config-file.ts';

const developmentUrl = 'sqlite:development.sqlite3';

/** Where the default connection leads that nobody has defined: DATABASE_URL, the configuration file, in development a file. */
export async function findDefault(cwd?: string): Promise<string | ConnectionOptions | undefined> {
  const url = process.env.DATABASE_URL;
  if (url !== undefined && url !== '') return url;
  const { config } = await loadProjectConfig(cwd);
  if (config.connection !== undefined) return config.connection;
  const environment = process.env.NODE_ENV ?? 'development';
  if (environment !== 'development') return undefined;
  process.stderr.write(
    `active-record-ts: no connection is configured; using ${developmentUrl} (development only). Set DATABASE_URL or call connect(url).\n`,
  );
  return developmentUrl;
}

/** A further connection of the configuration file. */
export async function findNamed(name: string, cwd?: string): Promise<string | ConnectionOptions | undefined> {
  const { config } = await loadProjectConfig(cwd);
  const named = config.connections;
  return named !== undefined && Object.hasOwn(named, name) ? named[name] : undefined;
}
