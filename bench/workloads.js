/** What is measured: names, how often in a round, and one operation of each. */
import { newUser } from './data.js';

/** Keys in an order that no cache foresees, the same for all systems. */
const key = (turn) => 1 + ((turn * 7_919) % 10_000);
const hundred = (turn, most) => 1 + ((turn * 104_729) % (most - 99));

/**
 * `operations`: of one round, chosen so that the plain driver takes about a quarter of a second. A system that needs
 * longer ends its round after `longest` milliseconds.
 */
export const longest = 500;
/** SQLite answers in the process: the same number of operations would be over before it can be measured. */
export const shares = { mysql: 1, postgres: 1, sqlite: 5 };
export const workloads = {
  W1: { title: 'find by key', operations: 3_000, run: (system, turn) => system.find(key(turn)) },
  W2: { title: 'where, order, limit 50', operations: 800, run: (system, turn) => system.some(turn % 100) },
  W3: { title: 'load 10,000', operations: 12, run: (system) => system.load() },
  W3t: { title: 'load 10,000, read all', operations: 10, run: loadAndRead },
  W4: { title: 'create', operations: 600, writes: true, run: (system, turn) => system.create(newUser(turn)) },
  W5: { title: 'insert 1,000 at once', operations: 10, writes: true, run: insertMany },
  W6: { title: 'find, change, save', operations: 500, writes: true, run: (system, turn) => system.change(key(turn)) },
  W7: {
    title: '100 users, posts, comments',
    operations: 25,
    run: (system, turn) => system.nested(hundred(turn, 10_000)),
  },
  W8: {
    title: 'find by key, 64 in flight',
    operations: 6_400,
    inFlight: 64,
    run: (system, turn) => system.find(key(turn)),
  },
  W10: {
    title: '100 authors, in turn',
    operations: 25,
    run: (system, turn) => system.authorsInTurn(hundred(turn, 50_000)),
  },
  W10c: {
    title: '100 authors, at once',
    operations: 40,
    run: (system, turn) => system.authorsAtOnce(hundred(turn, 50_000)),
  },
};

async function loadAndRead(system) {
  let sum = 0;
  for (const user of await system.load()) sum += system.read(user);
  if (Number.isNaN(sum)) throw new Error('an attribute is missing');
}

const thousand = Array.from({ length: 1_000 }, (_, index) => newUser(index + 1));
function insertMany(system) {
  return system.createMany(thousand);
}

/**
 * Runs a workload for one round.
 * @returns microseconds per operation: of wall clock, and of this process's CPU (with its garbage collector)
 */
export async function measure(system, name, begin, wanted) {
  const { inFlight = 1, run } = workloads[name];
  const cpu = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  const loop = async () => {
    while (done < wanted && performance.now() - start < longest) {
      done++;
      await run(system, begin + done);
    }
  };
  if (inFlight === 1) await loop();
  else await Promise.all(Array.from({ length: inFlight }, loop));
  const wall = performance.now() - start;
  const { user, system: kernel } = process.cpuUsage(cpu);
  return { operations: done, wall: (wall * 1_000) / done, cpu: (user + kernel) / done };
}
