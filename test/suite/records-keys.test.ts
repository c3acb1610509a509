import { BaseModel, column } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Line extends BaseModel.with({
  orderId: column.integer().primaryKey(),
  number: column.integer().primaryKey(),
  text: column.string().default(''),
}) {}
class Country extends BaseModel.with({ code: column.string(2).primaryKey(), name: column.string() }) {}
class Version extends BaseModel.with({
  at: column.datetime(6).primaryKey(),
  hash: column.binary(4).primaryKey(),
  big: column.bigint().primaryKey(),
}) {}
class Price extends BaseModel.with({ amount: column.decimal(12, 2).primaryKey(), label: column.string() }) {}

describeModels('primary keys', [Line, Country, Version, Price], () => {
  emptyBeforeEach('lines', 'countries', 'versions', 'prices');

  it('of several columns name a row to find, update, reload and delete', async () => {
    for (const number of [1, 2, 3]) await Line.create({ orderId: 1, number, text: `t${number}` });
    const line = await Line.find({ number: 2, orderId: 1 });
    expect(line.primaryKey).toEqual({ orderId: 1, number: 2 });
    await line.update({ text: 'changed' });
    expect((await line.reload()).text).toBe('changed');
    await line.destroy();
    expect(await Line.order('number').pluck('text')).toEqual(['t1', 't3']);
    expect(await Line.order('number', 'desc').ids()).toEqual([
      { orderId: 1, number: 3 },
      { orderId: 1, number: 1 },
    ]);
    const many = await Line.find([
      { orderId: 1, number: 3 },
      { orderId: 1, number: 1 },
    ]);
    expect(many.map((each) => each.number)).toEqual([3, 1]);
    expect((await Line.first())?.number).toBe(1);
    expect((await Line.last())?.number).toBe(3);
  });

  it('of several columns are given whole', async () => {
    for (const key of [{ orderId: 1 }, { orderId: 1, number: 2, text: 'x' }, { orderId: 1, nmuber: 2 }, 1, [], null]) {
      const find = () => Line.find(key as never);
      if (Array.isArray(key)) expect(await Line.find(key)).toEqual([]);
      else expect((await errorBeforeSending(find)).code).toMatch(/^AR_(QUERY|VALUE)_INVALID$/);
    }
    const missing = await errorOf(() =>
      Line.find([
        { orderId: 1, number: 9 },
        { orderId: 8, number: 9 },
      ]),
    );
    expect(missing.message).toContain('{"orderId":1,"number":9}, {"orderId":8,"number":9}');
    const invalid = await errorOf(() => Line.create({ orderId: 1 } as never));
    expect(invalid.message).toBe("Line was not saved: Number can't be blank.");
  });

  it('can be of any type', async () => {
    const at = new Date('2026-01-01T00:00:00.001Z');
    const key = { at, hash: new Uint8Array([0, 39, 92, 255]), big: 2n ** 53n + 1n };
    await Version.create(key);
    await Version.create({ ...key, at: new Date('2026-01-01T00:00:00.002Z') });
    expect((await Version.find(key)).at).toEqual(at);
    const both = await Version.find([{ ...key, at: new Date('2026-01-01T00:00:00.002Z') }, key]);
    expect(both.map((each) => each.at.getTime() % 10)).toEqual([2, 1]);
    await both[0]?.destroy();
    expect(await Version.count()).toBe(1);
    await Price.create({ amount: '9999999999.99', label: 'high' });
    await Price.create({ amount: '9999999999.98', label: 'low' });
    expect((await Price.find('9999999999.98')).label).toBe('low');
  });

  it('that change name the row by what they were', async () => {
    const country = await Country.create({ code: 'AD', name: 'Andorra' });
    await country.update({ code: 'AX' });
    expect(await Country.pluck('code')).toEqual(['AX']);
    country.code = 'AZ';
    expect((await country.reload()).code).toBe('AX');
    country.code = 'AZ';
    await country.destroy();
    expect(await Country.count()).toBe(0);
  });

  it('that are missing are named, all of them, in one error', async () => {
    await Country.insertAll([
      { code: 'AD', name: 'a' },
      { code: 'BE', name: 'b' },
    ]);
    const error = await errorOf(() => Country.find(['BE', 'ZZ', 'AD', 'YY']));
    expect(error).toMatchObject({ code: 'AR_RECORD_NOT_FOUND', model: 'Country', keys: ['ZZ', 'YY'] });
    expect(error.message).toBe(
      'There are no Country records with code ZZ, YY. findBy({ … }) gives null instead of throwing.',
    );
    const one = await errorOf(() => Country.where({ name: 'b' }).find('AD'));
    expect(one.message).toContain('There is no Country with code AD that meets the conditions.');
  });

  it('in a list give the records in the order asked, in one statement', async () => {
    await Country.insertAll([
      { code: 'AD', name: 'a' },
      { code: 'BE', name: 'b' },
      { code: 'CH', name: 'c' },
    ]);
    let names: string[] = [];
    const statements = await statementsOf(async () => {
      names = (await Country.find(['CH', 'AD', 'CH'])).map((country) => country.name);
    });
    expect(names).toEqual(['c', 'a', 'c']);
    expect(statements).toHaveLength(1);
    expect(await statementsOf(() => Country.find([]))).toEqual([]);
  });

  it('that were not selected cannot name a row', async () => {
    await Country.create({ code: 'AD', name: 'Andorra' });
    const partial = (await Country.select('name').first()) as unknown as Country;
    partial.name = 'x';
    expect((await errorBeforeSending(() => partial.save())).code).toBe('AR_RECORD_NOT_PERSISTED');
  });
});
