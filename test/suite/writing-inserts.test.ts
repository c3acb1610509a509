import { BaseModel, column, connections, sql, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { ready } from '../../lib/model/metadata.ts';
import { asModel } from '../../lib/model/model-class.ts';
import { insertAll } from '../../lib/relation/insert.ts';
import { upsertAll } from '../../lib/relation/upsert.ts';
import { mysqlDialect, withServerLimits } from '../../lib/sql/dialects/mysql.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Page extends BaseModel.with({
  id: column.id(),
  url: column.string(60).unique(),
  title: column.text().nullable(),
  visits: column.integer().default(0),
  secret: column.string().nullable().sensitive(),
  ...column.timestamps(),
}) {}
class Photo extends BaseModel.with({ id: column.uuid().primaryKey(), url: column.string().unique() }) {}
class Seat extends BaseModel.with({
  row: column.integer().primaryKey(),
  place: column.string(10).primaryKey(),
  guest: column.string().nullable(),
}) {}
class Keyless extends BaseModel.with({ name: column.string(), group: column.integer() }) {}
class Bare extends BaseModel {
  static override tableName = 'pages';
}

const longAgo = new Date('2020-01-01T00:00:00Z');
const pages = (count: number) => Array.from({ length: count }, (_, index) => ({ url: `/${index}` }));

