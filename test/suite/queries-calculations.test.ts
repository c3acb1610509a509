import { BaseModel, column, connections, sql } from 'active-record-ts';
import { beforeAll, expect, it } from 'vitest';
import { describeModels, errorBeforeSending } from '../support/models.ts';
import { money, typeColumns } from '../support/type-cases.ts';

class Sale extends BaseModel.with({
  id: column.id(),
  shop: column.string().nullable(),
  count: column.integer().nullable(),
  price: column.decimal(10, 2).nullable(),
  views: column.bigint().nullable(),
  ratio: column.double().nullable(),
  single: column.float().nullable(),
  cents: typeColumns.money,
  at: column.datetime().nullable(),
  day: column.date().nullable(),
  flag: column.boolean().nullable(),
}) {}
class Dime extends BaseModel.with({ id: column.id(), price: column.decimal(10, 2), views: column.bigint() }) {}
class Nothing extends BaseModel.with({
  id: column.id(),
  price: column.decimal(10, 2).nullable(),
  count: column.integer().nullable(),
}) {}

const numeric = ['count', 'price', 'views', 'ratio', 'single'] as const;

describeModels('calculations', [Sale, Dime, Nothing], () => {
  beforeAll(async () => {
    await Sale.insertAll([
      {
        shop: 'a',
        count: 1,
        price: '0.10',
        views: 2n ** 53n + 1n,
        ratio: 0.5,
        single: 0.1,
        cents: money(150n),
        at: new Date(5),
        day: '2024-02-29',
      },
      {
        shop: 'a',
        count: 1,
        price: '0.20',
        views: 1n,
        ratio: 0.25,
        single: 0.25,
        cents: money(-50n),
        at: new Date(7),
        day: '1999-12-31',
      },
      {
        shop: 'b',
        count: 2,
        price: '-1.00',
        views: -3n,
        ratio: -1,
        single: 8,
        cents: money(0n),
        at: new Date(6),
        day: '9999-12-31',
      },
      { shop: null },
    ]);
    await Dime.insertAll(Array.from({ length: 1000 }, () => ({ price: '0.10', views: 2n ** 52n })));
  });

  it('count rows, values and different values', async () => {
    expect(await Sale.count()).toBe(4);
    expect(await Sale.count('count')).toBe(3);
    expect(await Sale.distinct().count('count')).toBe(2);
    expect(await Sale.where({ shop: 'a' }).count()).toBe(2);
    expect(await Sale.where({ shop: 'x' }).count()).toBe(0);
    expect(await Sale.select('shop').distinct().count(), 'rows of the query, NULL among them').toBe(3);
    expect(await Sale.order('price').count()).toBe(4);
  });

  it('count what a limit leaves', async () => {
    expect([await Sale.limit(2).count(), await Sale.limit(0).count(), await Sale.limit(9).count()]).toEqual([2, 0, 4]);
    expect([await Sale.offset(3).count(), await Sale.offset(9).count()]).toEqual([1, 0]);
    expect(await Sale.order('id').limit(2).distinct().count('count')).toBe(1);
    expect(await Sale.order('id').offset(2).count('price')).toBe(1);
  });

  it('sum exactly, in the type of the column', async () => {
    expect(await Dime.sum('price')).toBe('100.00');
    expect(await Dime.sum('views')).toBe(1000n * 2n ** 52n);
    expect(await Sale.sum('price')).toBe('-0.70');
    expect(await Sale.sum('views')).toBe(2n ** 53n - 1n);
    expect(await Sale.sum('count')).toBe(4);
    expect(await Sale.sum('ratio')).toBe(-0.25);
    expect(await Sale.sum('single')).toBeCloseTo(8.35, 5);
    expect(await Sale.distinct().sum('count')).toBe(3);
    expect(await Sale.order('id').limit(2).sum('price')).toBe('0.30');
    expect(await Dime.limit(3).sum('price')).toBe('0.30');
    // The type of a custom value that is no number has no sum; at run time it is one of its own.
    expect(await Sale.where({ shop: 'a' }).sum('cents' as 'price')).toEqual(money(100n));
  });

  it('average: numbers as numbers, exact ones with four digits more', async () => {
    expect(await Sale.average('count')).toBeCloseTo(4 / 3, 12);
    expect(await Sale.average('ratio')).toBeCloseTo(-1 / 12, 12);
    expect(await Sale.average('price')).toBe('-0.233333');
    expect(await Sale.where({ shop: 'a' }).average('price')).toBe('0.150000');
    expect(await Sale.average('views')).toBe('3002399751580330.3333');
    expect(await Dime.average('price')).toBe('0.100000');
    expect(await Sale.distinct().average('count')).toBe(1.5);
    expect(await Sale.order('id').limit(2).average('price')).toBe('0.150000');
  });

  it('minimum and maximum have the type of the column', async () => {
    const both = async (name: 'shop' | 'count' | 'price' | 'views' | 'ratio' | 'single' | 'cents' | 'at' | 'day') => [
      await Sale.minimum(name),
      await Sale.maximum(name),
    ];
    expect(await both('shop')).toEqual(['a', 'b']);
    expect(await both('count')).toEqual([1, 2]);
    expect(await both('price')).toEqual(['-1.00', '0.20']);
    expect(await both('views')).toEqual([-3n, 2n ** 53n + 1n]);
    expect(await both('ratio')).toEqual([-1, 0.5]);
    expect(await both('single')).toEqual([0.1, 8]);
    expect(await both('cents')).toEqual([money(-50n), money(150n)]);
    expect(await both('at')).toEqual([new Date(5), new Date(7)]);
    expect(await both('day')).toEqual(['1999-12-31', '9999-12-31']);
    expect(await Sale.order('id').limit(1).maximum('price')).toBe('0.10');
  });

  it('give null where there is no row, or no value', async () => {
    for (const query of [Nothing.all(), Nothing.where({ id: 1 }), Nothing.limit(0)]) {
      expect([
        await query.sum('price'),
        await query.average('price'),
        await query.minimum('price'),
        await query.maximum('count'),
        await query.sum('count'),
      ]).toEqual([null, null, null, null, null]);
      expect(await query.count()).toBe(0);
    }
    for (const name of numeric) {
      const none = Sale.where({ shop: null });
      expect([
        await none.sum(name),
        await none.average(name),
        await none.minimum(name),
        await none.maximum(name),
        await none.count(name),
      ]).toEqual([null, null, null, null, 0]);
    }
  });

  it('round half away from zero on every database', async () => {
    await Nothing.insertAll([{ price: '0.01' }, { price: '0.00' }, { price: '0.00' }]);
    expect(await Nothing.average('price')).toBe('0.003333');
    await connections.get().execute(sql`DELETE FROM nothings WHERE price = 0`);
    await Nothing.insertAll([{ price: '0.00' }]);
    expect(await Nothing.average('price')).toBe('0.005000');
    await Nothing.all().deleteAll({ everyRow: true });
    await Nothing.insertAll([...Array.from({ length: 7 }, () => ({ price: '-0.01' })), { price: '0.00' }]);
    expect(await Nothing.average('price')).toBe('-0.008750');
    await Nothing.all().deleteAll({ everyRow: true });
  });

  it('refuse what has no sum, no order, or no column', async () => {
    for (const ask of [
      () => Sale.sum('shop' as 'price'),
      () => Sale.average('at' as 'price'),
      () => Sale.sum('flag' as 'price'),
      () => Sale.minimum('flag' as 'price'),
    ]) {
      expect((await errorBeforeSending(ask)).code).toBe('AR_QUERY_INVALID');
    }
    for (const ask of [
      () => Sale.sum('prize' as 'price'),
      () => Sale.count('prize' as 'price'),
      () => Sale.maximum('*' as 'price'),
    ]) {
      expect((await errorBeforeSending(ask)).code).toBe('AR_ATTRIBUTE_UNKNOWN');
    }
  });
});
