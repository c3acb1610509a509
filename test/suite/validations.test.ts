import { BaseModel, column, InvalidDefinition, RecordErrors, RecordInvalid, type Validations } from 'active-record-ts';
import { afterEach, describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

/** One table for the rules about single values. */
class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string(20).nullable(),
  size: column.integer().nullable(),
  weight: column.bigint().nullable(),
  price: column.decimal(12, 4).nullable(),
  ratio: column.double().nullable(),
  active: column.boolean().nullable(),
  beginsAt: column.datetime().nullable(),
  endsAt: column.datetime().nullable(),
  day: column.date().nullable(),
  tags: column.json<string[]>().nullable(),
  data: column.binary().nullable(),
}) {}
type Rules = Validations<typeof Thing>;

/** A model of that table with these validations. */
function thingWith(rules: Rules) {
  return class Thing2 extends Thing {
    static override tableName = 'things';
    static validations = rules;
    repeated: string | undefined = undefined;
    terms: boolean | string | null = null;
  };
}

const message = (record: BaseModel) => record.errors.toJSON();

describeModels('validations', [Thing], () => {
  emptyBeforeEach('things');

  const cases: readonly (readonly [string, Rules, readonly (readonly [object, object])[]])[] = [
    [
      'presence',
      { name: { presence: true }, active: { presence: true }, tags: { presence: true } },
      [
        [
          { name: ' \t', tags: [] },
          { name: ["can't be blank"], active: ["can't be blank"], tags: ["can't be blank"] },
        ],
        [{ name: 'x', active: false, tags: ['x'] }, {}],
      ],
    ],
    [
      'absence',
      { name: { absence: true } },
      [
        [{ name: 'x' }, { name: ['must be blank'] }],
        [{ name: ' ' }, {}],
        [{}, {}],
      ],
    ],
    [
      'length',
      { name: { length: { min: 2, max: 4 } }, tags: { length: { is: 2 } }, data: { length: { max: 2 } } },
      [
        [
          { name: 'x', tags: ['a'] },
          { name: ['is too short (at least 2 characters)'], tags: ['is of the wrong length (should be 2 items)'] },
        ],
        [{ name: '😀😀😀😀', data: new Uint8Array(3) }, { data: ['is too long (at most 2 bytes)'] }],
        [{ name: '😀😀😀😀😀', tags: ['a', 'b'] }, { name: ['is too long (at most 4 characters)'] }],
        [{}, {}],
      ],
    ],
    [
      'format',
      { name: [{ format: /^\p{Lu}/gu }, { format: { without: /\s/, message: 'has a space' } }] },
      [
        [{ name: 'ada' }, { name: ['is invalid'] }],
        [{ name: 'Ada' }, {}],
        [{ name: 'Ada L' }, { name: ['has a space'] }],
      ],
    ],
    [
      'numericality',
      {
        size: { numericality: { min: 2, max: 8, even: true } },
        weight: { numericality: { greaterThan: 2n ** 60n, odd: true } },
        price: { numericality: { lessThan: '0.3', otherThan: 0.1 } },
        ratio: { numericality: { integer: true } },
        name: { numericality: true },
      },
      [
        [
          { size: 1, weight: 2n ** 60n, price: '0.3000', ratio: 1.5, name: 'x' },
          {
            size: ['must be even', 'must be greater than or equal to 2'],
            weight: ['must be odd', 'must be greater than 1152921504606846976'],
            price: ['must be less than 0.3'],
            ratio: ['must be an integer'],
            name: ['is not a number'],
          },
        ],
        [
          { size: 9, price: '0.1' },
          { size: ['must be even', 'must be less than or equal to 8'], price: ['must be other than 0.1'] },
        ],
        [{ size: 8, weight: 2n ** 60n + 1n, price: '0.2999', ratio: 1e20, name: '-1.5e3' }, {}],
      ],
    ],
    [
      'inclusion and exclusion',
      {
        name: { inclusion: ['red', 'green'], exclusion: { in: (record) => [record.size === 1 ? 'red' : 'green'] } },
        beginsAt: { inclusion: { in: async () => [new Date(0)], message: '{value} is none of {attribute}' } },
      },
      [
        [{ name: 'blue' }, { name: ['is not included in the list'] }],
        [{ name: 'red', size: 1 }, { name: ['is reserved'] }],
        [{ name: 'red', size: 2, beginsAt: new Date(0) }, {}],
      ],
    ],
    [
      'comparison',
      {
        endsAt: { comparison: { greaterThan: { attribute: 'beginsAt' } } },
        day: { comparison: { min: '2026-01-31' } },
        name: { comparison: { otherThan: (record) => String(record.size) } },
        size: {
          comparison: { lessThanOrEqualTo: async (record) => (record.weight === null ? null : Number(record.weight)) },
        },
      },
      [
        [
          { beginsAt: new Date(5000), endsAt: new Date(5000), day: '2025-12-31', name: '3', size: 3, weight: 2n },
          {
            endsAt: ['must be greater than 1970-01-01T00:00:05.000Z'],
            day: ['must be greater than or equal to 2026-01-31'],
            name: ['must be other than 3'],
            size: ['must be less than or equal to 2'],
          },
        ],
        [{ endsAt: new Date(0), day: '2026-01-31', name: '4', size: 3 }, {}],
      ],
    ],
    [
      'null',
      {
        name: { length: { min: 2 }, allowNull: false },
        size: { numericality: { min: 1, allowNull: false } },
        price: { presence: true, allowNull: true },
      },
      [
        [{}, { name: ["can't be blank"], size: ["can't be blank"] }],
        [{ name: 'xx', size: 1 }, {}],
      ],
    ],
    [
      'functions',
      {
        name: {
          custom: [(name) => (name === 'x' ? 'is x' : undefined), async (name) => (name === 'x' ? 'is still x' : null)],
        },
        size: (size, record, errors) => {
          if (size === 1) errors.add('size', 'greater_than', { count: 1 });
          if (size === 2) record.errors.add('base', 'nothing fits');
        },
        $record: { custom: (record) => (record.name === record.day ? undefined : 'name and day differ') },
      },
      [
        [
          { name: 'x', size: 1 },
          { name: ['is x', 'is still x'], size: ['must be greater than 1'], base: ['name and day differ'] },
        ],
        [{ size: 2 }, { base: ['nothing fits'] }],
        [{ size: 3 }, {}],
      ],
    ],
  ];

  it.each(cases)('%s', async (_, rules, examples) => {
    const Model = thingWith(rules);
    for (const [attributes, expected] of examples) {
      const record = new Model(attributes as never);
      expect(await record.isValid()).toBe(Object.keys(expected).length === 0);
      expect(message(record)).toEqual(expected);
      if (Object.keys(expected).length === 0) expect((await record.save()).isPersisted).toBe(true);
      else {
        const error = await errorBeforeSending(() => record.save());
        expect(error).toBeInstanceOf(RecordInvalid);
        expect([message(record), record.isNewRecord]).toEqual([expected, true]);
      }
    }
  });

  it('confirmation and acceptance look at properties of the class', async () => {
    const Model = thingWith({
      name: { confirmation: { with: 'repeated' as never, caseSensitive: false } },
      ...({ terms: { acceptance: true } } as object),
    });
    const record = new Model({ name: 'Ada' });
    expect(await record.isValid()).toBe(true);
    record.repeated = 'bob';
    record.terms = false;
    expect(await record.isValid()).toBe(false);
    expect(message(record)).toEqual({ repeated: ["doesn't match Name"], terms: ['must be accepted'] });
    record.repeated = 'ADA';
    record.terms = '1';
    expect(await record.isValid()).toBe(true);
  });

  it('tell all errors together, those of the columns too, and each once', async () => {
    const Model = thingWith({ name: { length: { max: 30 } }, size: { numericality: { max: 3 } } });
    const record = new Model({ name: 'x'.repeat(31), size: 2 ** 40 });
    await errorBeforeSending(() => record.save());
    expect(message(record)).toEqual({
      name: ['is too long (at most 30 characters)'],
      size: ['must be less than or equal to 3', 'is out of range (-2147483648 to 2147483647)'],
    });
    record.name = 'x'.repeat(25);
    record.size = 1;
    expect(await record.isValid()).toBe(false);
    expect(message(record)).toEqual({ name: ['is too long (at most 20 characters)'] });
  });

  it('are asked on creation, on change, or in a context', async () => {
    const Model = thingWith({
      name: [
        { presence: { on: 'create', message: 'create' } },
        { format: { with: /new/, on: 'update', message: 'update' } },
        { exclusion: { in: ['draft new'], on: ['publish', 'print'], message: 'publish' } },
      ],
    });
    expect(await errorOf(() => Model.create({ name: ' ' }))).toMatchObject({ code: 'AR_RECORD_INVALID' });
    const record = await Model.create({ name: 'old' });
    await expect(record.update({ size: 1 })).rejects.toThrow('Name update');
    await record.update({ name: 'draft new' });
    await expect(record.save({ context: 'publish' })).rejects.toThrow('Name publish');
    await expect(record.validate('print')).rejects.toThrow('Name publish');
    expect([await record.isValid('publish'), await record.isValid()]).toEqual([false, true]);
    expect(await record.validate()).toBe(record);
    await expect(record.update({ size: 3 }, { context: 'publish' })).rejects.toThrow('Name publish');
    await expect(Model.create({ name: 'draft new' }, { context: 'print' })).rejects.toThrow('Name publish');
  });

  it('go by if and unless, of the rule and of the attribute, also where they have to be waited for', async () => {
    const Model = thingWith({
      name: {
        presence: { if: async (record) => record.size === 1 },
        length: { max: 2, unless: (record) => record.size === 3 },
        unless: (record) => record.active === true,
      },
    });
    const isValid = (attributes: object) => new Model(attributes as never).isValid();
    expect([await isValid({ size: 1 }), await isValid({ size: 2 }), await isValid({ size: 1, active: true })]).toEqual([
      false,
      true,
      true,
    ]);
    expect([await isValid({ name: 'xxx' }), await isValid({ name: 'xxx', size: 3 })]).toEqual([false, true]);
  });

  it('can be left out, but what the column cannot hold is refused all the same', async () => {
    const Model = thingWith({ name: { presence: true } });
    const record = await Model.create({ size: 1 }, { validate: false });
    expect(record.isPersisted).toBe(true);
    await expect(record.save()).rejects.toThrow("Name can't be blank");
    await record.update({ size: 2 }, { validate: false });
    expect(record.errors.isEmpty).toBe(true);
    await expect(record.update({ size: 2 ** 40 }, { validate: false })).rejects.toThrow('Size is out of range');
  });

  it('say what they were told to say', async () => {
    const Model = thingWith({
      name: {
        length: { max: 2, message: 'of {attribute} ({value}) has more than {count}' },
        format: { with: /^a/, message: (record, { value, type }) => `${String(value)} ${type} ${String(record.size)}` },
      },
    });
    const record = new Model({ name: 'xyz', size: 4 });
    await record.isValid();
    expect(record.errors.on('name')).toEqual(['of Name (xyz) has more than 2', 'xyz invalid 4']);
    expect(record.errors.details).toEqual({ name: [{ type: 'too_long', count: 2 }, { type: 'invalid' }] });
  });

  it('that are strict reject at once', async () => {
    let asked = 0;
    const Model = thingWith({
      name: { presence: { strict: true } },
      size: { custom: () => void asked++ },
    });
    expect(await errorOf(() => new Model().isValid())).toBeInstanceOf(RecordInvalid);
    expect(await errorOf(() => new Model().save())).toBeInstanceOf(RecordInvalid);
    expect(asked).toBe(0);
    await Model.create({ name: 'x' });
    expect(asked).toBe(1);
  });

  it('are inherited: those of the class above come first, and what is spread is not asked twice', async () => {
    const order: string[] = [];
    const note = (word: string) => () => void order.push(word);
    const Parent = thingWith({ name: { custom: note('parent') } });
    class Child extends Parent.with({}) {
      static override tableName = 'things';
      static validations = { ...Parent.validations, size: { custom: note('child') } } satisfies Rules;
    }
    class Grandchild extends Child.with({}) {
      static override tableName = 'things';
      static validations = { name: { custom: note('grandchild') } } satisfies Rules;
    }
    await Grandchild.create({});
    expect(order).toEqual(['parent', 'child', 'grandchild']);
    order.length = 0;
    await Parent.create({});
    expect(order).toEqual(['parent']);
  });

  it('skip what the query did not select', async () => {
    const Model = thingWith({
      name: { presence: true },
      $record: {
        schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'asked' }] }) } },
      },
    });
    await Thing.create({ size: 1 });
    const record = await Model.select('id', 'size').first();
    record?.assign({ size: 2 } as never);
    await record?.save();
    expect(await Thing.exists({ size: 2 })).toBe(true);
    await expect((await Model.first())?.save()).rejects.toThrow("Name can't be blank, Asked.");
  });

  it('of a bare model know its columns', async () => {
    class Bare extends BaseModel {
      static override tableName = 'things';
      declare name: string | null;
      declare size: number | null;
      static validations = { name: { presence: true } } satisfies Validations<typeof Bare>;
    }
    await expect(Bare.create({ size: 1 })).rejects.toThrow("Name can't be blank");
    await Bare.create({ name: 'x' });
  });

  it('of saves at the same time do not mix', async () => {
    const Model = thingWith({
      name: {
        custom: async (name) => {
          await new Promise((resolve) => setImmediate(resolve));
          return name === 'bad' ? 'is bad' : undefined;
        },
      },
    });
    const record = new Model({ name: 'bad' });
    const results = await Promise.allSettled([record.save(), record.save(), record.isValid()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(message(record)).toEqual({ name: ['is bad'] });
    expect(await Thing.count()).toBe(0);
  });

  it('cost nothing where there are none', async () => {
    expect(await statementsOf(() => Thing.create({ name: 'x' }))).toHaveLength(1);
  });

  describe('that cannot work', () => {
    const wrong: Record<string, readonly [unknown, string]> = {
      'no object': [3, 'are no object'],
      'an unknown name': [{ nmae: { presence: true } }, 'Did you mean "name"?'],
      'an unknown rule': [{ name: { presense: true } }, 'Did you mean "presence"?'],
      'an unknown option': [{ name: { length: { maximum: 3 } } }, 'has no option "maximum"'],
      'no rules': [{ name: 5 }, 'of Thing2.name is the number 5'],
      'a length that is none': [{ name: { length: { max: -1 } } }, '"max"'],
      'no length': [{ name: { length: {} } }, 'says no length'],
      'a pattern that is none': [{ name: { format: '^x' } }, 'Write format'],
      'a number that is none': [{ size: { numericality: { min: 'x' } } }, '"min"'],
      'a list that is none': [{ name: { inclusion: { in: 'red' } } }, 'says no list'],
      'nothing to compare with': [{ size: { comparison: {} } }, 'compares with nothing'],
      'a scope that is none': [{ name: { uniqueness: { scope: 'siez' } } }, 'Did you mean "size"?'],
      'a condition that is none': [{ name: { presence: true, if: 'new' } }, 'as "if"'],
      'a schema that is none': [{ name: { schema: {} } }, 'no Standard Schema'],
      'a rule for the whole record that is none': [{ $record: { presence: true } }, 'has no option "presence"'],
      'a function that gives no message': [{ name: { custom: () => 3 } }, 'gave the number 3'],
      'a list of no list': [{ name: { inclusion: { in: () => 3 } } }, 'gives no list'],
    };
    it.each(Object.entries(wrong))('%s', async (_, [rules, expected]) => {
      const Model = thingWith(rules as Rules);
      const error = await errorBeforeSending(() => Model.create({ name: 'x', size: 1 }));
      expect(error).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toContain(expected);
      expect(await errorOf(() => new Model({ name: 'x' }).isValid())).toBeInstanceOf(InvalidDefinition);
    });
  });
});

