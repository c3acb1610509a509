/** W9: from nothing to the first record, in fresh processes: time, peak memory, and which files are read for it. */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './rounds.js';

const own = 'active-record-ts';

/**
 * What a process runs. It is given as text, so that it reads no file but those of the system. It looks at the clock that
 * its parent looks at before it starts it (the monotonic one, which all processes share), so that both the start of Node
 * and the import are in the time, and what the parent does with the answer is not.
 *
 * Linux says by `maxRSS` at least what the parent had in memory when it started the process; `VmHWM` is of this alone.
 */
const program = `
const [file, url, dialect] = process.argv.slice(1);
let system;
if (file !== '') {
  system = await (await import('./systems/' + file + '.js')).open(url, dialect);
  if (Number((await system.find(1)).id) !== 1) throw new Error('another record was found');
}
const end = process.hrtime.bigint();
const { readFileSync, writeSync } = process.getBuiltinModule('node:fs');
const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
const peak = Number(/VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
writeSync(1, JSON.stringify({ end: String(end), memory: peak / 1024 }));
await system?.close();
`;

/** Writes down each file that is read, by `import` or `require`: first for the import of a package alone, then up to a record. */
const listing = `
const [file, url, dialect, name] = process.argv.slice(1);
const read = new Set();
const addon = process.dlopen;
process.dlopen = (module, path, ...rest) => {
  read.add('file://' + path);
  return addon.call(process, module, path, ...rest);
};
process.getBuiltinModule('node:module').registerHooks({
  load(address, context, next) {
    if (!address.startsWith('node:')) read.add(address);
    return next(address, context);
  },
});
const builtins = () => process.moduleLoadList.filter((each) => each === 'NativeModule sqlite').map(() => 'node:sqlite');
if (name !== undefined) await import(name);
const imported = [...read, ...builtins()];
const system = await (await import('./systems/' + file + '.js')).open(url, dialect);
await system.find(1);
const all = [...read, ...builtins()];
process.getBuiltinModule('node:fs').writeSync(1, JSON.stringify({ imported, all }));
await system.close();
`;

/** What this library reads for nobody who has not asked for it: drivers, the command line, validators. */
const optional = (
  'mysql2 pg better-sqlite3 node:sqlite commander @clack/prompts @clack/core jiti picocolors zod valibot arktype ' +
  `typescript ${own}/cli ${own}/testing`
).split(' ');
const drivers = { mysql: ['mysql2'], postgres: ['pg'], sqlite: ['better-sqlite3', 'node:sqlite'] };

/**
 * @param database - full, as `createDatabase` gives it
 * @param {string} execPath - the Node that is started
 * @param {string[]} systems - names of files in systems/, the plain driver first
 * @returns by name of the file, medians: `ms` to the first record, `over` the plain driver, `memory` in MiB,
 * `memoryRatio` to the plain driver, and how many `files` were read; `empty` is Node that runs nothing. Of this library
 * also the `importedFiles` of its import alone, and the optional packages that were read too early: `early`, to be empty.
 */
export async function measureCold({ database, execPath, systems, rounds = 11, log = () => {} }) {
  const run = (text, file, ...rest) => start(execPath, text, file, database.url, database.dialect, ...rest);
  const figures = new Map(['', ...systems].map((file) => [file, []]));
  const turns = [...figures.keys()];
  // The first round only brings the files into the system's cache.
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < turns.length; turn++) {
      const file = turns[(turn + round) % turns.length];
      const begin = process.hrtime.bigint();
      const { end, memory } = await run(program, file);
      if (round > 0) figures.get(file).push({ ms: Number(BigInt(end) - begin) / 1e6, memory });
    }
  }
  const plain = figures.get(systems[0]);
  const results = {};
  for (const [file, all] of figures) {
    const figure = {
      ms: median(all.map(({ ms }) => ms)),
      // Of each round the difference, so that a slow moment of the machine is in both.
      over: median(all.map(({ ms }, round) => ms - plain[round].ms)),
      memory: median(all.map(({ memory }) => memory)),
      memoryRatio: median(all.map(({ memory }, round) => memory / plain[round].memory)),
    };
    if (file !== '') Object.assign(figure, await filesOf(file, database.dialect, run));
    results[file || 'empty'] = figure;
    const { ms, over, memory, memoryRatio, files = 0, early } = figure;
    log(
      `W9   ${(file || 'empty').padEnd(18)} ${ms.toFixed(1)} ms (${over.toFixed(1)} over ${systems[0]}), ` +
        `${memory.toFixed(1)} MiB (${memoryRatio.toFixed(2)}), ${files} files` +
        (early === undefined ? '' : `; read too early: ${early.join(', ') || 'nothing'}`),
    );
  }
  return results;
}

/** In a run of its own, which is not timed. */
async function filesOf(file, dialect, run) {
  const { imported, all } = await run(listing, file, ...(file === own ? [own] : []));
  const inPackages = (addresses) => addresses.filter((address) => address.includes('/node_modules/')).length;
  if (file !== own) return { files: inPackages(all) };
  const isEarly = (name) => (drivers[dialect].includes(name) ? imported : all).some((address) => isOf(address, name));
  return { files: inPackages(all), importedFiles: inPackages(imported), early: optional.filter(isEarly) };
}

/** Whether a file is of a package, or of a folder in this library's own. */
function isOf(address, name) {
  if (name.startsWith(`${own}/`)) return address.includes(`/node_modules/${name.replace('/', '/dist/')}/`);
  return address === name || address.includes(`/node_modules/${name}/`);
}

function start(execPath, text, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(execPath, ['--no-warnings', '--input-type=module', '--eval', text, '--', ...args], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`${args[0]} ended with code ${code}`));
    });
  });
}

// To try: node cold.js mysql://root@127.0.0.1:3306/ mysql2 active-record-ts
if (basename(process.argv[1] ?? '') === 'cold.js') {
  const { createDatabase } = await import('./database.js');
  const [server = 'mysql://root@127.0.0.1:3306/', ...systems] = process.argv.slice(2);
  const database = await createDatabase(server);
  try {
    await measureCold({
      database,
      execPath: process.execPath,
      systems: systems.length > 0 ? systems : ['mysql2', own],
      log: console.error,
    });
  } finally {
    await database.drop();
  }
}
