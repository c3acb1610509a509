// npm run examples [-- rest-api cli] [--types]: installs each example with the packed package into a temporary folder and
// runs its tests, on SQLite and, where it can be reached (MYSQL_URL, or the default port), on MySQL or MariaDB. With
// --types their types are checked, and nothing is run. Prints one line per check and exits with 1 when one failed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { addBetterSqlite3, check, copyModules, pack, root, run, temp } from './checks.js';

const examples = readdirSync(join(root, 'examples'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { types: { type: 'boolean' } } });
const unknown = positionals.filter((name) => !examples.includes(name));
if (unknown.length > 0) {
  console.error(`There is no example "${unknown.join('", "')}", only ${examples.join(' and ')}.`);
  process.exit(2);
}

const server = process.env.MYSQL_URL ?? 'mysql://root@127.0.0.1:3306';
const hasServer = !values.types && (process.env.MYSQL_URL !== undefined || (await answers(new URL(server))));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

let tarball = '';
const isPacked = check('npm pack', () => {
  if (!existsSync(join(root, 'dist/index.js')))
    throw new Error('dist/ is missing: run npm ci first (or npm run build).');
  tarball = pack('--ignore-scripts');
  return basename(tarball);
});
if (isPacked) for (const name of positionals.length > 0 ? positionals : examples) tryExample(name);
if (isPacked && !values.types && !hasServer) console.log('note    MySQL or MariaDB was not found: set MYSQL_URL');

/** @param {string} name */
function tryExample(name) {
  const project = join(temp, name);
  const isInstalled = check(`${name}: npm install, with the packed package`, () => {
    const wanted = (/** @type {string} */ path) => !/[/\\](?:node_modules|out)$|\.sqlite3/.test(path);
    cpSync(join(root, 'examples', name), project, { recursive: true, filter: wanted });
    const file = join(project, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.dependencies['active-record-ts'] = `file:${tarball}`;
    writeFileSync(file, JSON.stringify(manifest));
    const options = values.types ? ['--omit=dev'] : [];
    run(project, 'npm', 'install', '--no-package-lock', '--prefer-offline', ...options);
    if (values.types) copyModules(project, '@types/node', 'undici-types');
    return values.types || hasSqlite ? undefined : addBetterSqlite3(project);
  });
  if (!isInstalled) return;
  // The compiler of this repository is there already, and the faster one.
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (!check(`${name}: types`, () => void run(project, process.execPath, compiler, '-p', '.'))) return;
  if (values.types) return;
  check(`${name}: tests on SQLite`, () => testsOf(project));
  if (hasServer)
    check(`${name}: tests on MySQL or MariaDB`, () => onServer(project, `ar_example_${name.replace('-', '_')}`));
}

/**
 * The compiled tests; `npm test` would compile them again for each database.
 * @param {string} project
 * @param {string} [url]
 */
function testsOf(project, url) {
  const { DATABASE_URL: _, ...env } = process.env;
  const files = readdirSync(join(project, 'out/test')).filter((name) => name.endsWith('.test.js'));
  // One file after the other: they share the rows of one database.
  const result = spawnSync(
    process.execPath,
    ['--test', '--test-concurrency=1', ...files.map((name) => join('out/test', name))],
    {
      cwd: project,
      encoding: 'utf8',
      timeout: 240_000,
      env: { ...env, ...(url === undefined ? {} : { DATABASE_URL: url }) },
    },
  );
  const passed = Number(/^# pass (\d+)$/m.exec(result.stdout)?.[1] ?? /^ℹ pass (\d+)$/m.exec(result.stdout)?.[1] ?? 0);
  if (result.status !== 0 || passed === 0)
    throw new Error(`${result.error?.message ?? ''}${result.stdout}${result.stderr}`);
  return `${passed} tests`;
}

/**
 * @param {string} project
 * @param {string} database
 */
function onServer(project, database) {
  const url = new URL(server);
  url.pathname = `/${database}`;
  const ar = (/** @type {string[]} */ ...args) => run(project, 'npx', '--no', '--', 'ar', ...args, '--url', url.href);
  ar('create');
  try {
    return testsOf(project, url.href);
  } finally {
    ar('drop', '--force');
  }
}

/**
 * Whether anybody listens there.
 * @param {URL} url
 * @returns {Promise<boolean>}
 */
function answers(url) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: url.hostname, port: Number(url.port || 3306), timeout: 1000 });
    const end = (/** @type {boolean} */ found) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => end(true));
    for (const event of ['error', 'timeout']) socket.once(event, () => end(false));
  });
}
