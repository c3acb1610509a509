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

const tasks = {
  answers: () => answersOf(system, newUser, database),
  measure: ({ workload, begin, most }) => measure(system, workload, begin, most),
  heap: async () => {
    await system.load();
    globalThis.gc();
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    const users = await system.load();
    globalThis.gc();
    globalThis.gc();
    return (process.memoryUsage().heapUsed - before) / users.length;
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
