import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { BaseModel, belongsTo, column, hasMany, hasOne, type PermitList, untrusted } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Owner extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  admin: column.boolean().default(false),
  data: column.json().nullable(),
  get pets() {
    return hasMany(Pet, { nested: { destroy: true, limit: 3 } });
  },
  get badge() {
    return hasOne(Badge);
  },
}) {
  static permitted = ['name', 'age', { petsAttributes: ['id', 'name', 'destroy'] }] as const satisfies PermitList<
    typeof Owner
  >;
  set nick(value: string) {
    this.name = `nick ${value}`;
  }
}
class Pet extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  chipped: column.boolean().default(false),
  ownerId: column.references('owners'),
  get owner() {
    return belongsTo(Owner, { nested: true });
  },
}) {}
class Badge extends BaseModel.with({ id: column.id(), ownerId: column.references('owners').nullable() }) {}
class Keeper extends Owner {
  static override tableName = 'owners';
}

/** Methods as a program without types would call them. */
type Loose = Record<string, (...args: unknown[]) => unknown>;
const loose = (value: unknown) => value as Loose;
const permit = (body: unknown, ...rest: unknown[]) => Reflect.apply(Owner.permit, Owner, [body, ...rest]) as object;
const parsed = (text: string): unknown => JSON.parse(text);

const runs = process.env.AR_TEST_LONG === undefined ? 200 : 1_000;
const seed = process.env.AR_TEST_LONG === undefined ? 20_261_120 : Date.now();

describe('an untrusted body', () => {
  const body = untrusted({ name: 'Ada', admin: true });

  it('has nothing to read, spread, print or write', async () => {
    expect(Object.keys(body)).toEqual([]);
    expect(Reflect.ownKeys(body)).toEqual([]);
    expect({ ...body }).toEqual({});
    expect(Symbol.iterator in body).toBe(false);
    expect(inspect({ body })).toBe('{ body: Untrusted { … } }');
    expect(await errorOf(() => JSON.stringify({ body }))).toMatchObject({ code: 'AR_ATTRIBUTES_FORBIDDEN' });
  });

  it('becomes neither text nor a number, for setters and custom types to go on with', async () => {
    for (const use of [() => `${body}`, () => Number(body), () => Reflect.set(new Owner(), 'nick', body)])
      expect(await errorOf(use)).toMatchObject({ code: 'AR_ATTRIBUTES_FORBIDDEN' });
  });

  it('is wrapped once', () => {
    expect(untrusted(body)).toBe(body);
    expect(permit(untrusted(body), ['name'])).toEqual({ name: 'Ada' });
  });

  it('is not what JSON, or a copy of its prototype, can be', () => {
    const forged: unknown = Object.create(Object.getPrototypeOf(body) as object);
    expect(() => permit(forged, ['name'])).toThrow(/takes an object of attributes, not an object of class Untrusted/);
  });
});

