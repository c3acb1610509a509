// Ways in which a program loses track of what it is doing, in many transactions at once: every statement goes where the
// code that started it belongs, or is refused because that transaction has ended.
import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, on, once } from 'node:events';
import { stat } from 'node:fs';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BaseModel, column, connections, createAll, Rollback, sql, TransactionClosed, transaction } from 'active-record-ts'; // biome-ignore format: one line
import { eachDatabase } from './support/databases.js';
import { inParallel, outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Mark extends BaseModel.with({
  id: column.id(),
  owner: column.integer(),
  way: column.string(),
  session: column.string(),
}) {}

const parallel = 50;
/** Registered once, outside of every transaction. */
const bus = new EventEmitter().setMaxListeners(0).on('work', (write, done) => done(write()));
const target = new EventTarget();
target.addEventListener('work', (event) => event.done(event.write()));
/** Functions that transactions have bound to themselves, for others to call. */
const bound = [];
class Later extends Promise {}
const callback = (write, done) => void stat('.', () => write().then((value) => done(null, value), done));
const fromCallback = promisify(callback);

/** What goes on with `write` in another way than by a plain await; gives the promises of what it has started. */
const ways = {
  setTimeout: (write) => new Promise((resolve) => setTimeout(() => resolve(write()), 1)),
  setImmediate: (write) => new Promise((resolve) => setImmediate(() => resolve(write()))),
  nextTick: (write) => new Promise((resolve) => process.nextTick(() => resolve(write()))),
  queueMicrotask: (write) => new Promise((resolve) => queueMicrotask(() => resolve(write()))),
  'timers/promises': async (write) => {
    await sleep(1);
    await immediate();
    return write();
  },
  'an emitter from outside': (write) => new Promise((resolve) => bus.emit('work', write, resolve)),
  'an event target from outside': (write) =>
    new Promise((resolve) => target.dispatchEvent(Object.assign(new Event('work'), { write, done: resolve }))),
  'events.once and events.on': async (write) => {
    const own = new EventEmitter();
    setImmediate(() => own.emit('ready'));
    await once(own, 'ready');
    setImmediate(() => own.emit('item', 1));
    for await (const _ of on(own, 'item')) return write();
  },
  streams: async (write) => {
    const written = [];
    const work = new Transform({
      objectMode: true,
      transform(chunk, _, done) {
        written.push(write());
        done(null, chunk);
      },
    });
    await pipeline(Readable.from([1, 2]), work, new PassThrough({ objectMode: true }).resume());
    return Promise.all(written);
  },
  'async generators': async (write) => {
    async function* several() {
      await sleep(1);
      yield write();
      yield write();
    }
    for await (const _ of several());
  },
  generators: async (write) => {
    function* several() {
      yield write();
      yield write();
    }
    for (const each of several()) await each;
  },
  thenables: (write) => ({ then: (resolve, reject) => void write().then(resolve, reject) }),
  'a subclass of Promise': (write) => Later.resolve(1).then(() => new Later((resolve) => resolve(write()))),
  callbacks: (write) => fromCallback(write),
  MessageChannel: (write) =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port2.once('message', () => {
        port1.close();
        resolve(write());
      });
      port1.postMessage('go');
    }),
  'AbortSignal listeners': (write) =>
    new Promise((resolve) => {
      const controller = new AbortController();
      controller.signal.addEventListener('abort', () => resolve(write()));
      setTimeout(() => controller.abort(), 1);
    }),
  'bound functions that others call': (write) =>
    new Promise((resolve) => {
      bound.push(AsyncResource.bind(() => resolve(write())));
      // Whose it is nobody knows; the last one is called by its own.
      setImmediate(() => bound.splice(Math.floor(bound.length / 2), 1)[0]?.());
    }),
  'Promise.all in a savepoint': (write) => transaction(() => Promise.all([write(), write()])),
};

const sessions = {
  mysql: sql`SELECT CONNECTION_ID() AS id`,
  postgres: sql`SELECT pg_backend_pid() AS id`,
  sqlite: sql`SELECT 'the writer' AS id`,
};

async function oneTransaction(owner, dialect, tally) {
  const session = async () => String((await connections.get().query(sessions[dialect]))[0].id);
  const late = [];
  await transaction(async () => {
    const own = await session();
    for (const [way, go] of Object.entries(ways)) {
      const write = async () => {
        const here = await session();
        await Mark.create({ owner, way, session: here });
        tally.check(
          here === own,
          () => `${dialect}: ${way}: a statement of ${owner} went to session ${here}, not ${own}`,
        );
      };
      const { error } = await outcomeOf(async () => await go(write));
      tally.check(error === undefined, () => `${dialect}: ${way} of ${owner}: ${error}`);
      // Nobody waits for this one: it comes when the transaction is there, or is over.
      late.push(
        new Promise((resolve) => setTimeout(() => resolve(outcomeOf(() => go(write))), owner % 2 === 0 ? 1 : 400)),
      );
    }
    if (owner % 3 === 0) throw new Rollback();
  });
  for (const { error } of await Promise.all(late)) {
    tally.check(
      error === undefined || error instanceof TransactionClosed,
      () => `${dialect}: a late statement of ${owner}: ${error}`,
    );
    if (error !== undefined) tally.refused++;
  }
}

export default {
  number: 11,
  title: 'breakers of async contexts',
  async run(context) {
    const tally = Object.assign(new Tally(), { refused: 0 });
    const count = context.quick ? 6 : parallel;
    await eachDatabase(
      context,
      async ({ dialect }) => {
        await createAll([Mark]);
        const owners = Array.from({ length: count }, (_, index) => index);
        // A bound function may be called when its owner has already gone: what is left is called at the end.
        const draining = setInterval(() => {
          for (const call of bound.splice(0)) call();
        }, 20);
        await inParallel(owners, count, (owner) => oneTransaction(owner, dialect, tally));
        clearInterval(draining);
        const rolledBack = await Mark.where({ owner: owners.filter((owner) => owner % 3 === 0) }).count();
        tally.check(rolledBack === 0, () => `${dialect}: ${rolledBack} rows of transactions that were rolled back`);
        const kept = await Mark.all().group('owner').count();
        for (const owner of owners.filter((each) => each % 3 !== 0)) {
          const least = Object.keys(ways).length;
          tally.check((kept.get(owner) ?? 0) >= least, () => `${dialect}: ${owner} has ${kept.get(owner)} rows`);
        }
      },
      { options: { pool: 12, acquireTimeout: 60_000 } },
    );
    return none(
      tally,
      'statements astray',
      `${Object.keys(ways).length} ways × ${count} transactions at once, ${tally.refused} late ones refused`,
    );
  },
};
