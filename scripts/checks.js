// What the scripts share that try the packed package: a temporary folder, commands in it, and a line for each check.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Gone when the process ends. */
export const temp = mkdtempSync(join(tmpdir(), 'ar-packed-'));
process.on('exit', () => rmSync(temp, { recursive: true, force: true }));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));

/**
 * Prints one line. A check that fails makes the process end with 1.
 * @param {string} name
 * @param {() => string | undefined} action returns a remark; what it throws is why the check failed
 * @returns {boolean}
 */
export function check(name, action) {
  const start = Date.now();
  try {
    const remark = action();
    console.log(`ok      ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)${remark ? ` — ${remark}` : ''}`);
    return true;
  } catch (error) {
    process.exitCode = 1;
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`failed  ${name}\n${reason.replaceAll(/^/gm, '          ')}`);
    return false;
  }
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
export function attempt(cwd, command, ...args) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 240_000 });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  return { ok: result.status === 0, stdout: (result.stdout ?? '').trim(), output: result.error?.message ?? output };
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
export function run(cwd, command, ...args) {
  const { ok, stdout, output } = attempt(cwd, command, ...args);
  if (!ok) throw new Error(`${[command, ...args].join(' ')} failed:\n${output}`);
  return stdout;
}

/**
 * The packed package: what npm would publish.
 * @param {string[]} options of `npm pack`
 * @returns the path of the tarball
 */
export function pack(...options) {
  run(root, 'npm', 'pack', ...options, '--pack-destination', temp);
  const name = readdirSync(temp).find((each) => each.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack left no tarball');
  return join(temp, name);
}

/**
 * @param {string} project
 * @param {string[]} names
 */
export function copyModules(project, ...names) {
  for (const name of names) {
    cpSync(join(root, 'node_modules', name), join(project, 'node_modules', name), { recursive: true });
  }
}

/**
 * Building better-sqlite3 from source takes most of a minute, so the one of this repository is taken when it runs.
 * @param {string} project
 */
export function addBetterSqlite3(project) {
  if (attempt(root, process.execPath, '-e', "new (require('better-sqlite3'))(':memory:').close()").ok) {
    copyModules(project, 'better-sqlite3', 'bindings', 'file-uri-to-path');
    return 'better-sqlite3 copied from this repository';
  }
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = `better-sqlite3@${devDependencies['better-sqlite3']}`;
  run(project, 'npm', 'install', '--no-save', '--prefix', project, wanted);
  return 'better-sqlite3 installed';
}
