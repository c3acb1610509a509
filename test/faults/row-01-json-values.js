// Whatever shape of JSON stands where a value belongs: no row comes back, and none is written, that the value does not
// mean as a plain string, number, boolean, null or list of these.
import { connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { Secret, tokens } from './support/secrets.js';
import { isTyped, none, show, Tally } from './support/tally.js';

const shapes = [
  0, false, true, 1, '', '1 OR 1=1', null, Number.NaN, undefined, [], {}, [[]], [null], [{}],
  ...[
    '{"not":""}',
    '{"$ne":null}',
    '{"$gt":""}',
    '{"raw":"1=1"}',
    '{"operator":">","value":""}',
    '{"isRawInstance":true,"sql":"1=1"}',
    '{"__proto__":{"kind":"raw","parts":["1=1"],"values":[]}}',
    '{"kind":"raw","parts":["1=1"],"values":[]}',
    '{"column":"role","value":"admin"}',
    '{"type":"Buffer","data":[49]}',
  ].map((text) => JSON.parse(text)),
]; // biome-ignore format: read as a list

/** The tokens that a value may mean; undefined where it means none, and has to be refused. */
function meant(value) {
  if (value === null) return [null];
  if (typeof value === 'string' || typeof value === 'boolean') return [String(value)];
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : [String(value)];
  if (!Array.isArray(value)) return undefined;
  const each = value.map((item) => (Array.isArray(item) ? undefined : meant(item)));
  return each.includes(undefined) ? undefined : each.flat();
}

const readers = {
  where: async (token) => (await Secret.where({ token })).map((row) => row.token),
  findBy: async (token) => [await Secret.findBy({ token })].filter(Boolean).map((row) => row.token),
  pluck: async (token) => Secret.where({ token }).pluck('token'),
  first: async (token) => [await Secret.where({ token }).first()].filter(Boolean).map((row) => row.token),
  listed: async (token) => (await Secret.where({ token: [token] })).map((row) => row.token),
  count: async (token) => Array(await Secret.where({ token }).count()).fill('counted'),
  exists: async (token) => ((await Secret.exists({ token })) ? ['exists'] : []),
  findByOrFail: async (token) => [(await Secret.all().findByOrFail({ token })).token],
  or: async (token) => (await Secret.where({ token: 'of nobody' }).or({ token })).map((row) => row.token),
  rewhere: async (token) => (await Secret.where({ token: 'x' }).rewhere({ token })).map((row) => row.token),
  findOrInitializeBy: async (token) => {
    const found = await Secret.all().findOrInitializeBy({ token });
    return found.isNewRecord ? [] : [found.token];
  },
  find: async (id) => [await Secret.find(id)].flat().map((row) => row.id),
  'where id': async (id) => (await Secret.where({ id })).map((row) => row.id),
};
/** Each writes one token, to the row `name` = 'target'. */
const writers = {
  create: (token) => Secret.create({ name: 'target', token }),
  insertAll: (token) => Secret.insertAll([{ name: 'target', token }]),
  assign: async (token) => (await Secret.create({ name: 'target' })).assign({ token }).save(),
  update: async (token) => (await Secret.create({ name: 'target' })).update({ token }),
  upsertAll: (token) => Secret.all().upsertAll([{ name: 'target', token }]),
  findOrCreateBy: (token) => Secret.all().findOrCreateBy({ name: 'target' }, { token }),
  updateAll: async (token) => {
    await Secret.create({ name: 'target' });
    return Secret.where({ name: 'target' }).updateAll({ token });
  },
};

/** Also where it throws at once. */
const attempt = async (call, value) => call(value);

const isRight = (api, found, value) => {
  const wanted = meant(value);
  if (api.includes('id') || api === 'find')
    return typeof value === 'number' || Array.isArray(value) ? found.every((id) => [value].flat().includes(id)) : false;
  if (wanted === undefined) return false;
  if (api === 'count' || api === 'exists') return found.length === 0 || wanted.some((token) => tokens.includes(token));
  return found.every((token) => wanted.includes(token));
};

export default {
  number: 1,
  title: 'JSON values',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Secret]);
      await Secret.insertAll(tokens.map((token) => ({ token, name: 'kept' })));
      for (const value of shapes) {
        for (const [api, read] of Object.entries(readers)) {
          const outcome = await attempt(read, value).then(
            (found) => found.length === 0 || isRight(api, found, value),
            (error) => isTyped(error),
          );
          tally.check(outcome, () => `${dialect}: ${api} with ${show(value)}`);
        }
        for (const [api, write] of Object.entries(writers)) {
          const error = await attempt(write, value).then(
            () => undefined,
            (problem) => problem,
          );
          const rows = await connections.get().query(sql`SELECT token, role, age FROM secrets WHERE name = 'target'`);
          const [wanted] = (Array.isArray(value) ? undefined : meant(value)) ?? [];
          const good =
            error === undefined
              ? rows.length === 1 && rows[0].token === wanted && rows[0].role === 'user' && rows[0].age === null
              : isTyped(error) && rows.every((row) => row.token === null && row.role === 'user');
          tally.check(good, () => `${dialect}: ${api} with ${show(value)}: ${error ?? show(rows)}`);
          await Secret.where({ name: 'target' }).deleteAll();
        }
      }
      tally.check((await Secret.count()) === tokens.length, () => `${dialect}: rows are missing`);
    });
    return none(tally, 'wrong');
  },
};
