/** Callbacks and what is written: what they assign, find wrong and go around. */
import {
  halt,
  InvalidQuery,
  RecordDestroyed,
  RecordInvalid,
  RecordNotDestroyed,
  RecordNotSaved,
  type Validations,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { fresh, logMethods, Thing } from '../support/callbacks.ts';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

describeModels('callbacks and what is written', [Thing], () => {
  emptyBeforeEach('things');

  describe('and what is saved', () => {
    it('is what beforeSave has assigned', async () => {
      const Sub = fresh();
      Sub.before('save', (thing) => {
        thing.name = 'callback';
      });
      const thing = await Sub.create({ name: 'given' });
      expect((await Thing.find(thing.id)).name).toBe('callback');
      await thing.update({ name: 'given', size: 2 });
      expect((await Thing.find(thing.id)).attributes).toMatchObject({ name: 'callback', size: 2 });
    });

    it('is judged as beforeValidation has left it, with what afterValidation says', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
        static validations = { name: { presence: true } } satisfies Validations<typeof Thing>;
        override beforeValidation() {
          if (this.size === 1) this.name = 'named';
        }
        override afterValidation() {
          if (this.size === 2) this.errors.delete('name');
          if (this.size === 3) this.errors.add('size', 'is odd');
        }
      }
      expect((await Sub.create({ size: 1 })).name).toBe('named');
      expect((await Sub.create({ size: 2 })).name).toBe(null);
      const error = await errorOf(() => Sub.create({ size: 3 }));
      expect(error.message).toBe("Sub was not saved: Name can't be blank, Size is odd.");
      expect(await new Sub({ size: 3 }).isValid()).toBe(false);
      expect(await new Sub({ size: 2 }).isValid()).toBe(true);
      expect(await Thing.count()).toBe(2);
    });

    it('is refused for errors that beforeSave or aroundCreate adds, and beforeValidation too', async () => {
      for (const [time, event] of [
        ['before', 'validation'],
        ['before', 'save'],
        ['before', 'create'],
      ] as const) {
        const Sub = fresh();
        Sub[time](event, ({ errors }) => void errors.add('base', `no, said ${event}`));
        const error = await errorOf(() => Sub.create({}));
        expect(error).toBeInstanceOf(RecordInvalid);
        expect(error.message).toBe(`Sub was not saved: No, said ${event}.`);
      }
      const Sub = fresh();
      const off = Sub.around('update', async ({ errors }, proceed) => {
        errors.add('base', 'no');
        await proceed();
      });
      const thing = await Sub.create({});
      expect(await errorOf(() => thing.save())).toBeInstanceOf(RecordInvalid);
      off();
      await thing.save();
      expect(thing.errors.isEmpty).toBe(true);
    });

    it('is not judged with { validate: false }, by callbacks neither', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log, ['beforeValidation', 'aroundValidation', 'afterValidation', 'beforeSave']);
      await new Sub().save({ validate: false });
      expect(log).toEqual(['beforeSave']);
    });

    it('is judged with the rules of its context', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
        static validations = { name: { presence: true, on: 'publish' } } satisfies Validations<typeof Thing>;
        override beforeValidation() {
          this.size += 1;
        }
      }
      const thing = await Sub.create({});
      expect(await errorOf(() => thing.save({ context: 'publish' }))).toBeInstanceOf(RecordInvalid);
      expect(thing.size).toBe(2);
    });
  });

  describe('an around callback', () => {
    it('that does not go on stops the save', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log, ['beforeSave', 'beforeCreate', 'afterSave', 'afterRollback']);
      Sub.around('save', async () => undefined);
      const error = await errorOf(() => Sub.create({}));
      expect(error).toBeInstanceOf(RecordNotSaved);
      expect(error.message).toBe(
        'Sub was not saved: Sub.aroundSave stopped it: it did not call the function that it was given.',
      );
      expect(log).toEqual(['beforeSave']);
      expect(await Thing.count()).toBe(0);
    });

    it('that does not go on stops the destroy, and the validations', async () => {
      const Sub = fresh();
      const thing = await Sub.create({});
      Sub.around('destroy', () => undefined);
      expect(await errorOf(() => thing.destroy())).toBeInstanceOf(RecordNotDestroyed);
      Sub.around('validation', () => undefined);
      expect(await errorOf(() => thing.save())).toBeInstanceOf(RecordNotSaved);
    });

    it.each<[string, (proceed: () => Promise<void>) => unknown]>([
      [
        'and waits',
        async (proceed) => {
          await proceed();
          await proceed();
        },
      ],
      ['and waits for both at once', (proceed) => Promise.all([proceed(), proceed()])],
      [
        'and does not wait',
        (proceed) => {
          proceed();
          proceed();
        },
      ],
      [
        'and swallows the error',
        async (proceed) => {
          await proceed();
          await proceed().catch(() => undefined);
        },
      ],
    ])('that goes on twice %s fails', async (_, call) => {
      const Sub = fresh();
      Sub.around('save', (_thing, proceed) => call(proceed));
      const error = await errorOf(() => Sub.create({}));
      expect(error).toBeInstanceOf(InvalidQuery);
      expect(error.message).toBe(
        'Sub.aroundSave has called the function that it was given twice. Write await proceed(), once.',
      );
      expect(await Thing.count()).toBe(0);
    });

    it('that goes on when it has returned does nothing any more', async () => {
      const Sub = fresh();
      let late: Promise<unknown> | undefined;
      Sub.around('save', (_, proceed) => {
        late = new Promise((resolve) => setTimeout(resolve, 1)).then(proceed).catch((error: unknown) => error);
      });
      expect(await errorOf(() => Sub.create({}))).toBeInstanceOf(RecordNotSaved);
      expect(await late).toBeInstanceOf(InvalidQuery);
      expect(await Thing.count()).toBe(0);
    });

    it('that does not wait is waited for', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log, ['afterCreate', 'afterSave']);
      Sub.around('save', (_, proceed) => {
        proceed();
        log.push('returned');
      });
      const thing = await Sub.create({});
      expect(log).toEqual(['returned', 'afterCreate', 'afterSave']);
      expect(thing.isPersisted).toBe(true);
    });

    it.each<[string, (proceed: () => Promise<void>) => unknown]>([
      ['swallows', (proceed) => proceed().catch(() => undefined)],
      ['does not wait for', (proceed) => void proceed()],
    ])('that %s an error does not hide it', async (_, call) => {
      const Sub = fresh();
      const failure = new TypeError('broken');
      Sub.around('save', (_thing, proceed) => call(proceed));
      Sub.before('create', () => Promise.reject(failure));
      expect(await errorOf(() => Sub.create({}))).toBe(failure);
    });

    it('that fails while what it goes around is under way ends after that', async () => {
      const Sub = fresh();
      const log: string[] = [];
      Sub.around('save', (_, proceed) => {
        proceed();
        throw new TypeError('impatient');
      });
      Sub.before('create', async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push('before create');
      });
      expect((await errorOf(() => Sub.create({}))).message).toBe('impatient');
      expect(log).toEqual(['before create']);
      expect(await Thing.count()).toBe(0);
    });

    it('may put an error into other words', async () => {
      const Sub = fresh();
      Sub.around('save', async (_, proceed) => {
        try {
          await proceed();
        } catch (cause) {
          throw new RangeError('in other words', { cause });
        }
      });
      Sub.after('create', () => halt('broken'));
      const error = await errorOf(() => Sub.create({}));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.cause).toBeInstanceOf(RecordNotSaved);
      expect(await Thing.count()).toBe(0);
    });
  });

  it('a record that was destroyed on the way is not written', async () => {
    for (const event of ['save', 'validation'] as const) {
      const Sub = fresh();
      Sub.before(event, async (thing) => void (await thing.destroy()));
      expect(await errorOf(() => Sub.create({}))).toBeInstanceOf(RecordDestroyed);
    }
    expect(await Thing.count()).toBe(0);
  });

  it('a save that afterDestroy begins is refused', async () => {
    const Sub = fresh();
    const thing = await Sub.create({});
    Sub.after('destroy', async (each) => void (await each.save()));
    expect(await errorOf(() => thing.destroy())).toBeInstanceOf(RecordDestroyed);
    expect([await Thing.count(), thing.isDestroyed]).toEqual([1, false]);
  });
});
