/** How callbacks stop what is being done: by halt, and by any error. */
import { Halted, halt, RecordNotDestroyed, RecordNotSaved, transaction } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { fresh, Thing } from '../support/callbacks.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

const onCreate = [
  ['before', 'validation'],
  ['around', 'validation'],
  ['after', 'validation'],
  ['before', 'save'],
  ['around', 'save'],
  ['before', 'create'],
  ['around', 'create'],
  ['after', 'create'],
  ['after', 'save'],
] as const;
const onUpdate = [
  ['before', 'update'],
  ['around', 'update'],
  ['after', 'update'],
] as const;
const onDestroy = [
  ['before', 'destroy'],
  ['around', 'destroy'],
  ['after', 'destroy'],
] as const;

/** The lines of a stack that are in this file. */
const ownLines = (stack = '') => stack.split('\n').filter((line) => line.includes('callbacks-stopping.test.ts'));

describeModels('callbacks that stop', [Thing], () => {
  emptyBeforeEach('things');

  describe('halt', () => {
    it.each(onCreate)('%s %s of a new record stops its save', async (time, event) => {
      const Sub = fresh();
      const off = Sub[time](event, () => halt('it is Sunday'));
      const thing = new Sub({ name: 'a' });
      const error = await errorOf(() => thing.save());
      expect(error).toBeInstanceOf(RecordNotSaved);
      const label = `${time}${event.charAt(0).toUpperCase()}${event.slice(1)}`;
      expect(error.message).toBe(`Sub was not saved: Sub.${label} stopped it: it is Sunday.`);
      expect([error.code, error.reason, error.record]).toEqual(['AR_RECORD_NOT_SAVED', 'it is Sunday', thing]);
      expect(await Thing.count()).toBe(0);
      expect([thing.isNewRecord, thing.id, thing.createdAt]).toEqual([true, null, null]);
      expect(thing.changes).toHaveProperty('name');
      off();
      await thing.save();
      expect(await Thing.count()).toBe(1);
    });

    it.each(onUpdate)('%s %s stops the save of a record that is there', async (time, event) => {
      const Sub = fresh();
      const thing = await Sub.create({ name: 'a' });
      const before = thing.updatedAt;
      const off = Sub[time](event, () => halt('it is Sunday!'));
      const error = await errorOf(() => thing.update({ name: 'b' }));
      expect(error).toBeInstanceOf(RecordNotSaved);
      expect(error.message).toMatch(/ stopped it: it is Sunday!$/);
      expect(await Thing.pluck('name')).toEqual(['a']);
      expect([thing.name, thing.changes, thing.updatedAt]).toEqual(['b', { name: ['a', 'b'] }, before]);
      off();
      await thing.save();
      expect(await Thing.pluck('name')).toEqual(['b']);
    });

    it.each(onDestroy)('%s %s stops it', async (time, event) => {
      const Sub = fresh();
      const thing = await Sub.create({ name: 'a' });
      const off = Sub[time](event, () => halt('it is needed'));
      const error = await errorOf(() => thing.destroy());
      expect(error).toBeInstanceOf(RecordNotDestroyed);
      expect([error.code, error.reason, error.record]).toEqual(['AR_RECORD_NOT_DESTROYED', 'it is needed', thing]);
      expect(error.message).toBe(`Sub was not destroyed: Sub.${time}Destroy stopped it: it is needed.`);
      expect([await Thing.count(), thing.isDestroyed]).toEqual([1, false]);
      off();
      await thing.destroy();
      expect(await Thing.count()).toBe(0);
    });

    it('sends nothing where nothing was written before it', async () => {
      const Sub = fresh();
      Sub.before('save', function isOpen() {
        halt('');
      });
      const sent = await statementsOf(async () => {
        const error = await errorOf(() => Sub.create({ name: 'a' }));
        expect(error.message).toBe('Sub was not saved: Sub.beforeSave(isOpen) stopped it: no reason was given.');
      });
      expect(sent.filter((sql) => /INSERT/.test(sql))).toEqual([]);
    });

    it('of a record that is saved with another says which', async () => {
      const Inner = fresh();
      const Outer = fresh();
      Inner.before('save', () => halt('it is full'));
      const inner = new Inner();
      Outer.after('save', async () => void (await inner.save()));
      const error = await errorOf(() => Outer.create({}));
      expect(error).toBeInstanceOf(RecordNotSaved);
      expect(error.record).toBe(inner);
      expect(await Thing.count()).toBe(0);
    });

    it('shows the line of the halt', async () => {
      const Sub = fresh();
      Sub.before('save', async () => {
        await Thing.count();
        halt('late');
      });
      const error = await errorOf(() => Sub.create({}));
      expect(error.cause).toBeInstanceOf(Halted);
      expect(ownLines((error.cause as Halted).stack)).toHaveLength(1);
    });

    it('arrives as it is where there is nothing to stop', async () => {
      const error = await errorOf(() => halt('early'));
      expect(error).toBeInstanceOf(Halted);
      expect(error.code).toBe('AR_HALTED');
      const Sub = fresh();
      Sub.after('find', () => halt('unseen'));
      await Thing.create({});
      expect(await errorOf(() => Sub.all())).toBeInstanceOf(Halted);
    });

    it('in a validation callback stops isValid too', async () => {
      const Sub = fresh();
      Sub.before('validation', () => halt('closed'));
      expect(await errorOf(() => new Sub().isValid())).toBeInstanceOf(RecordNotSaved);
    });
  });

  describe('an error', () => {
    it.each(onCreate)('%s %s of a new record arrives, and takes all back', async (time, event) => {
      const Sub = fresh();
      const failure = new TypeError('broken');
      Sub[time](event, async () => {
        await Thing.create({ name: 'by the callback' });
        throw failure;
      });
      const thing = new Sub({ name: 'a' });
      expect(await errorOf(() => thing.save())).toBe(failure);
      expect(await Thing.count()).toBe(0);
      expect([thing.isNewRecord, thing.id, thing.createdAt, thing.name]).toEqual([true, null, null, 'a']);
    });

    it.each(onUpdate)('%s %s arrives, and takes all back', async (time, event) => {
      const Sub = fresh();
      const failure = new TypeError('broken');
      const thing = await Sub.create({ name: 'a' });
      const { previousChanges, updatedAt } = thing;
      Sub[time](event, () => Promise.reject(failure));
      expect(await errorOf(() => thing.update({ name: 'b' }))).toBe(failure);
      expect(await Thing.pluck('name')).toEqual(['a']);
      expect([thing.changes, thing.updatedAt, thing.previousChanges]).toEqual([
        { name: ['a', 'b'] },
        updatedAt,
        previousChanges,
      ]);
    });

    it.each(onDestroy)('%s %s arrives, and takes all back', async (time, event) => {
      const Sub = fresh();
      const failure = new TypeError('broken');
      const thing = await Sub.create({ name: 'a' });
      Sub[time](event, () => Promise.reject(failure));
      expect(await errorOf(() => thing.destroy())).toBe(failure);
      expect([await Thing.count(), thing.isDestroyed]).toEqual([1, false]);
    });

    it('of a condition is one too', async () => {
      const Sub = fresh();
      Sub.before('save', () => undefined, { if: () => halt('undecided') });
      expect(await errorOf(() => Sub.create({}))).toBeInstanceOf(RecordNotSaved);
      expect(await Thing.count()).toBe(0);
    });

    it('inside of a transaction takes that back, where it is let through', async () => {
      const Sub = fresh();
      Sub.after('save', () => halt('late'));
      const error = await errorOf(() =>
        transaction(async () => {
          await Thing.create({});
          await Sub.create({});
        }),
      );
      expect(error).toBeInstanceOf(RecordNotSaved);
      expect(await Thing.count()).toBe(0);
    });

    it('has the line of the callback, and the one that saved', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
        override async afterCreate() {
          await Thing.count();
          await this.fail();
        }
        async fail() {
          await Thing.count();
          throw new Error('broken');
        }
      }
      // As many frames as it takes: by itself an engine keeps ten.
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 50;
      try {
        const error = await errorOf(async () => {
          await Sub.create({});
        });
        expect(ownLines(error.stack).slice(0, 3).join()).toMatch(/Sub\.fail.*Sub\.afterCreate.*callbacks-stopping/);
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    });
  });
});
