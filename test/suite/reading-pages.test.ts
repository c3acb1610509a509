import { BaseModel, type CursorPage, column, connections, createAll, InvalidValue, sql } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, statementsOf } from '../support/models.ts';

class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  rank: column.integer().nullable(),
  score: column.bigint().default(0n),
  price: column.decimal(10, 2).default('0.00'),
  kind: column.enum(['b', 'a']).default('a'),
  secret: column.string().default('x').sensitive(),
  postedAt: column.datetime(6).nullable(),
}) {}

const count = 60;
const random = (() => {
  let seed = 7;
  return (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
})();

describeModels('reading in pages', [Post], ({ dialect }) => {
  beforeAll(async () => {
    await Post.insertAll(
      Array.from({ length: count }, (_, index) => ({
        title: `t${random(6)}`,
        rank: random(4) === 0 ? null : random(5),
        score: 2n ** 60n + BigInt(random(4)),
        price: `${random(3)}.50`,
        postedAt: null,
        kind: index % 2 === 0 ? ('a' as const) : ('b' as const),
      })),
    );
    // Moments that a Date cannot tell apart.
    for (let index = 1; index <= 40; index++) {
      const text = `2026-11-20 10:00:00.0001${String(index % 7).padStart(2, '0')}`;
      await connections.get().execute(sql`UPDATE posts SET posted_at = ${text} WHERE id = ${index}`);
    }
  });

  describe('by number', () => {
    it('gives records, and figures for the links', async () => {
      const page = await Post.order('title').paginate({ page: 2, perPage: 25 });
      expect(page).toMatchObject({ page: 2, perPage: 25, total: 60, pages: 3, hasNext: true, hasPrevious: true });
      expect(page.records.map(({ id }) => id)).toEqual((await Post.order('title').order('id').ids()).slice(25, 50));
      expect(JSON.parse(JSON.stringify(page))).toMatchObject({ total: 60, pages: 3, records: { length: 25 } });
      const last = await Post.paginate({ page: 3 });
      expect([last.records.length, last.hasNext, last.hasPrevious]).toEqual([10, false, true]);
    });

    it('gives an empty page behind the last, and of nothing', async () => {
      const sent = await statementsOf(async () => {
        expect(await Post.paginate({ page: 9 })).toMatchObject({ records: [], total: 60, hasNext: false });
      });
      expect(sent).toHaveLength(1);
      expect(await Post.where({ id: [] }).paginate()).toMatchObject({
        records: [],
        total: 0,
        pages: 0,
        hasNext: false,
      });
      expect(await Post.all().none().paginate()).toMatchObject({ records: [], total: 0 });
    });

    it('refuses what is no page', async () => {
      for (const options of [
        { page: 0 },
        { page: -1 },
        { page: 1.5 },
        { page: '2' },
        { perPage: 0 },
        { perPage: Number.NaN },
      ])
        expect((await errorBeforeSending(() => Post.paginate(options as never))).code).toBe('AR_QUERY_INVALID');
      expect((await errorBeforeSending(() => Post.limit(5).paginate())).code).toBe('AR_QUERY_INVALID');
    });
  });

  describe('by cursor', () => {
    type Name = 'id' | 'title' | 'rank' | 'score' | 'price' | 'postedAt';
    type Order = Name | { readonly [K in Name]?: 'asc' | 'desc' };

    async function walk(order: Order, limit: number) {
      const ids: number[] = [];
      const cursors: (string | null)[] = [];
      let after: string | null = null;
      do {
        const page: CursorPage<Post> = await Post.cursorPaginate({
          order,
          limit,
          after,
        });
        expect(page.hasPrevious).toBe(after !== null);
        ids.push(...page.records.map(({ id }) => id));
        cursors.push(page.startCursor);
        after = page.hasNext ? page.endCursor : null;
      } while (after !== null);
      return { ids, cursors };
    }
    const orders: [string, Order][] = [
      ['the key', 'id'],
      ['a text with ties', 'title'],
      ['a nullable number', 'rank'],
      ['a nullable number downwards', { rank: 'desc' }],
      ['a bigint', 'score'],
      ['a decimal', { price: 'desc' }],
      ['moments with microseconds, and nulls', 'postedAt'],
      ['moments downwards', { postedAt: 'desc' }],
      ['mixed directions', { rank: 'desc', title: 'asc', score: 'desc' }],
      ['everything', { postedAt: 'asc', rank: 'desc', price: 'asc', id: 'desc' }],
    ];

    it.each(orders)('goes through all records once, in the order of %s, and back', async (_, order) => {
      const { ids, cursors } = await walk(order, 7);
      const direction = typeof order === 'object' ? (Object.values(order).at(-1) ?? 'asc') : 'asc';
      const base = typeof order === 'object' ? Post.order(order) : Post.order(order);
      expect(ids).toEqual(await base.order('id', direction).ids());
      // From the start of the fourth page back to that of the third.
      const back = await Post.cursorPaginate({ order, limit: 7, before: cursors[3] });
      expect(back.records.map(({ id }) => id)).toEqual(ids.slice(14, 21));
      expect([back.hasNext, back.hasPrevious]).toEqual([true, true]);
      const start = await Post.cursorPaginate({ order, limit: 30, before: cursors[3] });
      expect(start.records.map(({ id }) => id)).toEqual(ids.slice(0, 21));
      expect(start.hasPrevious).toBe(false);
    });

    it.runIf(dialect !== 'mysql')('keeps NULL where the query wants it', async () => {
      const query = Post.order('rank', 'asc', { nulls: dialect === 'postgres' ? 'first' : 'last' }).order('id');
      const first = await query.cursorPaginate({ limit: 50 });
      const rest = await query.cursorPaginate({ limit: 50, after: first.endCursor });
      expect([...first.records, ...rest.records].map(({ id }) => id)).toEqual(await query.ids());
    });

    it('is not moved by rows that come and go', async () => {
      class Entry extends BaseModel.with({ id: column.id(), name: column.string() }) {}
      await createAll([Entry]);
      await Entry.insertAll(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })));
      const first = await Entry.order('name').cursorPaginate({ limit: 2 });
      await Entry.where({ name: ['a', 'b'] }).deleteAll();
      await Entry.create({ name: 'aa' });
      const second = await Entry.order('name').cursorPaginate({ limit: 2, after: first.endCursor });
      expect(second.records.map(({ name }) => name)).toEqual(['c', 'd']);
      expect(await Entry.where({ name: 'z' }).cursorPaginate()).toMatchObject({
        records: [],
        startCursor: null,
        endCursor: null,
        hasNext: false,
      });
    });

    it('refuses forged and foreign cursors, before anything is sent', async () => {
      const { endCursor } = await Post.cursorPaginate({ order: 'rank', limit: 3 });
      const [version, table, order, values] = JSON.parse(Buffer.from(endCursor ?? '', 'base64url').toString());
      const forge = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
      const forged = [
        'x',
        '',
        'ü',
        "' OR 1=1 --",
        'a'.repeat(20_000),
        forge(null),
        forge({}),
        forge([]),
        forge([version + 1, table, order, values]),
        forge([version, 'users', order, values]),
        forge([version, table, 'id asc last', values]),
        forge([version, table, order, []]),
        forge([version, table, order, [values[0], null]]),
        forge([version, table, order, ['1 OR 1=1', values[1]]]),
        forge([version, table, order, [{ kind: 'raw', parts: ['1=1'] }, values[1]]]),
        forge([version, table, order, [{ n: '1; DROP' }, values[1]]]),
        forge([version, table, order, [['x'], values[1]]]),
        5,
        {},
        [endCursor],
      ];
      for (const after of forged) {
        const error = await errorBeforeSending(() => Post.cursorPaginate({ order: 'rank', after: after as string }));
        expect(error).toBeInstanceOf(InvalidValue);
      }
      expect(await errorBeforeSending(() => Post.cursorPaginate({ order: 'title', after: endCursor }))).toBeInstanceOf(
        InvalidValue,
      );
    });

    it('refuses orders that no cursor can hold', async () => {
      for (const run of [
        () => Post.order(sql`length(title)`).cursorPaginate(),
        () => Post.cursorPaginate({ order: 'kind' }),
        () => Post.cursorPaginate({ order: 'secret' }),
        () => Post.select('id').cursorPaginate({ order: 'title' }),
        () => Post.limit(3).cursorPaginate(),
        () => Post.cursorPaginate({ limit: 0 }),
        () => Post.cursorPaginate({ after: 'x', before: 'y' }),
      ])
        expect((await errorBeforeSending(run)).code).toBe('AR_QUERY_INVALID');
    });
  });

  it('explains a query', async () => {
    const plan = await Post.where({ title: "it's" }).order('rank').explain();
    expect(plan).toMatch({ mysql: /posts.*\n?/, postgres: /Seq Scan on posts/, sqlite: /SCAN posts/ }[dialect]);
    expect(plan.split('\n').length).toBeGreaterThan(1);
    if (dialect === 'sqlite') {
      expect((await errorBeforeSending(() => Post.explain({ analyze: true }))).code).toBe('AR_CAPABILITY_MISSING');
    } else expect(await Post.where({ id: 3 }).explain({ analyze: true })).toMatch(/r_rows|actual/);
  });
});
