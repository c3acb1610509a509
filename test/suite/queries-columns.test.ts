import { BaseModel, column, sql } from 'active-record-ts';
import { beforeAll, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  birthYear: column.integer().nullable(),
  balance: column.decimal(10, 2).default('0.00'),
  settings: column.json<{ dark: boolean }>().nullable(),
  seenAt: column.datetime().nullable(),
  views: column.bigint().default(0n),
}) {
  greet() {
    return `Hi ${this.name}`;
  }
}

describeModels('columns of a query', [User], () => {
  beforeAll(async () => {
    await User.insertAll([
      {
        name: 'Ada',
        birthYear: 1815,
        balance: '1.50',
        settings: { dark: true },
        seenAt: new Date(0),
        views: 2n ** 60n,
      },
      { name: 'Bob', birthYear: 1990 },
      { name: 'Cyd', birthYear: 1990 },
    ]);
  });

  it('are narrowed by select; others are errors when they are read', async () => {
    const [ada] = await User.select('id', 'name').order('id');
    expect(ada?.greet()).toBe('Hi Ada');
    expect((ada as unknown as User).attributes).toEqual({ id: 1, name: 'Ada' });
    const error = await errorOf(() => (ada as unknown as User).birthYear);
    expect(error.code).toBe('AR_ATTRIBUTE_MISSING');
    expect(error.message).toBe(
      "User.birthYear was not selected by the query that loaded this record. Add 'birthYear' to select(…), or reload() the record.",
    );
    for (const name of ['settings', 'seenAt', 'views', 'balance'] as const) {
      expect((await errorOf(() => (ada as unknown as User)[name])).code).toBe('AR_ATTRIBUTE_MISSING');
    }
    expect((await (ada as unknown as User).reload()).birthYear).toBe(1815);
    const one = await User.where({ name: 'Bob' }).select('name').first();
    expect(one?.name).toBe('Bob');
    expect((await User.select('name').find(1)).name).toBe('Ada');
  });

  it('take expressions by alias, as properties that cannot be written', async () => {
    const [ada] = await User.select('id', {
      initial: sql<string>`substr(name, 1, 1)`,
      next: sql<number>`birth_year + ${1}`,
    }).order('id');
    expect([ada?.initial, Number(ada?.next)]).toEqual(['A', 1816]);
    expect(() => Object.assign(ada ?? {}, { initial: 'x' })).toThrow(TypeError);
    const [big] = await User.select({ huge: sql<bigint>`views + 1` }).order('views', 'desc');
    expect(BigInt(big?.huge ?? 0)).toBe(2n ** 60n + 1n);
  });

  it('refuse aliases that a record has already, and what is no name', async () => {
    for (const alias of ['name', 'birth_year', 'save', 'errors', 'then', 'constructor', '__proto__', 'toString']) {
      const selection = JSON.parse(`{"${alias}":0}`);
      const descriptor = { value: sql`1`, enumerable: true };
      const error = await errorBeforeSending(() => User.select(Object.defineProperty(selection, alias, descriptor)));
      expect(error.code, alias).toBe('AR_QUERY_INVALID');
    }
    for (const selection of [[], [{}], [[]], [1], [null], [sql`1`], [{ one: '1' }], [{ one: { parts: ['1'] } }]]) {
      expect((await errorBeforeSending(() => User.select(...(selection as never[])))).code).toBe('AR_QUERY_INVALID');
    }
    expect((await errorBeforeSending(() => User.select('nmae' as 'name'))).message).toContain('name');
    expect((await errorBeforeSending(() => User.select('name, 1' as 'name'))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
  });

  it('are given once each by distinct', async () => {
    const years = await User.select('birthYear').distinct().order('birthYear');
    expect(years.map((user) => user.birthYear)).toEqual([1815, 1990]);
    expect(await User.distinct().order('birthYear').pluck('birthYear')).toEqual([1815, 1990]);
    expect(await User.distinct().distinct(false).pluck('birthYear')).toHaveLength(3);
  });

  it('are plucked without making records, as values or as tuples', async () => {
    expect(await User.order('id').pluck('name')).toEqual(['Ada', 'Bob', 'Cyd']);
    expect(await User.order('id').limit(2).pluck('id', 'birthYear', 'balance', 'settings', 'seenAt', 'views')).toEqual([
      [1, 1815, '1.50', { dark: true }, new Date(0), 2n ** 60n],
      [2, 1990, '0.00', null, null, 0n],
    ]);
    expect(await User.where({ name: 'x' }).pluck('name')).toEqual([]);
    expect(await User.order('id').pluck('name', 'name')).toEqual([
      ['Ada', 'Ada'],
      ['Bob', 'Bob'],
      ['Cyd', 'Cyd'],
    ]);
    const statements = await statementsOf(() => User.pluck('name'));
    expect(statements.join()).not.toContain('birth_year');
    expect((await errorBeforeSending(() => (User.all().pluck as () => unknown)())).code).toBe('AR_QUERY_INVALID');
    expect((await errorBeforeSending(() => User.pluck('nmae' as 'name'))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
  });

  it('give the keys alone', async () => {
    expect(await User.order('id', 'desc').ids()).toEqual([3, 2, 1]);
    expect(await User.where({ birthYear: 1990 }).order('id').limit(1).ids()).toEqual([2]);
  });
});
