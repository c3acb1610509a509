/** Validations by schemas of Zod, Valibot and ArkType, for one attribute and for the record as a whole. */
import { BaseModel, column, hasMany, hasOne, RecordInvalid, type StandardSchema } from 'active-record-ts';
import { type } from 'arktype';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  size: column.integer().nullable(),
  tags: column.json<unknown>().nullable(),
  at: column.datetime().nullable(),
}) {}

function thingWith(validations: object): typeof Thing {
  return class Checked extends Thing {
    static override tableName = 'things';
    static validations = validations;
  };
}
const isFree = async (name: string) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return name !== 'taken';
};

interface Schemas {
  readonly name: StandardSchema;
  readonly nameMessage: RegExp;
  readonly optional: StandardSchema;
  readonly worded: StandardSchema;
  readonly trimmed: StandardSchema;
  readonly moment: StandardSchema;
  readonly tags: StandardSchema;
  readonly whole: StandardSchema;
  readonly wholeMessage: RegExp;
  readonly changing: StandardSchema;
  /** ArkType asks nothing that answers later. */
  readonly later: StandardSchema | undefined;
  readonly together: StandardSchema;
}
const zodSchemas: Schemas = {
  name: z.string().min(3),
  nameMessage: /^Too small: expected string to have >=3 characters$/,
  optional: z.number().positive().nullable(),
  worded: z.string().min(3, 'is too short for us'),
  trimmed: z.string().trim().toUpperCase().min(3),
  moment: z.date().min(new Date('2020-01-01')),
  tags: z.object({ list: z.array(z.object({ n: z.string() })) }),
  whole: z.object({ name: z.string().min(3), size: z.number().positive() }),
  wholeMessage: /^Too small: expected number to be >0$/,
  changing: z.object({ name: z.string().transform((name) => name.toUpperCase()), size: z.coerce.number() }),
  later: z.string().refine(isFree, 'is taken already'),
  together: z
    .object({ name: z.string(), size: z.number() })
    .refine(({ name, size }) => name.length === size, 'does not fit together'),
};
const valibotSchemas: Schemas = {
  name: v.pipe(v.string(), v.minLength(3)),
  nameMessage: /^Invalid length: Expected >=3 but received 1$/,
  optional: v.nullable(v.pipe(v.number(), v.minValue(1))),
  worded: v.pipe(v.string(), v.minLength(3, 'is too short for us')),
  trimmed: v.pipe(v.string(), v.trim(), v.toUpperCase(), v.minLength(3)),
  moment: v.pipe(v.date(), v.minValue(new Date('2020-01-01'))),
  tags: v.object({ list: v.array(v.object({ n: v.string() })) }),
  whole: v.object({ name: v.pipe(v.string(), v.minLength(3)), size: v.pipe(v.number(), v.minValue(1)) }),
  wholeMessage: /^Invalid value: Expected >=1 but received -1$/,
  changing: v.object({ name: v.pipe(v.string(), v.toUpperCase()), size: v.pipe(v.unknown(), v.transform(Number)) }),
  later: v.pipeAsync(v.string(), v.checkAsync(isFree, 'is taken already')),
  together: v.pipe(
    v.object({ name: v.string(), size: v.number() }),
    v.check(({ name, size }) => name.length === size, 'does not fit together'),
  ),
};
const arkSchemas: Schemas = {
  name: type('string >= 3'),
  nameMessage: /^must be at least length 3 \(was 1\)$/,
  optional: type('number > 0 | null'),
  worded: type('string >= 3').configure({ message: 'is too short for us' }),
  trimmed: type('string.trim').to('string >= 3'),
  moment: type('Date').narrow((at, context) => at >= new Date('2020-01-01') || context.mustBe('of this century')),
  tags: type({ list: type({ n: 'string' }).array() }),
  whole: type({ name: 'string >= 3', size: 'number > 0' }),
  wholeMessage: /^must be positive \(was -1\)$/,
  changing: type({ name: 'string.upper', size: 'unknown' }),
  later: undefined,
  together: type({ name: 'string', size: 'number' }).narrow(
    ({ name, size }, context) => name.length === size || context.reject({ message: 'does not fit together' }),
  ),
};

