// Compiles lib/ with the TypeScript compiler, puts its hundreds of modules together into a few files (reading each by
// itself took most of the time that a program needs to start), and lets the new folder take the place of dist/: no deleted
// file stays published, and whoever runs the command meanwhile finds one build or the other, never half of one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = mkdtempSync(join(root, 'dist.'));
const fresh = mkdtempSync(join(root, 'dist.'));
try {
  compile('--outDir', modules, '--declaration', 'false');
  compile('--outDir', fresh, '--emitDeclarationOnly');
  await bundle();
  checkPlaces();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
} finally {
  for (const folder of [modules, fresh]) rmSync(folder, { recursive: true, force: true });
}

/** @param {string[]} options */
function compile(...options) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), ...options];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error('lib/ does not compile.');
}

/** What one entry needs and another does not stays a file of its own: a list of migrations loads no models. */
async function bundle() {
  const build = await rolldown({
    input: Object.fromEntries(
      ['index', 'testing/index', 'cli/main'].map((name) => [name, join(modules, `${name}.js`)]),
    ),
    external: (id) => !id.startsWith('.') && !id.startsWith(modules),
    platform: 'node',
  });
  await build.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
    // Tables are named after classes, and messages say functions' names.
    keepNames: true,
    // They stand in the declarations, where editors look; here each program that starts would read half a megabyte of them.
    comments: { legal: true, annotation: true, jsdoc: false },
  });
  await build.close();
}

/** Modules find the package's own files from where they stand: one folder below dist/, in lib/ as in what is built. */
function checkPlaces() {
  for (const file of readdirSync(fresh, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js') || !/\bimport\.meta\.url\b/.test(readFileSync(join(fresh, file), 'utf8'))) continue;
    if (file.split(sep).length !== 2)
      throw new Error(`dist/${file} asks for its own place, and is not where lib/ has it.`);
  }
}
