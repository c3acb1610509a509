/** Callbacks: which are called, in which order, and how they are registered. */
import { BaseModel, InvalidDefinition } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { aroundEvents, callbackEvents, fresh, logMethods, Thing } from '../support/callbacks.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

const ofCreate = [
  'beforeValidation',
  'aroundValidation in',
  'aroundValidation out',
  'afterValidation',
  'beforeSave',
  'aroundSave in',
  'beforeCreate',
  'aroundCreate in',
  'aroundCreate out',
  'afterCreate',
  'aroundSave out',
  'afterSave',
  'afterCommit',
];
const ofUpdate = ofCreate.map((name) => name.replace('Create', 'Update'));
const ofDestroy = ['beforeDestroy', 'aroundDestroy in', 'aroundDestroy out', 'afterDestroy', 'afterCommit'];

describeModels('callbacks', [Thing], () => {
  emptyBeforeEach('things');

  describe('as methods', () => {
    it('are called in order around an INSERT', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log);
      await Sub.create({ name: 'a' });
      expect(log).toEqual(['afterInitialize', ...ofCreate]);
    });

    it('are called in order around an UPDATE', async () => {
      const Sub = fresh();
      const thing = await Sub.create({ name: 'a' });
      const Logged = fresh();
      const log: string[] = [];
      logMethods(Logged, log);
      const loaded = await Logged.find(thing.id);
      expect(log.splice(0)).toEqual(['afterInitialize', 'afterFind']);
      await loaded.update({ name: 'b' });
      expect(log).toEqual(ofUpdate);
    });

    it('are called by a save that has nothing to write, and nothing is sent', async () => {
      const Sub = fresh();
      const thing = await Sub.create({ name: 'a' });
      const log: string[] = [];
      logMethods(Sub, log);
      Sub.after('save', () => undefined)();
      const sent = await statementsOf(() => thing.save());
      expect(log).toEqual(ofUpdate);
      expect(sent.filter((sql) => /^(INSERT|UPDATE)/.test(sql))).toEqual([]);
    });

    it('are called in order around a DELETE', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log);
      const thing = await Sub.create({ name: 'a' });
      log.length = 0;
      await thing.destroy();
      expect(log).toEqual(ofDestroy);
      log.length = 0;
      await thing.destroy();
      expect(log).toEqual([]);
    });

    it('are called for the destroy of a new record, which has no row to commit', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log);
      await new Sub().destroy();
      expect(log).toEqual(['afterInitialize', ...ofDestroy.slice(0, -1)]);
    });

    it('are called after touch', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log);
      const thing = await Sub.create({ name: 'a' });
      log.length = 0;
      await thing.touch();
      expect(log).toEqual(['afterTouch', 'afterCommit']);
    });

    it('find the record as it is then', async () => {
      const seen: unknown[] = [];
      class Sub extends Thing {
        static override tableName = 'things';
        override beforeCreate() {
          seen.push([this.isNewRecord, this.id === null, this.createdAt === null]);
        }
        override async afterCreate() {
          seen.push([this.isNewRecord, this.id > 0, this.createdAt instanceof Date, await Thing.count()]);
        }
        override afterUpdate() {
          seen.push(this.previousChanges.name);
        }
      }
      const thing = await Sub.create({ name: 'a' });
      await thing.update({ name: 'b' });
      expect(seen).toEqual([
        [true, true, true],
        [false, true, true, 1],
        ['a', 'b'],
      ]);
    });

    it('call the one above with super', async () => {
      const log: string[] = [];
      class Above extends Thing {
        static override tableName = 'things';
        override async beforeSave() {
          log.push('above');
        }
        override async aroundSave(proceed: () => Promise<void>) {
          log.push('above in');
          await proceed();
          log.push('above out');
        }
      }
      class Below extends Above {
        override async beforeSave() {
          log.push('below');
          await super.beforeSave();
        }
        override async aroundSave(proceed: () => Promise<void>) {
          log.push('below in');
          await super.aroundSave(proceed);
          log.push('below out');
        }
      }
      await Below.create({});
      expect(log).toEqual(['below', 'above', 'below in', 'above in', 'above out', 'below out']);
    });

    it('may call the methods of the root, which do nothing', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
        override async beforeSave() {
          await super.beforeSave();
          this.size = 2;
        }
        override async aroundSave(proceed: () => Promise<void>) {
          await super.aroundSave(proceed);
        }
      }
      expect((await Sub.create({})).size).toBe(2);
    });

    it('are not written as fields', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
        constructor(...args: ConstructorParameters<typeof Thing>) {
          super(...args);
          Object.defineProperty(this, 'beforeSave', { value: () => undefined });
        }
      }
      const error = await errorOf(() => new Sub());
      expect(error).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toBe(
        'The class field "beforeSave" of Sub is no callback. Write it as a method: async beforeSave() { … }.',
      );
    });
  });

  describe('registered ones', () => {
    it('are called in order, before the method, for every event', async () => {
      const Sub = fresh();
      const log: string[] = [];
      logMethods(Sub, log, ['beforeSave', 'aroundSave', 'afterSave', 'afterCommit']);
      for (const which of ['one', 'two']) {
        for (const event of aroundEvents) {
          Sub.before(event, () => void log.push(`${which} before ${event}`));
          Sub.around(event, async (_, proceed) => {
            log.push(`${which} around ${event}`);
            await proceed();
            log.push(`${which} past ${event}`);
          });
        }
        for (const event of callbackEvents) Sub.after(event, () => void log.push(`${which} after ${event}`));
      }
      const both = (words: string) => [`one ${words}`, `two ${words}`];
      const whole = (event: string, ...within: string[]) => [
        ...both(`before ${event}`),
        ...both(`around ${event}`),
        ...within,
        ...both(`past ${event}`).reverse(),
        ...both(`after ${event}`),
      ];
      const thing = await Sub.create({});
      expect(log.splice(0)).toEqual([
        ...both('after initialize'),
        ...whole('validation'),
        ...both('before save'),
        'beforeSave',
        ...both('around save'),
        'aroundSave in',
        ...whole('create'),
        'aroundSave out',
        ...both('past save').reverse(),
        ...both('after save'),
        'afterSave',
        ...both('after commit'),
        'afterCommit',
      ]);
      await thing.destroy();
      expect(log).toEqual([...whole('destroy'), ...both('after commit'), 'afterCommit']);
    });

    it('of the class above come first, whenever they were registered', async () => {
      const Above = fresh();
      class Below extends Above {}
      const log: string[] = [];
      Below.before('save', () => void log.push('below'));
      Above.before('save', () => void log.push('above'));
      await Below.create({});
      expect(log.splice(0)).toEqual(['above', 'below']);
      await Above.create({});
      expect(log).toEqual(['above']);
    });

    it('come first of their class with prepend', async () => {
      const Above = fresh();
      class Below extends Above {}
      const log: string[] = [];
      Above.before('save', () => void log.push('above'));
      Below.before('save', () => void log.push('one'));
      Below.before('save', () => void log.push('two'), { prepend: true });
      await Below.create({});
      expect(log).toEqual(['above', 'two', 'one']);
    });

    it('are called also where the model has been used before, and not once they are taken away', async () => {
      const Sub = fresh();
      class Below extends Sub {}
      const thing = await Below.create({});
      const log: string[] = [];
      const off = Sub.before('save', ({ id }) => void log.push(`saved ${id}`));
      await thing.save();
      off();
      off();
      const sent = await statementsOf(() => thing.update({ name: 'b' }));
      expect(log).toEqual([`saved ${thing.id}`]);
      expect(sent).toHaveLength(1);
    });

    it('that take themselves away are called once, and the next one too', async () => {
      const Sub = fresh();
      const log: string[] = [];
      const off = Sub.before('save', () => {
        log.push('once');
        off();
      });
      Sub.before('save', () => void log.push('always'));
      const thing = await Sub.create({});
      await thing.save();
      expect(log).toEqual(['once', 'always', 'always']);
    });

    it.each<[string, object, readonly string[]]>([
      ['if', { if: ({ size }: Thing) => size > 1 }, ['big']],
      ['unless', { unless: ({ size }: Thing) => size > 1 }, ['small']],
      ['async if', { if: async ({ id }: Thing) => (await Thing.where({ id }).count()) > 7 }, []],
      ['async unless', { unless: async () => true }, []],
      ['both', { if: async () => true, unless: ({ name }: Thing) => name === 'big' }, ['small']],
    ])('ask %s', async (_, options, expected) => {
      const Sub = fresh();
      const log: unknown[] = [];
      Sub.before('save', ({ name }) => void log.push(name), options);
      Sub.around(
        'save',
        async ({ name }, proceed) => {
          log.push(`around ${name}`);
          await proceed();
        },
        options,
      );
      await Sub.create({ name: 'small', size: 1 });
      await Sub.create({ name: 'big', size: 2 });
      expect(log).toEqual(expected.flatMap((name) => [name, `around ${name}`]));
      expect(await Thing.count()).toBe(2);
    });

    it('are called with `on` for a validation of that kind', async () => {
      const Sub = fresh();
      const log: string[] = [];
      Sub.before('validation', () => void log.push('create'), { on: 'create' });
      Sub.after('validation', () => void log.push('update'), { on: ['update'] });
      const thing = await Sub.create({});
      expect(log.splice(0)).toEqual(['create']);
      await thing.isValid();
      expect(log).toEqual(['update']);
    });

    it.each<[string, (model: typeof Thing) => unknown, string]>([
      [
        'an event that there is not',
        // @ts-expect-error: no such event
        (model) => model.before('safe', () => undefined),
        'Sub.before(\'safe\', …): there is no such event. Did you mean "save"?',
      ],
      [
        'a time that an event does not have',
        // @ts-expect-error: there is nothing before a commit
        (model) => model.before('commit', () => undefined),
        "Sub.before('commit', …): the event commit has no callbacks before it. Write Sub.after('commit', …).",
      ],
      [
        'no function',
        // @ts-expect-error: no function
        (model) => model.after('save', 'notify'),
        "Sub.after('save', …) takes a function of the record. Write Sub.after('save', (record) => { … }).",
      ],
      [
        'an unknown option',
        // @ts-expect-error: no such option
        (model) => model.after('save', () => undefined, { unles: () => true }),
        'Sub.after(\'save\', …) has no option "unles". Did you mean "unless"?',
      ],
      [
        '`on` of an event of one kind',
        (model) => model.after('create', () => undefined, { on: 'create' }),
        'Sub.after(\'create\', …): the event create has no option "on". It is for validation, commit, rollback; register for create, update or destroy instead.',
      ],
      [
        'an `on` that there is not',
        // @ts-expect-error: no such action
        (model) => model.after('commit', () => undefined, { on: 'save' }),
        'Sub.after(\'commit\', …): on is create, update or destroy, not "save".',
      ],
      [
        'a validation on destroy',
        (model) => model.after('validation', () => undefined, { on: 'destroy' }),
        'Sub.after(\'validation\', …): on is create, update or destroy, not "destroy".',
      ],
      [
        'an empty `on`',
        (model) => model.after('commit', () => undefined, { on: [] }),
        "Sub.after('commit', …): on is an empty list, so it would never be called.",
      ],
      [
        'a condition that is no function',
        // @ts-expect-error: no function
        (model) => model.after('save', () => undefined, { if: true }),
        "Sub.after('save', …): if is no function of the record. Write if: (record) => …",
      ],
    ])('are not %s', async (_, run, message) => {
      const error = await errorOf(() => run(fresh()));
      expect(error).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toBe(message);
    });
  });

  it('are called for models without a definition', async () => {
    class Thing2 extends BaseModel {
      static override tableName = 'things';
      declare name: string;
      override beforeSave() {
        this.name = this.name.toUpperCase();
      }
    }
    const log: string[] = [];
    Thing2.after('create', (thing) => void log.push(thing.name));
    await Thing2.create({ name: 'bare' });
    expect(log).toEqual(['BARE']);
    expect(await Thing.pluck('name')).toEqual(['BARE']);
  });

  it('cost no transaction where there are none of that kind', async () => {
    const Sub = fresh();
    Sub.after('find', () => undefined);
    Sub.before('destroy', () => undefined);
    expect(await statementsOf(() => Sub.create({ name: 'a', size: 1, active: true }))).toHaveLength(1);
  });
});