describeModels('schemas of libraries', [Thing], () => {
  emptyBeforeEach('things');
  const all = [
    ['Zod', zodSchemas],
    ['Valibot', valibotSchemas],
    ['ArkType', arkSchemas],
  ] as const;

  it.each(all)('judge an attribute, in their own words: %s', async (_, { name, nameMessage }) => {
    const Model = thingWith({ name });
    const error = await errorBeforeSending(() => Model.create({ name: 'a' }));
    expect(error).toBeInstanceOf(RecordInvalid);
    expect(error).toMatchObject({ errors: { size: 1 } });
    const record = new Model({ name: 'a' });
    expect(await record.isValid()).toBe(false);
    expect(record.errors.on('name')).toEqual([expect.stringMatching(nameMessage)]);
    expect(record.errors.where('name')[0]).toMatchObject({ attribute: 'name', type: 'invalid' });
    expect(record.errors.where('name')[0]).not.toHaveProperty('details');
    expect((await record.assign({ name: 'abc' }).save()).isPersisted).toBe(true);
  });

  it.each(all)('are asked about null, which a column may hold: %s', async (_, { optional, name }) => {
    const Model = thingWith({ size: optional });
    expect(await new Model({ name: 'a' }).isValid()).toBe(true);
    expect(await new Model({ name: 'a', size: -1 }).isValid()).toBe(false);
    const Named = thingWith({ name });
    const record = new Named({});
    expect(await record.isValid()).toBe(false);
    expect(record.errors.on('name').length).toBeGreaterThan(0);
    const Spared = thingWith({ name: { schema: name, allowNull: true } });
    const spared = new Spared({});
    expect(await spared.isValid()).toBe(false);
    expect(spared.errors.on('name')).toEqual(["can't be blank"]);
  });

  it.each(all)('may have words of their own, and options of the rule: %s', async (_, { worded, name }) => {
    const record = new (thingWith({ name: worded }))({ name: 'a' });
    await record.isValid();
    expect(record.errors.fullMessages()).toEqual(['Name is too short for us']);
    const other = new (thingWith({ name: { schema: name, message: '{value} will not do', on: 'publish' } }))({
      name: 'a',
    });
    expect(await other.isValid()).toBe(true);
    expect(await other.isValid('publish')).toBe(false);
    expect(other.errors.fullMessages()).toEqual(['Name a will not do']);
  });

  it.each(all)('only judge: what they make of a value is not assigned: %s', async (_, { trimmed, changing }) => {
    const record = await thingWith({ name: trimmed }).create({ name: '  abc ' });
    expect(record.name).toBe('  abc ');
    expect((await Thing.find(record.id)).name).toBe('  abc ');
    await errorOf(() => thingWith({ name: trimmed }).create({ name: ' a  ' }));
    const whole = await thingWith({ $record: changing }).create({ name: 'abc', size: 5 });
    expect([whole.name, whole.size, whole.changed]).toEqual(['abc', 5, []]);
  });

  it.each(all)('are given values of the types that records have: %s', async (_, { moment }) => {
    const Model = thingWith({ at: moment });
    const record = await Model.create({ name: 'a', at: new Date('2021-01-01') });
    expect(await (await Model.find(record.id)).isValid()).toBe(true);
    const early = new Model({ name: 'a', at: new Date('2019-01-01') });
    expect(await early.isValid()).toBe(false);
    expect(early.errors.on('at')).toHaveLength(1);
  });

  it.each(all)('tell the path inside of a value: %s', async (_, { tags }) => {
    const record = new (thingWith({ tags }))({ name: 'a', tags: { list: [{ n: 'x' }, { n: 1 }] } });
    expect(await record.isValid()).toBe(false);
    const problems = record.errors.where('tags');
    expect(problems.map(({ details }) => details)).toEqual([{ path: 'list.1.n' }]);
    expect(problems[0]?.message).not.toContain('list');
    expect(await record.assign({ tags: { list: [] } }).isValid()).toBe(true);
  });

  it.each(all)('judge the record as a whole, attribute by attribute: %s', async (_, { whole, wholeMessage }) => {
    const Model = thingWith({ $record: whole });
    const record = new Model({ name: 'a', size: -1 });
    expect(await record.isValid()).toBe(false);
    expect([...record.errors].map(({ attribute }) => attribute).sort()).toEqual(['name', 'size']);
    expect(record.errors.on('size')).toEqual([expect.stringMatching(wholeMessage)]);
    await record.update({ name: 'abc', size: 1 });
    const part = await Model.select('id', 'name').find(record.id);
    expect(await part.assign({ name: 'x' }).isValid()).toBe(true);
  });

  it.each(all)('judge what goes together: %s', async (_, { together }) => {
    const record = new (thingWith({ $record: together }))({ name: 'abc', size: 2 });
    expect(await record.isValid()).toBe(false);
    expect(record.errors.toJSON()).toEqual({ base: ['does not fit together'] });
    expect(await record.assign({ size: 3 }).isValid()).toBe(true);
  });

  it.each(all.filter(([, { later }]) => later !== undefined))('may answer later: %s', async (_, { later }) => {
    const Model = thingWith({ name: later });
    const error = await errorBeforeSending(() => Model.create({ name: 'taken' }));
    expect(error.message).toContain('Name is taken already');
    await Model.create({ name: 'free' });
  });

  it.each(all)('stand beside other rules, once each: %s', async (_, { name, worded }) => {
    const Model = thingWith({ name: [{ presence: true }, name, worded, worded] });
    const record = new Model({ name: ' ' });
    expect(await record.isValid()).toBe(false);
    expect(record.errors.on('name')).toHaveLength(3);
  });
});

