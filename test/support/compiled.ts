/** The library as the tests and the processes that they start run it: compiled once for all tests of a run. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Types are checked elsewhere: here their mistakes hold nobody up. */
export function compile(folder: string): void {
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const options = ['--outDir', folder, '--noCheck', '--declaration', 'false', '--sourceMap'];
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`, ...options], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`The sources could not be compiled:\n${stdout}`);
}

/**
 * Imports of the library's sources become imports of what is compiled, which Node loads by itself: a third of the time
 * of all tests went to Vite, which loads each of the many files anew for each file of tests.
 */
export function compiledLibrary(sources: string, folder: string): Plugin {
  const entries = new Map([
    ['active-record-ts', `${sources}/index.ts`],
    ['active-record-ts/testing', `${sources}/testing/index.ts`],
  ]);
  return {
    name: 'compiled-library',
    enforce: 'pre',
    resolveId(source, importer) {
      const file =
        entries.get(source) ?? (importer && source.startsWith('.') ? resolve(dirname(importer), source) : source);
      if (!file.startsWith(`${sources}/`)) return null;
      return { id: `${folder}/${relative(sources, file).replace(/\.ts$/, '.js')}` };
    },
  };
}
