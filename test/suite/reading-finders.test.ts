import { BaseModel, column, RecordNotFound, SoleRecordExceeded, sql } from 'active-record-ts';
import { beforeAll, expect, it } from 'vitest';
import { describeModels, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
}) {}

describeModels('finders', [User], () => {
  beforeAll(async () => {
    await User.insertAll([
      { name: 'Ada', age: 36 },
      { name: 'Bob', age: 17 },
      { name: 'Cyd', age: 17 },
    ]);
  });

  it('find one by conditions, or fail', async () => {
    expect((await User.findByOrFail({ name: 'Bob' })).id).toBe(2);
    expect((await User.where({ age: 17 }).findByOrFail(sql`name > ${'Bob'}`)).name).toBe('Cyd');
    expect((await User.order('name').firstOrFail()).name).toBe('Ada');
    expect((await User.lastOrFail()).name).toBe('Cyd');
    expect((await User.where({ name: 'Ada' }).takeOrFail()).name).toBe('Ada');
    const none = User.where({ name: 'x' });
    for (const run of [
      () => User.findByOrFail({ name: 'x' }),
      () => User.findSoleBy({ name: 'x' }),
      () => none.firstOrFail(),
      () => none.lastOrFail(),
      () => none.takeOrFail(),
      () => none.sole(),
      () => User.all().none().sole(),
      () => User.limit(0).sole(),
    ]) {
      const error = await errorOf(run);
      expect(error).toBeInstanceOf(RecordNotFound);
      expect(error).toMatchObject({ model: 'User', code: 'AR_RECORD_NOT_FOUND' });
      expect(error.stack).toContain('reading-finders.test.ts');
    }
  });

  it('find the only one, or fail', async () => {
    expect((await User.findSoleBy({ name: 'Ada' })).age).toBe(36);
    expect((await User.where({ age: 36 }).sole()).name).toBe('Ada');
    expect((await User.limit(1).sole()).id).toBeGreaterThan(0);
    for (const run of [() => User.findSoleBy({ age: 17 }), () => User.sole()]) {
      const error = await errorOf(run);
      expect(error).toBeInstanceOf(SoleRecordExceeded);
      expect(error).toMatchObject({ code: 'AR_SOLE_RECORD', model: 'User' });
    }
    const sent = await statementsOf(() => User.findSoleBy({ name: 'Ada' }));
    expect(sent[0]).toMatch(/LIMIT 2$/);
  });

  it('find by position', async () => {
    expect([(await User.second())?.name, (await User.third())?.name]).toEqual(['Bob', 'Cyd']);
    expect((await User.order('name', 'desc').second())?.name).toBe('Bob');
    expect((await User.order('id').offset(1).second())?.name).toBe('Cyd');
    expect([await User.limit(1).second(), await User.offset(2).second(), await User.where({ id: 1 }).third()]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('tell how many there are, roughly', async () => {
    const [none, one, two] = [User.where({ age: 1 }), User.where({ age: 36 }), User.where({ age: 17 })];
    const figures = async (query: typeof none) => [await query.isEmpty(), await query.one(), await query.many()];
    expect(await figures(none)).toEqual([true, false, false]);
    expect(await figures(one)).toEqual([false, true, false]);
    expect(await figures(two)).toEqual([false, false, true]);
    expect(await figures(two.limit(1))).toEqual([false, true, false]);
    expect(await figures(two.none())).toEqual([true, false, false]);
    expect([await two.select('age').distinct().many(), await two.select('age').distinct().one()]).toEqual([
      false,
      true,
    ]);
    expect([await User.isEmpty(), await User.one(), await User.many()]).toEqual([false, false, true]);
  });

  it('pick values of the first row', async () => {
    expect(await User.where({ id: 2 }).pick('name')).toBe('Bob');
    expect(await User.order('id').pick('id', 'age')).toEqual([1, 36]);
    expect(await User.where({ id: 9 }).pick('name')).toBeNull();
    expect(await User.limit(0).pick('name')).toBeNull();
    expect(await User.all().none().pick('name')).toBeNull();
  });
});
