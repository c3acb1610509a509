// Random trees of conditions find the rows that JavaScript finds with three-valued logic.
import { createAll } from 'active-record-ts';
import fc from 'fast-check';
import { eachDatabase } from './support/databases.js';
import { none, show, Tally } from './support/tally.js';
import { Item, rows, tree } from './support/trees.js';

export default {
  number: 23,
  title: 'trees of conditions',
  async run(context) {
    const tally = new Tally();
    const seed = 20_261_120;
    const trees = fc.sample(tree, { numRuns: context.quick ? 500 : 5_000, seed });
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Item]);
      await Item.insertAll(rows());
      const stored = (await Item.order('id')).map((item) => item.attributes);
      for (const { query, test } of trees) {
        const found = await query.order('id').ids();
        const right = stored.filter((row) => test(row) === true).map((row) => row.id);
        tally.check(show(found) === show(right), () => {
          const { sql, binds } = query.toSQL();
          return `${dialect}: ${sql} ${show(binds.map(String))}: ${show(found)} in place of ${show(right)}`;
        });
      }
    });
    return none(tally, 'mismatches');
  },
};