describeModels('schemas', [Thing], () => {
  emptyBeforeEach('things');
  const schema = (validate: (value: unknown) => unknown) => ({
    '~standard': { version: 1 as const, vendor: 'test', validate: validate as never },
  });

  it('are asked about an attribute, also such as are functions and answer later', async () => {
    const isShort = schema((value) =>
      value === null || String(value).length < 3 ? { value } : { issues: [{ message: 'is long' }] },
    );
    const deep = Object.assign(
      () => undefined,
      schema(async () => ({ issues: [{ message: 'is odd', path: ['a', { key: 0 }] }] })),
    );
    const Model = thingWith({ name: isShort, tags: { schema: deep, unless: (record) => record.size === 1 } });
    const record = new Model({ name: 'xxx', tags: [] });
    expect(await record.isValid()).toBe(false);
    expect(message(record)).toEqual({ name: ['is long'], tags: ['is odd'] });
    expect(record.errors.where('tags')[0]?.details).toEqual({ path: 'a.0' });
    await record.update({ name: 'xx', size: 1 });
  });

  it('are asked about the whole record', async () => {
    const whole = schema((value) =>
      (value as { size: number }).size === 1
        ? { value }
        : {
            issues: [
              { message: 'must be 1', path: ['size'] },
              { message: 'must be so', path: ['tags', 2] },
              { message: 'no' },
            ],
          },
    );
    const Model = thingWith({ $record: whole });
    const record = new Model({ size: 2 });
    await errorBeforeSending(() => record.save());
    expect(message(record)).toEqual({ size: ['must be 1'], tags: ['must be so'], base: ['no'] });
    await record.update({ size: 1 });
  });
});