describe('permit', () => {
  it('gives what the list names, and nothing else', () => {
    const body = untrusted({ id: 7, name: 'Ada', age: 36, admin: true, nobody: 1 });
    expect(permit(body, ['name', 'age'])).toEqual({ name: 'Ada', age: 36 });
    expect(permit({ name: 'Ada', admin: true }, ['name', 'age'])).toEqual({ name: 'Ada' });
    expect(permit(body, [])).toEqual({});
  });

  it('gives a plain object with properties of its own', () => {
    const permitted = permit({ name: 'Ada' }, ['name']);
    expect(Object.getPrototypeOf(permitted)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(permitted, 'name')).toMatchObject({ value: 'Ada', writable: true });
  });

  it('takes keys of the model, and setters of its class, only where they are named', () => {
    expect(permit({ id: 7, nick: 'x' }, ['name'])).toEqual({});
    expect(permit({ id: '7', nick: 'x' }, ['id', 'nick'])).toEqual({ id: 7, nick: 'x' });
    expect(new Owner(permit({ nick: 'x' }, ['nick'])).name).toBe('nick x');
  });

  it('gives values of the types of their attributes', () => {
    expect(permit({ name: 5, age: '36', admin: 'true' }, ['name', 'age', 'admin'])).toEqual({
      name: '5',
      age: 36,
      admin: true,
    });
    expect(permit({ age: null }, ['age'])).toEqual({ age: null });
    expect(permit({ age: undefined }, ['age'])).toEqual({});
  });

  it.each([
    ['an object where a number belongs', { age: { gt: 1 } }],
    ['text where a number belongs', { age: 'old' }],
    ['a list where text belongs', { name: ['Ada'] }],
    ['null where something is required', { name: null }],
    ['a wrapped value', { name: untrusted('Ada') }],
  ])('refuses %s', async (_, body) => {
    expect(await errorOf(() => permit(body, ['name', 'age']))).toMatchObject({ code: 'AR_VALUE_INVALID' });
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a list', [{ name: 'Ada' }]],
    ['text', 'name=Ada'],
    ['a Map', new Map([['name', 'Ada']])],
    ['a record', new Owner({ name: 'Ada' })],
    ['an object of a class', new URLSearchParams('name=Ada')],
    ['an object that inherits', Object.create({ name: 'Ada' })],
    ['a function', () => ({ name: 'Ada' })],
  ])('refuses %s for a body', async (_, body: unknown) => {
    const error = await errorOf(() => permit(untrusted(body), ['name']));
    expect(error).toMatchObject({ code: 'AR_VALUE_INVALID' });
    expect(error.message).toMatch(/^Owner\.permit takes an object of attributes, not /);
  });

  it('takes objects without a prototype, and of another realm', () => {
    expect(permit(Object.assign(Object.create(null), { name: 'Ada' }), ['name'])).toEqual({ name: 'Ada' });
    expect(permit(runInNewContext("({ name: 'Ada' })"), ['name'])).toEqual({ name: 'Ada' });
  });

  it('leaves __proto__ and constructor alone', async () => {
    const body = parsed('{"name":"Ada","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    expect(permit(body, ['name', 'admin'])).toEqual({ name: 'Ada' });
    expect(Reflect.get({}, 'admin')).toBeUndefined();
    for (const name of ['__proto__', 'constructor', 'toString', 'save', 'then'])
      expect(await errorOf(() => permit(body, [name]))).toMatchObject({ code: 'AR_ATTRIBUTE_UNKNOWN' });
  });

  it('calls no getter', async () => {
    let called = false;
    const body = {
      get name() {
        called = true;
        return 'Ada';
      },
    };
    expect(await errorOf(() => permit(body, ['name']))).toMatchObject({ code: 'AR_VALUE_INVALID' });
    expect(permit(body, ['age'])).toEqual({});
    expect(called).toBe(false);
  });

  it('tells of what is not permitted, where that is asked for', async () => {
    const body = { name: 'Ada', admin: true, petsAttributes: [{ name: 'Rex', ownerId: 2 }], x: 1 };
    const list = ['name', { petsAttributes: ['name'] }];
    const error = await errorOf(() => permit(body, list, { unpermitted: 'error' }));
    expect(error).toMatchObject({
      code: 'AR_ATTRIBUTES_UNPERMITTED',
      names: ['petsAttributes[0].ownerId', 'admin', 'x'],
    });
    expect(error.message).toMatch(/^Owner was given attributes that are not permitted: .*"admin", "x"\./);
    expect(permit({ name: 'Ada' }, list, { unpermitted: 'error' })).toEqual({ name: 'Ada' });
    expect(await errorOf(() => permit(parsed('{"__proto__":1}'), list, { unpermitted: 'error' }))).toMatchObject({
      names: ['__proto__'],
    });
  });

  it('tells of what has to be there and is not', async () => {
    const list = ['name', 'age'];
    expect(permit({ name: 'Ada' }, list, { required: ['name'] })).toEqual({ name: 'Ada' });
    const error = await errorOf(() => permit({ admin: true }, list, { required: ['name', 'age'] }));
    expect(error).toMatchObject({ code: 'AR_ATTRIBUTES_REQUIRED', missing: ['name', 'age'] });
    expect(error.message).toBe('Owner was not given "name", "age", which the body has to have.');
    expect(await errorOf(() => permit(Object.create(null), list, { required: ['name'] }))).toMatchObject({
      missing: ['name'],
    });
  });

  it('goes by the list of the class, which classes below have too', () => {
    const body = { name: 'Ada', admin: true, petsAttributes: [{ name: 'Rex', chipped: true }] };
    expect(permit(body)).toEqual({ name: 'Ada', petsAttributes: [{ name: 'Rex' }] });
    expect(Keeper.permit(body, { required: ['name'] })).toEqual(permit(body));
    class Breeder extends Owner.with({ prizes: column.integer().default(0) }) {}
    expect(Breeder.permit({ ...body, prizes: 3 }, { required: ['name'] })).toEqual(permit(body));
    expect(() => Reflect.apply(Pet.permit, Pet, [body])).toThrow(/takes a list of attributes, not undefined.*static/);
  });

  it('takes attributes of associated records by lists of their own', () => {
    const list = ['name', { petsAttributes: ['id', 'name', 'destroy', { ownerAttributes: ['age'] }] }];
    const pet = { id: '1', name: 'Rex', destroy: 'true', chipped: true, ownerAttributes: { age: '3', admin: true } };
    expect(permit({ petsAttributes: [pet, { id: null, destroy: null }] }, list)).toEqual({
      petsAttributes: [{ id: 1, name: 'Rex', destroy: true, ownerAttributes: { age: 3 } }, {}],
    });
  });

  it.each([
    ['an object where a list belongs', { petsAttributes: { 0: { name: 'Rex' } } }],
    ['a list of something else', { petsAttributes: ['Rex'] }],
    ['more than are allowed', { petsAttributes: [{}, {}, {}, {}] }],
    ['a value of a wrong type', { petsAttributes: [{ name: {} }] }],
    ['a flag that is none', { petsAttributes: [{ destroy: 'perhaps' }] }],
  ])('refuses %s among nested attributes', async (_, body) => {
    expect(await errorOf(() => permit(body))).toMatchObject({ code: 'AR_VALUE_INVALID' });
  });

  it.each([
    ['an unknown attribute', ['nmae'], 'AR_ATTRIBUTE_UNKNOWN', /"nmae" to permit\. Did you mean "name"\?/],
    ['an association', ['pets'], 'AR_QUERY_INVALID', /Owner\.pets is an association.*petsAttributes/],
    ['an unknown association', [{ cats: [] }], 'AR_QUERY_INVALID', /no association for "cats"/],
    ['one that takes no attributes', [{ badgeAttributes: ['id'] }], 'AR_QUERY_INVALID', /nested: true/],
    ['an unknown attribute further in', [{ petsAttributes: ['nmae'] }], 'AR_ATTRIBUTE_UNKNOWN', /Pet has no/],
    ['no list further in', [{ petsAttributes: 'name' }], 'AR_QUERY_INVALID', /Pet\.permit takes a list/],
    ['destroy of the record itself', ['destroy'], 'AR_ATTRIBUTE_UNKNOWN', /"destroy"/],
    ['a number', [1], 'AR_QUERY_INVALID', /takes names, and objects of lists/],
  ])('refuses a list with %s', async (_, list, code, message) => {
    const error = await errorOf(() => permit({}, list));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  it.each([
    [{ unpermited: 'error' }, /Did you mean "unpermitted"/],
    [{ unpermitted: 'raise' }, /'ignore' or 'error'/],
    [{ required: 'name' }, /required takes a list/],
    [{ required: ['admin'] }, /requires the string "admin", which it does not permit/],
  ])('refuses the options %j', async (options, message) => {
    const error = await errorOf(() => permit({}, ['name'], options));
    expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
    expect(error.message).toMatch(message);
  });
});

/** Bodies of any form, with names that mean something among others. */
const anyName = fc.constantFrom(
  ...['id', 'name', 'age', 'admin', 'data', 'nick', 'pets', 'badge', 'petsAttributes', 'badgeAttributes', 'owner'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'then', 'save', 'isNewRecord', 'destroy', 'chipped'],
);
const { body: anyBody } = fc.letrec((tie) => ({
  body: fc
    .array(fc.tuple(fc.oneof(anyName, fc.string()), tie('value')), { maxLength: 8 })
    .map((entries) => Object.fromEntries(entries)),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 'Ada', '36', 36, 1, ''),
    fc.jsonValue(),
    tie('body'),
    fc.array(tie('body'), { maxLength: 3 }),
  ),
}));
/** What a form of the application sends, or some of it. */
const honest = fc.record(
  {
    name: fc.string(),
    age: fc.oneof(fc.integer(), fc.integer().map(String)),
    petsAttributes: fc.array(fc.record({ name: fc.string(), chipped: fc.boolean() }, { requiredKeys: [] }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
);
const mixedBody = fc
  .tuple(fc.boolean(), honest, anyBody)
  .map(([isMixed, form, body]): unknown => (isMixed ? { ...body, ...form } : body));
const lists: readonly unknown[][] = [['name', 'age'], ['name', { petsAttributes: ['name'] }], [...Owner.permitted], []];
const namesIn = (list: readonly unknown[]) =>
  list.flatMap((each) => (typeof each === 'string' ? [each] : Object.keys(each as object)));

describe('random bodies', () => {
  it('write nothing outside of the list', async () => {
    let taken = 0;
    await fc.assert(
      fc.property(mixedBody, fc.constantFrom(...lists), (body, list) => {
        let permitted: object;
        try {
          permitted = permit(untrusted(body), list);
        } catch (error) {
          expect(error).toMatchObject({ code: 'AR_VALUE_INVALID' });
          return;
        }
        expect(Reflect.ownKeys(permitted).filter((name) => !namesIn(list).includes(String(name)))).toEqual([]);
        const nested: unknown = Reflect.get(permitted, 'petsAttributes') ?? [];
        for (const pet of nested as object[])
          expect(Object.keys(pet).filter((name) => !['id', 'name', 'destroy'].includes(name))).toEqual([]);
        expect({}).not.toHaveProperty('admin');
        taken += Object.keys(permitted).length;
      }),
      { numRuns: 1_000, seed },
    );
    expect(taken).toBeGreaterThan(200);
  });
});

describeModels('bodies from outside', [Owner, Pet, Badge], () => {
  emptyBeforeEach('pets', 'owners');
  const body = untrusted({ name: 'Ada', age: 36, admin: true });

  it.each<[string, (owner: Owner) => unknown]>([
    ['new', () => Reflect.construct(Owner, [body])],
    ['create', () => loose(Owner).create?.(body)],
    ['assign', (owner) => loose(owner).assign?.(body)],
    ['update', (owner) => loose(owner).update?.(body)],
    ['updateColumns', (owner) => loose(owner).updateColumns?.(body)],
    ['build of a collection', (owner) => loose(owner.pets).build?.(body)],
    ['create of a collection', (owner) => loose(owner.pets).create?.(body)],
    ['build of a reference', (owner) => loose(owner.badge).build?.(body)],
    ['nested attributes', (owner) => loose(owner).assign?.({ petsAttributes: body })],
    ['one of nested attributes', (owner) => loose(owner).assign?.({ petsAttributes: [body] })],
    ['updateAll', () => loose(Owner).updateAll?.(body, { everyRow: true })],
    ['updateCounters', () => loose(Owner.where({ name: 'Ada' })).updateCounters?.(body)],
    ['insertAll', () => loose(Owner).insertAll?.(body)],
    ['a row of insertAll', () => loose(Owner).insertAll?.([body])],
    ['upsert', () => loose(Owner).upsert?.(body)],
    ['update of upsert', () => loose(Owner).upsert?.({ id: 1, name: 'Ada' }, { update: body })],
    ['findOrCreateBy', () => loose(Owner).findOrCreateBy?.(body)],
    ['further attributes of findOrCreateBy', () => loose(Owner).findOrCreateBy?.({ name: 'x' }, body)],
    ['findOrInitializeBy', () => loose(Owner).findOrInitializeBy?.(body)],
    ['createOrFindBy', () => loose(Owner).createOrFindBy?.(body)],
    ['where', () => loose(Owner).where?.(body)],
    ['whereNot', () => loose(Owner).whereNot?.(body)],
    ['where on an association', () => loose(Pet).where?.({ owner: body })],
    ['findBy', () => loose(Owner).findBy?.(body)],
    ['deleteBy', () => loose(Owner).deleteBy?.(body)],
    ['a JSON column', (owner) => loose(owner).assign?.({ data: body })],
    ['inside of a JSON column', (owner) => loose(owner).assign?.({ data: { body } })],
  ])('are refused by %s', async (_, use) => {
    const owner = await Owner.create({ name: 'Bob' });
    const error = await errorBeforeSending(() => use(owner));
    expect(error).toMatchObject({ code: 'AR_ATTRIBUTES_FORBIDDEN' });
    expect(error.message).toMatch(/permit/);
    expect(owner.hasChanged()).toBe(false);
  });

  it.each<[string, () => unknown]>([
    ['a value of where', () => loose(Owner).where?.({ name: body })],
    ['a key', () => loose(Owner).find?.(body)],
  ])('are no %s', async (_, use) => {
    expect(await errorBeforeSending(use)).toMatchObject({ code: 'AR_VALUE_INVALID' });
  });

  it('are assigned as far as they are permitted', async () => {
    const owner = await Owner.create(Owner.permit(body, ['name', 'age'], { required: ['name'] }));
    expect(await owner.reload()).toMatchObject({ name: 'Ada', age: 36, admin: false });
    await owner.update(Owner.permit(untrusted({ age: '37', admin: true }), ['age']));
    expect(await owner.reload()).toMatchObject({ age: 37, admin: false });
  });

  it('change associated records as far as they are permitted', async () => {
    const owner = await Owner.create({ name: 'Ada' });
    const [rex, tom] = [await owner.pets.create({ name: 'Rex' }), await owner.pets.create({ name: 'Tom' })];
    const pets = [
      { id: String(rex.id), name: 'Max', chipped: true },
      { id: tom.id, destroy: true },
      { name: 'New', chipped: true },
    ];
    await owner.update(Owner.permit(untrusted({ petsAttributes: pets, admin: true })));
    const kept = await Pet.order('id');
    expect(kept.map(({ name, chipped }) => [name, chipped])).toEqual([
      ['Max', false],
      ['New', false],
    ]);
    expect(await owner.reload()).toMatchObject({ admin: false });
  });

  it('of any form write nothing outside of the list', async () => {
    const owner = await Owner.create({ name: 'Ada', data: 'kept' });
    await fc.assert(
      fc.asyncProperty(mixedBody, async (random) => {
        try {
          await owner.update(Owner.permit(untrusted(random), ['name', 'age']));
        } catch (error) {
          expect(['AR_VALUE_INVALID', 'AR_RECORD_INVALID']).toContain(Reflect.get(Object(error), 'code'));
        }
        expect(await owner.reload()).toMatchObject({ id: owner.id, admin: false, data: 'kept' });
      }),
      { numRuns: runs / 4, seed },
    );
    expect(await Owner.count()).toBe(1);
  });
});
