/** What records are after the transaction, or the savepoint, that they were written in has been rolled back. */
import { BaseModel, column, connections, Rollback, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { attributesOf } from '../../lib/model/metadata.ts';
import { asModel } from '../../lib/model/model-class.ts';
import { assignForTransaction, RecordWrite } from '../../lib/record/snapshot.ts';
import { lifeOf, rowKey } from '../../lib/record/state.ts';
import { describeModels, emptyBeforeEach, statementsOf } from '../support/models.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  count: column.integer().default(0),
  active: column.boolean().default(false),
  data: column.json<{ list: number[] }>().default({ list: [] }),
  bytes: column.binary(8).nullable(),
  at: column.datetime().nullable(),
  ...column.timestamps(),
}) {}
class Token extends BaseModel.with({ id: column.uuid().primaryKey(), text: column.string().unique() }) {}
/** Its columns are read from the database, whose defaults it therefore knows. */
class Loose extends BaseModel {
  static override tableName = 'things';
  declare id: number;
  declare name: string;
  declare count: number;
}
/** Runs `fn` in a transaction that is then rolled back. */
const undone = (fn: () => unknown) =>
  transaction(async () => {
    await fn();
    throw new Rollback();
  });
const row = async (id: number) => (await Thing.find(id)).attributes;
const old = new Date('2020-01-01T00:00:00.000Z');
const older = new Date('2019-01-01T00:00:00.000Z');
const saved = async () => {
  const thing = await Thing.create({ name: 'a', createdAt: old, updatedAt: old, data: { list: [1] } });
  return Thing.find(thing.id);
};

