// Tables and columns with odd but legal names work end to end, or are refused before anything is sent; and whatever is
// sent has them quoted.
import { BaseModel, column, createAll, dropAll } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { oddNames } from './support/names.js';
import { isTyped, show, watch } from './support/tally.js';
import { tokenize } from './support/tokens.js';

/** Each table of PostgreSQL has these already, which its server says of the quoted name. */
const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);
const refusals = new Set(['AR_QUERY_INVALID', 'AR_DEFINITION_INVALID']);

async function roundTrip(name) {
  class Odd extends BaseModel.with({
    id: column.id(),
    odd: column.string().nullable().column(name),
    other: column.integer().default(7),
  }) {
    static tableName = name;
  }
  await createAll([Odd]);
  const made = await Odd.create({ odd: 'x' });
  await Odd.insertAll([{ odd: 'y' }, { odd: null }]);
  const found = await Odd.find(made.id);
  await found.update({ odd: 'z' });
  const results = [
    (await Odd.findBy({ odd: 'z' }))?.id === made.id,
    (await Odd.where({ odd: ['z', null] }).count()) === 2,
    (await Odd.order('odd', 'desc').first()) !== null,
    show(await Odd.order('id').pluck('odd')) === '["z","y",null]',
    (await Odd.maximum('odd')) === 'z',
    (await Odd.where({ odd: 'y' }).updateAll({ odd: 'w' })) === 1,
    (await Odd.select('id').first()).id === made.id,
    (await Odd.find(made.id)).odd === 'z',
    (await Odd.where({ odd: 'w' }).deleteAll()) === 1,
  ];
  await (await Odd.find(made.id)).destroy();
  await dropAll([Odd]);
  const wrong = results.indexOf(false);
  if (wrong !== -1) throw new Error(`step ${wrong} went wrong`);
}

/** Every mention of the name is a quoted name, the text of a value, or part of a word that is not it. */
function isQuoted(text, quote) {
  return tokenize(text, quote).every(({ kind }) => kind !== 'bad');
}

export default {
  number: 5,
  title: 'odd column names',
  async run(context) {
    const names = oddNames().filter((_, index) => !context.quick || index % 12 === 0);
    const failures = [];
    const failed = new Set();
    const refused = new Set();
    await eachDatabase(context, async ({ dialect }) => {
      const quote = dialect === 'mysql' ? '`' : '"';
      for (const name of names) {
        const { sent, error } = await watch(() => roundTrip(name));
        const bad = sent.find((text) => !isQuoted(text, quote));
        const isSystem = dialect === 'postgres' && systemColumns.has(name) && error?.code === 'AR_ALREADY_EXISTS';
        const isRefusal =
          isSystem || (isTyped(error) && refusals.has(error.code) && !sent.some((text) => text.startsWith('CREATE')));
        if (isRefusal) refused.add(name);
        if (bad === undefined && (error === undefined || isRefusal)) continue;
        failed.add(name);
        if (failures.length < 10) failures.push(`${dialect}: ${show(name)}: ${error ?? bad}`);
      }
    });
    const note = `${refused.size} refused by a database that has no such names`;
    return { count: names.length - failed.size, of: names.length, target: names.length, note, failures };
  },
};
