// Long lists, many rows, large values and many terms work, or are refused by a typed error before anything is sent, and
// the connection is as good as before.
import { BaseModel, column, connections, createAll, not, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { isTyped, none, show, Tally, watch } from './support/tally.js';

class Row extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  amount: column.decimal(10, 2).nullable(),
  day: column.date().nullable(),
  uuid: column.uuid().nullable(),
  ratio: column.double().nullable(),
  flag: column.boolean().nullable(),
  huge: column.bigint().nullable(),
}) {}
class Reading extends BaseModel.with({ id: column.id(), value: column.float() }) {}
class Pair extends BaseModel.with({ a: column.integer().primaryKey(), b: column.integer().primaryKey() }) {}
class Blob extends BaseModel.with({
  id: column.id(),
  body: column.text().nullable(),
  bytes: column.binary().nullable(),
}) {}

const many = (length, make) => Array.from({ length }, (_, index) => make(index));
const uuid = (index) => `018f3a5e-7c1b-7def-8123-${String(index).padStart(12, '0')}`;

/** Of each type the values of the first row, in a list of 70,000 that nothing else in the table is in. */
const lists = {
  id: many(70_000, (index) => index + 1),
  name: many(70_000, (index) => (index === 0 ? 'first' : `"\\'{},${index}`)),
  amount: many(70_000, (index) => `${index}.50`),
  day: ['2026-11-20', ...many(69_999, (index) => new Date(index * 864e5).toISOString().slice(0, 10)).filter((day) => day !== '2026-11-20')],
  uuid: many(70_000, uuid),
  ratio: many(70_000, (index) => index + 0.25),
  flag: many(70_000, () => true),
  huge: many(70_000, (index) => 2n ** 53n + 1n + BigInt(index)),
}; // biome-ignore format: one list for each type

export default {
  number: 24,
  title: 'large statements',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Row, Reading, Pair, Blob]);
      /** Works, or is refused with nothing sent; either way the connection goes on. */
      const attempt = async (label, call, right) => {
        const { sent, value, error } = await watch(call);
        const good =
          error === undefined
            ? right(value)
            : isTyped(error) && ['AR_QUERY_INVALID', 'AR_VALUE_INVALID'].includes(error.code);
        tally.check(
          good,
          () => `${dialect}: ${label}: ${error?.stack?.slice(0, 300) ?? show(value)} (${sent.length} sent)`,
        );
        tally.check(
          (await connections.get().query(sql`SELECT 1 AS one`)).length === 1,
          () => `${dialect}: ${label}: the connection is broken`,
        );
      };

      const first = {
        name: 'first',
        amount: '0.50',
        day: '2026-11-20',
        uuid: uuid(0),
        ratio: 0.25,
        flag: true,
        huge: 2n ** 53n + 1n,
      };
      const { id } = await Row.create(first);
      const other = await Row.create({
        name: "it's another",
        amount: '99999999.99',
        day: '1800-01-01',
        uuid: uuid(1e9),
        ratio: -1,
        flag: false,
        huge: 5n,
      });
      for (const [name, whole] of Object.entries(lists)) {
        // What is more than 1,024 goes the way of long lists already.
        const list = context.quick && name !== 'id' ? whole.slice(0, 1500) : whole;
        const found = name === 'id' ? [id, other.id] : [id];
        await attempt(
          `${list.length} in a list of ${name}`,
          () =>
            Row.where({ [name]: list })
              .where({ name: not('x') })
              .order('id')
              .ids(),
          (ids) => show(ids) === show(found),
        );
        const rest = name === 'id' ? [] : [other.id];
        await attempt(
          `${list.length} not in a list of ${name}`,
          () =>
            Row.where({ [name]: not(list) })
              .order('id')
              .ids(),
          (ids) => show(ids) === show(rest),
        );
      }
      await Reading.create({ value: 0.5 });
      await attempt(
        '70,000 in a list, prepared',
        () => Reading.where({ id: lists.id }).count(),
        (count) => count === 1,
      );
      await Row.where({ name: ['first', "it's another"] }).deleteAll();

      const rows = context.quick ? 4_000 : 200_000;
      await attempt(`${rows} rows`, async () => {
        await Row.insertAll(many(rows, (index) => ({ name: `row ${index}` })));
        return Row.count();
      }, (count) => count === rows); // biome-ignore format: the call and its answer

      const large = 'x'.repeat(20 * 1024 * 1024);
      for (const [name, value] of Object.entries({ body: large, bytes: new Uint8Array(large.length) })) {
        await attempt(
          `20 MB of ${name}`,
          async () => (await Blob.find((await Blob.create({ [name]: value })).id))[name].length,
          (length) => length === large.length,
        );
        await attempt(
          `20 MB of ${name} in bulk`,
          () => Blob.insertAll([{ [name]: value }]),
          () => true,
        );
      }
      await attempt(
        'a condition of 20 MB',
        () => Blob.where({ body: large }).count(),
        () => true,
      );

      const terms = context.quick ? 4_000 : 100_000;
      await attempt(`${terms} keys of two columns`, () => Pair.find(many(terms / 2, (index) => ({ a: index, b: index }))).then(() => true, (error) => {
        if (error.code !== 'AR_RECORD_NOT_FOUND') throw error;
        return true;
      }), Boolean); // biome-ignore format: the call and its answer
      await attempt(`${terms} terms by or`, () => {
        // On one row, since the server looks at every term for each; built up in pairs: each step makes another query.
        let queries = many(terms, (index) => Reading.where({ id: index }));
        while (queries.length > 1) {
          queries = many(Math.ceil(queries.length / 2), (index) => {
            const [left, right] = [queries[index * 2], queries[index * 2 + 1]];
            return right === undefined ? left : left.or(right);
          });
        }
        return queries[0].count();
      }, (count) => count >= 0); // biome-ignore format: the call and its answer
      const chained = many(context.quick ? 1_500 : 5_000, (index) => Reading.where({ id: index })).reduce((all, one) =>
        all.or(one),
      );
      await attempt(
        'thousands of terms by a chain of or',
        () => chained.count(),
        (count) => count >= 0,
      );
    });
    return none(tally, 'failures', 'preloading 200 levels comes with associations');
  },
};
