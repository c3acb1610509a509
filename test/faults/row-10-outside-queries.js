// Queries in a transaction that has the only connection of its pool: they join it, or fail at once.
import { BaseModel, column, connect, connections, createAll, disconnect, PoolDeadlock, sql, transaction, withoutTransaction } from 'active-record-ts'; // biome-ignore format: one line
import { eachDatabase } from './support/databases.js';
import { outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Note extends BaseModel.with({ id: column.id(), text: column.string() }) {}
class FarNote extends Note {
  static connectionName = 'far';
  static tableName = 'notes';
}

const deadline = 10_000;
const query = () => connections.get().query(sql`SELECT 1 AS one`);
const loop = async () => {
  for await (const note of Note.all().findEach({ cursor: true })) return note;
};

/** Statements that belong to the transaction, however deep. */
const inside = {
  query,
  read: () => Note.count(),
  find: () => Note.findBy({ text: 'no such' }),
  write: () => Note.create({ text: 'inside' }),
  'several at once': () => Promise.all([Note.count(), query(), Note.create({ text: 'inside' }), Note.find([])]),
  nested: () => transaction(() => Note.create({ text: 'nested' })),
  'nested twice': () => transaction(() => transaction(() => Note.count())),
  joined: () => transaction(() => Note.create({ text: 'joined' }), { join: true }),
  'of a model': () => Note.transaction(() => Note.count()),
  'of another pool': () => connections.get('far').query(sql`SELECT 1 AS one`),
  'a transaction of another pool': () => FarNote.transaction(() => FarNote.count()),
};
/** Statements that leave it. On SQLite readers have connections of their own: these write. */
const outside = {
  write: () => withoutTransaction(() => Note.create({ text: 'outside' })),
  transaction: () => withoutTransaction(() => transaction(() => Note.count())),
  'below a nested one': () => transaction(() => withoutTransaction(() => Note.create({ text: 'outside' }))),
  'from the connection': () => connections.get().withoutTransaction(() => Note.create({ text: 'outside' })),
  'one of several': () =>
    Promise.all([Note.count(), withoutTransaction(() => Note.create({ text: 'outside' })), query()]),
  'of another pool': () =>
    FarNote.transaction(() => withoutTransaction(() => FarNote.transaction(() => FarNote.count()))),
};
/** These read. */
const outsideReading = {
  query: () => withoutTransaction(query),
  find: () => withoutTransaction(() => Note.find(1)),
  'a find beside another': () => withoutTransaction(() => Promise.all([Note.find(1), Note.find(2)])),
  cursor: () => withoutTransaction(loop),
  'a query given back unsent': () => withoutTransaction(() => Note.where({ text: 'x' })),
};

/** At the same turn, one that can wait for the transaction to end, and one that the transaction waits for. */
async function besideAnOuterFind() {
  let go = () => undefined;
  const outer = new Promise((resolve) => {
    go = resolve;
  }).then(() => outcomeOf(() => Note.find(1)));
  let inner;
  let ms = 0;
  await transaction(async () => {
    const begun = performance.now();
    go();
    inner = await outcomeOf(() => withoutTransaction(() => Note.find(2)));
    ms = performance.now() - begun;
  });
  return { inner, outer: await outer, ms };
}

export default {
  number: 10,
  title: 'queries outside of a transaction that has the only connection',
  async run(context) {
    const tally = new Tally();
    const times = context.quick ? 1 : 10;
    let slowest = 0;
    await eachDatabase(
      context,
      async ({ dialect, url }) => {
        await createAll([Note]);
        await Note.insertAll([{ text: 'first' }, { text: 'second' }]);
        // A file has one writer, whoever it is.
        const far = dialect === 'sqlite' ? `${url}.far` : url;
        await connect(far, { name: 'far', pool: 1, acquireTimeout: deadline });
        if (far !== url) await createAll([FarNote]);
        const ask = async (label, task, isGood) => {
          let answer;
          await outcomeOf(() =>
            transaction(async () => {
              const begun = performance.now();
              answer = await outcomeOf(task);
              slowest = Math.max(slowest, performance.now() - begun);
              throw new Error('rolled back');
            }),
          );
          tally.check(isGood(answer), () => `${dialect}: ${label}: ${answer?.error ?? 'was carried out'}`);
        };
        const joined = ({ error }) => error === undefined;
        const refused = ({ error }) => error instanceof PoolDeadlock;
        for (let round = 0; round < times; round++) {
          for (const [label, task] of Object.entries(inside)) await ask(label, task, joined);
          for (const [label, task] of Object.entries(outside)) await ask(`outside ${label}`, task, refused);
          for (const [label, task] of Object.entries(outsideReading))
            await ask(`outside ${label}`, task, dialect === 'sqlite' ? joined : refused);
          const { inner, outer, ms } = await besideAnOuterFind();
          slowest = Math.max(slowest, ms);
          tally.check(
            joined(outer) && (dialect === 'sqlite' ? joined(inner) : refused(inner)),
            () => `${dialect}: beside an outer find: ${inner.error} ${outer.error}`,
          );
        }
        await disconnect('far');
      },
      { options: { pool: 1, acquireTimeout: deadline } },
    );
    tally.check(slowest < deadline, () => `one has waited ${Math.round(slowest)} ms`);
    return none(
      tally,
      'neither joined nor refused at once',
      `${Math.round(slowest)} ms at most, with acquireTimeout ${deadline}`,
    );
  },
};