describeModels('after a rollback', [Thing, Token], () => {
  emptyBeforeEach('things', 'tokens');

  it('a record that was created is new again, with what was assigned and without what was made', async () => {
    const thing = new Thing({ name: 'a', at: old });
    await undone(async () => {
      await thing.save();
      expect(thing.isPersisted).toBe(true);
      expect(thing.previousChanges).toHaveProperty('id');
    });
    expect(thing.isNewRecord).toBe(true);
    expect(thing.isPersisted).toBe(false);
    expect(thing.attributes).toEqual({
      ...{ id: null, name: 'a', count: 0, active: false, data: { list: [] }, bytes: null, at: old },
      ...{ createdAt: null, updatedAt: null },
    });
    expect(thing.changes).toEqual({ name: [null, 'a'], at: [null, old] });
    expect(thing.previousChanges).toEqual({});
    expect(thing.primaryKey).toBeNull();
    await thing.save();
    expect(thing.isPersisted).toBe(true);
    expect(thing.id).toEqual(expect.any(Number));
    expect(await row(thing.id)).toEqual(thing.attributes);
    expect(await Thing.count()).toBe(1);
  });

  it('keeps a key that was assigned', async () => {
    const thing = new Thing({ id: 77, name: 'a' });
    await undone(() => thing.save());
    expect(thing.id).toBe(77);
    expect(thing.isNewRecord).toBe(true);
    await thing.save();
    expect(await Thing.ids()).toEqual([77]);
  });

  it('has changes again where they were sent, and the old timestamp', async () => {
    const thing = await saved();
    await thing.update({ count: 1, updatedAt: older });
    const { previousChanges } = thing;
    await undone(async () => {
      await thing.update({ name: 'b', active: true });
      expect(thing.hasChanged()).toBe(false);
      expect(thing.updatedAt).not.toEqual(older);
    });
    expect(thing.changes).toEqual({ name: ['a', 'b'], active: [false, true] });
    expect(thing.attributeWas('name')).toBe('a');
    expect(thing.updatedAt).toEqual(older);
    expect(thing.previousChanges).toBe(previousChanges);
    const [statement] = await statementsOf(() => thing.save());
    expect(statement).toMatch(/UPDATE .things. SET .name. = .*active.*updated_at/);
    expect(await row(thing.id)).toEqual(thing.attributes);
    expect(thing.name).toBe('b');
  });

  it('knows values that were changed in place as changed', async () => {
    const given = new Uint8Array([1, 1]);
    const thing = await saved();
    await thing.updateColumns({ bytes: given });
    given[0] = 9;
    expect(thing.bytes).toEqual(new Uint8Array([1, 1]));
    await thing.update({ bytes: new Uint8Array([1, 2]), at: old });
    const { data } = thing;
    await undone(async () => {
      data.list.push(2);
      thing.bytes?.set([9]);
      thing.at?.setUTCFullYear(2021);
      await thing.save();
      expect(thing.changed).toEqual([]);
    });
    expect(thing.data).toBe(data);
    expect(thing.changes).toEqual({
      data: [{ list: [1] }, { list: [1, 2] }],
      bytes: [new Uint8Array([1, 2]), new Uint8Array([9, 2])],
      at: [old, new Date('2021-01-01T00:00:00.000Z')],
    });
    data.list.push(3);
    await thing.save();
    expect(await row(thing.id)).toEqual(thing.attributes);
    expect(thing.data).toEqual({ list: [1, 2, 3] });
  });

  it('keeps what was assigned after the write', async () => {
    const thing = await saved();
    const fresh = new Thing({ name: 'new' });
    const other = new Thing({ name: 'other' });
    const direct = await saved();
    const moment = new Date('2022-02-02T00:00:00.000Z');
    await undone(async () => {
      await thing.update({ name: 'b' });
      thing.assign({ name: 'c', updatedAt: moment, count: 5 });
      await fresh.save();
      fresh.assign({ id: 1234, name: 'newer' });
      fresh.data.list.push(4);
      await other.save();
      other.data = { list: [5] };
      await direct.updateColumns({ data: { list: [6] } });
      direct.data.list.push(7);
    });
    expect(thing.changes).toEqual({ name: ['a', 'c'], updatedAt: [old, moment], count: [0, 5] });
    expect(fresh).toMatchObject({ id: 1234, name: 'newer', data: { list: [4] }, createdAt: null, isNewRecord: true });
    expect(other.changes).toEqual({ name: [null, 'other'], data: [{ list: [] }, { list: [5] }] });
    expect(direct.changes).toEqual({ data: [{ list: [1] }, { list: [6, 7] }] });
    for (const each of [thing, fresh, other, direct]) await each.save();
    expect(await row(other.id)).toEqual(other.attributes);
    expect(await row(direct.id)).toEqual(direct.attributes);
    expect(await row(thing.id)).toEqual(thing.attributes);
    expect(await row(1234)).toEqual(fresh.attributes);
  });

  it('goes back over several saves', async () => {
    const thing = await saved();
    const fresh = new Thing({ name: 'one' });
    await undone(async () => {
      for (const name of ['b', 'c', 'd']) await thing.update({ name });
      await fresh.save();
      await fresh.update({ name: 'two', count: 2 });
      await fresh.update({ name: 'three' });
    });
    expect(thing.changes).toEqual({ name: ['a', 'd'] });
    expect(thing.updatedAt).toEqual(old);
    expect(fresh.changes).toEqual({ name: [null, 'three'], count: [0, 2] });
    expect(fresh).toMatchObject({ id: null, isNewRecord: true, createdAt: null, updatedAt: null });
  });

  it('is not destroyed any more', async () => {
    const thing = await saved();
    const fresh = new Thing({ name: 'b' });
    const unsaved = new Thing({ name: 'c' });
    await undone(async () => {
      await thing.destroy();
      await (await fresh.save()).delete();
      await unsaved.destroy();
      expect([thing, fresh, unsaved].every((each) => each.isDestroyed)).toBe(true);
    });
    expect([thing, fresh, unsaved].some((each) => each.isDestroyed)).toBe(false);
    expect(thing.isPersisted).toBe(true);
    expect(fresh.isNewRecord).toBe(true);
    await Promise.all([fresh.save(), unsaved.save()]);
    await thing.destroy();
    expect(await Thing.order('name').pluck('name')).toEqual(['b', 'c']);
  });

  it('goes back with its savepoint alone, and with the outer transaction', async () => {
    const thing = await saved();
    const fresh = new Thing({ name: 'x' });
    await transaction(async () => {
      await thing.update({ count: 1 });
      await undone(async () => {
        await thing.update({ name: 'inner' });
        await fresh.save();
      });
      expect(thing.changes).toEqual({ name: ['a', 'inner'] });
      expect(fresh.isNewRecord).toBe(true);
      await fresh.save();
    });
    expect(thing.changes).toEqual({ name: ['a', 'inner'] });
    expect(fresh.isPersisted).toBe(true);
    expect(await Thing.order('id').pluck('name', 'count')).toEqual([
      ['a', 1],
      ['x', 0],
    ]);
    const third = new Thing({ name: 'y' });
    await undone(async () => {
      await transaction(async () => {
        await transaction(() => third.save());
        await thing.save();
      });
      expect(thing.changed).toEqual([]);
      await transaction(() => fresh.destroy(), { join: true });
    });
    expect(third.isNewRecord).toBe(true);
    expect(fresh.isDestroyed).toBe(false);
    expect(thing.changes).toEqual({ name: ['a', 'inner'] });
    expect(thing.count).toBe(1);
  });

  it('stays as it is where the transaction is committed', async () => {
    const thing = await transaction(async () => {
      const made = await Thing.create({ name: 'a' });
      await transaction(() => made.update({ name: 'b' }));
      return made;
    });
    expect(thing).toMatchObject({ isPersisted: true, name: 'b', changed: [] });
    expect(thing?.previousChanges).toMatchObject({ name: ['a', 'b'] });
  });

  it('has back what was written past the save pipeline', async () => {
    const thing = await saved();
    thing.name = 'pending';
    await undone(async () => {
      await thing.increment('count', 2, { touch: true });
      await thing.decrement('count');
      await thing.toggle('active');
      await thing.touch('at');
      await thing.updateColumns({ name: 'direct', data: { list: [7] } });
      expect(thing).toMatchObject({ count: 1, active: true, name: 'direct', data: { list: [7] }, changed: [] });
    });
    expect(thing).toMatchObject({ count: 0, active: false, at: null, name: 'pending', data: { list: [1] } });
    expect(thing.updatedAt).toEqual(old);
    expect(thing.changes).toEqual({ name: ['a', 'pending'] });
    await thing.increment('count');
    await thing.save();
    expect(await row(thing.id)).toEqual(thing.attributes);
    expect(thing.count).toBe(1);
  });

  it('keeps what a reload has read of columns that it had not written', async () => {
    const thing = await saved();
    await undone(async () => {
      await thing.update({ name: 'b' });
      await Thing.where({ id: thing.id }).updateAll({ count: 9 });
      await thing.reload();
      expect(thing.changed).toEqual([]);
    });
    expect(thing).toMatchObject({ name: 'b', count: 9 });
    expect(thing.changes).toEqual({ name: ['a', 'b'] });
    expect(thing.updatedAt).toEqual(old);
    const fresh = new Thing({ name: 'x', active: true, data: { list: [3] }, at: old });
    await undone(async () => (await fresh.save()).reload());
    expect(fresh).toMatchObject({ id: null, isNewRecord: true, name: 'x', active: true, data: { list: [3] }, at: old });
    await fresh.save();
    expect(await row(fresh.id)).toEqual(fresh.attributes);
  });

  it('has no key any more that the library made', async () => {
    const mine = '0190a1b2-0000-7000-8000-000000000001';
    const [made, given] = [new Token({ text: 'a' }), new Token({ id: mine, text: 'b' })];
    let first = '';
    await undone(async () => {
      await Promise.all([made.save(), given.save()]);
      first = made.id;
    });
    expect(made.id).toBeNull();
    expect(given.id).toBe(mine);
    await made.save();
    await given.save();
    expect(made.id).not.toBe(first);
    expect((await Token.ids()).sort()).toEqual([made.id, mine].sort());
  });

  it('has no default any more that the database made', async () => {
    await Loose.loadColumns();
    const moments = { createdAt: old, updatedAt: old, data: { list: [] } };
    const loose = new Loose({ name: 'a', ...moments });
    await undone(async () => {
      await loose.save();
      expect(loose.count).toBe(0);
    });
    expect(loose).toMatchObject({ isNewRecord: true, id: null, count: null, name: 'a' });
    const [statement] = await statementsOf(() => loose.save());
    expect(statement).not.toMatch(/INSERT [^)]*count/);
    expect(loose.count).toBe(0);
  });

  it('has back what was assigned only for as long as the transaction lasts', async () => {
    const connection = connections.get();
    const count = attributesOf(asModel(Thing)).get('count');
    const children = [1, 2, 3, 4].map((number) => new Thing({ name: `c${number}` }));
    const [unsaved, child, reassigned, committed] = children as [Thing, Thing, Thing, Thing];
    await undone(async () => {
      for (const each of [unsaved, child, reassigned]) assignForTransaction(connection, each, count, 5);
      await child.save();
      reassigned.count = 6;
    });
    await transaction(async () => assignForTransaction(connection, committed, count, 7));
    expect(children.map((each) => each.count)).toEqual([0, 0, 6, 7]);
    expect(children.map((each) => each.hasChanged('count'))).toEqual([false, false, true, true]);
    assignForTransaction(connection, unsaved, count, 8);
    expect(unsaved.changes).toHaveProperty('count', [0, 8]);
  });

  it('goes back also where the rollback is over before the record shows the write', () => {
    const thing = new Thing({ name: 'a' });
    const write = new RecordWrite(thing).setting(thing, [attributesOf(asModel(Thing)).get('name')]).destroying(thing);
    write.undo();
    lifeOf(thing).isDestroyed = true;
    thing[rowKey].name = 'b';
    lifeOf(thing).originals = undefined;
    write.applied();
    expect(thing).toMatchObject({ name: 'a', isDestroyed: false, changed: ['name'] });
  });
});
