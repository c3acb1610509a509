// What is no value is refused before anything is sent, wherever it is given.
import {
  anyOf,
  BaseModel,
  between,
  column,
  connections,
  contains,
  createAll,
  gt,
  gte,
  like,
  lt,
  lte,
  not,
  sql,
  startsWith,
} from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { Secret } from './support/secrets.js';
import { isTyped, none, show, Tally, watch } from './support/tally.js';

class Pair extends BaseModel.with({ a: column.integer().primaryKey(), b: column.integer().primaryKey() }) {}

const nothings = [undefined, Number.NaN, new Date(Number.NaN), Symbol('x'), () => 1, Number.POSITIVE_INFINITY, Promise.resolve(1), new Map(), class {}]; // biome-ignore format: one list

const apis = {
  'where text': (value) => Secret.where({ token: value }),
  'where number': (value) => Secret.where({ age: value }),
  'where boolean': (value) => Secret.where({ active: value }),
  'where decimal': (value) => Secret.where({ price: value }),
  'where moment': (value) => Secret.where({ at: value }),
  'where day': (value) => Secret.where({ day: value }),
  'where itself': (value) => Secret.where(value),
  list: (value) => Secret.where({ age: [1, value] }),
  not: (value) => Secret.where({ age: not(value) }),
  'not in': (value) => Secret.where({ age: not([value]) }),
  gt: (value) => Secret.where({ age: gt(value) }),
  gte: (value) => Secret.where({ age: gte(value) }),
  lt: (value) => Secret.where({ at: lt(value) }),
  lte: (value) => Secret.where({ price: lte(value) }),
  between: (value) => Secret.where({ age: between(value, 3) }),
  'between up': (value) => Secret.where({ age: between(1, value) }),
  like: (value) => Secret.where({ token: like(value) }),
  find: (value) => Secret.find(value),
  'find many': (value) => Secret.find([1, value]),
  'find by key of two': (value) => Pair.find({ a: 1, b: value }),
  findBy: (value) => Secret.findBy({ token: value }),
  exists: (value) => Secret.exists({ token: value }),
  limit: (value) => Secret.limit(value),
  offset: (value) => Secret.all().offset(value),
  order: (value) => Secret.order(value),
  pluck: (value) => Secret.all().pluck(value),
  new: (value) => new Secret({ age: value }),
  create: (value) => Secret.create({ age: value }),
  assign: (value) => new Secret().assign({ token: value }),
  insertAll: (value) => Secret.insertAll([{ token: value }]),
  updateAll: (value) => Secret.where({ id: 1 }).updateAll({ token: value }),
  deleteAll: (value) => Secret.where({ token: value }).deleteAll(),
  'sql values': (value) => connections.get().query(sql`SELECT ${value}`),
  'where sql': (value) => Secret.where(sql`age = ${value}`),
  sum: (value) => Secret.sum(value),
  group: (value) => Secret.all().group(value),
  pick: (value) => Secret.all().pick(value),
  whereNot: (value) => Secret.all().whereNot({ token: value }),
  rewhere: (value) => Secret.all().rewhere({ token: value }),
  or: (value) => Secret.where({ id: 1 }).or({ token: value }),
  'or itself': (value) => Secret.where({ id: 1 }).or(value),
  and: (value) => Secret.where({ id: 1 }).and({ age: value }),
  excluding: (value) => Secret.all().excluding(value),
  startsWith: (value) => Secret.where({ token: startsWith(value) }),
  contains: (value) => Secret.where({ token: contains(value) }),
  anyOf: (value) => Secret.where({ age: anyOf([1, value]) }),
  inOrderOf: (value) => Secret.all().inOrderOf('age', [1, value]),
  findByOrFail: (value) => Secret.all().findByOrFail({ token: value }),
  findSoleBy: (value) => Secret.all().findSoleBy({ token: value }),
  findOrCreateBy: (value) => Secret.all().findOrCreateBy({ token: value }),
  findOrInitializeBy: (value) => Secret.all().findOrInitializeBy({ token: value }),
  createOrFindBy: (value) => Secret.all().createOrFindBy({ token: value }),
  upsertAll: (value) => Secret.all().upsertAll([{ id: 1, token: value }]),
  updateCounters: (value) => Secret.where({ id: 1 }).updateCounters({ age: value }),
  deleteBy: (value) => Secret.all().deleteBy({ token: value }),
  destroyBy: (value) => Secret.all().destroyBy({ token: value }),
  timeout: (value) => Secret.all().timeout(value),
}; // biome-ignore format: one line for each

/** Calls that mean something: exists and others of no argument at all. */
const meaningful = new Set();

export default {
  number: 8,
  title: 'undefined, NaN, Invalid Date and their like',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Secret, Pair]);
      for (const value of nothings) {
        for (const [api, call] of Object.entries(apis)) {
          if (meaningful.has(api)) continue;
          const { sent, error } = await watch(() => call(value));
          tally.check(
            isTyped(error) && sent.length === 0,
            () => `${dialect}: ${api} with ${show(value)}: ${error ?? 'was taken'} ${sent}`,
          );
        }
      }
    });
    return none(tally, 'sent or untyped', `${Object.keys(apis).length} APIs`);
  },
};
