import { BaseModel, column, connections, gt, lt, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels } from '../support/models.ts';

class Moment extends BaseModel.with({
  id: column.id(),
  at: column.datetime(6).nullable(),
  millis: column.datetime().nullable(),
  seconds: column.datetime(0).nullable(),
  text: column.datetime(6).as('string').nullable(),
  note: column.string().default(''),
}) {}

class Stamped extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  createdAt: column.datetime(6).as('string').nullable(),
  updatedAt: column.datetime(0).nullable(),
}) {}

const micros = '2026-11-20 10:15:30.123456';

describeModels('moments', [Moment, Stamped], () => {
  const rawAt = async (id: number) => {
    class Raw extends BaseModel.with({ id: column.id(), at: column.datetime(6).as('string') }) {
      static override tableName = 'moments';
    }
    return (await Raw.find(id)).at;
  };
  const withMicros = async () => {
    const { id } = await Moment.create({ text: micros });
    await Moment.where({ id }).updateAll({ at: sql`text` });
    return Moment.find(id);
  };

  it('keeps microseconds that a Date cannot hold through saves of other attributes', async () => {
    const record = await withMicros();
    expect(record.at).toEqual(new Date('2026-11-20T10:15:30.123Z'));
    expect(record.changed).toEqual([]);
    await record.update({ note: 'other' });
    expect(await rawAt(record.id)).toBe(micros);
  });

  it('carries microseconds over to another record, and loses them only where the column keeps fewer', async () => {
    const { at } = await withMicros();
    const copy = await Moment.create({ at, millis: at, seconds: at });
    expect(await rawAt(copy.id)).toBe(micros);
    expect(copy.changed).toEqual([]);
    const found = await Moment.find(copy.id);
    expect(found.millis).toEqual(new Date('2026-11-20T10:15:30.123Z'));
    expect(found.seconds).toEqual(new Date('2026-11-20T10:15:30Z'));
    expect(copy.seconds).toEqual(found.seconds);
  });

  it('finds the very row again by the Date that was read from it', async () => {
    const { id, at } = await withMicros();
    expect(await Moment.where({ id, at }).count()).toBe(1);
    expect(await Moment.where({ id, at: [at] }).count()).toBe(1);
    expect(await Moment.where({ id, at: gt(new Date('2026-11-20T10:15:30.123Z')) }).count()).toBe(1);
    expect(await Moment.where({ id, at: lt(new Date('2026-11-20T10:15:30.124Z')) }).count()).toBe(1);
    expect(await Moment.where({ id, at: new Date('2026-11-20T10:15:30.123Z') }).count()).toBe(0);
  });

  it('sees a Date that is changed in place, and drops the microseconds of the old moment', async () => {
    const record = await withMicros();
    record.at?.setUTCFullYear(2027);
    expect(record.changed).toEqual(['at']);
    await record.save();
    expect(await rawAt(record.id)).toBe('2027-11-20 10:15:30.123000');
    record.at?.setUTCFullYear(2028);
    record.at?.setUTCFullYear(2027);
    expect(record.changed).toEqual([]);
  });

  it('shares no Date with the caller or with another record', async () => {
    const date = new Date('2026-01-01T00:00:00Z');
    const first = new Moment({ at: date });
    const second = new Moment({ at: date });
    first.at?.setUTCFullYear(1999);
    expect(date.getUTCFullYear()).toBe(2026);
    expect(second.at).toEqual(date);
  });

  it('writes moments in UTC, whatever the zone of the session', async () => {
    const { id } = await Moment.create({ millis: new Date('2026-03-29T01:30:00.5Z') });
    const [row] = await connections
      .get()
      .query(sql`SELECT CAST(millis AS CHAR(23)) AS t FROM moments WHERE id = ${id}`);
    expect(String(row?.t).slice(0, 21)).toBe('2026-03-29 01:30:00.5');
  });

  it('fills timestamps in with the digits that their columns keep, also as text', async () => {
    const before = Date.now();
    const record = await Stamped.create({ name: 'a' });
    expect(record.createdAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000$/);
    expect(Date.parse(`${String(record.createdAt).replace(' ', 'T')}Z`)).toBeGreaterThanOrEqual(before);
    expect((record.updatedAt?.getTime() ?? 1) % 1000).toBe(0);
    expect(record.changed).toEqual([]);
    expect((await Stamped.find(record.id)).attributes).toEqual(record.attributes);
    await Stamped.insertAll([{ name: 'b' }]);
    expect((await Stamped.findBy({ name: 'b' }))?.createdAt).toMatch(/\.\d{3}000$/);
  });

  it.each(['Pacific/Auckland', 'America/St_Johns'])(
    'reads and writes the same moments in the zone %s',
    async (zone) => {
      const { id } = await Moment.create({ millis: new Date('2026-03-29T01:30:00.123Z'), text: micros });
      const own = process.env.TZ;
      try {
        process.env.TZ = zone;
        expect(new Date(Date.UTC(2026, 0, 1)).getTimezoneOffset(), 'the zone is in force').toBeOneOf([-780, 210]);
        const read = await Moment.find(id);
        expect(read.millis?.getTime()).toBe(Date.UTC(2026, 2, 29, 1, 30, 0, 123));
        expect(read.text).toBe(micros);
        // An hour that this day has twice, or not at all, somewhere.
        const hours = [0, 1, 2, 3].map((hour) => new Date(Date.UTC(2026, 3, 4, 13 + hour, 30)));
        const made = await Promise.all(hours.map((millis) => Moment.create({ millis })));
        expect((await Moment.find(made.map((each) => each.id))).map((each) => each.millis)).toEqual(hours);
        expect(await Moment.where({ id, millis: read.millis }).exists()).toBe(true);
      } finally {
        if (own === undefined) delete process.env.TZ;
        else process.env.TZ = own;
      }
    },
  );
});
