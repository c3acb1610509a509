import { randomUUID } from 'node:crypto';
import {
  BaseModel,
  CapabilityMissing,
  column,
  connect,
  createAll,
  disconnect,
  InvalidQuery,
  not,
  sql,
} from 'active-record-ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class Doc extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  title: column.text().default(''),
  n: column.integer().default(0),
  price: column.decimal(8, 2).default('0.00'),
  flag: column.boolean().default(false),
  day: column.date().nullable(),
  at: column.datetime().nullable(),
  token: column.uuid().nullable(),
  body: column.json<unknown>().nullable(),
}) {}
class Pair extends BaseModel.with({
  left: column.integer().primaryKey(),
  right: column.integer().primaryKey(),
}) {}

const bodies = [
  { a: 'x' },
  { a: ['x', 'y'] },
  { a: { 0: 'x' } },
  ['x'],
  'x',
  { a: [['x']] },
  { 0: 'x' },
  { a: 5 },
  { a: [null] },
];

/** Keys that the paths of the database cannot name. */
const unnamed: Readonly<Record<'mysql' | 'postgres' | 'sqlite', readonly string[]>> = {
  mysql: ['-1', '-', '--x', '"', '\\', '\n', '\u0001'],
  postgres: [],
  sqlite: ['"', '\\'],
};

describeEachDatabase('the edges of the query language', (database) => {
  const found = async (path: readonly (string | number)[], value: unknown = 'x') =>
    (await Doc.whereJson('body', path as never, value as never).ids()).sort((a, b) => a - b);

  beforeAll(async () => {
    await connect(database.url);
    await createAll([Doc, Pair]);
    for (const body of bodies) await Doc.create({ name: 'doc', body, token: randomUUID() });
  });
  afterAll(async () => {
    await disconnect();
  });

  it('takes a number in a path for a position, and a string for a key', async () => {
    expect(await found(['a'])).toEqual([1]);
    expect(await found(['a', 0])).toEqual([2]);
    expect(await found(['a', '0'])).toEqual([3]);
    expect(await found([0])).toEqual([4]);
    expect(await found(['0'])).toEqual([7]);
    expect(await found(['a', 0, 0])).toEqual([6]);
    expect(await found(['a', 1], 'y')).toEqual([2]);
    expect(await found(['a', '1'], 'y')).toEqual([]);
    expect(await found(['a', 0], 5)).toEqual([]);
    expect(await found(['a', 0], not(null))).toEqual([2, 6]);
    expect(await found(['a', 0], null)).toEqual([1, 3, 4, 5, 7, 8, 9]);
    expect(await found(['a', 2 ** 31 - 2])).toEqual([]);
  });

  it('bounds positions', () => {
    for (const leg of [-1, 1.5, Number.NaN, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
      expect(() => Doc.whereJson('body', ['a', leg] as never, 'x' as never)).toThrow(InvalidQuery);
  });

  it('finds odd keys, or says that it cannot name them', async () => {
    for (const key of [
      '',
      '-1',
      '-',
      '--x',
      'a-1',
      'a.b',
      '$',
      '*',
      '[0]',
      '#-1',
      'é😀',
      "'",
      '"',
      '\\',
      '\n',
      '\u0001',
      'a b',
    ]) {
      const { id } = await Doc.create({ name: 'odd', body: { [key]: 'odd', other: 'no' } });
      const answer = await found([key], 'odd').catch((error: unknown) => error);
      if (unnamed[database.dialect].includes(key)) expect(answer, key).toBeInstanceOf(CapabilityMissing);
      else expect(answer, key).toEqual([id]);
    }
    await Doc.where({ name: 'odd' }).deleteAll();
  });

  it('compares no columns of different kinds', async () => {
    for (const [conditions, message] of [
      [{ id: Doc.select('name') }, /Doc\.id is of type id, and Doc\.name of type string/],
      [{ name: Doc.select('n') }, /Doc\.name is of type string, and Doc\.n of type integer/],
      [{ name: Doc.all() }, /different kinds/],
      [{ name: not(Doc.select('price')) }, /different kinds/],
      [{ name: Doc.select('token') }, /different kinds/],
      [{ n: Doc.select('flag') }, /different kinds/],
      [{ day: Doc.select('at') }, /different kinds/],
    ] as const)
      expect(() => Doc.where(conditions as never)).toThrow(message);
    expect(() => Doc.whereColumn('n', '=', 'name')).toThrow(InvalidQuery);
    expect(() => Doc.whereColumn('day', '<', 'at')).toThrow(/different kinds/);
    expect(await Doc.whereColumn('n', '<=', 'price').count()).toBe(bodies.length);
    expect(await Doc.whereColumn('name', '<>', 'title').count()).toBe(bodies.length);
    expect(await Doc.where({ title: Doc.select('name') }).count()).toBe(0);
    expect(await Doc.where({ token: Doc.where({ id: 1 }).select('token') }).ids()).toEqual([1]);
    expect(await Doc.where({ id: Doc.select({ two: sql<number>`1 + 1` }) }).ids()).toEqual([2]);
  });

  it('refuses a query whose key has two columns, where none is selected', () => {
    expect(() => Doc.where({ id: Pair.all() })).toThrow(InvalidQuery);
    expect(() => Doc.where({ id: Pair.all() })).toThrow(/primary key; that of Pair has 2 columns/);
    expect(() => Doc.where({ id: Pair.select('left') })).not.toThrow();
  });

  it('writes to the table that a subquery in its condition reads', async () => {
    await Doc.insertAll([{ name: 'gone' }, { name: 'gone' }]);
    expect(await Doc.where({ id: Doc.where({ name: 'gone' }).select('id') }).updateAll({ n: 7 })).toBe(2);
    expect(await Doc.where({ id: Doc.where({ n: 7 }).order('id').limit(1) }).deleteAll()).toBe(1);
    expect(await Doc.where({ id: Doc.where({ n: 7 }).select('id') }).deleteAll()).toBe(1);
  });
});
