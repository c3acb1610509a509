/** Callbacks that lead to one another: what is refused, what comes to an end, and what is no circle at all. */
import {
  AfterCommitFailed,
  BaseModel,
  belongsTo,
  CallbackLoop,
  column,
  hasMany,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with(
  {
    id: column.id(),
    name: column.string().nullable(),
    size: column.integer().default(0),
    ownerId: column.references('owners').nullable(),
    get owner() {
      return belongsTo(Owner, { optional: true, touch: true });
    },
  },
  column.timestamps(),
) {}
class Owner extends BaseModel.with(
  {
    id: column.id(),
    name: column.string().nullable(),
    get things() {
      return hasMany(Thing);
    },
  },
  column.timestamps(),
) {}

/** A class of that table, without callbacks yet. */
const fresh = () => {
  class Sub extends Thing {
    static override tableName = 'things';
  }
  return Sub;
};
type Sub = ReturnType<typeof fresh>;

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
/** The error of a loop, at whatever depth it arrives. */
const loopOf = (error: unknown): CallbackLoop => {
  const found = error instanceof AfterCommitFailed ? error.errors[0] : error;
  if (found instanceof CallbackLoop) return found;
  throw new Error(`no loop: ${String(found)}`);
};

describeModels('callbacks that lead to one another', [Owner, Thing], () => {
  emptyBeforeEach('things', 'owners');

  // Without a name, which the chain would have.
  const [save] = [async (thing: Thing) => void (await thing.save())];
  const refused: readonly [string, (model: Sub) => unknown, readonly string[], ('create' | 'isValid' | 'destroy')?][] =
    [
      ['beforeSave saves', (model) => model.before('save', save), ['Sub.save', 'Sub.beforeSave', 'Sub.save']],
      ['beforeCreate saves', (model) => model.before('create', save), ['Sub.save', 'Sub.beforeCreate', 'Sub.save']],
      [
        'beforeValidation saves',
        (model) => model.before('validation', save),
        ['Sub.validation', 'Sub.beforeValidation', 'Sub.save'],
      ],
      [
        'afterValidation saves',
        (model) => model.after('validation', save),
        ['Sub.validation', 'Sub.afterValidation', 'Sub.save'],
      ],
      [
        'aroundSave saves before it goes on',
        (model) =>
          model.around('save', async (thing, proceed) => {
            await thing.save();
            await proceed();
          }),
        ['Sub.save', 'Sub.aroundSave', 'Sub.save'],
      ],
      [
        'beforeCreate saves, inside of aroundSave',
        (model) => {
          model.around('save', (_, proceed) => proceed());
          model.before('create', save);
        },
        ['Sub.save', 'Sub.aroundSave', 'Sub.beforeCreate', 'Sub.save'],
      ],
      [
        'beforeSave saves another, whose beforeSave saves the first',
        (model) => {
          const Other = class Other extends Thing {
            static override tableName = 'things';
          };
          model.before('save', async (thing) => {
            const other = new Other();
            Other.before('save', () => save(thing));
            await other.save();
          });
        },
        ['Sub.save', 'Sub.beforeSave', 'Other.save', 'Other.beforeSave', 'Sub.save'],
      ],
      [
        'beforeSave saves in a transaction of its own',
        (model) => model.before('save', (thing) => withoutTransaction(() => save(thing))),
        ['Sub.save', 'Sub.beforeSave', 'Sub.save'],
      ],
      [
        'a condition saves',
        (model) => model.before('save', () => undefined, { if: save }),
        ['Sub.save', 'Sub.beforeSave', 'Sub.save'],
      ],
      [
        'beforeValidation validates',
        (model) => model.before('validation', async (thing) => void (await thing.isValid())),
        ['Sub.validation', 'Sub.beforeValidation', 'Sub.validation'],
        'isValid',
      ],
      [
        'aroundValidation validates',
        (model) =>
          model.around('validation', async (thing, proceed) => {
            await proceed();
            await thing.validate();
          }),
        ['Sub.validation', 'Sub.aroundValidation', 'Sub.validation'],
        'isValid',
      ],
      [
        'beforeDestroy destroys',
        (model) => model.before('destroy', async (thing) => void (await thing.destroy())),
        ['Sub.destroy', 'Sub.beforeDestroy', 'Sub.destroy'],
        'destroy',
      ],
    ];
  it.each(refused)('%s: refused', async (_, register, chain, what = 'create') => {
    const Model = fresh();
    const thing = what === 'create' ? new Model({ name: 'a' }) : await Model.create({ name: 'a' });
    register(Model);
    const error = loopOf(
      await errorOf(() => (what === 'destroy' ? thing.destroy() : what === 'isValid' ? thing.isValid() : thing.save())),
    );
    expect(error.chain).toEqual(chain);
    expect(error.code).toBe('AR_CALLBACK_LOOP');
    expect(error.message).toContain(`Callbacks go round in a circle: ${chain.join(' → ')}.`);
    expect(await Thing.count()).toBe(what === 'create' ? 0 : 1);
    expect(thing.isNewRecord).toBe(what === 'create');
  });

  it('says what to do instead', async () => {
    const Model = fresh();
    Model.before('save', save);
    const error = loopOf(await errorOf(() => Model.create({})));
    expect(error.hint).toBe(
      'Sub.beforeSave is called while the record is being saved: assign to it, and what it assigns is saved with the rest.',
    );
  });

  const endless: readonly (readonly [string, (model: Sub) => unknown])[] = [
    ['afterSave saves', (model) => model.after('save', save)],
    ['afterCreate and afterUpdate save', (model) => [model.after('create', save), model.after('update', save)]],
    ['afterCommit saves', (model) => model.after('commit', save)],
    ['afterTouch touches', (model) => model.after('touch', async (thing) => void (await thing.touch()))],
    [
      'aroundSave saves afterwards',
      (model) =>
        model.around('save', async (thing, proceed) => {
          await proceed();
          await thing.save();
        }),
    ],
    [
      'afterSave touches, and afterTouch saves',
      (model) => {
        model.after('save', async (thing) => void (await thing.touch()));
        model.after('touch', save);
      },
    ],
  ];
  it.each(endless)('%s without end: refused after ten times', async (_, register) => {
    const Model = fresh();
    const thing = await Model.create({ name: 'a' });
    let times = 0;
    Model.before('save', () => void times++);
    Model.after('touch', () => void times++);
    register(Model);
    const error = loopOf(await errorOf(() => (_.startsWith('afterTouch') ? thing.touch() : thing.save())));
    expect(error.message).toContain(' → … → ');
    expect(error.hint).toContain('updateColumns({ … })');
    expect(times).toBeGreaterThan(8);
    expect(times).toBeLessThan(22);
  });

  it('afterSave that saves nine times is let through', async () => {
    const Model = fresh();
    Model.after('save', async (thing) => {
      if (thing.size < 9) await thing.update({ size: thing.size + 1 });
    });
    await Model.create({});
    expect(await Thing.pluck('size')).toEqual([9]);
  });

  it.each(['create', 'save', 'commit'] as const)(
    'after %s a record may save itself, as long as that ends',
    async (event) => {
      const Model = fresh();
      Model.around('save', (_, proceed) => proceed());
      Model.after(event, async (thing) => {
        if (thing.name === null) await thing.update({ name: `number ${thing.id}` });
      });
      const thing = await Model.create({});
      expect(await Thing.pluck('name')).toEqual([`number ${thing.id}`]);
      expect(thing.changes).toEqual({});
    },
  );

  it('aroundSave may save when the row is there', async () => {
    const Model = fresh();
    Model.around('save', async (thing, proceed) => {
      await proceed();
      if (thing.size === 0) await thing.update({ size: thing.id });
    });
    const thing = await Model.create({});
    expect(await Thing.pluck('size')).toEqual([thing.id]);
  });

  it('what a callback has started and not waited for is no part of it', async () => {
    const Model = fresh();
    let started: Promise<unknown> | undefined;
    Model.around('save', async (_, proceed) => {
      await proceed();
      // The callback below has returned by then, and this one has not.
      await started;
    });
    Model.before('create', (thing) => {
      started = later().then(() => thing.isValid());
    });
    Model.before('validation', () => undefined);
    const thing = await Model.create({});
    expect(await started).toBe(true);
    expect(thing.isPersisted).toBe(true);
  });

  it('a save that is started and not waited for is carried out', async () => {
    const Model = fresh();
    let started: Promise<unknown> | undefined;
    Model.before('save', (thing) => {
      started ??= withoutTransaction(() => later().then(() => thing.update({ size: thing.size + 1 })));
    });
    const thing = await Model.create({});
    await started;
    expect(await Thing.pluck('size')).toEqual([1]);
    expect(thing.size).toBe(1);
  });

  it('beforeSave may ask whether the record is valid, and destroy callbacks may save it', async () => {
    const Model = fresh();
    const seen: boolean[] = [];
    Model.before('validation', () => undefined);
    Model.before('save', async (thing) => void seen.push(await thing.isValid()));
    Model.before('destroy', async (thing) => void (await thing.update({ name: 'gone' })));
    const thing = await Model.create({});
    await thing.destroy();
    expect(seen).toEqual([true, true]);
    expect(thing.name).toBe('gone');
  });

  it('afterDestroy may say destroy again, which does nothing', async () => {
    const Model = fresh();
    Model.after('destroy', async (thing) => void (await thing.destroy()));
    const thing = await Model.create({});
    await thing.destroy();
    expect(thing.isDestroyed).toBe(true);
  });

  it('records that make one another without end are stopped', async () => {
    const Model = fresh();
    let made = 0;
    Model.after('create', async () => {
      made++;
      await Model.create({});
    });
    const error = loopOf(await errorOf(() => transaction(() => Model.create({}))));
    expect(error.hint).toBe('Each leads to the next, without end: let one of them stop.');
    expect(made).toBe(1000);
    expect(await Thing.count()).toBe(0);
  });

  it('afterFind that finds without end is stopped', async () => {
    const Model = fresh();
    const { id } = await Model.create({});
    Model.after('find', async () => void (await Model.find(id)));
    loopOf(await errorOf(() => Model.find(id)));
  });

  it('a touched parent that saves the child again is stopped', async () => {
    class Parent extends Owner {
      static override tableName = 'owners';
      override async afterTouch() {
        child.size += 1;
        await child.save();
      }
    }
    class Child extends BaseModel.with(
      {
        id: column.id(),
        size: column.integer().default(0),
        ownerId: column.references('owners').nullable(),
        get owner() {
          return belongsTo(Parent, { optional: true, touch: true });
        },
      },
      column.timestamps(),
    ) {
      static override tableName = 'things';
    }
    const child = new Child();
    const parent = await Parent.create({});
    child.owner.set(parent);
    const error = loopOf(await errorOf(() => child.save()));
    expect(error.chain.filter((step) => step === 'Parent.afterTouch')).toHaveLength(10);
  });

  describe('two at once', () => {
    it.each(['inside', 'outside'])(
      'saves of a new record make one row and call beforeCreate once, %s of a transaction',
      async (where) => {
        const Model = fresh();
        const log: string[] = [];
        for (const event of ['create', 'update'] as const) Model.after(event, () => void log.push(event));
        Model.before('save', later);
        const thing = new Model({ name: 'a' });
        const both = () => Promise.all([thing.save(), thing.save()]);
        await (where === 'inside' ? transaction(both) : both());
        expect(await Thing.count()).toBe(1);
        expect(log).toEqual(['create', 'update']);
      },
    );

    it('saves of different records in a callback are all made', async () => {
      const Model = fresh();
      const log: number[] = [];
      const Part = fresh();
      Part.before('save', later);
      Part.after('commit', ({ size }) => void log.push(size));
      Model.after('create', async () => {
        await Promise.all([1, 2, 3].map((size) => Part.create({ size })));
      });
      await Model.create({});
      expect(await Thing.count()).toBe(4);
      expect(log.sort()).toEqual([1, 2, 3]);
    });

    it('afterRollback may save the record again, with what waits to be saved with it', async () => {
      class Parent extends Owner.with({
        get children() {
          return hasMany(Thing, { foreignKey: 'ownerId' });
        },
      }) {
        static override tableName = 'owners';
      }
      const parent = new Parent();
      const child = new Thing();
      parent.children.add(child);
      let isFailing = true;
      Parent.after('create', () => {
        if (isFailing) throw new Error('first');
      });
      Parent.after('rollback', async (each) => {
        isFailing = false;
        await each.save();
      });
      expect((await errorOf(() => parent.save())).message).toBe('first');
      expect([parent.isPersisted, child.isPersisted]).toEqual([true, true]);
      expect(await Thing.count()).toBe(1);
    });
  });
});
