import {
  BaseModel,
  belongsTo,
  column,
  connections,
  createAll,
  dropAll,
  hasMany,
  InvalidDefinition,
  type Query,
  type Subclasses,
  sql,
} from 'active-record-ts';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf } from '../support/models.ts';

/** Each test has classes of its own: which of them are known is what it is about. */
function family() {
  class Animal extends BaseModel.with({
    id: column.id(),
    type: column.string().nullable(),
    name: column.string(),
  }) {}
  class Dog extends Animal.with({ tricks: column.integer() }) {}
  class Puppy extends Dog.with({ bornOn: column.date().nullable() }) {}
  class Cat extends Animal.with({ lives: column.bigint().default(9n) }) {}
  return { Animal, Dog, Puppy, Cat };
}

describeModels('families of classes', [], () => {
  afterEach(async () => {
    for (const table of ['animals', 'shapes', 'bare_animals', 'companies', 'people'])
      await connections.get().execute(sql`DROP TABLE IF EXISTS ${sql.name(table)}`);
  });

  it('know a class from its first use on, also where statements were made before', async () => {
    const { Animal, Dog, Puppy, Cat } = family();
    await createAll([Animal, Dog, Puppy, Cat]);
    const again = family();
    const { id } = await again.Animal.create({ name: 'a' });
    expect((await again.Animal.find(id)).constructor).toBe(again.Animal);
    const puppy = await Puppy.create({ name: 'p', tricks: 2, bornOn: '2026-01-02' });
    expect((await errorOf(() => again.Animal.find(puppy.id))).code).toBe('AR_TYPE_UNKNOWN');
    expect((await errorOf(() => again.Animal.all())).code).toBe('AR_TYPE_UNKNOWN');
    again.Puppy.all();
    for (const found of [await again.Animal.find(puppy.id), await again.Animal.findByOrFail({ name: 'p' })]) {
      expect(found instanceof again.Puppy && [found.tricks, found.bornOn]).toEqual([2, '2026-01-02']);
    }
    // What is above a class that is known is known too.
    expect(await again.Dog.count()).toBe(1);
  });

  it('widen a query that was made before a class below was known', async () => {
    const { Animal, Dog, Puppy } = family();
    await createAll([Animal, Dog, Puppy]);
    await Puppy.create({ name: 'p', tricks: 1 });
    const again = family();
    const dogs = again.Dog.all();
    expect(await dogs.count()).toBe(0);
    new again.Puppy();
    expect((await dogs).map((each) => each.constructor)).toEqual([again.Puppy]);
  });

  it.each([
    ['the root and its classes', ({ Animal, Dog, Puppy, Cat }: ReturnType<typeof family>) => [Animal, Dog, Puppy, Cat]],
    ['classes before the root', ({ Animal, Dog, Puppy, Cat }: ReturnType<typeof family>) => [Puppy, Cat, Dog, Animal]],
    ['classes alone', ({ Puppy, Cat }: ReturnType<typeof family>) => [Puppy, Cat]],
  ])('have one table: createAll with %s', async (_, models) => {
    const classes = family();
    await createAll(models(classes));
    const { Animal, Puppy, Cat } = classes;
    await Animal.create({ name: 'a' });
    await Puppy.create({ name: 'p', tricks: 1 });
    await Cat.create({ name: 'c' });
    expect((await Animal.order('name')).map((each) => each.constructor.name)).toEqual(['Animal', 'Cat', 'Puppy']);
    const columns = await connections
      .get()
      .introspect((introspection, driver) => introspection.columns(driver, 'animals'));
    expect(columns.filter(({ nullable }) => !nullable).map((each) => each.name)).toEqual(['id', 'name']);
    await dropAll([Puppy]);
    expect((await errorOf(() => Animal.count())).code).toBe('AR_TABLE_MISSING');
  });

  it('name the type of the root where it may not be empty', async () => {
    class Shape extends BaseModel.with({ id: column.id(), kind: column.string().default('Shape') }) {
      static inheritanceAttribute = 'kind';
      static typeName = 'shape';
      static subclasses: Subclasses = () => [Circle];
    }
    class Circle extends Shape.with({ radius: column.double() }) {}
    await createAll([Shape]);
    expect((await Shape.create({})).kind).toBe('shape');
    expect((await Circle.create({ radius: 1 })).kind).toBe('Circle');
    await Shape.insertAll([{}]);
    expect(await Shape.order('id').pluck('kind')).toEqual(['shape', 'Circle', 'shape']);
    expect((await Shape.order('id')).map((each) => each.constructor)).toEqual([Shape, Circle, Shape]);
    expect((await errorOf(() => new Shape({ kind: 'Circle' }))).message).toContain('Circle.create');
  });

  it('are known from a list that another module gives the root', async () => {
    class Shape extends BaseModel.with({ id: column.id(), type: column.string() }) {
      static subclasses: Subclasses = () => [];
    }
    class Circle extends Shape {}
    Shape.subclasses = () => [Circle];
    await createAll([Shape]);
    await Shape.connection.execute(sql`INSERT INTO shapes (type) VALUES ('Circle')`);
    expect((await Shape.sole()).constructor).toBe(Circle);
  });

  it('may be told apart by an enum', async () => {
    class Shape extends BaseModel.with({ id: column.id(), kind: column.enum(['Shape', 'Circle']).default('Shape') }) {
      static inheritanceAttribute = 'kind';
    }
    class Circle extends Shape {}
    await createAll([Shape]);
    await Circle.create({});
    expect((await Shape.first())?.constructor).toBe(Circle);
    expect(await Circle.count()).toBe(1);
  });

  it('are none where the attribute is switched off, or is no text', async () => {
    class Shape extends BaseModel.with({ id: column.id(), type: column.string() }) {
      static inheritanceAttribute: string | null = null;
    }
    class Round extends Shape {}
    await createAll([Shape]);
    await Round.create({ type: 'anything' });
    expect((await Shape.first())?.constructor).toBe(Shape);
    expect((await Round.first())?.type).toBe('anything');
    class Odd extends BaseModel.with({ id: column.id(), type: column.integer() }) {
      static override tableName = 'shapes';
    }
    class Odder extends Odd {}
    expect([new Odd({ type: 3 }).type, new Odder({ type: 4 }).type]).toEqual([3, 4]);
  });

  it('leave a second class on a table without a type as it is: it has all rows', async () => {
    class Person extends BaseModel.with({ id: column.id(), name: column.string() }) {}
    class Reader extends Person {
      shout() {
        return this.name.toUpperCase();
      }
    }
    await createAll([Person]);
    const person = await Person.create('Ada');
    expect((await Reader.find(person.id)).shout()).toBe('ADA');
    expect((await Person.first())?.constructor).toBe(Person);
    expect(person.becomes(Reader).shout()).toBe('ADA');
    expect((await errorOf(() => person.becomes(Reader, { changeType: true }))).code).toBe('AR_QUERY_INVALID');
  });

  it('leave out a class that switches it off for itself: all rows are its own', async () => {
    const { Animal, Dog } = family();
    class Lean extends Animal {
      static inheritanceAttribute = null;
    }
    await createAll([Animal, Dog]);
    await Dog.create({ name: 'd', tricks: 1 });
    expect((await Lean.all()).map((each) => [each.constructor, each.type])).toEqual([[Lean, 'Dog']]);
    expect((await Animal.all()).map((each) => each.constructor)).toEqual([Dog]);
  });

  it('are told apart in bare classes that name the attribute', async () => {
    const { Animal, Dog } = family();
    await createAll([Animal, Dog]);
    await Animal.create({ name: 'a' });
    await Dog.create({ name: 'd', tricks: 3 });
    class Beast extends BaseModel {
      static override tableName = 'animals';
      static inheritanceAttribute = 'type';
      static subclasses: Subclasses = () => [Hound];
      declare name: string;
    }
    class Hound extends Beast {
      static typeName = 'Dog';
      declare id: number;
      declare tricks: number;
    }
    expect((await Beast.all().order('name')).map((each) => each.constructor)).toEqual([Beast, Hound]);
    expect((await Hound.first())?.tricks).toBe(3);
    expect(await Hound.count()).toBe(1);
    const hound = await Hound.create({ name: 'h', tricks: 1 });
    expect(await Dog.exists({ id: hound.id })).toBe(true);
    await Hound.insertAll([{ name: 'i', tricks: 1 }]);
    expect(await Hound.count()).toBe(3);
  });

  it('keep classes of another database apart', async () => {
    const { Animal } = family();
    class Far extends Animal {
      static override connectionName = 'far';
    }
    expect(new Far().type).toBeNull();
    expect((await errorOf(() => new Animal().becomes(Far))).code).toBe('AR_QUERY_INVALID');
  });

  it('count in a counter of their own only their own', async () => {
    class Company extends BaseModel.with({
      id: column.id(),
      companyDogsCount: column.integer().default(0),
      get dogs() {
        return hasMany(CompanyDog);
      },
    }) {}
    const { Animal } = family();
    class CompanyDog extends Animal.with({
      companyId: column.integer().nullable(),
      get company() {
        return belongsTo(Company, { optional: true, counterCache: true });
      },
    }) {}
    await createAll([Animal, CompanyDog, Company]);
    const company = await Company.create({});
    await CompanyDog.create({ name: 'd', company });
    await connections.get().execute(sql`INSERT INTO animals (name, company_id) VALUES ('x', ${company.id})`);
    await Company.resetCounters(company.id, 'dogs');
    expect((await company.reload()).companyDogsCount).toBe(1);
  });

  describe('are refused where', () => {
    it('two classes have one type, each time', async () => {
      const { Animal } = family();
      const first = class Dog extends Animal {};
      const second = class Dog extends Animal {};
      first.all();
      for (const use of [() => second.all(), () => new second(), () => second.create({ name: 'x' })]) {
        const error = await errorBeforeSending(use);
        expect(error).toBeInstanceOf(InvalidDefinition);
        expect(error.message).toContain('Two classes of Animal have the type "Dog"');
      }
    });

    it.each([
      ['a class has no name', 'has no type', (Animal: typeof BaseModel) => class extends Animal {}],
      [
        'the typeName is no text',
        'typeName',
        (Animal: typeof BaseModel) =>
          class Dog extends Animal {
            static typeName = 1;
          },
      ],
      [
        'subclasses is no function',
        'no function',
        (Animal: typeof BaseModel) =>
          class Dog extends Animal {
            static subclasses = [];
          },
      ],
      [
        'subclasses lists another model',
        'lists Dog, which is no class on the table of Animal',
        (Animal: typeof BaseModel) =>
          class Cat extends Animal {
            static subclasses = () => [family().Dog];
          },
      ],
      [
        'subclasses throws',
        'cannot be read yet',
        (Animal: typeof BaseModel) =>
          class Cat extends Animal {
            static subclasses = () => {
              throw new ReferenceError('Dog is not defined');
            };
          },
      ],
      [
        'a class names another attribute than the root',
        'another inheritanceAttribute',
        (Animal: typeof BaseModel) =>
          class Cat extends Animal {
            static inheritanceAttribute = 'name';
          },
      ],
    ])('%s', async (_, message, make) => {
      const { Animal } = family();
      const Model = make(Animal as unknown as typeof BaseModel);
      // An anonymous class would be named after the variable.
      Object.defineProperty(Model, 'name', { value: Model.name === 'Dog' || Model.name === 'Cat' ? Model.name : '' });
      for (let use = 0; use < 2; use++) {
        const error = await errorOf(() => Reflect.construct(Model, []));
        expect(error.code).toBe('AR_DEFINITION_INVALID');
        expect(error.message).toContain(message);
      }
    });

    it.each([
      ['is not declared', 'kind', 'no attribute'],
      ['is a number', 'id', 'no text'],
      ['is no name', 3, 'neither a name nor null'],
    ])('the attribute %s', async (_, attribute, message) => {
      class Shape extends BaseModel.with({ id: column.id() }) {
        static inheritanceAttribute = attribute;
      }
      expect((await errorOf(() => Shape.all())).message).toContain(message);
    });

    it('two classes declare one column with different types', async () => {
      const { Animal } = family();
      class One extends Animal.with({ size: column.integer() }) {}
      class Two extends Animal.with({ size: column.string() }) {}
      const error = await errorBeforeSending(() => createAll([Animal, One, Two]));
      expect(error.message).toContain('declare its column "size" with different types: integer and string');
    });
  });

  it('give a column its default in the rows of the class alone, where classes say different ones', async () => {
    const { Animal } = family();
    class One extends Animal.with({ size: column.integer().default(1) }) {}
    class Two extends Animal.with({ size: column.integer().default(2) }) {}
    class Three extends Animal.with({ size: column.integer().nullable() }) {}
    await createAll([Animal, One, Two, Three]);
    for (const Model of [Animal, One, Two, Three]) await Model.insertAll([{ name: Model.name }]);
    const rows = await connections.get().query(sql`SELECT size FROM animals ORDER BY id`);
    expect(rows.map(({ size }) => size)).toEqual([null, 1, 2, null]);
  });

  it.each([
    [
      'digits',
      column.decimal(8, 2),
      column.decimal(8, 4),
      'decimal (precision 8, scale 2) and decimal (precision 8, scale 4)',
    ],
    ['a length', column.string(5), column.string(50), 'string (length 5) and string (length 50)'],
    ['a precision', column.datetime(0), column.datetime(6), 'datetime (precision 0) and datetime (precision 6)'],
    ['words', column.enum(['a']), column.enum(['b']), 'enum (values a) and enum (values b)'],
  ])('refuse two classes that declare one column with other %s', async (_, first, second, message) => {
    const { Animal } = family();
    class One extends Animal.with({ size: first }) {}
    class Two extends Animal.with({ size: second }) {}
    const error = await errorBeforeSending(() => createAll([Animal, One, Two]));
    expect(error.message).toContain(`"size" with different types: ${message}.`);
  });

  it('give rows of a query with another source only as its class', async () => {
    const { Animal, Dog, Cat } = family();
    await createAll([Animal, Dog, Cat]);
    await Cat.create({ name: 'c' });
    await Animal.create({ name: 'a' });
    const { id } = await Dog.create({ name: 'd', tricks: 1 });
    expect((await Dog.all().from('animals')).map((dog) => dog.id)).toEqual([id]);
  });

  it('hold whatever the hierarchy is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (parents, rows, listed) => {
          const { Animal } = family();
          type Class = typeof Animal;
          const classes: Class[] = [Animal];
          parents.forEach((parent, index) => {
            const Parent = classes[parent % classes.length] ?? Animal;
            const Sub = class extends Parent.with({ [`own${index}`]: column.integer() }) {};
            Object.defineProperty(Sub, 'name', { value: `Class${index}` });
            classes.push(Sub as unknown as Class);
          });
          if (listed) Object.defineProperty(Animal, 'subclasses', { value: () => classes.slice(1) });
          await createAll(listed ? [Animal] : classes);
          try {
            const made = rows.map((row) => classes[row % classes.length] ?? Animal);
            for (const [index, Model] of made.entries()) {
              const own = Object.keys(Model.definition).filter((name) => name.startsWith('own'));
              const values = Object.fromEntries(own.map((name) => [name, index]));
              await Model.create({ name: `row ${index}`, ...values });
            }
            for (const Model of classes) {
              const wanted = made.filter((each) => each === Model || each.prototype instanceof Model);
              const found = await Model.order('id');
              expect(found.map((each) => each.constructor)).toEqual(wanted);
              expect(await Model.count()).toBe(wanted.length);
              for (const record of found) {
                const own = Object.entries(record.attributes).filter(([name]) => name.startsWith('own'));
                const declared = Object.keys(Object(record.constructor).definition).filter((name) =>
                  name.startsWith('own'),
                );
                expect(own.map(([name]) => name)).toEqual(declared);
                expect(own.every(([, value]) => `row ${value}` === record.name)).toBe(true);
              }
            }
          } finally {
            await dropAll([Animal]);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});

abstract class ApplicationRecord extends BaseModel.with({ id: column.id() }, column.timestamps()) {
  static abstractClass = true;
  static defaultScope = (records: Query<typeof ApplicationRecord>) => records.order('id', 'desc');
  static scopes = {
    since: (records: Query<typeof ApplicationRecord>, id: number) =>
      records.where({ id: Array.from({ length: 9 }, (_, index) => id + index) }),
  };
  static validations: object = { id: { absence: false } };
  label() {
    return `${this.constructor.name} ${this.id}`;
  }
}
abstract class Named extends ApplicationRecord.with({ name: column.string() }) {
  static override abstractClass = true;
  static validations = { name: { length: { min: 2 } } };
}
class City extends Named.with({ area: column.integer().nullable() }) {}
class River extends Named {}
abstract class Plain extends BaseModel {
  shout() {
    return 'plain';
  }
}
class Hill extends Plain.with({ id: column.id() }) {}

describeModels('abstract bases', [City, River, Hill], () => {
  it('give their columns, methods and scopes to children with tables of their own', async () => {
    expect([City.tableName, River.tableName, Hill.tableName]).toEqual(['cities', 'rivers', 'hills']);
    const [first, second] = [await City.create({ name: 'Bonn', area: 1 }), await City.create('Ulm')];
    const river = await River.create('Rhine');
    expect(river.label()).toBe(`River ${river.id}`);
    expect((await City.all()).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await City.all().since(second.id)).map(({ id }) => id)).toEqual([second.id]);
    expect(first.createdAt).toBeInstanceOf(Date);
    expect((await errorOf(() => City.create('x'))).code).toBe('AR_RECORD_INVALID');
    expect(first.equals(river)).toBe(false);
    expect((await Hill.create({})).shout()).toBe('plain');
  });

  const call = (model: object, method: string, ...args: unknown[]) =>
    Reflect.apply(Reflect.get(model, method), model, args);
  it.each([
    ['new', (model: object) => Reflect.construct(model as new () => object, [])],
    ['create', (model: object) => call(model, 'create', {})],
    ['all', (model: object) => call(model, 'all')],
    ['where', (model: object) => call(model, 'where', {})],
    ['find', (model: object) => call(model, 'find', 1)],
    ['insertAll', (model: object) => call(model, 'insertAll', [])],
    ['unscoped', (model: object) => call(model, 'unscoped')],
    ['createAll', (model: object) => createAll([model as typeof City])],
    ['becomes', (model: object) => call(new City(), 'becomes', model)],
  ])('have no records: %s', async (_, use) => {
    for (const model of [ApplicationRecord, Named, BaseModel]) {
      const error = await errorBeforeSending(() => use(model));
      expect(error.code).toBe('AR_MODEL_ABSTRACT');
      expect(error.message).toContain(`${model.name} is abstract`);
      expect(error.message).toContain('Use a class that extends it.');
    }
  });

  it('name the connection of their children', async () => {
    abstract class FarRecord extends BaseModel {
      static override connectionName = 'far';
    }
    class Moon extends FarRecord.with({ id: column.id() }) {}
    expect(Moon.connectionName).toBe('far');
    connections.define('far', 'sqlite::memory:');
    try {
      await createAll([Moon]);
      await Moon.create({});
      expect(await Moon.count()).toBe(1);
      expect(Moon.connection).not.toBe(City.connection);
    } finally {
      await connections.close('far');
    }
  });

  it('may stand between the classes of a family', async () => {
    const { Animal } = family();
    abstract class Pet extends Animal {
      static abstractClass = true;
    }
    class Hamster extends Pet {}
    expect([Hamster.tableName, new Hamster().type]).toEqual(['animals', 'Hamster']);
    expect((await errorOf(() => Pet.all())).code).toBe('AR_MODEL_ABSTRACT');
  });
});
