import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationInvalid } from '../errors/connection.ts';
import { configureSecretsOnce, type SecretsOptions } from '../secrets/registry.ts';
import { didYouMean } from '../support/suggest.ts';
import type { ConnectionOptions } from './config.ts';
import { importModule } from './import-module.ts';

/** What `ar.config.ts` exports. */
export interface ProjectConfig {
  /** The default connection: a URL, or options. */
  readonly connection?: string | ConnectionOptions;
  /** Further connections, by name. */
  readonly connections?: Readonly<Record<string, string | ConnectionOptions>>;
  /** The folder of the migrations: `migrations`. */
  readonly migrations?: string;
  /** The folder of the models, where `ar generate model` writes them: `models`. */
  readonly models?: string;
  /** The keys of encrypted attributes and tokens, as `configureSecrets` takes them, unless the program has called that. */
  readonly secrets?: SecretsOptions;
}

/**
 * The configuration of a project, checked by its type.
 *
 * ```ts
 * // ar.config.ts
 * import { defineConfig } from 'active-record-ts';
 * export default defineConfig({ connection: process.env.DATABASE_URL ?? 'sqlite:development.sqlite3' });
 * ```
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}

const fileNames = ['ar.config.ts', 'ar.config.mts', 'ar.config.js', 'ar.config.mjs'];
const keys = ['connection', 'connections', 'migrations', 'models', 'secrets'];

/** The nearest folder, upwards, with a package.json or a configuration file; else the folder itself. */
export function packageFolder(from: string): string {
  let folder = from;
  while (!['package.json', ...fileNames].some((name) => existsSync(join(folder, name)))) {
    const parent = dirname(folder);
    if (parent === folder) return from;
    folder = parent;
  }
  return folder;
}

export interface LoadedProjectConfig {
  readonly folder: string;
  /** undefined where there is no configuration file. */
  readonly file: string | undefined;
  readonly config: ProjectConfig;
}

/** The configuration file of the package around `cwd`; an empty configuration where there is none. */
export async function loadProjectConfig(cwd: string = process.cwd()): Promise<LoadedProjectConfig> {
  const folder = packageFolder(cwd);
  const file = fileNames.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) return { folder, file, config: {} };
  let loaded: unknown;
  try {
    loaded = await importModule(file);
  } catch (cause) {
    throw new ConfigurationInvalid(
      `${file} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const config = checkProjectConfig(file, loaded);
  if (config.secrets !== undefined) configureSecretsOnce(config.secrets);
  return { folder, file, config };
}

function checkProjectConfig(file: string, loaded: unknown): ProjectConfig {
  const exported: unknown =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (typeof exported !== 'object' || exported === null) {
    throw new ConfigurationInvalid(`${file} exports no configuration.`, {
      hint: 'Write: export default defineConfig({ … }).',
    });
  }
  for (const [key, value] of Object.entries(exported)) {
    if (!keys.includes(key))
      throw new ConfigurationInvalid(`${file} has an unknown key "${key}".`, { hint: didYouMean(key, keys) });
    const folderName = key === 'migrations' || key === 'models';
    const fits =
      typeof value === 'string'
        ? key !== 'connections' && key !== 'secrets'
        : typeof value === 'object' && value !== null && !folderName;
    if (value !== undefined && !fits) {
      throw new ConfigurationInvalid(
        `${file}: "${key}" is ${folderName ? "a folder's name" : key === 'secrets' ? 'an object of keys' : 'a URL or an object of options'}.`,
      );
    }
  }
  return exported;
}
