import {
  BaseModel,
  belongsTo,
  column,
  FrozenRecord,
  hasMany,
  ReadOnlyRecord,
  RecordDestroyed,
  SoftDelete,
  transaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Owner extends BaseModel.use(SoftDelete).with(
  {
    id: column.id(),
    name: column.string().default('nobody'),
    settings: column.json<{ tags: string[] }>().nullable(),
    bornAt: column.datetime().nullable(),
    data: column.binary().nullable(),
    lockVersion: column.integer().default(0),
    petsCount: column.integer().default(0),
    get pets() {
      return hasMany(Pet, { dependent: 'nullify' });
    },
  },
  column.timestamps(),
) {
  get shout() {
    return this.name.toUpperCase();
  }
}
class Pet extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ownerId: column.references('owners').nullable(),
  get owner() {
    return belongsTo(Owner, { optional: true, counterCache: true });
  },
}) {}
class Part extends BaseModel.with({
  one: column.integer().primaryKey(),
  two: column.integer().primaryKey(),
  name: column.string(),
}) {}

const some = () => ({
  name: 'Ada',
  settings: { tags: ['a'] },
  bornAt: new Date('2020-01-02T03:04:05Z'),
  data: new Uint8Array([1, 2]),
});

describeModels('copies of records', [Owner, Pet, Part], () => {
  emptyBeforeEach('pets', 'owners', 'parts');

  describe('dup', () => {
    it('is a new record with the same attributes', async () => {
      const owner = await Owner.create(some());
      const copy = owner.dup();
      expect(copy).toBeInstanceOf(Owner);
      expect([copy.isNewRecord, copy.id, copy.shout]).toEqual([true, null, 'ADA']);
      await copy.save();
      expect(copy.id).not.toBe(owner.id);
      expect(await Owner.where(some().name === 'Ada' ? { name: 'Ada' } : {}).count()).toBe(2);
      const again = await Owner.find(copy.id);
      expect([again.settings, again.bornAt, [...(again.data ?? [])]]).toEqual([{ tags: ['a'] }, some().bornAt, [1, 2]]);
    });

    it('takes what has been changed, and leaves the other record alone', async () => {
      const owner = await Owner.create(some());
      owner.name = 'Bob';
      const copy = owner.dup();
      copy.name = 'Eve';
      expect([owner.name, copy.name, owner.changes]).toEqual(['Bob', 'Eve', { name: ['Ada', 'Bob'] }]);
    });

    it('copies what can change in place', async () => {
      const owner = await Owner.create(some());
      const copy = owner.dup();
      copy.settings?.tags.push('b');
      copy.bornAt?.setTime(0);
      copy.data?.fill(9);
      expect([owner.settings, owner.bornAt, [...(owner.data ?? [])]]).toEqual([{ tags: ['a'] }, some().bornAt, [1, 2]]);
      expect(owner.hasChanged()).toBe(false);
    });

    it('leaves out what tells of the row', async () => {
      const owner = await Owner.create({ ...some(), lockVersion: 7 });
      await owner.pets.create({ name: 'Rex' });
      await owner.reload();
      expect(owner.petsCount).toBe(1);
      await owner.destroy();
      const copy = owner.dup();
      expect([copy.createdAt, copy.updatedAt, copy.lockVersion, copy.petsCount, copy.deletedAt]).toEqual([
        null,
        null,
        0,
        0,
        null,
      ]);
      expect(copy.isFrozen).toBe(false);
      expect(await (await copy.save()).pets.count()).toBe(0);
    });

    it('takes null in place of a default', async () => {
      const copy = new Owner({ settings: null }).dup();
      expect([copy.settings, copy.name]).toEqual([null, 'nobody']);
    });

    it('of a record that was loaded in part has only that', async () => {
      await Owner.create(some());
      const [part] = await Owner.select('id', 'settings');
      const copy = part?.dup();
      expect(Reflect.get(copy ?? {}, 'name')).toBe('nobody');
      expect(copy?.settings).toEqual({ tags: ['a'] });
    });

    it('has no part of a key of several columns', async () => {
      const copy = (await Part.create({ one: 1, two: 2, name: 'x' })).dup();
      expect(copy.attributes).toEqual({ one: null, two: null, name: 'x' });
    });
  });

  describe('readonly', () => {
    it('refuses to be saved and destroyed', async () => {
      const owner = (await Owner.create(some())).readonly();
      owner.name = 'Bob';
      expect(owner.isReadonly).toBe(true);
      for (const write of [
        () => owner.save(),
        () => owner.destroy(),
        () => owner.delete(),
        () => owner.increment('petsCount'),
      ])
        expect(await errorBeforeSending(write)).toBeInstanceOf(ReadOnlyRecord);
    });

    it('is the same as by a query, and outlives reload', async () => {
      await Owner.create(some());
      const [owner] = await Owner.all().readonly();
      expect(owner?.isReadonly).toBe(true);
      expect((await owner?.reload())?.isReadonly).toBe(true);
      expect((await Owner.all().first())?.isReadonly).toBe(false);
    });
  });

  describe('freeze', () => {
    it('refuses assignments', async () => {
      const owner = (await Owner.create(some())).freeze();
      expect(owner.isFrozen).toBe(true);
      const writes = [
        () => {
          owner.name = 'Bob';
        },
        () => owner.assign({ name: 'Bob' }),
        () => owner.update({ name: 'Bob' }),
        () => {
          owner.settings = null;
        },
        () => owner.save(),
        () => owner.destroy(),
        () => owner.touch(),
        () => owner.reload(),
      ];
      for (const write of writes) {
        const error = await errorBeforeSending(write);
        expect(error).toBeInstanceOf(FrozenRecord);
        expect(error.code).toBe('AR_RECORD_FROZEN');
      }
      expect([owner.name, owner.hasChanged()]).toEqual(['Ada', false]);
    });

    it('refuses associations that would change a key', async () => {
      const owner = await Owner.create(some());
      const pet = (await Pet.create({ name: 'Rex' })).freeze();
      expect(await errorOf(() => pet.owner.set(owner))).toBeInstanceOf(FrozenRecord);
      expect(pet.ownerId).toBeNull();
    });

    it('does not see what is changed in place, which is not written', async () => {
      const owner = (await Owner.create(some())).freeze();
      owner.settings?.tags.push('b');
      expect(await errorOf(() => owner.save())).toBeInstanceOf(FrozenRecord);
      expect((await Owner.find(owner.id)).settings).toEqual({ tags: ['a'] });
    });

    it('lets the rows of others go with it all the same', async () => {
      const owner = await Owner.create(some());
      await owner.pets.create({ name: 'Rex' });
      for (const pet of await owner.pets) pet.freeze();
      await owner.destroy();
      expect(await Pet.pluck('ownerId')).toEqual([null]);
    });
  });

  describe('a destroyed record', () => {
    it('refuses assignments', async () => {
      const pet = await Pet.create({ name: 'Rex' });
      await pet.destroy();
      expect([pet.isFrozen, pet.name]).toEqual([true, 'Rex']);
      const error = await errorOf(() => {
        pet.name = 'Max';
      });
      expect(error).toBeInstanceOf(RecordDestroyed);
      expect(error.message).toContain('This Pet has been destroyed, so Pet.name cannot be assigned.');
      expect(await errorOf(() => pet.assign({ name: 'Max' }))).toBeInstanceOf(RecordDestroyed);
    });

    it('takes them again when the destroy was rolled back', async () => {
      const pet = await Pet.create({ name: 'Rex' });
      await transaction(async (): Promise<void> => {
        await pet.destroy();
        throw new Error('no');
      }).catch(() => undefined);
      pet.name = 'Max';
      await pet.save();
      expect(await Pet.pluck('name')).toEqual(['Max']);
    });

    it('is changed by the library all the same', async () => {
      const owner = await Owner.create(some());
      const pet = await owner.pets.create({ name: 'Rex' });
      await owner.destroy();
      await owner.restore();
      expect(owner.isFrozen).toBe(false);
      await pet.reload();
      expect(pet.ownerId).toBeNull();
    });
  });
});
