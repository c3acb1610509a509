import { BaseModel, column, connections, sql } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, errorOf } from '../support/models.ts';
import { readAs, typeCases, typeColumns, typeNames } from '../support/type-cases.ts';

class Thing extends BaseModel.with({ id: column.id(), ...typeColumns }) {}

const plainText = (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value) : value);

describeModels('values of every column type', [Thing], ({ dialect }) => {
  /** The same table, known only from the database. */
  class Found extends BaseModel {
    static override tableName = 'things';
  }

  describe.each(typeNames)('%s', (name) => {
    it('reads back what was written, in the record that was saved and in a loaded one', async () => {
      for (const each of typeCases[name]) {
        const expected = readAs(each);
        const saved = await Thing.create({ [name]: each[0] });
        const given = name === 'json' ? each[0] : expected;
        expect(plainText(saved[name]), 'in the record that was saved').toEqual(plainText(given));
        expect(saved.changed, 'changes after the save').toEqual([]);
        const found = await Thing.find(saved.id);
        expect(plainText(found[name]), 'found by its key').toEqual(plainText(expected));
        const [listed] = await Thing.where({ id: saved.id });
        expect(plainText(listed?.[name]), 'found by a query').toEqual(plainText(expected));
        expect(listed?.changed).toEqual([]);
      }
    });

    it('is plucked as it is read', async () => {
      const [each = ['']] = typeCases[name].slice(-1);
      const saved = await Thing.create({ [name]: each[0] });
      expect((await Thing.where({ id: saved.id }).pluck(name)).map(plainText)).toEqual([plainText(readAs(each))]);
    });

    it('keeps NULL', async () => {
      const saved = await Thing.create({ [name]: null });
      expect(saved[name]).toBeNull();
      expect((await Thing.find(saved.id))[name]).toBeNull();
      saved[name] = typeCases[name].at(-1)?.[0] as never;
      await saved.save();
      await saved.update({ [name]: null });
      expect((await Thing.find(saved.id))[name]).toBeNull();
    });

    it('is found by its value', async () => {
      // -0 is no value of its own to a database; documents of several keys are in conditions.
      for (const each of typeCases[name].slice(0, 12)) {
        const saved = await Thing.create({ [name]: each[0] });
        const ids = await Thing.where({ [name]: readAs(each), id: saved.id }).ids();
        expect(ids, String(each[0])).toEqual([saved.id]);
      }
    });

    it('is updated in bulk', async () => {
      const [each = ['']] = typeCases[name].slice(-1);
      const saved = await Thing.create({});
      expect(await Thing.where({ id: saved.id }).updateAll({ [name]: each[0] })).toBe(1);
      expect(plainText((await Thing.find(saved.id))[name])).toEqual(plainText(readAs(each)));
    });

    it('is inserted in bulk', async () => {
      await Thing.all().deleteAll({ everyRow: true });
      await Thing.insertAll(typeCases[name].map(([given]) => ({ [name]: given })));
      const values = await Thing.order('id').pluck(name);
      expect(values.map(plainText)).toEqual(typeCases[name].map(readAs).map(plainText));
    });
  });

  it('reads the same through a model without a definition', async () => {
    for (const name of typeNames) {
      const [each = ['']] = typeCases[name].slice(-1);
      const { id } = await Thing.create({ [name]: each[0] });
      const found = await Found.find(id);
      const attributes: Record<string, unknown> = found.attributes;
      // The database knows a custom type only by what it is kept as, the text form of a moment only as a moment, and
      // PostgreSQL an unsigned number only as the next larger type.
      if (name === 'money') expect(attributes.money).toBe('1234.56');
      else if (name === 'exact') expect(attributes.exact).toEqual(new Date('2026-11-20T09:15:30.500Z'));
      else if (name === 'positive') expect(Number(attributes.positive)).toBe(readAs(each));
      else expect(plainText(attributes[name]), name).toEqual(plainText(readAs(each)));
    }
  });

  it('writes the same through a model without a definition', async () => {
    for (const name of typeNames.filter((each) => each !== 'money' && each !== 'exact')) {
      for (const each of typeCases[name]) {
        const made = await Found.create({ [name]: each[0] });
        const { id } = made.attributes;
        expect(plainText((await Thing.find(Number(id)))[name]), name).toEqual(plainText(readAs(each)));
      }
    }
  });

  it('keeps NUL characters in text, where the database can', async () => {
    const values = ['\0', 'a\0b', `\0'\\`];
    for (const value of values) {
      const create = () => Thing.create({ string: value });
      if (dialect === 'postgres') {
        // Reason: text of PostgreSQL has no NUL.
        expect((await errorOf(create)).code).toBe('AR_VALUE_INVALID');
        expect((await errorOf(() => Thing.insertAll([{ text: value }]))).code).toBe('AR_VALUE_INVALID');
      } else if (dialect === 'mysql' || !/^2[23]\./.test(process.versions.node)) {
        const { id } = await create();
        expect((await Thing.find(id)).string).toBe(value);
        expect(await Thing.where({ string: value, id }).exists()).toBe(true);
      }
    }
  });

  it('keeps the sign of a zero, where the database does', async () => {
    const { id } = await Thing.create({ double: -0, float: -0 });
    const { double, float } = await Thing.find(id);
    // Reason: SQLite keeps a REAL without a fraction as an integer, and MariaDB makes every zero positive.
    const kept = dialect === 'postgres' ? -0 : 0;
    expect([double, float]).toEqual([kept, kept]);
    expect(await Thing.where({ double: 0, id }).exists()).toBe(true);
  });

  it('tells a JSON null in the row from NULL, and leaves it alone', async () => {
    const { id } = await Thing.create({ json: { a: 1 } });
    await Thing.where({ id }).updateAll({ json: sql`'null'` });
    const record = await Thing.find(id);
    expect(record.json).toBeNull();
    expect(record.changed).toEqual([]);
    await record.update({ string: 'other' });
    const kept = await connections.get().query(sql`SELECT id FROM things WHERE id = ${id} AND json IS NULL`);
    expect(kept).toEqual([]);
    record.json = { b: 2 };
    await record.update({ json: null });
    expect(await Thing.where({ id, json: null }).exists()).toBe(true);
  });

  it('throws rather than round a whole number that a number cannot hold', async () => {
    class Rounded extends BaseModel.with({ id: column.id(), hugeint: column.references('things').nullable() }) {
      static override tableName = 'things';
    }
    const { id } = await Thing.create({ hugeint: 2n ** 53n + 1n });
    const read = async () => (await Rounded.find(id)).hugeint;
    const error = await errorOf(read);
    expect(['AR_VALUE_INVALID', 'AR_VALUE_OUT_OF_RANGE']).toContain(error.code);
    expect(error.message).toContain('column.bigint()');
    const listed = await errorOf(async () => (await Rounded.where({ id }))[0]?.hugeint);
    expect(['AR_VALUE_INVALID', 'AR_VALUE_OUT_OF_RANGE']).toContain(listed.code);
  });
});
