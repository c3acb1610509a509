import { BaseModel, column, connections, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  name: column.string(20),
  visits: column.integer().default(0),
  points: column.integer().nullable(),
  views: column.bigint().default(0n),
  balance: column.decimal(10, 2).default('0.00'),
  weight: column.float().nullable(),
  score: column.double().nullable(),
  active: column.boolean().default(false),
  seenAt: column.datetime(6).nullable(),
  ...column.timestamps(),
}) {}
class Plain extends BaseModel.with({ id: column.id(), count: column.integer().default(0) }) {}
class Pair extends BaseModel.with({
  a: column.integer().primaryKey(),
  b: column.string().primaryKey(),
  n: column.integer().default(1),
}) {}
class Bare extends BaseModel {
  static override tableName = 'accounts';
}

const longAgo = new Date('2020-01-01T00:00:00Z');
const make = (attributes: object = {}) =>
  Account.create({ name: 'a', createdAt: longAgo, updatedAt: longAgo, ...attributes });

describeModels('writes past save', [Account, Plain, Pair], ({ dialect }) => {
  emptyBeforeEach('accounts', 'plains', 'pairs');

  it('add in the database, and keep memory right', async () => {
    const account = await make({ balance: '0.10', views: 2n ** 62n, weight: 0.1, score: 0.1 });
    await Account.where({ id: account.id }).updateAll({ visits: 7, updatedAt: longAgo });
    if (dialect === 'mysql') await account.reload();
    expect(await account.increment('visits')).toBe(account);
    expect(account.visits).toBe(8);
    await account.increment('visits', 5);
    await account.decrement('visits', 20);
    await account.increment('points', 3);
    await account.increment('views', 5n);
    await account.decrement('views', 2);
    await account.increment('balance', '0.20');
    await account.decrement('balance', 1);
    await account.increment('weight', 0.2);
    await account.decrement('score', 1.5);
    await account.increment('visits', -0);
    await account.decrement('visits', 0);
    const memory = { ...account.attributes };
    expect(memory).toMatchObject({ visits: -7, points: 3, views: 2n ** 62n + 3n, balance: '-0.70', score: -1.4 });
    expect(account.hasChanged()).toBe(false);
    await account.reload();
    expect(account.attributes).toEqual(memory);
    expect(account.updatedAt).toEqual(longAgo);
    for (let cent = 0; cent < 50; cent++) await account.increment('balance', '0.01');
    expect(account.balance).toBe('-0.20');
    expect((await account.reload()).balance).toBe('-0.20');
    expect(await Account.where({ balance: '-0.20' }).count()).toBe(1);
  });

  it('lose no increment of a hundred at once', async () => {
    const account = await make();
    const copies = await Promise.all(Array.from({ length: 20 }, () => Account.find(account.id)));
    await Promise.all(copies.flatMap((copy) => Array.from({ length: 5 }, () => copy.increment('visits', 2))));
    expect((await account.reload()).visits).toBe(200);
  });

  it('leave other changes as changes, and what is assigned meanwhile', async () => {
    const account = await make({ seenAt: longAgo });
    account.name = 'b';
    const adding = account.increment('visits', 2);
    account.visits = 50;
    await adding;
    expect(account.changes).toEqual({ name: ['a', 'b'], visits: [2, 50] });
    expect((await errorBeforeSending(() => account.increment('visits'))).code).toBe('AR_QUERY_INVALID');
    account.restoreAttributes(['visits']);
    expect(account.visits).toBe(2);
    await account.toggle('active');
    await account.touch();
    await account.updateColumns({ score: 1 });
    expect(account.changed).toEqual(['name']);
    const before = account.updatedAt;
    const statements = await statementsOf(() => account.save());
    expect(statements).toHaveLength(1);
    expect(await Account.where({ id: account.id }).pluck('name', 'visits', 'active', 'score')).toEqual([
      ['b', 2, true, 1],
    ]);
    expect(account.updatedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  it('toggle, NULL counting as false', async () => {
    const account = await make();
    await account.toggle('active');
    expect(account.active).toBe(true);
    expect((await account.reload()).active).toBe(true);
    await account.toggle('active', { touch: true });
    expect(account.active).toBe(false);
    expect(account.updatedAt.getTime()).toBeGreaterThan(longAgo.getTime());
    expect((await Account.find(account.id)).attributes).toEqual(account.attributes);
  });

  it('touch the times that are named', async () => {
    const account = await make();
    await account.touch('seenAt');
    expect(account.seenAt).toEqual(account.updatedAt);
    expect(account.updatedAt.getTime()).toBeGreaterThan(longAgo.getTime());
    expect(account.createdAt).toEqual(longAgo);
    expect(account.hasChanged()).toBe(false);
    expect((await Account.find(account.id)).attributes).toEqual(account.attributes);
    const plain = await Plain.create({});
    expect((await errorBeforeSending(() => plain.touch())).code).toBe('AR_QUERY_INVALID');
    expect((await errorBeforeSending(() => plain.increment('count', 1, { touch: true }))).code).toBe(
      'AR_QUERY_INVALID',
    );
    expect((await errorBeforeSending(() => account.touch('name' as never))).code).toBe('AR_QUERY_INVALID');
  });

  it('write columns as they are, in one statement', async () => {
    const account = await make();
    account.points = 1;
    const statements = await statementsOf(() =>
      account.updateColumns({ name: 'c', balance: '5', points: null, seenAt: longAgo }),
    );
    expect(statements).toHaveLength(1);
    expect(account.attributes).toMatchObject({ name: 'c', balance: '5.00', points: null, seenAt: longAgo });
    expect(account.hasChanged()).toBe(false);
    expect(account.updatedAt).toEqual(longAgo);
    expect((await Account.find(account.id)).attributes).toEqual(account.attributes);
    const { id } = account;
    await account.updateColumns({ id: id + 1000 });
    expect((await Account.find(id + 1000)).name).toBe('c');
    await account.increment('visits');
    expect(account.visits).toBe(1);
  });

  it('find rows by keys of several columns, and by columns that were not selected', async () => {
    const pair = await Pair.create({ a: 1, b: 'x' });
    await Pair.create({ a: 1, b: 'y' });
    await pair.increment('n', 4);
    expect(pair.n).toBe(5);
    expect(await Pair.order('b').pluck('n')).toEqual([5, 1]);
    const { id } = await make();
    const partial = await Account.select('id').take();
    await partial?.increment('visits', 3);
    expect((await Account.find(id)).visits).toBe(3);
    const bare = await Bare.find(id);
    await bare.increment('visits', 1);
    await bare.toggle('active');
    expect((await Account.find(id)).attributes).toMatchObject({ visits: 4, active: true });
  });

  it('refuse what is no amount, no such column, or no row, before anything is sent', async () => {
    const account = await make();
    const cases: [() => unknown, string][] = [
      [() => account.increment('visits', Number.NaN), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', 1.5), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', Number.POSITIVE_INFINITY), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', null as never), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', { valueOf: () => 1 } as never), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', sql`1` as never), 'AR_VALUE_INVALID'],
      [() => account.increment('visits', 2 ** 40), 'AR_VALUE_INVALID'],
      [() => account.increment('balance', '0.001'), 'AR_VALUE_INVALID'],
      [() => account.increment('name' as never), 'AR_QUERY_INVALID'],
      [() => account.increment('id' as never), 'AR_QUERY_INVALID'],
      [() => account.increment('nope' as never), 'AR_ATTRIBUTE_UNKNOWN'],
      [() => account.increment('visits', 1, { touhc: true } as never), 'AR_QUERY_INVALID'],
      [() => account.increment('visits', 1, true as never), 'AR_QUERY_INVALID'],
      [() => account.toggle('visits' as never), 'AR_QUERY_INVALID'],
      [() => account.updateColumns({}), 'AR_QUERY_INVALID'],
      [() => account.updateColumns(new Map() as never), 'AR_QUERY_INVALID'],
      [() => account.updateColumns({ name: null as never }), 'AR_VALUE_INVALID'],
      [() => account.updateColumns({ name: undefined as never }), 'AR_VALUE_INVALID'],
      [() => account.updateColumns({ name: 'x'.repeat(21) }), 'AR_VALUE_INVALID'],
      [() => account.updateColumns({ nope: 1 } as never), 'AR_ATTRIBUTE_UNKNOWN'],
      [() => new Account({ name: 'new' }).increment('visits'), 'AR_RECORD_NOT_PERSISTED'],
      [() => new Account({ name: 'new' }).touch(), 'AR_RECORD_NOT_PERSISTED'],
    ];
    for (const [write, code] of cases) expect((await errorBeforeSending(write)).code, String(write)).toBe(code);
    await Account.where({ id: account.id }).deleteAll();
    for (const write of [() => account.increment('visits'), () => account.toggle('active'), () => account.touch()])
      expect((await errorOf(write)).code).toBe('AR_RECORD_NOT_FOUND');
    expect(account.visits).toBe(0);
    await account.destroy();
    expect((await errorBeforeSending(() => account.updateColumns({ name: 'x' }))).code).toBe('AR_RECORD_DESTROYED');
  });

  it('refuse sums that a column cannot hold, and change nothing', async () => {
    const account = await make({ views: 2n ** 63n - 1n });
    expect((await errorOf(() => account.increment('views'))).code).toBe('AR_VALUE_OUT_OF_RANGE');
    expect(account.views).toBe(2n ** 63n - 1n);
    expect((await account.reload()).views).toBe(2n ** 63n - 1n);
    expect(connections.get().inTransaction).toBe(false);
  });
});