describeModels('inserting rows', [Page, Photo, Seat, Keyless], ({ dialect }) => {
  emptyBeforeEach('pages', 'photos', 'seats', 'keylesses');

  it('gives the keys in the order of the rows', async () => {
    const { count, ids } = await Page.insertAll(pages(2_100));
    expect(count).toBe(2_100);
    const found = await Page.find([...ids]);
    expect(found.map(({ url }) => url)).toEqual(pages(2_100).map(({ url }) => url));
    expect(await Page.insertAll([])).toMatchObject({ count: 0, ids: [] });
    const photos = await Photo.insertAll([{ url: 'b' }, { url: 'a' }]);
    expect((await Photo.find([...photos.ids])).map(({ url }) => url)).toEqual(['b', 'a']);
    const seats = await Seat.insertAll([
      { row: 2, place: 'a' },
      { row: 1, place: 'b' },
    ]);
    expect(seats.ids).toEqual([
      { row: 2, place: 'a' },
      { row: 1, place: 'b' },
    ]);
    const keyless = await Keyless.insertAll([{ name: 'x', group: 1 }]);
    expect(keyless.count).toBe(1);
    expect((await errorOf(() => keyless.ids)).code).toBe('AR_CAPABILITY_MISSING');
    expect((await Bare.insertAll([{ url: 'bare' }])).ids).toEqual([(await Page.findBy({ url: 'bare' }))?.id]);
  });

  it.runIf(dialect === 'mysql')('computes the keys where MySQL tells only the first', async () => {
    const source = await ready(asModel(Page));
    const { connection } = source;
    const limited = withServerLimits(mysqlDialect, 2 ** 20, 1);
    const likeMysql: Pick<Connection, 'dialect' | 'run' | 'transaction' | 'introspect'> = {
      dialect: limited,
      run: (...given) => connection.run(...given),
      transaction: (...given) => connection.transaction(...given),
      introspect: (...given) => connection.introspect(...given),
    };
    // Only these four are used, and no MySQL is there to ask.
    const mysql = { ...source, connection: likeMysql as Connection };
    const { ids } = await insertAll(mysql, pages(1_200));
    expect((await Page.find(ids as number[])).map(({ url }) => url)).toEqual(pages(1_200).map(({ url }) => url));
    const mixed = await insertAll(mysql, [
      { url: 'a', id: 90_000 },
      { url: 'b', id: null },
    ]);
    expect((await errorOf(() => mixed.ids)).message).toContain('MySQL does not tell');
    const upserted = await upsertAll(
      mysql,
      [
        { url: 'a', visits: 1 },
        { url: 'c', visits: 2 },
      ],
      { conflict: 'url' },
      'upsertAll',
    );
    expect(upserted.count).toBe(2);
    expect((await errorOf(() => upserted.ids)).code).toBe('AR_CAPABILITY_MISSING');
    const byKey = await upsertAll(mysql, [{ id: 90_000, url: 'd' }], undefined, 'upsertAll');
    expect((await errorOf(() => byKey.ids)).code).toBe('AR_CAPABILITY_MISSING');
  });

  it.runIf(dialect === 'mysql')('keeps to the packet limit of the server', async () => {
    const limit = connections.get().dialect.features.maxStatementBytes ?? 0;
    expect(limit).toBeGreaterThan(1_000_000);
    const title = 'x'.repeat(Math.floor(limit / 10));
    const rows = pages(25).map((page) => ({ ...page, title }));
    const statements = await statementsOf(async () => {
      expect((await Page.insertAll(rows)).count).toBe(25);
    });
    expect(statements.filter((each) => each.startsWith('INSERT')).length).toBeGreaterThan(4);
    expect(await Page.count()).toBe(25);
    // Its text fits as it is, though not as the digits that a quote would make of it.
    expect((await Page.insertAll([{ url: 'big', title: 'y'.repeat(Math.floor(limit * 0.9)) }])).count).toBe(1);
    for (const large of ['z'.repeat(limit), `'${'z'.repeat(Math.floor(limit * 0.6))}`]) {
      const error = await errorBeforeSending(() => Page.insertAll([{ url: 'small' }, { url: 'large', title: large }]));
      expect(error.code).toBe('AR_VALUE_INVALID');
      expect(error.message).toMatch(/^insertAll: row 1 takes \d+ bytes/);
    }
    expect(await Page.exists({ url: 'small' })).toBe(false);
    const one = await transaction(async () => {
      await errorOf(() => Page.insertAll([{ url: 'large', title: 'z'.repeat(limit) }]));
      return Page.count();
    });
    expect(one).toBe(26);
  });

  it('inserts all or none, also inside of a transaction', async () => {
    await Page.create({ url: '/1500' });
    await transaction(async () => {
      await Page.create({ url: 'before' });
      if (dialect === 'postgres' || dialect === 'mysql' || dialect === 'sqlite')
        expect((await errorOf(() => Page.insertAll(pages(2_000)))).code).toBe('AR_NOT_UNIQUE');
      await Page.create({ url: 'after' });
    });
    expect(await Page.order('url').pluck('url')).toEqual(['/1500', 'after', 'before']);
  });

  it('updates what is there by a unique column, and inserts the rest', async () => {
    const old = await Page.create({ url: '/a', title: 'old', visits: 5, createdAt: longAgo, updatedAt: longAgo });
    const result = await Page.upsertAll([
      { url: '/a', title: 'new' },
      { url: '/b', title: null },
    ]);
    expect(result.count).toBe(2);
    const [a, b] = await Page.order('url');
    expect(a?.attributes).toMatchObject({ id: old.id, title: 'new', visits: 5, createdAt: longAgo });
    expect(a?.updatedAt.getTime()).toBeGreaterThan(longAgo.getTime());
    expect(b?.attributes).toMatchObject({ url: '/b', title: null, visits: 0 });
    expect(result.ids).toEqual([a?.id, b?.id]);
    const byKey = await Page.upsertAll([{ id: old.id, url: '/c', visits: 1 }]);
    expect(byKey.ids).toEqual([old.id]);
    expect((await Page.find(old.id)).attributes).toMatchObject({ url: '/c', visits: 1, title: 'new' });
    const photo = await Photo.create({ url: 'x' });
    expect((await Photo.upsert({ url: 'x' }, { conflict: 'url' })).count).toBe(0);
    expect(await Photo.ids()).toEqual([photo.id]);
    await Seat.upsertAll(
      [
        { row: 1, place: 'a', guest: 'Ada' },
        { row: 1, place: 'b' },
      ],
      { update: ['guest'] },
    ).catch((error: unknown) => expect(String(error)).toContain('row 1 has no value for Seat.guest'));
    await Seat.upsert({ row: 1, place: 'a', guest: 'Ada' });
    await Seat.upsert({ row: 1, place: 'a', guest: 'Bob' });
    expect(await Seat.all().pluck('guest')).toEqual(['Bob']);
  });

  it('takes keys that are left to the database for no conflict', async () => {
    const rows = [
      { id: null as never, url: '/a', visits: 1 },
      { id: null as never, url: '/b', visits: 2 },
    ];
    const { count, ids } = await Page.upsertAll(rows, { conflict: 'id' });
    expect(count).toBe(2);
    expect((await Page.find([...ids])).map(({ url }) => url)).toEqual(['/a', '/b']);
  });

  it('updates some columns, with values, with expressions, or nothing', async () => {
    await Page.insertAll([{ url: '/a', title: 'old', visits: 5, updatedAt: longAgo }]);
    const rows = [
      { url: '/a', title: 'new', visits: 2 },
      { url: '/b', title: 'new', visits: 2 },
    ];
    const state = () => Page.order('url').pluck('url', 'title', 'visits');
    expect((await Page.upsertAll(rows.slice(0, 1), { conflict: 'url', update: ['visits'] })).count).toBe(1);
    expect(await state()).toEqual([['/a', 'old', 2]]);
    const counted = { visits: sql`pages.visits + ${sql.excluded('visits')} + ${1}`, title: 'set' };
    expect((await Page.upsertAll(rows, { conflict: ['url'], update: counted })).count).toBe(2);
    expect(await state()).toEqual([
      ['/a', 'set', 5],
      ['/b', 'new', 2],
    ]);
    await Page.where({ url: '/a' }).updateAll({ updatedAt: longAgo });
    const more = [...rows, { url: '/c', title: 'c', visits: 1 }];
    expect((await Page.upsertAll(more, { conflict: 'url', update: 'nothing' })).count).toBe(1);
    expect((await Page.upsert({ url: '/c' }, { conflict: 'url', update: 'nothing' })).count).toBe(0);
    expect((await Page.upsert({ url: '/d' }, { conflict: 'url', update: 'nothing' })).count).toBe(1);
    expect((await Page.findBy({ url: '/a' }))?.updatedAt).toEqual(longAgo);
    expect(await state()).toEqual([
      ['/a', 'set', 5],
      ['/b', 'new', 2],
      ['/c', 'c', 1],
      ['/d', null, 0],
    ]);
    expect((await Page.upsertAll(pages(2_500), { conflict: 'url' })).count).toBe(2_500);
    expect((await Page.upsertAll(pages(2_500), { conflict: 'url', update: 'nothing' })).count).toBe(0);
    expect(await Page.count()).toBe(2_504);
  });

  it('refuses what makes no upsert, before anything is written', async () => {
    const row = { url: '/a' };
    const cases: [() => unknown, string][] = [
      [() => Page.upsertAll([{ url: '/a', title: 'x' }, { url: '/b' }]), 'row 1 has no value for Page.title'],
      [
        () =>
          Page.upsertAll([
            { ...row, visits: 1 },
            { ...row, visits: 2 },
          ]),
        'rows 0 and 1 have the same Page.url',
      ],
      [() => Page.upsertAll([{ title: 'x' } as never]), 'required'],
      [() => Keyless.upsertAll([{ name: 'x', group: 1 }]), 'does not know by which columns'],
      [() => Page.upsertAll([row], { conflict: [] }), 'names no column'],
      [() => Page.upsertAll([row], { conflict: 'title' }), 'row 0 has no value for Page.title'],
      [() => Page.upsertAll([row], { conflict: 'nope' as never }), 'no attribute "nope"'],
      [() => Page.upsertAll([row], { update: ['nope'] as never }), 'no attribute "nope"'],
      [() => Page.upsertAll([row], { update: [] }), 'update is a list of names'],
      [() => Page.upsertAll([row], { update: {} }), 'update is a list of names'],
      [() => Page.upsertAll([row], { update: 'all' as never }), 'update is a list of names'],
      [() => Page.upsertAll([row], { update: { visits: {} as never } }), 'Page.visits takes a whole number'],
      [() => Page.upsertAll([row], { updaet: 'nothing' } as never), 'no option "updaet"'],
      [() => Page.upsertAll([row], [] as never), 'options as an object'],
      [() => Page.insertAll([new Map() as never]), 'array of attribute objects'],
      [() => Page.insertAll([sql`1` as never]), 'array of attribute objects'],
      [() => Page.insertAll(null as never), 'array of attribute objects'],
      [() => Page.where({ id: 1 }).upsert(row), 'called on a model'],
      [() => Page.upsert({ url: undefined as never }), 'undefined'],
    ];
    for (const [write, message] of cases) expect((await errorBeforeSending(write)).message).toContain(message);
    const unindexed = await errorOf(() => Keyless.upsertAll([{ name: 'x', group: 1 }], { conflict: 'name' }));
    expect(unindexed.message).toContain('has no unique index over name');
    await connections
      .get()
      .execute(sql`CREATE UNIQUE INDEX keyless_pairs ON keylesses (${sql.name('group')}, ${sql.name('name')})`);
    for (const name of ['x', 'x', 'y']) await Keyless.upsert({ name, group: 1 }, { conflict: ['name', 'group'] });
    expect(await Keyless.count()).toBe(2);
  });
});
