// Measures, on the Node of this folder. Started by run.js, which prepares what is measured.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createDatabase } from './database.js';
import { options } from './options.js';
import { checkRecorded } from './recorded.js';
import { keepResults } from './report.js';
import { countStatements, measureRounds } from './rounds.js';
import { Worker } from './workers.js';
import { shares, workloads } from './workloads.js';

const { values } = parseArgs({ options });
const server = values.sqlite
  ? 'sqlite'
  : values.postgres
    ? (process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/')
    : values.url;
/** What all others are compared with. */
const plain = { mysql: 'mysql2', postgres: 'pg', sqlite: 'node-sqlite' };
const own = 'active-record-ts';
const log = (text) => console.error(text);

const database = await createDatabase(server);
const workers = [];
try {
  const systems = await chosenSystems();
  log(`${database.title}, Node ${process.version}: ${systems.map(({ name }) => name).join(', ')}`);
  for (const { file } of systems) await start(file);
  await compareAnswers();
  const names = values.workloads?.split(',') ?? Object.keys(workloads);
  const figures = {};
  for (const name of names) figures[name] = await measure(name);
  if (values.short)
    await checkRecorded({ dialect: database.dialect, figures, own, measureAfresh, record: values.record });
  else if (values.write) await keepResults(database, systems, figures, await furtherFigures(systems, names));
} finally {
  for (const worker of workers) worker.kill();
  await database.drop();
}

/** The plain driver first. */
async function chosenSystems() {
  const first = plain[database.dialect];
  const files = readdirSync(new URL('systems', import.meta.url))
    .filter((name) => name.endsWith('.js') && name !== 'by-driver.js')
    .map((name) => name.slice(0, -3));
  const wanted = values.short ? [first, own] : (values.systems?.split(',') ?? files);
  const unknown = wanted.filter((name) => !files.includes(name));
  if (unknown.length > 0) throw new Error(`There is no system "${unknown.join('", "')}", only ${files.join(', ')}.`);
  const modules = await Promise.all(
    [...new Set([first, own, ...wanted])].map(async (file) => ({ file, ...(await import(`./systems/${file}.js`)) })),
  );
  return modules.filter(({ dialects }) => dialects.includes(database.dialect));
}

async function measure(name) {
  const share = shares[database.dialect] * (values.short ? 0.5 : 1);
  const figures = await measureRounds(name, workers, Number(values.rounds), share, database);
  log(line(name, figures));
  return figures;
}

/**
 * In fresh processes: what the workloads before have taught the compiler and the collector stays with a process, however
 * often it is measured.
 */
async function measureAfresh(name) {
  const files = workers.map(({ file }) => file);
  for (const worker of workers.splice(0)) worker.kill();
  for (const file of files) await start(file);
  return measure(name);
}

async function start(file) {
  const worker = new Worker(file, database, process.execPath);
  workers.push(worker);
  await worker.ready();
}

async function compareAnswers() {
  const expected = await workers[0].do('answers');
  for (const worker of workers.slice(1)) {
    const answers = await worker.do('answers');
    for (const [name, answer] of Object.entries(expected)) {
      if (answers[name] !== answer)
        throw new Error(`${worker.file} answers otherwise to ${name}: ${answers[name]}, not ${answer}`);
    }
  }
  log(`all answer alike, to ${Object.keys(expected).length} workloads`);
}

/** Statements per operation, heap per record, and the cold start. */
async function furtherFigures(systems, names) {
  const statements = {};
  for (const name of names) {
    statements[name] = {};
    for (const worker of workers) statements[name][worker.file] = await countStatements(name, worker, database);
  }
  const heap = {};
  for (const worker of workers) heap[worker.file] = await worker.do('heap');
  const files = systems.map(({ file }) => file);
  const { measureCold } = await import('./cold.js');
  const cold = await measureCold({ database, execPath: process.execPath, systems: files, log });
  return { statements, heap, cold };
}

function line(name, figures) {
  const { title } = workloads[name];
  const ratios = Object.entries(figures).map(
    ([file, { ratio, wall, cpuRatio }]) =>
      `${file} ${ratio.toFixed(2)} (${wall.toFixed(0)} µs, CPU ${cpuRatio.toFixed(2)})`,
  );
  return `${name.padEnd(4)} ${title.padEnd(27)} ${ratios.join(' · ')}`;
}
