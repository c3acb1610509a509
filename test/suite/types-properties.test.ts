import { BaseModel, column } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeModels } from '../support/models.ts';
import { money, type TypeName, typeColumns } from '../support/type-cases.ts';

class Sample extends BaseModel.with({ id: column.id(), ...typeColumns }) {}

const runs = process.env.AR_TEST_LONG === undefined ? 100 : 10_000;
/** Fixed, so that a failure can be run again; another one each time a long run is asked for. */
const seed = process.env.AR_TEST_LONG === undefined ? 20_261_120 : Date.now();

const noNul = (text: string) => !text.includes('\0');
const pad = (digits: bigint, scale: number) => {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
};
const moment = (min: string, max: string) => fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true });
const inYears = moment('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter(noNul);

/** Values as the program has them; all of them are read back as they are. */
const arbitraries: Readonly<Record<TypeName, fc.Arbitrary<unknown>>> = {
  string: text,
  text: fc.string({ unit: 'binary', maxLength: 300 }).filter((value) => noNul(value) && value.isWellFormed()),
  integer: fc.integer(),
  positive: fc.nat({ max: 2 ** 31 - 1 }).map((value) => value * 2 + 1),
  smallint: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  tinyint: fc.integer({ min: -128, max: 127 }),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  hugeint: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  narrow: fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n }).map((digits) => pad(digits, 2)),
  wide: fc.bigInt({ min: -(10n ** 40n) + 1n, max: 10n ** 40n - 1n }).map((digits) => pad(digits, 10)),
  float: fc
    .float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1.2e-38) })
    .map((value) => Number(value.toPrecision(6))),
  double: finite,
  boolean: fc.boolean(),
  date: inYears.map((date) => date.toISOString().slice(0, 10)),
  time: fc.nat({ max: 86_399_999_999 }).map((micros) => {
    const seconds = Math.floor(micros / 1e6);
    const clock = new Date(seconds * 1000).toISOString().slice(11, 19);
    const fraction = String(micros % 1e6)
      .padStart(6, '0')
      .replace(/0+$/, '');
    return fraction === '' ? clock : `${clock}.${fraction}`;
  }),
  seconds: inYears.map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
  datetime: inYears,
  micros: inYears,
  exact: fc
    .tuple(inYears, fc.nat({ max: 999 }))
    .map(([date, micros]) => `${date.toISOString().slice(0, 23).replace('T', ' ')}${String(micros).padStart(3, '0')}`),
  // -0 and __proto__ have no form in JSON.
  json: fc
    .jsonValue({ maxDepth: 4 })
    .map((value) => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')) as unknown)
    .filter((value) => value !== null && !JSON.stringify(value).includes('__proto__')),
  binary: fc.uint8Array({ maxLength: 500 }),
  short: fc.uint8Array({ maxLength: 300 }),
  // Reason: MariaDB refuses a part of version 8.
  uuid: fc.uuid({ version: [1, 2, 3, 4, 5, 6, 7] }),
  enum: fc.constantFrom('plain', "it's", 'back\\slash', 'émoji 😀'),
  money: fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n }).map(money),
};
const names = Object.keys(arbitraries) as TypeName[];
const plain = (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value) : value);

describeModels('any value', [Sample], () => {
  describe.each(names)('of %s', (name) => {
    it('comes back from the database as it was, by single and by bulk insert, and is found by itself', async () => {
      const values = fc.sample(arbitraries[name], { numRuns: runs, seed });
      await Sample.all().deleteAll({ everyRow: true });
      await Sample.insertAll(values.map((value) => ({ [name]: value })));
      const rows = await Sample.order('id');
      expect(rows.map((row) => plain(row[name]))).toEqual(values.map(plain));
      // Single statements are prepared, bulk ones are not (on MySQL): another way there and back.
      for (const value of values.slice(0, Math.max(20, runs / 50))) {
        const { id } = await Sample.create({ [name]: value });
        const found = await Sample.find(id);
        expect(plain(found[name])).toEqual(plain(value));
        expect(found.changed).toEqual([]);
        found[name] = value as never;
        expect(found.changed, 'after the same value was assigned').toEqual([]);
        expect(await Sample.where({ id, [name]: value }).exists(), 'found by its value').toBe(true);
      }
    });
  });
});
