/** One system in a process of its own: what another one leaves in memory, or teaches the compiler, is not its concern. */
import { answersOf } from './answers.js';
import { newUser } from './data.js';
import { measure } from './workloads.js';

const [file, url, dialect] = process.argv.slice(2);
const module = await import(`./systems/${file}.js`);
const system = await module.open(url, dialect);

/** What the parent does for this process with its own connection. */
const asked = (what) =>
  new Promise((resolve) => {
    process.once('message', ({ answer }) => resolve(answer));
    process.send({ ask: what });
  });
const database = { restore: () => asked('restore'), countNew: () => asked('countNew') };

/** Of which nothing is garbage. */
let kept;
async function heapUsed() {
  // In another turn: until then what was awaited last is still held.
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const tasks = {
  answers: () => answersOf(system, newUser, database),
  measure: ({ workload, begin, most }) => measure(system, workload, begin, most),
  heap: async () => {
    await system.load();
    const before = await heapUsed();
    kept = await system.load();
    return ((await heapUsed()) - before) / kept.length;
  },
  close: () => system.close(),
};

process.on('message', async ({ task, ...options }) => {
  if (task === undefined) return;
  try {
    process.send({ result: (await tasks[task](options)) ?? null });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.send({ result: 'ready' });
