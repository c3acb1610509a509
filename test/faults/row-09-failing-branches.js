// Branches of Promise.all inside a transaction, of which one fails: whatever the others go on with, nothing of it stays.
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseModel, column, connections, createAll, sql, TransactionClosed, transaction } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { outcomeOf, seeded } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Trace extends BaseModel.with({ id: column.id(), trial: column.integer() }) {}

const boom = new Error('boom');

/** What one branch does, step by step. */
const steps = [
  (trial) => Trace.create({ trial }),
  (trial) => Trace.insertAll([{ trial }, { trial }]),
  (trial) => connections.get().execute(sql`INSERT INTO traces (trial) VALUES (${trial})`),
  (trial) => transaction(() => Trace.create({ trial })),
  (trial) => transaction(() => Promise.all([Trace.create({ trial }), Trace.create({ trial })])),
  (trial) => transaction(() => Trace.create({ trial }), { join: true }),
  () => Trace.count(),
  () => sleep(0),
  () => sleep(1),
  () => new Promise((resolve) => setImmediate(resolve)),
];
const failures = [
  () => Promise.reject(boom),
  () => Trace.find(-1),
  () => connections.get().execute(sql`INSERT INTO nowhere VALUES (1)`),
  (trial) => Trace.create({ trial }).then(() => Promise.reject(boom)),
  (trial) =>
    transaction(async () => {
      await Trace.create({ trial });
      throw boom;
    }),
];

async function oneTrial(trial, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const branch = (fails) => {
    const chosen = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(steps));
    if (fails) chosen.splice(Math.floor(random() * (chosen.length + 1)), 0, pick(failures));
    return async () => {
      for (const step of chosen) await step(trial);
    };
  };
  const width = 2 + Math.floor(random() * 6);
  const failing = Math.floor(random() * width);
  const branches = Array.from({ length: width }, (_, index) => branch(index === failing));
  const running = [];
  const whole = await outcomeOf(() =>
    transaction(() => {
      for (const each of branches) running.push(each());
      return Promise.all(running);
    }),
  );
  return { whole, settled: await Promise.allSettled(running), failing };
}

export default {
  number: 9,
  title: 'a failing branch of Promise.all in a transaction',
  async run(context) {
    const tally = new Tally();
    const kinds = ['sqlite', 'mysql', 'postgres'].filter((kind) => context.servers[kind] !== null);
    const trials = context.quick ? 25 : Math.ceil(1_000 / kinds.length);
    let refused = 0;
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Trace]);
      const random = seeded(9);
      for (let trial = 0; trial < trials; trial++) {
        const { whole, settled, failing } = await oneTrial(trial, random);
        const others = settled.filter((each, index) => index !== failing && each.status === 'rejected');
        // A statement that PostgreSQL refuses because another one has failed is refused, too.
        const odd = others.filter(
          ({ reason }) => !(reason instanceof TransactionClosed || reason.code?.startsWith('AR_')),
        );
        refused += others.length;
        const rows = await Trace.count();
        tally.check(
          rows === 0 && whole.error !== undefined && odd.length === 0,
          () =>
            `${dialect}: trial ${trial} left ${rows} rows and ended with ${whole.error}; ${odd.map(({ reason }) => reason)}`,
        );
        if (rows > 0) await Trace.deleteAll({ everyRow: true });
      }
      const { inUse } = connections.get().pool;
      tally.check(inUse === 0, () => `${dialect}: ${inUse} connections were not given back`);
    });
    return none(tally, 'trials with rows left', `${refused} other branches were refused`);
  },
};
