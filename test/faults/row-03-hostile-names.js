// A string where a name belongs is a name of the model, or an error before anything is sent. Aliases and sql.name are
// names of the user's own: there it is one quoted token.
import { BaseModel, column, connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { fuzzNames, hostileNames } from './support/names.js';
import { isTyped, none, show, Tally, watch } from './support/tally.js';
import { tokenize } from './support/tokens.js';

class Canary extends BaseModel.with({ id: column.id(), name: column.string(), doc: column.json().nullable() }) {
  static tableName = 'canaries';
}

const refusing = {
  order: (name) => Canary.order(name),
  'order by object': (name) => Canary.order(Object.fromEntries([[name, 'asc']])),
  direction: (name) => Canary.order('id', name),
  where: (name) => Canary.where(Object.fromEntries([[name, 1]])),
  select: (name) => Canary.select(name),
  pluck: (name) => Canary.all().pluck(name),
  count: (name) => Canary.count(name),
  sum: (name) => Canary.sum(name),
  minimum: (name) => Canary.minimum(name),
  average: (name) => Canary.average(name),
  findBy: (name) => Canary.findBy(Object.fromEntries([[name, 1]])),
  create: (name) => Canary.create({ name: 'x', ...Object.fromEntries([[name, 1]]) }),
  updateAll: (name) => Canary.where({ id: 0 }).updateAll(Object.fromEntries([[name, 1]])),
  insertAll: (name) => Canary.insertAll([{ name: 'x', ...Object.fromEntries([[name, 1]]) }]),
  group: (name) => Canary.all().group(name),
  reorder: (name) => Canary.all().reorder(name),
  inOrderOf: (name) => Canary.all().inOrderOf(name, [1]),
  pick: (name) => Canary.all().pick(name),
  whereNot: (name) => Canary.all().whereNot(Object.fromEntries([[name, 1]])),
  rewhere: (name) => Canary.all().rewhere(Object.fromEntries([[name, 1]])),
  whereColumn: (name) => Canary.all().whereColumn('id', '=', name),
  'operator of whereColumn': (name) => Canary.all().whereColumn('id', name, 'name'),
  'column of whereJson': (name) => Canary.all().whereJson(name, ['a'], 1),
  joins: (name) => Canary.all().joins(name),
  touchAll: (name) => Canary.where({ id: 0 }).touchAll(name),
  updateCounters: (name) => Canary.where({ id: 0 }).updateCounters(Object.fromEntries([[name, 1]])),
  upsertAll: (name) => Canary.all().upsertAll([{ name: 'x', ...Object.fromEntries([[name, 1]]) }]),
};

const quoted = {
  alias: (name) => Canary.select('id', Object.fromEntries([[name, sql`1`]])),
  'a path of whereJson': (name) => Canary.all().whereJson('doc', [name], 1),
  annotate: (name) => Canary.all().annotate(name).limit(1),
  useIndex: (name) => Canary.all().useIndex(name).limit(1),
  'sql.name': (name) => connections.get().query(sql`SELECT ${sql.name(name)} FROM canaries`),
};

const isOwn = (name) => ['id', 'name', 'doc'].includes(name);

export default {
  number: 3,
  title: 'hostile names',
  async run(context) {
    const tally = new Tally();
    const fuzz = fuzzNames(context.quick ? 60 : 10_000, 20_261_120);
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Canary]);
      await Canary.insertAll([{ name: 'a' }, { name: 'b' }]);
      const quote = dialect === 'mysql' ? '`' : '"';
      for (const name of [...hostileNames, ...fuzz]) {
        if (isOwn(name)) continue;
        for (const [api, call] of Object.entries(refusing)) {
          const { sent, error } = await watch(() => call(name));
          tally.check(
            isTyped(error) && sent.length === 0,
            () => `${dialect}: ${api} with ${show(name)}: ${error ?? sent}`,
          );
        }
        for (const [api, call] of Object.entries(quoted)) {
          const { sent, error } = await watch(() => call(name));
          const asName = quote + name.replaceAll(quote, quote + quote) + quote;
          const shapes = { annotate: 'comment', 'a path of whereJson': undefined };
          const safe = sent.every((text) => {
            const tokens = tokenize(text, quote);
            if (tokens.some(({ kind }) => kind === 'bad')) return false;
            if (!(api in shapes)) return tokens.filter(({ text: each }) => each === asName).length === 1;
            return tokens.filter(({ kind }) => kind === 'comment').length === (api === 'annotate' ? 1 : 0);
          });
          tally.check(
            safe && (error === undefined || isTyped(error)),
            () => `${dialect}: ${api} with ${show(name)}: ${error ?? sent}`,
          );
        }
      }
      tally.check((await Canary.count()) === 2, () => `${dialect}: the canaries have changed`);
    });
    return none(tally, 'executed or untyped');
  },
};
