// A number or a boolean against a text column means its text: no other row is found, changed or deleted.
import { BaseModel, column, createAll, not } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { Secret } from './support/secrets.js';
import { none, show, Tally } from './support/tally.js';

class Coded extends BaseModel.with({ code: column.string(40).primaryKey(), seen: column.integer().default(0) }) {}

const texts = [
  '0',
  '1',
  '',
  'abc',
  '0abc',
  '00',
  '0.0',
  '1.0',
  '01',
  'true',
  'false',
  '1.5',
  '1e3',
  '1000',
  '-1',
  'null',
];
const values = [0, -0, 1, 1.5, 1000, -1, 0n, 1n, true, false];

export default {
  number: 2,
  title: 'numbers and booleans against text',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect }) => {
      await createAll([Secret, Coded]);
      await Secret.insertAll([...texts, null].map((token) => ({ token })));
      await Coded.insertAll(texts.map((code) => ({ code })));
      for (const value of values) {
        const same = texts.filter((text) => text === String(value));
        const others = texts.filter((text) => text !== String(value));
        const expected = {
          where: [await Secret.where({ token: value }).pluck('token'), same],
          list: [await Secret.where({ token: [value, 'abc'] }).pluck('token'), texts.filter((text) => [...same, 'abc'].includes(text))],
          not: [await Secret.where({ token: not(value) }).pluck('token'), others],
          'not in': [await Secret.where({ token: not([value]) }).pluck('token'), others],
          count: [[await Secret.where({ token: value }).count()], [same.length]],
          find: [(await Coded.where({ code: value })).map((row) => row.code), same],
          updateAll: [[await Coded.where({ code: value }).updateAll({ seen: 1 })], [same.length]],
          seen: [await Coded.where({ seen: 1 }).pluck('code'), same],
          reset: [[await Coded.where({ seen: 1 }).updateAll({ seen: 0 })], [same.length]],
          deleteAll: [[await Coded.where({ code: value }).deleteAll()], [same.length]],
        }; // biome-ignore format: what was found, and what is right
        await Coded.insertAll(same.map((code) => ({ code })));
        for (const [api, [found, right]] of Object.entries(expected)) {
          tally.check(
            show([...found].sort()) === show([...right].sort()),
            () => `${dialect}: ${api} ${show(value)}: ${show(found)}`,
          );
        }
      }
    });
    return none(tally, 'wrong');
  },
};
