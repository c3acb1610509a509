import { BaseModel, column, connections, createAll, sql } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf } from '../support/models.ts';

/** Columns named like members of every object. */
class Shadow extends BaseModel.with({
  id: column.id(),
  made: column.string().nullable().column('constructor'),
  text: column.json<{ a: number }>().nullable().column('toString'),
  own: column.datetime().nullable().column('hasOwnProperty'),
  value: column.bigint().nullable().column('valueOf'),
  note: column.string().default(''),
}) {}

const unreadable = ['__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__'];

describeModels('odd names', [Shadow], ({ dialect }) => {
  it('of members of every object are columns like any other', async () => {
    const at = new Date('2026-11-20T10:00:00Z');
    const record = await Shadow.create({ made: 'x', text: { a: 1 }, own: at, value: 5n });
    const empty = await Shadow.create({});
    for (const found of [await Shadow.find(record.id), (await Shadow.where({ made: 'x' }))[0]]) {
      expect([found?.made, found?.text, found?.own, found?.value]).toEqual(['x', { a: 1 }, at, 5n]);
      expect(found?.changed).toEqual([]);
    }
    const none = await Shadow.find(empty.id);
    expect([none.made, none.text, none.own, none.value]).toEqual([null, null, null, null]);
    await none.update({ text: { a: 2 }, made: 'y' });
    expect(none.previousChanges).toEqual({ text: [null, { a: 2 }], made: [null, 'y'] });
    expect(await Shadow.order('id').pluck('made', 'value')).toEqual([
      ['x', 5n],
      ['y', null],
    ]);
  });

  it('are missing where they were not selected', async () => {
    const { id } = await Shadow.create({ made: 'x' });
    const [partial] = await Shadow.where({ id }).select('id', 'note');
    for (const name of ['made', 'text', 'own', 'value'] as const) {
      expect((await errorOf(() => Reflect.get(partial as object, name))).code).toBe('AR_ATTRIBUTE_MISSING');
    }
    expect(partial?.changed).toEqual([]);
    await partial?.update({ note: 'new' });
    expect((await Shadow.find(id)).made).toBe('x');
  });

  describe.each(unreadable)('a column %s', (name) => {
    it('is refused when it is declared', () => {
      expect(() => column.string().column(name)).toThrow(expect.objectContaining({ code: 'AR_DEFINITION_INVALID' }));
      expect(() => column.string().column(name)).toThrow('RENAME COLUMN');
    });

    it('is refused as an attribute of a model whose naming is preserve', async () => {
      const error = await errorBeforeSending(() => BaseModel.with(JSON.parse(`{"${name}":1}`)));
      expect(error.code).toBe('AR_DEFINITION_INVALID');
    });
  });

  it('that no row can have are left out of models without a definition', async () => {
    const id =
      dialect === 'mysql'
        ? 'INT PRIMARY KEY AUTO_INCREMENT'
        : dialect === 'postgres'
          ? 'SERIAL PRIMARY KEY'
          : 'INTEGER PRIMARY KEY';
    const table = sql`CREATE TABLE bares (id ${sql.unsafe(id)}, ${sql.name('__proto__')} INT, a INT)`;
    await connections.get().execute(table);
    class Bare extends BaseModel {
      declare id: number;
      declare a: number;
    }
    const made = await Bare.create({ a: 1 });
    expect((await Bare.find(made.id)).attributes).toEqual({ id: made.id, a: 1 });
    expect(Object.getPrototypeOf(await Bare.first())).toBe(Bare.prototype);
  });

  it('that a database does not have are refused before anything is sent', async () => {
    const names = ['', 'a\0b', '\ud800', 'x'.repeat(2000), ...(dialect === 'mysql' ? ['😀', 'a '] : [])];
    for (const name of names) {
      class Odd extends BaseModel.with({ id: column.id(), odd: column.string().column(name) }) {}
      const error = await errorOf(() => createAll([Odd]));
      expect([name, error.code]).toEqual([name, expect.stringMatching(/^AR_(QUERY|DEFINITION)_INVALID$/)]);
    }
  });
});

describeModels('symbols for names', [Shadow], () => {
  const given = { [Symbol('note')]: 'x' };

  it.each([
    ['where', () => Shadow.where(given)],
    ['where, beside a name', () => Shadow.where({ note: 'x', ...given })],
    ['findBy', () => Shadow.findBy(given)],
    ['order', () => Shadow.order(given)],
    ['new', () => new Shadow(given)],
    ['create', () => Shadow.create(given)],
    ['assign', () => new Shadow().assign(given)],
    ['insertAll', () => Shadow.insertAll([given])],
    ['updateAll', () => Shadow.where({ id: 1 }).updateAll(given)],
    ['or', () => Shadow.where({ id: 1 }).or(given)],
  ])('are refused by %s, which would not see them', async (_, ask) => {
    expect((await errorBeforeSending(ask)).code).toBe('AR_QUERY_INVALID');
  });
});
