import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { importModule } from '../connection/import-module.ts';
import { CommandInvalid } from '../errors/migration.ts';

const script = /\.(?:ts|mts|js|mjs)$/;

/** The scripts of a folder and those below it, by path; none where there is no such folder. */
export async function scriptsIn(folder: string): Promise<string[]> {
  let entries: { readonly name: string; isDirectory(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await scriptsIn(path)));
    else if (script.test(entry.name) && !/\.d\.m?ts$|\.(?:test|spec)\./.test(entry.name)) found.push(path);
  }
  return found;
}

/**
 * What a file of the application exports.
 *
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) where it cannot be loaded
 */
export async function exportsOf(file: string, shown: string): Promise<Readonly<Record<string, unknown>>> {
  const loaded = await importModule(file).catch((cause: unknown) => {
    throw new CommandInvalid(
      `${shown} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  });
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
}
