/** `seed`: records that shall be there, however often it is asked for them. */
import {
  BaseModel,
  belongsTo,
  column,
  InvalidQuery,
  RecordInvalid,
  SoftDelete,
  SoleRecordExceeded,
  seed,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Land extends BaseModel.with({
  id: column.id(),
  code: column.string(),
  name: column.string().nullable(),
  updatedAt: column.datetime().nullable(),
}) {
  static validations = { name: { length: { max: 20 } } };
}
class City extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  name: column.string(),
  landId: column.references('lands'),
  get land() {
    return belongsTo(Land);
  },
}) {}

describeModels('seed', [Land, City], () => {
  emptyBeforeEach('cities', 'lands');
  const writes = (statements: readonly string[]) => statements.filter((text) => /^(?:INSERT|UPDATE|DELETE)/.test(text));

  it('creates a record, and gives it', async () => {
    const land = await seed(Land, { code: 'se' }, { name: 'Sweden' });
    expect(land).toBeInstanceOf(Land);
    expect(await Land.all()).toMatchObject([{ id: land.id, code: 'se', name: 'Sweden' }]);
  });

  it('writes nothing the second time', async () => {
    const first = await seed(Land, { code: 'se' }, { name: 'Sweden' });
    const statements = await statementsOf(async () => {
      expect((await seed(Land, { code: 'se' }, { name: 'Sweden' })).id).toBe(first.id);
    });
    expect(statements).toHaveLength(1);
    expect(writes(statements)).toEqual([]);
  });

  it('brings up to date what differs, and leaves the rest alone', async () => {
    await seed(Land, { code: 'se' }, { name: 'Sweden' });
    await seed(Land, { code: 'se' }, { name: 'Sverige' });
    await seed(Land, { code: 'se' });
    expect(await Land.pluck('name')).toEqual(['Sverige']);
  });

  it('takes associated records', async () => {
    const land = await seed(Land, { code: 'se' });
    await seed(City, { name: 'Lund' }, { land });
    await seed(City, { name: 'Lund' }, { land });
    expect(await City.pluck('landId')).toEqual([land.id]);
  });

  it('finds what a default scope hides', async () => {
    const land = await seed(Land, { code: 'se' });
    const lund = await seed(City, { name: 'Lund' }, { land });
    await lund.destroy();
    expect((await seed(City, { name: 'Lund' }, { land })).id).toBe(lund.id);
  });

  it('does not choose among several', async () => {
    await Land.create({ code: 'se' });
    await Land.create({ code: 'se' });
    expect(await errorOf(() => seed(Land, { code: 'se' }, { name: 'x' }))).toBeInstanceOf(SoleRecordExceeded);
    expect(await Land.pluck('name')).toEqual([null, null]);
  });

  it('keeps to validations', async () => {
    expect(await errorOf(() => seed(Land, { code: 'se' }, { name: 'x'.repeat(21) }))).toBeInstanceOf(RecordInvalid);
    expect(await Land.count()).toBe(0);
  });

  it.each([[{}], [undefined], [null], ['se']])('needs something to find it by, not %j', async (by) => {
    const error = await errorBeforeSending(() => Reflect.apply(seed, undefined, [Land, by]));
    expect(error).toBeInstanceOf(InvalidQuery);
    expect(error.message).toContain('seed(User,');
  });

  it.each([[undefined], [class {}], [{}]])('needs a model, not %s', async (model) => {
    const error = await errorBeforeSending(() => Reflect.apply(seed, undefined, [model, { code: 'se' }]));
    expect(error).toBeInstanceOf(InvalidQuery);
  });
});
