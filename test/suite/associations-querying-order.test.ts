// Rows ordered by columns of their associations, where they are to be different from each other, and odd things in place of
// associations.
import { beforeAll, describe, expect, it } from 'vitest';
import { BaseModel, belongsTo, column, hasMany, hasOne } from '../../lib/index.ts';
import { describeModels, errorBeforeSending } from '../support/models.ts';

class Guest extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  hostId: column.references('guests').nullable(),
  get host() {
    return belongsTo(Guest, { optional: true });
  },
  get stays() {
    return hasMany(Stay);
  },
  get stay() {
    return hasOne(Stay);
  },
}) {}

class Stay extends BaseModel.with({
  id: column.id(),
  room: column.string(),
  nights: column.integer(),
  guestId: column.references('guests'),
  get guest() {
    return belongsTo(Guest);
  },
}) {}

describeModels('different rows in the order of an association', [Guest, Stay], () => {
  beforeAll(async () => {
    await Guest.insertAll([{ name: 'Zoe' }, { name: 'Ada', hostId: 1 }, { name: 'Bob', hostId: 1 }]);
    await Stay.insertAll([
      { room: 'red', nights: 1, guestId: 1 },
      { room: 'red', nights: 2, guestId: 2 },
      { room: 'blue', nights: 3, guestId: 3 },
      { room: 'blue', nights: 4, guestId: 2 },
    ]);
  });
  const different = () => Stay.distinct().order('guest.name').order('id');
  const sorted = [2, 4, 3, 1];

  it('gives records, keys and values', async () => {
    expect((await different()).map(({ id }) => id)).toEqual(sorted);
    expect(await different().ids()).toEqual(sorted);
    expect(await different().pluck('id', 'room')).toHaveLength(4);
    expect((await different().first())?.toJSON()).toEqual({ id: 2, room: 'red', nights: 2, guestId: 2 });
    expect((await different().last())?.id).toBe(1);
    expect((await different().limit(2).offset(1)).map(({ id }) => id)).toEqual([4, 3]);
  });

  it('counts them, and asks whether there are any', async () => {
    expect(await different().count()).toBe(4);
    expect(await different().limit(3).count()).toBe(3);
    expect(await different().many()).toBe(true);
    expect(await different().sum('nights')).toBe(10);
  });

  it('gives each page its own rows', async () => {
    const pages = await Promise.all([1, 2, 3].map((page) => different().paginate({ page, perPage: 2 })));
    expect(pages.map(({ records }) => records.map(({ id }) => id))).toEqual([[2, 4], [3, 1], []]);
    expect(pages[0]?.total).toBe(4);
  });

  it('turns pages of different rows by key where the order leaves it open', async () => {
    const rows = Guest.joins('stays').distinct().order('hostId');
    const pages = await Promise.all([1, 2, 3].map((page) => rows.paginate({ page, perPage: 1 })));
    const ids = pages.flatMap(({ records }) => records.map(({ id }) => id));
    expect([...ids].sort()).toEqual([1, 2, 3]);
    expect(ids.indexOf(2)).toBeLessThan(ids.indexOf(3));
    const first = await Guest.joins('stays').select('hostId').distinct().order('hostId').paginate({ perPage: 1 });
    expect(first.total).toBe(2);
  });

  it('loads associations with them', async () => {
    const included = await different().includes('guest');
    expect(included.map(({ guest }) => guest.value.name)).toEqual(['Ada', 'Ada', 'Bob', 'Zoe']);
    const eager = await different().eagerLoad('guest').limit(3);
    expect(eager.map(({ id, guest }) => [id, guest.value.name])).toEqual([
      [2, 'Ada'],
      [4, 'Ada'],
      [3, 'Bob'],
    ]);
    const hosts = await Guest.distinct().order('host.name').order('id').eagerLoad('stays').where({ hostId: 1 });
    expect(hosts.map((guest) => guest.stays.length)).toEqual([2, 1]);
  });

  it('stands in other queries', async () => {
    expect(await Stay.where({ id: different() }).order('id').ids()).toEqual([1, 2, 3, 4]);
    expect(
      await Stay.where({ id: different().limit(2) })
        .order('id')
        .ids(),
    ).toEqual([2, 4]);
    expect(await Guest.where({ stays: different().limit(2) }).pluck('name')).toEqual(['Ada']);
    const either = different()
      .limit(1)
      .union(Stay.where({ room: 'red' }));
    expect(await either.order('id').ids()).toEqual([1, 2]);
    expect(await Stay.from(different()).order('id').ids()).toEqual([1, 2, 3, 4]);
  });

  it('orders what has no key by what is plucked with it', async () => {
    expect(await Stay.distinct().order('guest.name').order('room').pluck('guest.name', 'room')).toEqual([
      ['Ada', 'blue'],
      ['Ada', 'red'],
      ['Bob', 'blue'],
      ['Zoe', 'red'],
    ]);
    for (const run of [
      () => Stay.distinct().order('guest.name').pluck('room'),
      () => Stay.select('room').distinct().order('guest.name'),
    ]) {
      expect(await errorBeforeSending(run)).toMatchObject({
        code: 'AR_QUERY_INVALID',
        message: expect.stringContaining('cannot be ordered by guest.name'),
      });
    }
  });

  it('gives no row twice where several belong to a hasOne', async () => {
    const guests = Guest.order('stay.room', 'desc').order('name');
    expect((await guests).map(({ name }) => name)).toEqual(['Ada', 'Zoe', 'Bob']);
    expect(await Guest.order('id').pluck('name', 'stay.nights', 'stay.guest.name' as never)).toEqual([
      ['Zoe', 1, 'Zoe'],
      ['Ada', 2, 'Ada'],
      ['Bob', 3, 'Bob'],
    ]);
    expect(await guests.count()).toBe(3);
    const page = await guests.paginate({ page: 2, perPage: 2 });
    expect([page.total, page.records.map(({ name }) => name)]).toEqual([3, ['Bob']]);
    expect((await guests.includes('stay')).map(({ stay }) => stay.value?.id)).toEqual([2, 1, 3]);
  });

  describe('odd things in place of associations', () => {
    it('are refused when they contain themselves', async () => {
      const circle: Record<string, unknown> = {};
      circle.host = circle;
      const list: unknown[] = [];
      list.push(list);
      for (const given of [circle, list]) {
        const asked = given as never;
        for (const call of [() => Guest.joins(asked), () => Guest.includes(asked), () => Guest.eagerLoad(asked)])
          expect(await errorBeforeSending(call)).toMatchObject({ code: 'AR_QUERY_INVALID' });
      }
    });

    it('are refused when they were not awaited', async () => {
      const stay = await Stay.firstOrFail();
      for (const guest of [stay.guest, Guest.find(1)]) {
        expect(await errorBeforeSending(() => Stay.where({ guest: guest as never }))).toMatchObject({
          code: 'AR_QUERY_INVALID',
          hint: 'Await it first.',
        });
      }
    });
  });
});
