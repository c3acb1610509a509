import { BaseModel, column, connections, sql, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Meter extends BaseModel.with({
  id: column.id(),
  name: column.string(20).default(''),
  age: column.integer().default(0),
  value: column.integer().default(0),
  small: column.smallint().default(0),
  tiny: column.tinyint().default(0),
  price: column.decimal(10, 2).default('0.00'),
  weight: column.float().default(0),
  ratio: column.double().default(0),
  active: column.boolean().default(false),
}) {}
class Spot extends BaseModel.with({
  id: column.id(),
  url: column.string(50).unique(),
  visits: column.integer().default(0),
}) {}
class Code extends BaseModel.with({
  code: column.string(20).primaryKey(),
  n: column.integer().default(0),
}) {}

describeModels('edges of writing', [Meter, Spot, Code], ({ dialect }) => {
  emptyBeforeEach('meters', 'spots', 'codes');

  it('shows expressions the row as it was, whichever is named first', async () => {
    const meter = await Meter.create({ age: 5 });
    await Meter.where({ id: meter.id }).updateAll({ age: 100, value: sql`age` });
    expect(await Meter.pluck('age', 'value')).toEqual([[100, 5]]);
    await Meter.upsertAll([{ id: meter.id }], { update: { age: 7, value: sql`meters.age` } });
    expect(await Meter.pluck('age', 'value')).toEqual([[7, 100]]);
  });

  it('tells the ids of the rows that an upsert has written', async () => {
    const spot = await Spot.create({ url: '/a' });
    const other = spot.id + 1000;
    const upsert = () => Spot.upsertAll([{ id: other, url: '/a', visits: 3 }], { conflict: 'id', update: ['visits'] });
    if (dialect !== 'mysql') {
      expect((await errorOf(upsert)).code).toBe('AR_NOT_UNIQUE');
      return;
    }
    const result = await upsert();
    if (connections.get().dialect.features.bulkIds) expect(result.ids).toEqual([spot.id]);
    else expect((await errorOf(() => result.ids)).code).toBe('AR_CAPABILITY_MISSING');
    expect(await Spot.pluck('id', 'visits')).toEqual([[spot.id, 3]]);
    if (!connections.get().dialect.features.bulkIds) return;
    // Nothing is changed by it, and another is new.
    const rows = [
      { id: other + 1, url: '/b', visits: 1 },
      { id: spot.id, url: '/a', visits: 3 },
    ];
    expect((await Spot.upsertAll(rows)).ids).toEqual([other + 1, spot.id]);
  });

  it('sends the increments of one record one after the other', async () => {
    const meter = await Meter.create({});
    const check = async () => {
      const memory = { ...meter.attributes };
      expect(meter.hasChanged()).toBe(false);
      expect((await Meter.find(meter.id)).attributes).toEqual(memory);
      return memory;
    };
    const many = () =>
      Promise.all([
        ...Array.from({ length: 9 }, () => meter.increment('value', 2)),
        meter.decrement('value', 5),
        ...Array.from({ length: 5 }, () => meter.toggle('active')),
        meter.increment('price', '0.10'),
        meter.increment('price', '0.20'),
      ]);
    await many();
    expect(await check()).toMatchObject({ value: 13, active: true, price: '0.30' });
    await transaction(many);
    expect(await check()).toMatchObject({ value: 26, active: false, price: '0.60' });
    const [failed] = await Promise.allSettled([meter.increment('tiny', 100), meter.increment('tiny', 100), many()]);
    expect(failed.status).toBe('fulfilled');
    expect(await check()).toMatchObject({ tiny: 100, value: 39 });
  });

  it('keeps what is assigned while increments wait', async () => {
    const meter = await Meter.create({});
    const adding = Promise.all([meter.increment('value'), meter.increment('value'), meter.increment('value')]);
    meter.value = 50;
    await adding;
    expect(meter.changes).toEqual({ value: [3, 50] });
    expect(await Meter.pluck('value')).toEqual([3]);
  });

  it('does not wait for an increment that waits for its own transaction', async () => {
    if (dialect === 'sqlite') return;
    const meter = await Meter.create({});
    let outside: Promise<unknown> | undefined;
    await transaction(async () => {
      await meter.increment('value');
      outside = connections.get().withoutTransaction(() => meter.increment('value'));
      await meter.increment('value');
    });
    await outside;
    expect(await Meter.pluck('value')).toEqual([3]);
  });

  it('increments to the limits of a column and not past them', async () => {
    const full = {
      value: 2147483647,
      small: 32767,
      tiny: 127,
      price: '99999999.99',
      weight: 3.4028234663852886e38,
    };
    const meter = await Meter.create({});
    for (const [name, most] of Object.entries(full)) {
      if (name === 'weight' && dialect !== 'sqlite') continue;
      await meter.increment(name as 'value', most as number);
      expect(String(meter.attributes[name as 'value'])).toBe(
        String(new Meter({ [name]: most }).attributes[name as 'value']),
      );
      const error = await errorOf(() => meter.increment(name as 'value', name === 'weight' ? 1e38 : 1));
      expect([name, error.code]).toEqual([name, 'AR_VALUE_OUT_OF_RANGE']);
      expect(meter.hasChanged()).toBe(false);
      expect((await Meter.find(meter.id)).attributes).toEqual(meter.attributes);
      await meter.decrement(name as 'value', most as number);
      await meter.decrement(name as 'value', most as number);
      const least = await errorOf(() => meter.decrement(name as 'value', name === 'weight' ? 1e38 : 2));
      expect([name, least.code]).toEqual([name, 'AR_VALUE_OUT_OF_RANGE']);
    }
    await Meter.where({ id: meter.id }).deleteAll();
    expect((await errorOf(() => meter.increment('value'))).code).toBe('AR_RECORD_NOT_FOUND');
  });

  it('finds many by the keys by which it finds one', async () => {
    await Code.insertAll([{ code: 'a' }, { code: 'b' }]);
    const one = await Code.find('A').catch(() => undefined);
    expect(one?.code).toBe(dialect === 'mysql' ? 'a' : undefined);
    if (one === undefined) {
      expect((await errorOf(() => Code.find(['b', 'A']))).keys).toEqual(['A']);
      return;
    }
    expect((await Code.find(['A'])).map(({ code }) => code)).toEqual(['a']);
    const [b, upper, lower] = await Code.find(['B', 'A', 'a']);
    expect([b?.code, lower?.code]).toEqual(['b', 'a']);
    expect(upper).toBe(lower);
    expect((await errorOf(() => Code.find(['A', 'x']))).keys).toEqual(['x']);
    expect(await statementsOf(() => Code.find(['a', 'b']))).toHaveLength(1);
    expect((await errorOf(() => Code.where({ n: 1 }).find(['A', 'b']))).keys).toEqual(['A', 'b']);
  });
});
