import {
  BaseModel,
  column,
  connect,
  createAll,
  disconnect,
  gt,
  lt,
  type Query,
  sql,
  transaction,
} from 'active-record-ts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class Item extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  value: column.integer().nullable(),
  rows: column.integer().nullable(),
  price: column.decimal(10, 2).default('0.00'),
}) {}
let tenant = 1;
class Owned extends BaseModel.with({ id: column.id(), tenant: column.integer(), title: column.string() }) {
  static defaultScope = (all: Query<typeof Owned>) => all.where({ tenant });
}

/** What a fresh pair of eyes found, each with the mend's test. */
describeEachDatabase('the query language, looked at again', (database) => {
  beforeAll(async () => {
    await connect(database.url);
    await createAll([Item, Owned]);
  });
  beforeEach(async () => {
    await Item.deleteAll({ everyRow: true });
    await Owned.unscoped().deleteAll({ everyRow: true });
    await Item.insertAll([
      { id: 1, name: 'a', value: 7, rows: 1, price: '1.10' },
      { id: 2, name: 'b', value: 9, rows: 1, price: '2.20' },
      { id: 3, name: 'c', value: 7, rows: 2, price: '3.30' },
    ]);
    await Owned.insertAll([
      { id: 1, tenant: 1, title: 'a' },
      { id: 2, tenant: 2, title: 'a' },
      { id: 3, tenant: 2, title: 'b' },
    ]);
    tenant = 1;
  });
  afterAll(async () => {
    await disconnect();
  });

  it('finds nothing with none(), also inside other queries', async () => {
    const none = Item.none();
    expect(await Item.where({ id: none }).count()).toBe(0);
    expect(await Item.where({ id: none }).deleteAll()).toBe(0);
    expect(await Item.where({ name: 'a' }).or(none).ids()).toEqual([1]);
    expect(await none.or({ name: 'a' }).ids()).toEqual([1]);
    expect(await Item.where({ name: 'a' }).and(none).ids()).toEqual([]);
    expect(await Item.where({ name: 'a' }).union(none).ids()).toEqual([1]);
    expect(await Item.all().except(none).count()).toBe(3);
    expect(await Item.all().intersect(none).count()).toBe(0);
    expect(await Item.whereExists(none).count()).toBe(0);
    expect(await Item.from(none).count()).toBe(0);
    expect(await Item.count()).toBe(3);
  });

  it('asks a default scope anew for each query', async () => {
    expect(await Owned.ids()).toEqual([1]);
    tenant = 2;
    expect(await Owned.order('id').ids()).toEqual([2, 3]);
  });

  it('holds the default scope on both sides of or', async () => {
    expect(await Owned.where({ title: 'x' }).or({ title: 'b' }).ids()).toEqual([]);
    expect(
      await Owned.where({ title: 'x' })
        .or(Owned.where({ title: 'b' }))
        .deleteAll(),
    ).toBe(0);
    expect(await Owned.where({ title: 'x' }).or({ title: 'a' }).ids()).toEqual([1]);
  });

  it('does not take conditions that nobody has written for conditions of a write', async () => {
    for (const write of [
      () => Owned.all().deleteAll(),
      () => Owned.where({}).updateAll({ title: 'z' }),
      () => Item.excluding().deleteAll(),
      () => Item.excluding(...[]).destroyAll(),
      () => Item.whereNot({ id: [] }).deleteAll(),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'AR_EVERY_ROW' });
    expect(await Item.count()).toBe(3);
    expect(await Owned.all().deleteAll({ everyRow: true })).toBe(1);
    expect(await Owned.unscoped().count()).toBe(2);
  });

  it('destroys all rows of a query that is turned around', async () => {
    await Item.insertAll(
      Array.from({ length: 1500 }, (_, index) => ({ id: 1000 + index, name: `many ${index}`, value: 100 })),
    );
    expect(await Item.where({ value: 100 }).reverseOrder().destroyAll()).toHaveLength(1500);
    expect(await Item.count()).toBe(3);
  });

  it('groups by columns that are named like its own figures', async () => {
    expect(await Item.group('value').count()).toEqual(
      new Map([
        [7, 2],
        [9, 1],
      ]),
    );
    expect(await Item.group('value').sum('price')).toEqual(
      new Map([
        [7, '4.40'],
        [9, '2.20'],
      ]),
    );
    expect(await Item.group('rows').sum('price')).toEqual(
      new Map([
        [1, '3.30'],
        [2, '3.30'],
      ]),
    );
  });

  it('takes several conditions on a figure, also with a fraction', async () => {
    expect(await Item.group('value').having(gt(1)).having(lt(1)).count()).toEqual(new Map());
    expect(await Item.group('value').having(gt(1.5)).count()).toEqual(new Map([[7, 2]]));
    expect(await Item.group('value').having(gt('2.25')).sum('price')).toEqual(new Map([[7, '4.40']]));
  });

  it('keeps what it joins when it is merged', async () => {
    const joined = Item.joins('owneds', sql`owneds.id = items.id`).where({ name: 'a' });
    expect(await joined.merge(Item.joins(['owneds', 'o'], sql`o.id = items.id`)).ids()).toEqual([1]);
    const query = Item.all()
      .cte('x', Item.where({ id: 1 }).select('id'))
      .joins('x', sql`x.id = items.id`);
    expect(await query.merge(Item.all().cte('y', Item.select('id'))).ids()).toEqual([1]);
  });

  it('refuses to turn around SQL in one piece', async () => {
    await expect(Promise.resolve(Item.order(sql`value, name`).reverseOrder())).rejects.toThrow(/one piece of SQL/);
    await expect(Item.order(sql`name desc`).last()).rejects.toThrow(/one piece of SQL/);
  });

  it('replaces and takes away negated conditions too', async () => {
    expect(await Item.whereNot({ value: 7 }).rewhere({ value: 7 }).count()).toBe(2);
    expect(await Item.whereNot({ value: 7 }).unscope({ where: 'value' }).count()).toBe(3);
    expect(
      await Item.where({ id: 1 })
        .and(Item.where({ value: 9 }))
        .unscope({ where: 'value' })
        .ids(),
    ).toEqual([1]);
  });

  it('refuses pages by cursor where a row comes several times', async () => {
    const fan = Item.joins('owneds', sql`owneds.tenant > 0`);
    await expect(fan.cursorPaginate({ limit: 2 })).rejects.toThrow(/several times/);
  });

  it('counts an offset of different rows', async () => {
    expect(await Item.where({ value: 7 }).select('value').distinct().offset(1).exists()).toBe(false);
  });

  it('begins a recursive table where a limited query says', async () => {
    const up = Item.all().recursiveCte('up', {
      columns: ['id'],
      base: Item.order('id', 'desc').limit(1).select('id'),
      step: sql`SELECT id - 1 FROM up WHERE id > 2`,
    });
    expect((await up.joins('up', sql`up.id = items.id`).ids()).sort()).toEqual([2, 3]);
  });

  it('does not lock where a lock would be gone at once, or has no rows', async () => {
    await expect(Item.lock().pluck('name')).rejects.toThrow(/outside of a transaction/);
    expect(() => Item.all().union(Item.lock())).toThrow(/lock/);
    await transaction(async () => {
      await expect(Promise.resolve(Item.all().union(Item.all()).lock())).rejects.toThrow(/cannot be locked/);
    });
  });

  it('compares with an expression', async () => {
    expect(
      await Item.where({ value: gt(sql`id + 5`) })
        .order('id')
        .ids(),
    ).toEqual([1, 2]);
  });
});
