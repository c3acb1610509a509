import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importModule } from '../connection/import-module.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { type MigrationName, parseFileName } from './file-name.ts';
import { Migration } from './migration.ts';
import type { OperationQueue } from './queue.ts';

/** A migration file, not loaded yet. */
export interface MigrationFile extends MigrationName {
  /** The file's path. */
  readonly path: string;
}

/** A migration ready to run: its steps bound to a new instance, whose operations gather in `queue`. */
export interface LoadedMigration {
  readonly queue: OperationQueue;
  /** Of the file as it was loaded: it may be changed while it runs. */
  readonly hash: string;
  /** It asks for no transaction around it. */
  readonly disableTransaction: boolean;
  readonly change: Step | undefined;
  readonly up: Step | undefined;
  readonly down: Step | undefined;
}
export type Step = () => unknown;

/**
 * The migration files of a folder, oldest first; none where there is no such folder. Other files than scripts are passed
 * over, and so are type declarations and everything whose name begins with a dot.
 *
 * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for a script that is not named like a migration, and for two of one
 * version or one class name
 */
export async function discover(folder: string): Promise<MigrationFile[]> {
  const scripts = (await filesIn(folder)).filter(
    (name) => /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name) && !name.startsWith('.'),
  );
  const files = scripts.map((fileName) => {
    const parsed = parseFileName(fileName);
    if (parsed !== undefined) return { ...parsed, path: join(folder, fileName) };
    throw new MigrationInvalid(`${join(folder, fileName)} is not named like a migration.`, {
      hint: 'Name it YYYYMMDDHHMMSS_what_it_does.ts (or .js), or keep it elsewhere: ar generate migration makes such names.',
    });
  });
  files.sort((a, b) => (a.version < b.version ? -1 : 1));
  requireUnique(
    files,
    ({ version }) => version,
    'version',
    'Give one of them another time; delete one where it was compiled from the other.',
  );
  requireUnique(files, ({ className }) => className, 'name', 'Rename one of them.');
  return files;
}

/** What a file says, whatever ends its lines and whether an editor has put a byte order mark in front of it. */
export async function hashOfFile({ path }: MigrationFile): Promise<string> {
  const text = await readFile(path, 'utf8');
  return createHash('sha256')
    .update(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
    .digest('hex');
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new MigrationInvalid(`The folder of migrations ${folder} cannot be read: ${reason(error)}.`, {
      cause: error,
    });
  }
}

function requireUnique(
  files: readonly MigrationFile[],
  keyOf: (file: MigrationFile) => string,
  what: string,
  hint: string,
): void {
  const seen = new Map<string, MigrationFile>();
  for (const file of files) {
    const key = keyOf(file);
    const first = seen.get(key);
    if (first !== undefined)
      throw new MigrationInvalid(`Two migrations have the ${what} ${key}: ${first.path} and ${file.path}.`, { hint });
    seen.set(key, file);
  }
}

/**
 * Loads a migration file and makes an instance of its class.
 *
 * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) where the file cannot be loaded, or exports no migration that can run
 */
export async function loadMigration(file: MigrationFile): Promise<LoadedMigration> {
  const hash = await hashOfFile(file);
  const exported = defaultExport(await load(file));
  if (typeof exported !== 'function') {
    throw new MigrationInvalid(`${file.path} has no class as its default export.`, {
      hint: `Write: export default class ${file.className} extends Migration { change() { … } }`,
    });
  }
  const instance = construct(exported, file);
  const queue = Migration.queueOf(instance);
  if (queue === undefined) {
    throw new MigrationInvalid(`The class that ${file.path} exports does not extend Migration.`, {
      hint: "Write: import { Migration } from 'active-record-ts'. If it does, two copies of active-record-ts are installed.",
    });
  }
  const [change, up, down] = (['change', 'up', 'down'] as const).map((name) => stepOf(instance, name));
  const problem = stepProblem(change, up, down);
  if (problem !== undefined)
    throw new MigrationInvalid(`${file.path} ${problem}.`, { hint: 'A migration has change(), or up() and down().' });
  return { queue, hash, change, up, down, disableTransaction: Reflect.get(exported, 'disableTransaction') === true };
}

async function load(file: MigrationFile): Promise<unknown> {
  try {
    return await importModule(file.path);
  } catch (cause) {
    throw new MigrationInvalid(`${file.path} could not be loaded: ${reason(cause)}.`, { cause });
  }
}

function defaultExport(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
}

function construct(exported: Function, file: MigrationFile): object {
  try {
    const instance: unknown = Reflect.construct(exported, []);
    if (typeof instance === 'object' && instance !== null) return instance;
  } catch (cause) {
    throw new MigrationInvalid(`The class that ${file.path} exports could not be constructed: ${reason(cause)}.`, {
      cause,
    });
  }
  throw new MigrationInvalid(`${file.path} exports a function that makes no object.`, {
    hint: 'Export a class that extends Migration.',
  });
}

function stepOf(instance: object, name: string): Step | undefined {
  const step: unknown = Reflect.get(instance, name);
  return typeof step === 'function' ? () => Reflect.apply(step, instance, []) : undefined;
}

function stepProblem(change: unknown, up: unknown, down: unknown): string | undefined {
  if (change !== undefined && (up !== undefined || down !== undefined)) return 'has change() beside up() or down()';
  if (change === undefined && up === undefined)
    return down === undefined ? 'says nothing to do' : 'has down(), but no up()';
  return undefined;
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
