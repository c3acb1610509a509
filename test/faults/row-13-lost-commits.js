// COMMIT is sent, and the connection is cut before its answer: an error that says so, and nothing is run again.
import { BaseModel, CommitOutcomeUnknown, column, connect, connections, createAll, disconnect } from 'active-record-ts';
import { Cutter } from './support/cutter.js';
import { eachDatabase } from './support/databases.js';
import { outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Payment extends BaseModel.with({ id: column.id(), trial: column.integer() }) {}
class FarPayment extends Payment {
  static connectionName = 'far';
  static tableName = 'payments';
}

/** The transaction alone, with a savepoint, with functions for afterwards; all of them may be run again. */
const bodies = [
  (trial) => FarPayment.create({ trial }),
  (trial) => FarPayment.transaction(() => FarPayment.create({ trial })),
  (trial) => FarPayment.insertAll([{ trial }]),
];

export default {
  number: 13,
  title: 'the answer to COMMIT is lost',
  async run(context) {
    const tally = new Tally();
    const kinds = ['mysql', 'postgres'].filter((kind) => context.servers[kind] !== null);
    const trials = context.quick ? 6 : Math.ceil(100 / Math.max(1, kinds.length));
    let typed = 0;
    await eachDatabase(
      context,
      async ({ dialect, url }) => {
        await createAll([Payment]);
        const cutter = new Cutter(new URL(url));
        const far = new URL(url);
        far.port = String(await cutter.open());
        await connect(far.href, { name: 'far', pool: 2 });
        for (let trial = 0; trial < trials; trial++) {
          let runs = 0;
          let afterwards = 0;
          const body = bodies[trial % bodies.length];
          cutter.cuts = 'answer';
          const { error } = await outcomeOf(() =>
            FarPayment.transaction(
              async () => {
                runs++;
                await connections.get('far').afterCommit(() => afterwards++);
                await connections.get('far').afterRollback(() => afterwards++);
                await body(trial);
              },
              { retries: { times: 5, backoff: 1 } },
            ),
          );
          cutter.cuts = undefined;
          if (error instanceof CommitOutcomeUnknown) typed++;
          const rows = await Payment.where({ trial }).count();
          tally.check(
            error instanceof CommitOutcomeUnknown && runs === 1 && afterwards === 0 && rows === 1,
            () =>
              `${dialect}: trial ${trial} ended with ${error} after ${runs} runs, ${afterwards} functions, ${rows} rows`,
          );
        }
        const { inUse } = connections.get('far').pool;
        tally.check(inUse === 0, () => `${dialect}: ${inUse} connections were not given back`);
        await disconnect('far');
        cutter.close();
      },
      { only: ['mysql', 'postgres'] },
    );
    return none(tally, 'run again or untyped', `${typed} CommitOutcomeUnknown; SQLite answers in the process`);
  },
};
