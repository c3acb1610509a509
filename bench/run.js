// npm run bench [-- --sqlite | --postgres | --url mysql://…] [--short | --write] …: measures this library beside the drivers
// and its peers, on the Node that this folder names. What is measured is the packed package.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { options } from './options.js';

parseArgs({ options });
const bench = fileURLToPath(new URL('.', import.meta.url));
const root = join(bench, '..');

if (!existsSync(join(root, 'dist/index.js'))) fail('dist/ is missing: run npm ci first (or npm run build).');
if (!existsSync(join(bench, 'node_modules/node/bin'))) {
  console.error('installing what is measured (once)');
  // Scripts of peers would download engines that they do not use here.
  command(bench, 'npm', 'ci', '--ignore-scripts');
  command(bench, 'npm', 'rebuild', 'node');
}
installPacked();
const { status, signal } = spawnSync(nodeOfBench(), [join(bench, 'main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? (signal === null ? 0 : 1);

function installPacked() {
  for (const name of readdirSync(bench)) if (name.endsWith('.tgz')) rmSync(join(bench, name));
  command(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', bench);
  const tarball = readdirSync(bench).find((name) => name.endsWith('.tgz'));
  command(bench, 'npm', 'install', '--no-save', '--ignore-scripts', '--prefer-offline', join(bench, tarball));
  rmSync(join(bench, tarball));
}

function nodeOfBench() {
  const file = join(bench, 'node_modules/node/bin/node');
  return existsSync(file) ? file : fail('Node was not installed: remove bench/node_modules, and run again.');
}

function command(cwd, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) fail(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
