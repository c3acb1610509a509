/** The floor plan of lib/: who may import whom. Type imports count: a circle of types is a circle of meaning. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-5.9';
import { describe, expect, test } from 'vitest';

/** From the ground up: a file imports from its own folder, or from one that stands before it. */
const layers = [
  'support',
  'errors',
  'secrets',
  'types',
  'sql',
  'adapters',
  'connection',
  'schema',
  'migrations',
  'record',
  'relation',
  'associations',
  'model',
  'session',
  'testing',
  'cli',
  'index.ts',
];
const entryPoints = ['index.ts', 'testing/index.ts'];
const maxLines = 400;

const lib = fileURLToPath(new URL('../../lib', import.meta.url));

interface SourceFile {
  /** Under lib/, with slashes: `sql/compile.ts`. */
  readonly path: string;
  readonly text: string;
  /** The files of lib/ that it imports or re-exports, whether for a type or a value, at once or later. */
  readonly imports: readonly string[];
}

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const imports = ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => slashed(relative(lib, resolve(dirname(file), name))));
  return { path: slashed(relative(lib, file)), text, imports: [...new Set(imports)] };
}

const slashed = (path: string): string => path.split(sep).join('/');

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readSource(join(lib, name)));
const byPath = new Map(files.map((file) => [file.path, file]));

const layerOf = (path: string): number => layers.indexOf(path.split('/')[0] ?? '');

function reaches(from: string, wanted: string, seen = new Set<string>()): boolean {
  if (from === wanted) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return byPath.get(from)?.imports.some((next) => reaches(next, wanted, seen)) ?? false;
}

/** Every import from which a way leads back: to end a circle, one of them has to go. */
function circularImports(): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((target) => reaches(target, path)).map((target) => `${path} → ${target}`),
  );
}

/** Files that only pass on what other files declare. */
function isBarrel({ path, text }: SourceFile): boolean {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  const passedOn = statements.filter((each) => ts.isExportDeclaration(each) && each.moduleSpecifier !== undefined);
  const others = statements.filter((each) => !ts.isImportDeclaration(each) && !ts.isExportDeclaration(each));
  return passedOn.length > 0 && others.length === 0;
}

describe('lib/', () => {
  test('every file belongs to a layer', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.map(({ path }) => path).filter((path) => layerOf(path) === -1)).toEqual([]);
  });

  test('every import leads to a file', () => {
    const dead = files.flatMap(({ path, imports }) =>
      imports.filter((target) => !byPath.has(target)).map((target) => `${path} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test('no file imports from a higher layer', () => {
    const upwards = files.flatMap(({ path, imports }) =>
      imports.filter((target) => layerOf(target) > layerOf(path)).map((target) => `${path} → ${target}`),
    );
    expect(upwards).toEqual([]);
  });

  test('no imports go round in a circle', () => {
    expect(circularImports()).toEqual([]);
  });

  test('only the entry points are barrels', () => {
    const barrels = files.filter(isBarrel).map(({ path }) => path);
    expect(barrels.filter((path) => !entryPoints.includes(path))).toEqual([]);
    expect(barrels).toContain('index.ts');
  });

  test(`no file has more than ${maxLines} lines`, () => {
    const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > maxLines)).toEqual([]);
  });
});
