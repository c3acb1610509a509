import { BaseModel, column, FieldHidesAttribute, hasMany, InvalidDefinition } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf } from '../support/models.ts';

const columns = () => ({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  secret: column.string().nullable().sensitive(),
  big: column.bigint().nullable(),
  bytes: column.binary().nullable(),
});
class User extends BaseModel.with(columns()) {
  greet() {
    return `Hi ${this.name}`;
  }
}
/** Around the attribute, with both halves. */
class Loud extends BaseModel.with(columns()) {
  static override tableName = 'users';
  override get name(): string {
    return super.name.toUpperCase();
  }
  override set name(value: string) {
    super.name = value.trim();
  }
  get initial(): string {
    return this.name.charAt(0);
  }
  set nickName(value: string) {
    this.name = `${value}y`;
  }
}
class LoudAdmin extends Loud {}
class LoudManager extends Loud.with({ budget: column.integer().nullable() }) {
  static override tableName = 'managers';
}
/** Only a getter: the setter of the attribute is still there for attributes that are given. */
class Quiet extends BaseModel.with(columns()) {
  static override tableName = 'users';
  override get name(): string {
    return super.name.toLowerCase();
  }
}

describeModels('classes of records', [User, LoudManager], () => {
  it('have methods, private fields and fields of their own', async () => {
    class Counting extends BaseModel.with(columns()) {
      static override tableName = 'users';
      visits = 1;
      #hidden = 'own';
      reveal() {
        return `${this.#hidden} ${this.visits++}`;
      }
    }
    const { id } = await Counting.create('Ada');
    const found = await Counting.find(id);
    expect([found.reveal(), found.reveal(), found.name]).toEqual(['own 1', 'own 2', 'Ada']);
    expect((await User.find(id)).greet()).toBe('Hi Ada');
  });

  it.each([Loud, LoudAdmin, LoudManager])('%s has getters and setters around an attribute', async (Model) => {
    const user = await Model.create({ name: '  ada ' });
    expect([user.name, user.initial, user.attributes.name]).toEqual(['ADA', 'A', 'ada']);
    const found = await Model.find(user.id);
    expect(found.name).toBe('ADA');
    found.assign({ nickName: 'bobb' } as object);
    expect(found.changes).toEqual({ name: ['ada', 'bobby'] });
    expect((await errorOf(() => found.assign({ initial: 'x' } as object))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
  });

  it('take attributes where a class has only a getter of the name', async () => {
    const user = await Quiet.create({ name: 'ADA' });
    expect([user.name, (await User.find(user.id)).name]).toEqual(['ada', 'ADA']);
    await user.update({ name: 'EVE' });
    expect((await User.find(user.id)).name).toBe('EVE');
  });

  it('say so when a class field hides an attribute, whichever way the first record is made', async () => {
    const { id } = await User.create('Ada');
    const make = () =>
      class Hiding extends BaseModel.with(columns()) {
        static override tableName = 'users';
        // biome-ignore lint/suspicious/noExplicitAny: what a user writes who does not know of declare
        override name: any;
      };
    for (const first of [
      (Model: ReturnType<typeof make>) => new Model({ name: 'x' }),
      (Model: ReturnType<typeof make>) => Model.create({ name: 'x' }),
      (Model: ReturnType<typeof make>) => Model.find(id),
      (Model: ReturnType<typeof make>) => Model.where({ id }).first(),
    ]) {
      const error = await errorOf(() => first(make()));
      expect(error).toBeInstanceOf(FieldHidesAttribute);
      expect(error.message).toContain('write "declare name: …"');
    }
    expect(await User.where({ name: 'x' }).exists()).toBe(false);
  });

  it('may declare the types of attributes', async () => {
    class Declaring extends BaseModel.with(columns()) {
      static override tableName = 'users';
      declare name: 'Ada' | 'Eve';
    }
    expect((await Declaring.create({ name: 'Eve' })).name).toBe('Eve');
  });

  it('say so when a constructor does not pass its arguments on', async () => {
    class Deaf extends BaseModel.with(columns()) {
      static override tableName = 'users';
      constructor() {
        super();
        this.age = 1;
      }
    }
    class HalfDeaf extends BaseModel.with(columns()) {
      static override tableName = 'users';
      constructor(attributes?: object) {
        super(attributes);
      }
    }
    const { id } = await User.create('Ada');
    for (const Model of [Deaf, HalfDeaf]) {
      for (const run of [() => new Model(), () => Model.create({ name: 'x' }), () => Model.find(id)]) {
        const error = await errorOf(run);
        expect(error).toBeInstanceOf(InvalidDefinition);
        expect(error.message).toContain('does not pass its arguments on');
      }
    }
  });

  it('may have a constructor that passes its arguments on', async () => {
    class Timed extends BaseModel.with(columns()) {
      static override tableName = 'users';
      readonly made: number;
      constructor(...args: []) {
        super(...args);
        this.made = 7;
      }
    }
    const { id } = await Timed.create('Ada');
    expect([(await Timed.find(id)).made, (await Timed.find(id)).name]).toEqual([7, 'Ada']);
  });

  describe('attributes that nobody declared', () => {
    const hostile = [
      '{"__proto__":{"admin":true}}',
      '{"constructor":1}',
      '{"toString":"x"}',
      '{"isNewRecord":false}',
      '{"save":1}',
      '{"naem":"x"}',
      '{"":1}',
    ];
    it.each(hostile)('%s are refused by new, create, assign, update, where and order', async (json) => {
      const given = JSON.parse(json) as object;
      const user = await User.create('Ada');
      for (const run of [
        () => new User(given),
        () => User.create(given as never),
        () => user.assign(given),
        () => user.update(given),
        () => User.where(given),
        () => User.insertAll([given as never]),
        () => User.where({ id: 1 }).updateAll(given),
        () => User.order(given),
        () => User.findBy(given),
      ]) {
        expect((await errorBeforeSending(run)).code).toBe('AR_ATTRIBUTE_UNKNOWN');
      }
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('are refused whatever else is no object of attributes', async () => {
      for (const given of [
        1,
        'Ada',
        [],
        null,
        () => 1,
        Symbol('x'),
        [['name', 'x']],
        new Map([['name', 'x']]),
        Promise.resolve({ name: 'x' }),
      ]) {
        const error = await errorBeforeSending(() => new User(given as never));
        expect(error.code).toBe('AR_QUERY_INVALID');
      }
    });

    it('are not taken from the prototype of what is given', () => {
      const user = new User(Object.assign(Object.create({ name: 'inherited' }), { age: 1 }));
      expect([user.name, user.age]).toEqual([null, 1]);
    });

    it('say which name was probably meant', async () => {
      const error = await errorOf(() => new User({ naem: 'x' } as object));
      expect(error.message).toMatch(/^User has no attribute "naem"\. .*name/);
    });
  });

  it('refuse names that every record has, or JavaScript, with the mend', async () => {
    for (const name of [
      'save',
      'errors',
      'attributes',
      'changed',
      'isNewRecord',
      'then',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
    ]) {
      const definition = Object.defineProperty({ id: column.id() }, name, { value: column.string(), enumerable: true });
      const error = await errorOf(() => BaseModel.with(definition));
      expect(error, name).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toContain(`column.string().column('${name}')`);
    }
    class Mended extends BaseModel.with({ id: column.id(), thenValue: column.string().column('then') }) {}
    expect(Mended.tableSpec().columns.map((each) => each.name)).toEqual(['id', 'then']);
  });

  it('refuse definitions that are none', async () => {
    const parent = BaseModel.with({ id: column.id() });
    for (const definition of [null, [], 'id', { id: column.id }, { id: 'integer' }, { [Symbol('x')]: column.id() }]) {
      expect(await errorOf(() => BaseModel.with(definition))).toBeInstanceOf(InvalidDefinition);
    }
    for (const conversion of [{}, { load: String }, { dump: String, load: 'x' }]) {
      const storage = column.string();
      expect(await errorOf(() => Reflect.apply(column.custom, column, [{ storage, ...conversion }]))).toBeInstanceOf(
        InvalidDefinition,
      );
    }
    // A getter is an association, and called when that is first used: by then the other model is there.
    const Late = BaseModel.with({
      name: column.string(),
      get id() {
        return column.id();
      },
    });
    expect(await errorOf(() => Reflect.get(new Late(), 'id'))).toBeInstanceOf(InvalidDefinition);
    expect(await errorOf(() => BaseModel.with({ id: column.id() }, { id: column.id() }))).toBeInstanceOf(
      InvalidDefinition,
    );
    const association = {
      get posts() {
        return hasMany(BaseModel);
      },
    };
    expect(await errorOf(() => BaseModel.with({ id: column.id() }, association))).toBeInstanceOf(InvalidDefinition);
    class Greeting extends parent {
      greet() {
        return 'hi';
      }
    }
    expect(await errorOf(() => Greeting.with({ greet: column.string() }))).toBeInstanceOf(InvalidDefinition);
  });

  it('name their tables after the class, past bases without columns and subclasses', () => {
    abstract class ApplicationRecord extends BaseModel {}
    class LineItem extends ApplicationRecord.with({ id: column.id() }) {}
    class SpecialLineItem extends LineItem {}
    class Bigger extends LineItem.with({ size: column.integer() }) {}
    class Category extends BaseModel {}
    expect([LineItem, SpecialLineItem, Bigger, Category].map((model) => model.tableName)).toEqual([
      'line_items',
      'line_items',
      'line_items',
      'categories',
    ]);
  });
});

describeModels('classes without a definition', [User], () => {
  it('need their columns before the first new, and say how', async () => {
    class Early extends BaseModel {
      static override tableName = 'users';
      declare name: string;
    }
    expect((await errorOf(() => new Early())).code).toBe('AR_COLUMNS_NOT_LOADED');
    await Early.loadColumns();
    const user = new Early().assign({ name: 'Ada' });
    await user.save();
    expect((await Early.where({ name: 'Ada' }).first())?.name).toBe('Ada');
  });

  it('check names and values like all others, once their columns are known', async () => {
    class Checked extends BaseModel {
      static override tableName = 'users';
    }
    expect((await errorOf(() => Checked.where({ naem: 1 }))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
    expect((await errorOf(() => Checked.where({ age: 'x' }))).code).toBe('AR_VALUE_INVALID');
    expect((await errorOf(() => Checked.create({ age: 1 }))).code).toBe('AR_RECORD_INVALID');
  });

  it('say so where the table does not exist', async () => {
    class Missing extends BaseModel {}
    const error = await errorOf(() => Missing.first());
    expect(error.code).toBe('AR_DEFINITION_INVALID');
    expect(error.message).toContain('The table "missings" of Missing does not exist');
  });
});
