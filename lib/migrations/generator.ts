import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandInvalid } from '../errors/migration.ts';
import { classNameOf, pascalCase, snakeCase, tableNameOf } from '../support/naming.ts';
import { type ColumnArgument, parseColumnArgument } from './column-argument.ts';
import { fileNameOf, nextVersion } from './file-name.ts';
import { ledgerTable } from './ledger.ts';
import { discover } from './source.ts';
import { type GeneratedAssociation, migrationText, modelText, purposeOf } from './templates.ts';

/** Attributes that a new table has without being told. */
const givenColumns = ['id', 'createdAt', 'updatedAt'];

/** A file that is to be written. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A new migration, of what its name and columns say: `CreateUsers name:string`, `AddAgeToUsers age:integer?`,
 * `RemoveAgeFromUsers age:integer?`, `CreateJoinTableUsersTeams`; for any other name an empty `change()`.
 *
 * @param folder - the folder of the migrations, in which it will be the newest
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) for a name that is no class name or is taken, and for columns that are
 * not understood
 */
export async function generateMigration(
  folder: string,
  name: string,
  columns: readonly string[],
  now = new Date(),
): Promise<GeneratedFile> {
  const className = classNameFor(name, 'migration', 'CreateUsers');
  const purpose = purposeOf(snakeCase(className));
  if ('table' in purpose) requireOwnTable(purpose.table);
  if (!('table' in purpose) && columns.length > 0) {
    throw new CommandInvalid(`A migration named ${className} does not say what its columns are for.`, {
      hint: 'Name it CreateUsers, AddAgeToUsers or RemoveAgeFromUsers; or leave the columns out.',
    });
  }
  const parsed = parseColumns(columns, purpose.kind === 'create' ? givenColumns : []);
  const existing = await discover(folder);
  const same = existing.find((file) => file.className === className);
  if (same !== undefined) {
    throw new CommandInvalid(`There is a migration named ${className}: ${same.path}.`, {
      hint: 'Choose another name.',
    });
  }
  const version = nextVersion(
    existing.map((file) => file.version),
    now,
  );
  return { path: join(folder, fileNameOf(version, className)), text: migrationText(className, purpose, parsed) };
}

/** A new model, with the name of the migration that creates its table. */
export interface GeneratedModel extends GeneratedFile {
  readonly migrationName: string;
}

/**
 * A new model: `User name:string age:integer?`.
 *
 * @param folder - the folder of the models
 * @param taken - names that no attribute can have
 * @param isThere - whether a file is there: an association leads only to models that exist
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) for a name that is no class name, and for columns that are not understood
 */
export function generateModel(
  folder: string,
  name: string,
  columns: readonly string[],
  taken: ReadonlySet<string> = new Set(),
  isThere: (path: string) => boolean = () => false,
): GeneratedModel {
  const className = requireFree(classNameOf(classNameFor(name, 'model', 'User')), 'model');
  requireOwnTable(tableNameOf(className));
  const parsed = parseColumns(columns, givenColumns);
  for (const { attribute, expression } of parsed) {
    if (!taken.has(attribute)) continue;
    throw new CommandInvalid(`An attribute cannot be named "${attribute}": every record has a member of that name.`, {
      hint: `Choose another name. For a column that is named so, write it by hand: ${attribute}Value: ${expression}.column('${snakeCase(attribute)}').`,
    });
  }
  return {
    path: join(folder, `${snakeCase(className)}.ts`),
    text: modelText(className, parsed, associationsOf(parsed, folder, className, isThere)),
    migrationName: `Create${pascalCase(tableNameOf(className))}`,
  };
}

/** A belongsTo for each reference whose model is there. */
function associationsOf(
  columns: readonly ColumnArgument[],
  folder: string,
  className: string,
  isThere: (path: string) => boolean,
): GeneratedAssociation[] {
  return columns.flatMap(({ reference }) => {
    if (reference === undefined) return [];
    const target = classNameOf(reference.table);
    const file = `${snakeCase(target)}.ts`;
    if (target !== className && !isThere(join(folder, file))) return [];
    const { name, nullable: optional } = reference;
    return { name, className: target, file: target === className ? undefined : file, optional };
  });
}

/**
 * Writes a file that does not exist yet, with its folder.
 *
 * @returns false where it exists: then nothing was written
 */
export async function writeNewFile({ path, text }: GeneratedFile): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function classNameFor(name: string, what: string, example: string): string {
  const className = pascalCase(name);
  if (/^[A-Z][A-Za-z\d]*$/.test(className) && name.length <= 100) return requireFree(className, what);
  throw new CommandInvalid(`"${name}" cannot be the name of a ${what}.`, {
    hint: `Use letters and digits, such as ${example}.`,
  });
}

/** Of this library, and of JavaScript itself: not those that only browsers or Node have, such as Event, which are good names. */
const takenClasses = new Set(
  (
    'Migration BaseModel Column ' +
    'Object Function Array Number Boolean String Symbol BigInt Date Promise RegExp Math JSON Map Set WeakMap WeakSet ' +
    'WeakRef Proxy Reflect Intl Atomics Iterator DataView ArrayBuffer SharedArrayBuffer FinalizationRegistry NaN Infinity ' +
    'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError Int8Array Uint8Array ' +
    'Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array'
  ).split(' '),
);

function requireFree(className: string, what: string): string {
  if (!takenClasses.has(className)) return className;
  throw new CommandInvalid(`A ${what} cannot be named ${className}: a class of that name is there already.`, {
    hint: what === 'model' ? `Choose another name, such as ${className}Entry.` : 'Choose another name.',
  });
}

function requireOwnTable(table: string): void {
  if (table !== ledgerTable) return;
  throw new CommandInvalid(`The table "${table}" is where the migrations that were run are remembered.`, {
    hint: 'Choose another name.',
  });
}

/** @param given - attributes that the file has without being told */
function parseColumns(columns: readonly string[], given: readonly string[]): ColumnArgument[] {
  const parsed = columns.map(parseColumnArgument);
  const seen = new Set<string>();
  for (const { attribute } of parsed) {
    if (given.includes(attribute))
      throw new CommandInvalid(`The column ${attribute} is there without being named.`, { hint: 'Leave it out.' });
    if (seen.has(attribute))
      throw new CommandInvalid(`The column ${attribute} is named twice.`, { hint: 'Leave one of them out.' });
    seen.add(attribute);
  }
  return parsed;
}
