// Keys that reach prototypes elsewhere are names like any other here: refused, or kept as data of a document.
import { BaseModel, column, connect, connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { isTyped, none, show, Tally } from './support/tally.js';

class Doc extends BaseModel.with({
  id: column.id(),
  title: column.string().default(''),
  body: column.json().nullable(),
}) {}
class Pair extends BaseModel.with({ a: column.integer().primaryKey(), b: column.integer().primaryKey() }) {}

const bodies = ['__proto__', 'constructor', 'prototype'].flatMap((key) => [
  `{"${key}":{"polluted":1}}`,
  `{"${key}":{"prototype":{"polluted":1}}}`,
  `{"${key}":1}`,
]);

const entries = {
  new: (given) => new Doc(given),
  create: (given) => Doc.create(given),
  assign: (given) => new Doc().assign(given),
  update: async (given) => (await Doc.create({})).update(given),
  where: (given) => Doc.where(given),
  findBy: (given) => Doc.findBy(given),
  order: (given) => Doc.order(given),
  alias: (given) => Doc.select('id', Object.fromEntries(Object.keys(given).map((key) => [key, sql`1`]))),
  insertAll: (given) => Doc.insertAll([given]),
  updateAll: (given) => Doc.where({ id: 0 }).updateAll(given),
  find: (given) => Pair.find(given),
  whereNot: (given) => Doc.all().whereNot(given),
  rewhere: (given) => Doc.all().rewhere(given),
  or: (given) => Doc.where({ id: 1 }).or(given),
  upsertAll: (given) => Doc.all().upsertAll([given]),
  updateCounters: (given) => Doc.where({ id: 0 }).updateCounters(given),
  findOrCreateBy: (given) => Doc.all().findOrCreateBy(given),
  'findOrCreateBy, beside': (given) => Doc.all().findOrCreateBy({ title: 'of nobody' }, given),
  'tags of a comment': (given) => Doc.all().annotate(Object.fromEntries(Object.keys(given).map((key) => [key, 'x']))),
  definition: (given) => BaseModel.with(given),
  'definition of columns': (given) =>
    BaseModel.with(Object.fromEntries(Object.keys(given).map((key) => [key, column.integer()]))),
  'connection options': (given) =>
    connect('sqlite::memory:', { name: 'other', ...Object.fromEntries(Object.entries(given)) }),
  'connection by object': (given) =>
    connections.define('other', Object.assign(JSON.parse('{"url":"sqlite::memory:"}'), given)),
  'value of a document': (given) => Doc.create({ body: given }),
  'condition on a document': (given) => Doc.where({ body: given }),
};
/** Where such a key is data. */
const keepers = new Set([
  'value of a document',
  'condition on a document',
  'alias',
  'tags of a comment',
  'connection by object',
]);

const state = () =>
  [Object.prototype, Array.prototype, Function.prototype, Doc.prototype, Doc]
    .map((each) => Reflect.ownKeys(each).length)
    .join();

export default {
  number: 7,
  title: 'prototype keys',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Doc, Pair]);
      await Doc.create({ title: 'first' });
      const before = state();
      for (const text of bodies) {
        for (const [entry, call] of Object.entries(entries)) {
          let error;
          try {
            await call(JSON.parse(text));
          } catch (problem) {
            error = problem;
          }
          const clean = state() === before && {}.polluted === undefined && Doc.prototype.polluted === undefined;
          const refused = keepers.has(entry) ? error === undefined || isTyped(error) : isTyped(error);
          tally.check(
            clean && refused,
            () => `${dialect}: ${entry} with ${text}: ${clean ? (error ?? 'was taken') : 'changed a prototype'}`,
          );
        }
      }
      for (const text of bodies) {
        const { id } = await Doc.create({ body: JSON.parse(text) });
        const { body } = await Doc.find(id);
        const kept = dialect === 'sqlite' || Object.keys(body).join() === Object.keys(JSON.parse(text)).join();
        tally.check(kept && body.polluted === undefined, () => `${dialect}: ${text} was read as ${show(body)}`);
      }
    });
    return none(tally, 'changed or taken');
  },
};