class Shelf extends BaseModel.with({
  id: column.id(),
  label: column.string(),
  get books() {
    return hasMany(Book);
  },
  get cover() {
    return hasOne(Book);
  },
}) {}
class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  shelfId: column.references('shelves').nullable(),
}) {
  static validations = {
    title: [{ length: { min: 3 } }, { exclusion: ['draft'], on: 'publish' }],
  };
}

describeModels('options of a save through an association', [Shelf, Book], () => {
  emptyBeforeEach('books', 'shelves');

  it('leave the validations out', async () => {
    const shelf = await Shelf.create({ label: 'a' });
    expect(await errorOf(() => shelf.books.create({ title: 'x' }))).toBeInstanceOf(RecordInvalid);
    expect((await shelf.books.create({ title: 'x' }, { validate: false })).isPersisted).toBe(true);
    expect(await errorOf(() => shelf.cover.create({ title: 'y' }))).toBeInstanceOf(RecordInvalid);
    await shelf.cover.create({ title: 'y' }, { validate: false });
    expect(await Book.order('id').pluck('title')).toEqual(['x', 'y']);
  });

  it('ask the rules of a context', async () => {
    const shelf = await Shelf.create({ label: 'a' });
    await shelf.books.create({ title: 'draft' });
    for (const made of [
      () => shelf.books.create({ title: 'draft' }, { context: 'publish' }),
      () => shelf.cover.create({ title: 'draft' }, { context: 'publish' }),
    ])
      expect(await errorOf(made)).toBeInstanceOf(RecordInvalid);
    expect(await Book.count()).toBe(1);
  });
});

describeModels('what can be no validation', [Thing], () => {
  it.each([5, '', null, {}, ['publish'], true])('refuses %j as a context', async (context) => {
    const record = new Thing({ name: 'a' });
    for (const ask of [
      () => Reflect.apply(record.isValid, record, [context]),
      () => Reflect.apply(record.validate, record, [context]),
    ])
      expect(await errorBeforeSending(ask)).toMatchObject({ code: 'AR_QUERY_INVALID' });
  });

  it.each(['save', 'errors', 'isNewRecord', 'attributes', 'toJSON', 'update'])(
    'refuses rules about %s, which every record has',
    async (member) => {
      const Model = thingWith({ [member]: { presence: true } });
      const error = await errorBeforeSending(() => new Model({ name: 'a' }).isValid());
      expect(error).toMatchObject({ code: 'AR_DEFINITION_INVALID' });
      expect(error.message).toContain(`"${member}"`);
    },
  );
});