describe('messages', () => {
  afterEach(() => RecordErrors.setMessages({}));

  it('can be replaced, and asked for', () => {
    let language = 'de';
    RecordErrors.setMessages({
      blank: () => (language === 'de' ? 'muss ausgefüllt werden' : 'doit être rempli'),
      too_long_characters: 'ist zu lang (höchstens {count} Zeichen)',
      full: ({ attribute, message: text }) => `${String(attribute)}: ${String(text)}`,
      attributes: { name: 'Der Name' },
    });
    const errors = new RecordErrors().add('name', 'blank').add('name', 'too_long_characters', { count: 3 });
    language = 'fr';
    errors.add('age', 'blank');
    expect(errors.fullMessages()).toEqual([
      'Der Name: muss ausgefüllt werden',
      'Der Name: ist zu lang (höchstens 3 Zeichen)',
      'Age: doit être rempli',
    ]);
    expect(RecordErrors.messages.taken).toBe('has already been taken');
    expect(RecordErrors.messages.too_long_characters).toBe('ist zu lang (höchstens {count} Zeichen)');
    expect(() => RecordErrors.setMessages({ blnk: 'x' } as never)).toThrow('Did you mean "blank"?');
    expect(() => RecordErrors.setMessages({ blank: 3 } as never)).toThrow('neither text nor a function');
  });

  it('can be looked up, removed and counted', () => {
    const errors = new RecordErrors()
      .add('name', 'blank')
      .add('name', 'too_short_characters', { count: 2 })
      .add('age', 'greater_than', { count: 17, message: 'is too young' });
    expect([errors.has('name'), errors.has('name', 'taken'), errors.size]).toEqual([true, false, 3]);
    expect(errors.where('age')).toEqual([
      { attribute: 'age', type: 'greater_than', message: 'is too young', details: { count: 17 } },
    ]);
    expect(errors.details).toEqual({
      name: [{ type: 'blank' }, { type: 'too_short_characters', count: 2 }],
      age: [{ type: 'greater_than', count: 17 }],
    });
    expect(errors.fullMessages('name')).toEqual(["Name can't be blank", 'Name is too short (at least 2 characters)']);
    expect(errors.delete('name', 'blank')).toEqual(["can't be blank"]);
    expect(errors.delete('age')).toEqual(['is too young']);
    expect(errors.toJSON()).toEqual({ name: ['is too short (at least 2 characters)'] });
  });
});
