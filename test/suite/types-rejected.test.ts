import { BaseModel, column, gt, not } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf } from '../support/models.ts';
import { type TypeName, typeColumns, typeNames } from '../support/type-cases.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  ...typeColumns,
  secret: column.string(5).nullable().sensitive(),
}) {}

const circle: { self?: unknown } = {};
circle.self = circle;
class Opaque {
  value = 1;
}

/** What no scalar column takes. */
const strangers: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a symbol', Symbol('x')],
  ['a function', () => 1],
  ['an invalid Date', new Date(Number.NaN)],
  ['an object', { not: '' }],
  ['an object of a class', new Opaque()],
  ['an object with toString', { toString: () => '1' }],
  ['an array', [1]],
  ['a promise', Promise.resolve(1)],
];
/** Strangers that a type takes nevertheless. */
const welcome: Partial<Record<TypeName, readonly string[]>> = {
  json: ['an object', 'an object of a class', 'an object with toString', 'an array'],
};

const wrong: Partial<Record<TypeName, readonly unknown[]>> = {
  string: ['half \ud800', '\udc00'],
  text: ['\ud800'],
  integer: [1.5, '1.5', 'x', '', ' 1', '0x10', 2 ** 53, true, new Date()],
  bigint: [1.5, '1.5', '', 2 ** 53, true],
  narrow: ['1.234', 'x', '', '-', '.', '1,5', 0.1 + 0.2, 'NaN', 'Infinity', '1e99999', true],
  double: ['x', '', '1e', true, 'Infinity'],
  boolean: ['yes', 2, -1, '', 'TRUE'],
  date: ['2026-02-30', '2025-02-29', '26-01-01', '2026-1-1', '0000-01-01', '2026-01-01T00:00:00Z', new Date(), ''],
  time: ['25', '10:60', '10:00:60', 'noon', '', '10:00:00.1234567'],
  datetime: [
    '2026-11-20',
    '2026-11-20 10:15:00',
    '2026-02-30T00:00:00Z',
    1_700_000_000,
    new Date(Date.UTC(10_000, 0)),
    new Date('0000-12-31T00:00:00Z'),
  ],
  exact: ['2026-02-30 00:00:00', 'x', '0000-01-01 00:00:00', '9999-12-31T23:59:59-01:00'],
  json: [
    1n,
    circle,
    [undefined],
    { f: () => 1 },
    new Map([[1, 2]]),
    new Set(),
    new Uint8Array(1),
    /x/,
    { deep: { n: Number.NaN } },
    new Error('x'),
    { '\ud800': 1 },
  ],
  binary: ['text', [1, 2], new ArrayBuffer(1)],
  uuid: ['x', '018f3a5e-7c1b-7def-8123-456789abcde', 'g18f3a5e-7c1b-7def-8123-456789abcdef', ''],
  enum: ['', 'PLAIN', 'other', 0],
};

describeModels('values that do not fit', [Thing], () => {
  describe.each(typeNames.filter((name) => name !== 'money'))('%s', (name) => {
    const refused = [
      ...strangers.filter(([label]) => welcome[name]?.includes(label) !== true),
      ...(wrong[name] ?? []).map((value, index) => [`wrong value ${index}`, value] as const),
    ];

    it.each(refused)('refuses %s wherever it is given, and sends nothing', async (_, value) => {
      const given = { [name]: value };
      for (const ask of [
        () => new Thing(given),
        () => Thing.create(given),
        () => Thing.insertAll([given]),
        () => Thing.where({ id: 1 }).updateAll(given),
        () => new Thing().assign(given),
      ]) {
        expect((await errorBeforeSending(ask)).code).toMatch(/^AR_(VALUE|QUERY)_INVALID$/);
      }
      // A list is a list of values; each of them is checked.
      if (!Array.isArray(value) || name === 'json') {
        expect((await errorBeforeSending(() => Thing.where(given))).code).toBe('AR_VALUE_INVALID');
        const negated = await errorBeforeSending(() => Thing.where({ [name]: not(value) }));
        expect(negated.code).toMatch(/^AR_(VALUE|QUERY)_INVALID$/);
      }
      if (name !== 'json') {
        expect((await errorBeforeSending(() => Thing.where({ [name]: [value] }))).code).toBe('AR_VALUE_INVALID');
        expect((await errorBeforeSending(() => Thing.where({ [name]: gt(value) }))).code).toBe('AR_VALUE_INVALID');
      }
    });
  });

  it('are refused as keys', async () => {
    for (const key of [undefined, null, Number.NaN, '1 OR 1=1', '', {}, { id: 1 }, () => 1, Symbol('x'), 1.5, true]) {
      expect((await errorBeforeSending(() => Thing.find(key as never))).code).toMatch(/^AR_(VALUE|QUERY)_INVALID$/);
    }
  });

  it('change nothing in the record', () => {
    const record = new Thing({ integer: 1 });
    expect(() => Object.assign(record, { integer: 'x' })).toThrow(
      'Thing.integer takes a whole number, not the string "x".',
    );
    expect(record.integer).toBe(1);
  });

  it('are not repeated in messages about sensitive columns', async () => {
    const error = await errorOf(() => new Thing(JSON.parse('{"secret":{"pass":"hunter2"}}')));
    expect(error.message).toContain('Thing.secret takes a string, not a value of type object.');
    expect(error.message).not.toContain('hunter2');
    const long = await errorOf(() => Thing.create({ secret: 'hunter2' }));
    expect(`${long.message} ${long.stack}`).not.toContain('hunter2');
  });

  it('are found when a value was made invalid in place', async () => {
    const record = await Thing.create({ datetime: new Date(0), json: { a: 1 } as object });
    record.datetime?.setTime(Number.NaN);
    expect((await errorBeforeSending(() => record.save())).code).toBe('AR_VALUE_INVALID');
    record.restoreAttributes();
    expect(record.datetime).toEqual(new Date(0));
    for (const wrong of [{ n: Number.NaN }, { n: 1n }, { record: record.json }]) {
      Object.assign(record.json as object, wrong);
      expect((await errorBeforeSending(() => record.save())).code).toBe('AR_VALUE_INVALID');
    }
  });

  it('that are too long or too large are errors of the record, before anything is sent', async () => {
    const cases = {
      string: ['x'.repeat(256), 'is too long (at most 255 characters)'],
      short: [new Uint8Array(301), 'is too long (at most 300 bytes)'],
      integer: [2 ** 31, 'is out of range (-2147483648 to 2147483647)'],
      positive: [-1, 'is out of range (0 to 4294967295)'],
      smallint: [32_768, 'is out of range (-32768 to 32767)'],
      tinyint: [-129, 'is out of range (-128 to 127)'],
      bigint: [2n ** 63n, 'is out of range (-9223372036854775808 to 9223372036854775807)'],
      hugeint: [-1n, 'is out of range (0 to 18446744073709551615)'],
      narrow: ['10000000000.00', 'has more than 10 digits before the point'],
      float: [3.5e38, 'is out of range'],
      money: [{ cents: 10n ** 12n }, 'has more than 10 digits before the point'],
    };
    for (const [name, [value, message]] of Object.entries(cases)) {
      const record = new Thing({ [name]: value });
      const error = await errorBeforeSending(() => record.save());
      expect(error.code, name).toBe('AR_RECORD_INVALID');
      expect(record.errors.on(name)).toEqual([message]);
      expect((await errorBeforeSending(() => Thing.insertAll([{ [name]: value }]))).message).toContain(message);
      expect((await errorBeforeSending(() => Thing.where({ id: 1 }).updateAll({ [name]: value }))).message).toContain(
        message,
      );
    }
  });
});
