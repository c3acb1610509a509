import {
  BaseModel,
  column,
  connections,
  RecordDestroyed,
  RecordNotFound,
  RecordNotPersisted,
  sql,
  transaction,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'member'], { scopes: true }).default('member'),
  preferences: column.json<{ dark: boolean }>().nullable(),
  ...column.timestamps(),
}) {}
class Tag extends BaseModel.with({ id: column.id(), name: column.string().nullable() }) {}
class Keyless extends BaseModel.with({ name: column.string() }) {}

describeModels('records', [User, Tag, Keyless], () => {
  emptyBeforeEach('users', 'tags', 'keylesses');

  it('are new, then persisted, then destroyed', async () => {
    const user = new User({ name: 'Ada' });
    const states = () => [user.isNewRecord, user.isPersisted, user.isDestroyed];
    expect(states()).toEqual([true, false, false]);
    await user.save();
    expect(states()).toEqual([false, true, false]);
    const found = await User.find(user.id);
    expect([found.isNewRecord, found.isPersisted, found.isDestroyed]).toEqual([false, true, false]);
    expect(await user.destroy()).toBe(user);
    expect(states()).toEqual([false, false, true]);
    expect(await User.exists({ id: user.id })).toBe(false);
    expect(user.name).toBe('Ada');
  });

  it('are created from attributes, or from a bare name, with what the database and the defaults fill in', async () => {
    const ada = await User.create({ name: 'Ada', age: 36 });
    expect(ada.attributes).toEqual({ ...ada.attributes, name: 'Ada', age: 36, role: 'member', preferences: null });
    expect(ada.id).toBeGreaterThan(0);
    expect((await User.find(ada.id)).attributes).toEqual(ada.attributes);
    const bob = await User.create('Bob');
    expect([bob.name, bob.id > ada.id]).toEqual(['Bob', true]);
    expect((await Tag.create({})).id).toBeGreaterThan(0);
    const given = await User.create({ id: 1_000_000, name: 'Given' });
    expect(given.id).toBe(1_000_000);
    expect((await User.find(1_000_000)).name).toBe('Given');
  });

  it('are inserted in one statement', async () => {
    expect(await statementsOf(() => User.create({ name: 'Ada' }))).toHaveLength(1);
    expect(await statementsOf(() => User.create({ id: 77, name: 'Ada' }))).toHaveLength(1);
  });

  it('send only what has changed, and nothing where nothing has', async () => {
    const user = await User.create({ name: 'Ada', age: 36, updatedAt: new Date(0) });
    expect(await statementsOf(() => user.save())).toEqual([]);
    user.name = 'Ada';
    expect(await statementsOf(() => user.save())).toEqual([]);
    user.age = 37;
    const [statement = '', ...others] = await statementsOf(() => user.save());
    expect(others).toEqual([]);
    expect(statement.replaceAll(/[`"]/g, '').replaceAll(/\$\d/g, '?')).toBe(
      'UPDATE users SET age = ?, updated_at = ? WHERE id = ?',
    );
    await connections.get().execute(sql`UPDATE users SET name = 'Elsewhere'`);
    await user.update({ age: 38 });
    expect((await User.find(user.id)).name).toBe('Elsewhere');
  });

  it('keep their timestamps right', async () => {
    const before = Date.now();
    const user = await User.create('Ada');
    expect(user.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(user.updatedAt).toEqual(user.createdAt);
    const created = new Date('2020-01-01T00:00:00Z');
    const old = await User.create({ name: 'Old', createdAt: created, updatedAt: created });
    expect([old.createdAt, old.updatedAt]).toEqual([created, created]);
    await old.update({ age: 1 });
    const found = await User.find(old.id);
    expect(found.createdAt).toEqual(created);
    expect(found.updatedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(found.updatedAt).toEqual(old.updatedAt);
    await old.update({ age: 2, updatedAt: created });
    expect((await User.find(old.id)).updatedAt).toEqual(created);
  });

  it('that could not be saved keep no timestamp of the attempt', async () => {
    const user = new User();
    await errorOf(() => user.save());
    expect([user.createdAt, user.updatedAt]).toEqual([null, null]);
    user.name = 'Ada';
    await user.save();
    const before = user.updatedAt;
    user.name = 'x'.repeat(256);
    await errorOf(() => user.save());
    expect(user.updatedAt).toEqual(before);
    expect(user.changed).toEqual(['name']);
  });

  it('stamp an update also where the timestamp was not selected', async () => {
    const created = new Date('2020-01-01T00:00:00Z');
    const { id } = await User.create({ name: 'Ada', createdAt: created, updatedAt: created });
    const [partial] = await User.select('id', 'name').where({ id });
    Object.assign(partial ?? {}, { name: 'Other' });
    await (partial as unknown as User).save();
    const found = await User.find(id);
    expect(found.name).toBe('Other');
    expect(found.updatedAt).not.toEqual(created);
    expect(found.createdAt).toEqual(created);
  });

  it('are assigned without being saved', async () => {
    const user = await User.create('Ada');
    expect(user.assign({ name: 'Eve', age: 5 })).toBe(user);
    expect([user.name, user.age]).toEqual(['Eve', 5]);
    expect((await User.find(user.id)).name).toBe('Ada');
    expect(await user.update({ age: 6 })).toBe(user);
    expect((await User.find(user.id)).attributes).toMatchObject({ name: 'Eve', age: 6 });
  });

  it('are read again by reload, which takes back what was not saved', async () => {
    const user = await User.create({ name: 'Ada', preferences: { dark: false } });
    user.assign({ name: 'Eve' });
    if (user.preferences !== null) user.preferences.dark = true;
    await User.where({ id: user.id }).updateAll({ age: 5 });
    expect(await user.reload()).toBe(user);
    expect([user.name, user.age, user.preferences]).toEqual(['Ada', 5, { dark: false }]);
    expect(user.changed).toEqual([]);
  });

  it('are deleted by key, once', async () => {
    const [kept, gone] = [await User.create('Kept'), await User.create('Gone')];
    expect(await statementsOf(() => gone.delete())).toHaveLength(1);
    expect(gone.isDestroyed).toBe(true);
    expect(await statementsOf(() => gone.delete())).toEqual([]);
    expect(await User.ids()).toEqual([kept.id]);
    const fresh = new User({ name: 'Fresh' });
    expect(await statementsOf(() => fresh.destroy())).toEqual([]);
    expect(fresh.isDestroyed).toBe(true);
    const twice = await User.find(kept.id);
    await kept.destroy();
    await twice.destroy();
    expect(twice.isDestroyed).toBe(true);
  });

  it('that are destroyed, new or gone say so', async () => {
    const user = await User.create('Ada');
    const stale = await User.find(user.id);
    await user.destroy();
    expect(await errorBeforeSending(() => user.update({ name: 'x' }))).toBeInstanceOf(RecordDestroyed);
    expect(await errorBeforeSending(() => new User({ name: 'x' }).reload())).toBeInstanceOf(RecordNotPersisted);
    const gone = await errorOf(() => stale.update({ name: 'x' }));
    expect(gone).toBeInstanceOf(RecordNotFound);
    expect(gone).toMatchObject({ code: 'AR_RECORD_NOT_FOUND', model: 'User', keys: [user.id] });
    expect(stale.changed).toEqual(['name']);
    expect(await errorOf(() => stale.reload())).toBeInstanceOf(RecordNotFound);
  });

  it('without a key are made, but not updated', async () => {
    const record = await Keyless.create('one');
    expect(await Keyless.pluck('name')).toEqual(['one']);
    record.name = 'two';
    expect((await errorBeforeSending(() => record.save())).code).toBe('AR_RECORD_NOT_PERSISTED');
    expect(record.primaryKey).toBeNull();
  });

  it('keep what was assigned while their save was under way', async () => {
    const user = await User.create({ name: 'Ada', age: 1, preferences: { dark: false } });
    user.name = 'first';
    user.role = 'admin';
    if (user.preferences !== null) user.preferences.dark = true;
    const saving = user.save();
    await Promise.resolve();
    user.name = 'second';
    user.age = 2;
    user.preferences = { dark: false };
    await saving;
    expect(user.changed.sort()).toEqual(['age', 'name', 'preferences']);
    await user.save();
    expect((await User.find(user.id)).attributes).toMatchObject({
      name: 'second',
      age: 2,
      role: 'admin',
      preferences: { dark: false },
    });
  });

  it('are saved in a transaction with the statements around them', async () => {
    const user = await User.create('Ada');
    await errorOf(() =>
      transaction(async () => {
        await user.update({ name: 'Eve' });
        await User.create('Bob');
        expect(await User.count()).toBe(2);
        throw new Error('no');
      }),
    );
    expect(await User.pluck('name')).toEqual(['Ada']);
  });

  it('answer for the words of an enum', async () => {
    const user = await User.create({ name: 'Ada', role: 'admin' });
    expect([user.isAdmin(), user.isMember()]).toEqual([true, false]);
  });
});
