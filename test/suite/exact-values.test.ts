import { BaseModel, column, connect, connections, disconnect, sql } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { runLax } from '../support/lax-rows.ts';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Exact extends BaseModel.with({
  id: column.id(),
  doc: column.json<unknown>({ exact: true }).nullable(),
  loose: column.json<unknown>().nullable(),
  clock: column.time().nullable(),
  day: column.date().nullable(),
  at: column.datetime().nullable(),
  text: column.datetime(6).as('string').nullable(),
  double: column.double().nullable(),
  float: column.float().nullable(),
  wide: column.decimal(65, 30).nullable(),
  note: column.string().default(''),
}) {}

const big = 2n ** 53n + 1n;

describeModels('exact values', [Exact], (database) => {
  const { dialect } = database;
  const raw = async (name: string, id: number) => {
    const [row] = await connections.get().query(sql`SELECT ${sql.name(name)} AS value FROM exacts WHERE id = ${id}`);
    return row?.value;
  };

  describe('JSON', () => {
    it('reads whole numbers past 2^53 as bigint, and writes bigints as numbers', async () => {
      const doc = { id: big, list: [1, -big, 1.5, '9007199254740993'], deep: { n: 2n ** 63n - 1n, small: 7n } };
      const { id } = await Exact.create({ doc });
      const read = { ...doc, deep: { ...doc.deep, small: 7 } };
      expect((await Exact.find(id)).doc).toEqual(read);
      expect((await Exact.where({ id }).pluck('doc'))[0]).toEqual(read);
      expect(JSON.stringify(await raw('doc', id))).not.toMatch(/n\b.*"9223372036854775807"/);
      expect(String(await raw('doc', id)).replace(/\s/g, '')).toContain('9223372036854775807');
      await Exact.insertAll([{ doc }]);
      expect((await Exact.last())?.doc).toEqual(read);
    });

    it('compares them exactly', async () => {
      const { id } = await Exact.create({ doc: { n: big } });
      expect(await Exact.where({ id, doc: { n: big } }).exists()).toBe(true);
      expect(await Exact.where({ id, doc: { n: big - 1n } }).exists()).toBe(false);
    });

    it('sees changes, and none where there is none', async () => {
      const { id } = await Exact.create({ doc: { n: big } });
      const record = await Exact.find(id);
      const doc = record.doc as { n: bigint };
      expect(record.changed).toEqual([]);
      record.doc = { n: big };
      expect(record.changed).toEqual([]);
      (record.doc as { n: bigint }).n += 1n;
      expect(record.changes.doc).toEqual([doc, { n: big + 1n }]);
      await record.save();
      expect((await Exact.find(id)).doc).toEqual({ n: big + 1n });
    });

    it('keeps text that looks like the mark of a number', async () => {
      const doc = {
        a: '9007199254740993',
        b: '"9007199254740993"',
        '9007199254740993': big,
        c: '\\"-9007199254740993',
      };
      const { id } = await Exact.create({ doc });
      expect((await Exact.find(id)).doc).toEqual(doc);
    });

    it('is not written again when it was only looked at', async () => {
      const { id } = await Exact.create({ doc: 0, loose: 0 });
      const text = '{ "b": 1.0,  "a": 12345678901234567890, "e": 1e2 }';
      await Exact.where({ id }).updateAll({ doc: sql`${text}`, loose: sql`${text}` });
      const [doc, loose] = [await raw('doc', id), await raw('loose', id)];
      const record = await Exact.find(id);
      expect([record.doc, record.loose]).toEqual([
        { b: 1, a: 12345678901234567890n, e: 100 },
        { b: 1, a: Number('12345678901234567890'), e: 100 },
      ]);
      const sent = await statementsOf(() => record.update({ note: 'changed' }));
      expect(sent.join()).not.toMatch(/doc|loose/);
      expect([await raw('doc', id), await raw('loose', id)]).toEqual([doc, loose]);
      // Reason: PostgreSQL keeps documents as values, not as text.
      if (dialect !== 'postgres') expect(doc).toBe(text);
    });

    it('refuses bigints where it could not read them back', async () => {
      const error = await errorBeforeSending(() => Exact.create({ loose: { n: 1n } }));
      expect(error.code).toBe('AR_VALUE_INVALID');
      expect(error.message).toContain('json({ exact: true })');
    });
  });

  describe('times', () => {
    const spans = ['838:59:59', '-838:59:59', '24:00:01', '-00:00:01', '100:00:00.5'];
    const many = dialect === 'mysql';

    it.runIf(many).each(spans)('keeps the span %s', async (clock) => {
      const { id } = await Exact.create({ clock });
      expect((await Exact.find(id)).clock).toBe(clock);
      expect((await Exact.where({ id, clock }).pluck('clock'))[0]).toBe(clock);
      await Exact.insertAll([{ clock }]);
      expect((await Exact.last())?.clock).toBe(clock);
    });

    // Reason: TIME of PostgreSQL and the text of SQLite are times of day.
    it.runIf(!many).each(spans)('refuses the span %s before anything is sent', async (clock) => {
      for (const ask of [
        () => Exact.create({ clock }),
        () => Exact.insertAll([{ clock }]),
        () => Exact.where({ id: 1 }).updateAll({ clock }),
        () => Exact.where({ clock }).exists(),
      ]) {
        const error = await errorBeforeSending(ask);
        expect([error.code, error.message]).toEqual(['AR_VALUE_INVALID', expect.stringContaining(clock)]);
      }
    });

    it('refuses what no database keeps', async () => {
      for (const clock of ['839:00:00', '10:60:00', '1:00:00']) {
        expect((await errorBeforeSending(() => Exact.create({ clock }))).code).toBe('AR_VALUE_INVALID');
      }
    });
  });

  it('keeps the years 1 to 9999, and refuses others before anything is sent', async () => {
    for (const day of ['0001-01-01', '0999-12-31', '9999-12-31']) {
      const { id } = await Exact.create({ day, at: new Date(`${day}T12:00:00.001Z`), text: `${day} 12:00:00.000001` });
      const { day: found, at, text } = await Exact.find(id);
      expect([found, at, text]).toEqual([day, new Date(`${day}T12:00:00.001Z`), `${day} 12:00:00.000001`]);
    }
    for (const given of [
      { day: '0000-01-01' },
      { day: '10000-01-01' },
      { at: new Date(Date.UTC(10_000, 0)) },
      { at: new Date('0000-06-01T00:00:00Z') },
      { text: '0000-01-01 00:00:00' },
    ]) {
      expect((await errorBeforeSending(() => Exact.create(given))).code).toBe('AR_VALUE_INVALID');
    }
  });

  it.runIf(dialect === 'postgres')('reads the days and moments that only PostgreSQL has', async () => {
    for (const day of ['infinity', '0044-03-15 BC', '12026-01-01']) {
      const { id } = await Exact.create({});
      await Exact.where({ id }).updateAll({ day: sql`${day}`, at: sql`${day}` });
      const record = await Exact.find(id);
      expect(record.day).toBe(day);
      expect((await errorOf(() => record.at)).code).toBe('AR_VALUE_INVALID');
      expect(await record.update({ note: 'still written' })).toBe(record);
    }
  });

  it('keeps the extremes of floating point', async () => {
    const doubles = [
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      5e-324,
      -5e-324,
      2.2250738585072014e-308,
      2 ** 53 + 2,
      1e21,
      0.1,
    ];
    // Reason: MySQL and MariaDB know no number that is smaller than normal in 32 bits.
    const floats = [3.4028235e38, -3.4028235e38, 1.1754944e-38, 16_777_217, 0.1];
    for (const double of doubles) {
      const { id } = await Exact.create({ double });
      expect((await Exact.find(id)).double).toBe(double);
      await Exact.insertAll([{ double }]);
      expect((await Exact.last())?.double).toBe(double);
      expect(await Exact.where({ id, double }).exists()).toBe(true);
    }
    for (const float of floats) {
      const { id, float: kept } = await Exact.create({ float });
      expect((await Exact.find(id)).float).toBe(kept);
      expect(Math.fround(kept ?? 0)).toBe(Math.fround(float));
      expect(await Exact.where({ id, float }).exists()).toBe(true);
    }
    for (const double of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect((await errorBeforeSending(() => Exact.create({ double }))).code).toBe('AR_VALUE_INVALID');
    }
  });

  it('keeps 65 digits of a decimal', async () => {
    const values = [
      `${'9'.repeat(35)}.${'9'.repeat(30)}`,
      `-${'1'.repeat(35)}.${'0'.repeat(29)}1`,
      `0.${'0'.repeat(29)}1`,
    ];
    for (const wide of values) {
      const { id } = await Exact.create({ wide });
      expect((await Exact.find(id)).wide).toBe(wide);
      await Exact.insertAll([{ wide }]);
      expect((await Exact.last())?.wide).toBe(wide);
      expect(await Exact.where({ id, wide }).exists()).toBe(true);
    }
  });

  describe.runIf(dialect === 'mysql')('zero dates', () => {
    const dates = ['0000-00-00', '2024-00-10', '2024-02-00'];
    const fill = async () => {
      await Exact.all().deleteAll({ everyRow: true });
      await runLax(
        database.url,
        ...dates.map(
          (date) => `INSERT INTO exacts (note, day, at, text) VALUES ('${date}', '${date}', '${date}', '${date}')`,
        ),
        "INSERT INTO exacts (note, day) VALUES ('good', '2024-02-10')",
      );
    };

    it('are errors when they are read, and the rest of the row is not', async () => {
      await fill();
      for (const record of [
        ...(await Exact.order('id').limit(3)),
        await Exact.find((await Exact.order('id').ids())[0] ?? 0),
      ]) {
        expect(dates).toContain(record.note);
        for (const read of [() => record.day, () => record.at]) {
          const error = await errorOf(read);
          expect([error.code, error.message]).toEqual(['AR_VALUE_INVALID', expect.stringContaining(record.note)]);
          expect(error.message).toContain("zeroDates: 'null'");
        }
        expect(record.text).toContain(record.note);
        await record.update({ note: record.note });
      }
      expect((await errorOf(() => Exact.order('id').pluck('day'))).code).toBe('AR_VALUE_INVALID');
      expect(await Exact.where({ note: 'good' }).pluck('day')).toEqual(['2024-02-10']);
    });

    it('are null by setting, by both protocols', async () => {
      await fill();
      for (const setting of [`${database.url}?zeroDates=null`, { url: database.url, zeroDates: 'null' } as const]) {
        await disconnect();
        await connect(setting);
        expect(await Exact.order('id').pluck('day')).toEqual([null, null, null, '2024-02-10']);
        for (const id of (await Exact.order('id').ids()).slice(0, 3)) {
          for (const record of [await Exact.find(id), await Exact.findBy({ id })]) {
            expect([record?.day, record?.at, record?.text]).toEqual([null, null, null]);
            expect(record?.changed).toEqual([]);
          }
        }
      }
      await disconnect();
      await connect(database.url);
    });
  });

  it('refuses another setting for zero dates', async () => {
    const error = await errorOf(() => connect(`${database.url}?zeroDates=maybe`, { name: 'other' }));
    expect([error.code, error.message]).toEqual(['AR_CONFIGURATION_INVALID', expect.stringContaining('zeroDates')]);
  });
});
