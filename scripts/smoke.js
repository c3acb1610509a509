// Proves that the package works the way users get it: packed, installed into an empty folder, and run by each Node line
// it supports. Prints one line per check and exits with 1 when one failed.
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { addBetterSqlite3, attempt, check, copyModules, pack, root, run, temp } from './checks.js';

/** Lines of Node that bring `node:sqlite` and run TypeScript themselves; fetched, because this one may be older. */
const newerNodes = ['22', '24'];

const program = `import { BaseModel, column, connect, createAll } from 'active-record-ts';
import { assertQueries } from 'active-record-ts/testing';

class User extends BaseModel.with({ id: column.id(), name: column.string(), ...column.timestamps() }) {}

const connection = await connect('sqlite:smoke.sqlite3');
await createAll([User]);
const ada = await User.create('Ada');
const found = await assertQueries(1, () => User.find(ada.id));
const name: string = found.name;
console.log(name);
await connection.close();
`;

const manifest = { private: true, type: 'module', allowScripts: { node: true, 'better-sqlite3': true } };

/** Without skipLibCheck: the published declarations themselves are checked, not only what the program uses of them. */
const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    rootDir: '.',
    outDir: 'out',
  },
  files: ['smoke.ts'],
};

/** @param {string} name */
function emptyProject(name) {
  const folder = join(temp, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/**
 * Errors inside other packages' declarations are theirs; anything else tsc says is ours.
 * @param {string} project
 */
function compile(project) {
  const { ok, output } = attempt(project, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
  if (ok) return undefined;
  const isForeign = (/** @type {string} */ line) => /^node_modules\/(?!active-record-ts\/).*: error TS/.test(line);
  const lines = output.split('\n').filter((line) => line.includes('error TS'));
  const ours = lines.filter((line) => !isForeign(line));
  if (lines.length === 0 || ours.length > 0) throw new Error(ours.join('\n') || output);
  return `${lines.length} errors in the declarations of other packages`;
}

/**
 * Runs in a folder of its own, so that each Node begins without a database.
 * @param {string} project
 * @param {string} node
 * @param {string} file
 */
function runProgram(project, node, file) {
  const folder = mkdtempSync(join(project, 'run-'));
  const stdout = run(folder, node, join(project, file));
  if (stdout !== 'Ada') throw new Error(`printed ${JSON.stringify(stdout)} instead of "Ada"`);
  if (!existsSync(join(folder, 'smoke.sqlite3'))) throw new Error('left no smoke.sqlite3 in its working directory');
}

/** @param {string} major */
function fetchNode(major) {
  const folder = emptyProject(`node-${major}`);
  run(folder, 'npm', 'install', '--no-save', '--prefix', folder, `node@${major}`);
  return join(folder, 'node_modules/node/bin/node');
}

const plain = emptyProject('plain');

let tarball = '';
const isInstalled =
  check('npm pack', () => {
    tarball = pack();
    return undefined;
  }) &&
  check('npm install of the tarball into an empty folder', () => {
    run(plain, 'npm', 'install', '--prefix', plain, tarball);
    return basename(tarball);
  });

if (!isInstalled) {
  console.log('the other checks need the installed package');
  process.exit(1);
}

writeFileSync(join(plain, 'smoke.ts'), program);
writeFileSync(join(plain, 'tsconfig.json'), JSON.stringify(tsconfig));

check('npx ar --help prints its usage', () => {
  const stdout = run(plain, 'npx', '--no', '--', 'ar', '--help');
  if (!/usage/i.test(stdout)) throw new Error(`no usage in: ${stdout}`);
  return undefined;
});

// npm puts node_modules/.bin first on the PATH of install scripts, where the build of a native addon, better-sqlite3
// without a prebuilt binary for one, means the archiver of the system when it calls `ar`.
check('native addons still build beside the package: `ar crs` reaches the archiver', () => {
  if (!attempt(plain, 'ar', '--version').ok) return 'not tried, no archiver on this system';
  writeFileSync(join(plain, 'member.txt'), '');
  const path = [join(plain, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  run(plain, 'env', `PATH=${path}`, 'ar', 'crs', 'archive.a', 'member.txt');
  if (!existsSync(join(plain, 'archive.a'))) throw new Error('`ar crs archive.a member.txt` made no archive');
  return undefined;
});

const withDriver = join(temp, 'with-driver');
cpSync(plain, withDriver, { recursive: true, verbatimSymlinks: true });
copyModules(withDriver, '@types/node', 'undici-types');
check('a program compiles against the published declarations', () => compile(withDriver));
check(`the program runs on Node ${process.versions.node}`, () => {
  const remark = addBetterSqlite3(withDriver);
  runProgram(withDriver, process.execPath, 'out/smoke.js');
  return remark;
});

for (const major of newerNodes) {
  check(`the TypeScript program runs on Node ${major}`, () => {
    const isThis = process.versions.node.startsWith(`${major}.`);
    const node = isThis ? process.execPath : fetchNode(major);
    const version = run(plain, node, '--version');
    if (!version.startsWith(`v${major}.`)) throw new Error(`${version} was fetched`);
    runProgram(plain, node, 'smoke.ts');
    return `${version}, node:sqlite`;
  });
}
