import {
  anyOf,
  BaseModel,
  between,
  column,
  connect,
  contains,
  createAll,
  disconnect,
  endsWith,
  gt,
  gte,
  like,
  lt,
  not,
  notBetween,
  notLike,
  type Query,
  sql,
  startsWith,
  transaction,
} from 'active-record-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class Member extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'editor', 'guest']).default('guest'),
  bossId: column.integer().nullable(),
  spent: column.decimal(10, 2).default('0.00'),
  preferences: column
    .json<{ theme?: string; size?: number; on?: boolean; tags?: string[]; deep?: { a: { b: string } } }>()
    .nullable(),
  bio: column.text().default(''),
}) {
  static scopes = { adults: (members: Query<typeof Member>) => members.where({ age: gte(18) }) };
}
class Purchase extends BaseModel.with({ id: column.id(), memberId: column.integer(), total: column.decimal(10, 2) }) {}
class Visible extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  hidden: column.boolean().default(false),
}) {
  static defaultScope = (all: Query<typeof Visible>) => all.where({ hidden: false });
}

const members = [
  {
    name: 'Ada',
    age: 36,
    role: 'admin',
    bossId: null,
    spent: '10.50',
    preferences: { theme: 'dark', size: 12, on: true, tags: ['x', 'y'] },
  },
  {
    name: 'Bob',
    age: 17,
    role: 'guest',
    bossId: 1,
    spent: '0.25',
    preferences: { theme: 'light', size: 9, on: false, deep: { a: { b: 'c' } } },
  },
  { name: 'Cy%d', age: null, role: 'guest', bossId: 1, spent: '0.25', preferences: null },
  { name: 'D_n', age: 50, role: 'editor', bossId: 2, spent: '5.00', preferences: { theme: '5', size: 5 } },
  { name: 'Eve\\', age: 18, role: 'editor', bossId: 4, spent: '7.00', preferences: { tags: [] } },
] as const;

describeEachDatabase('the query language', (database) => {
  const namesOf = async (query: PromiseLike<Member[]>) => (await query).map((member) => member.name);
  const ids = async (query: { ids(): Promise<number[]> }) => (await query.ids()).sort();

  beforeAll(async () => {
    await connect(database.url);
    await createAll([Member, Purchase, Visible]);
    for (const member of members)
      await Member.create({
        ...member,
        preferences: member.preferences === null ? null : (structuredClone(member.preferences) as never),
      });
    await Purchase.insertAll([
      { memberId: 1, total: '3.00' },
      { memberId: 1, total: '4.00' },
      { memberId: 4, total: '9.00' },
    ]);
    await Visible.insertAll([{ name: 'seen' }, { name: 'unseen', hidden: true }]);
  });
  afterAll(async () => {
    await disconnect();
  });

  describe('conditions', () => {
    it.each([
      ['startsWith', { name: startsWith('Cy%') }, [3]],
      ['startsWith that escapes', { name: startsWith('D_') }, [4]],
      ['endsWith', { name: endsWith('%d') }, [3]],
      ['endsWith a backslash', { name: endsWith('\\') }, [5]],
      ['contains', { name: contains('_') }, [4]],
      ['notLike', { name: notLike('%b') }, [1, 3, 4, 5]],
      ['notBetween', { age: notBetween(17, 36) }, [4]],
      ['anyOf', { age: anyOf([17, 18]) }, [2, 5]],
      ['anyOf with null', { age: anyOf([17, null]) }, [2, 3]],
      ['not contains', { name: not(contains('%')) }, [1, 2, 4, 5]],
    ])('%s', async (_, conditions, expected) => {
      expect(await ids(Member.where(conditions as never))).toEqual(expected);
    });

    it('refuses a pattern that ends in the middle of an escape', () => {
      expect(() => Member.where({ name: like('a\\') })).toThrow(/single backslash/);
      expect(() => Member.whereJson('preferences', ['theme'], like('\\'))).toThrow(/single backslash/);
      expect(() => Member.where({ name: like('a\\\\') })).not.toThrow();
    });

    it('or, and, whereNot', async () => {
      expect(await ids(Member.where({ name: 'Ada' }).or({ age: 17 }))).toEqual([1, 2]);
      expect(
        await ids(
          Member.where({ role: 'guest' })
            .or(Member.where({ age: gt(40) }))
            .where({ bossId: not(null) }),
        ),
      ).toEqual([2, 3, 4]);
      expect(await ids(Member.where({ bossId: 1 }).and(Member.where({ age: 17 }).or({ name: 'Ada' })))).toEqual([2]);
      expect(await ids(Member.whereNot({ role: 'guest', bossId: 1 }))).toEqual(
        expect.arrayContaining([1, 4, 5].slice(1)),
      );
      expect(await ids(Member.whereNot({ age: 36 }))).toEqual([2, 4, 5]);
      expect(await ids(Member.all().adults().or({ name: 'Bob' }))).toEqual([1, 2, 4, 5]);
    });

    it('rewhere, unscope and merge replace conditions', async () => {
      expect(await ids(Member.where({ age: 36, role: 'admin' }).rewhere({ age: 50 }))).toEqual([]);
      expect(await ids(Member.where({ age: 36 }).rewhere({ age: 50 }))).toEqual([4]);
      expect(await ids(Member.where({ age: 36, role: 'guest' }).unscope({ where: 'age' }))).toEqual([2, 3]);
      expect(await ids(Member.where({ age: 36 }).merge(Member.where({ age: 50 }).order('name')))).toEqual([4]);
      expect(await ids(Member.where({ age: 36 }).limit(1).unscope('where', 'limit'))).toEqual([1, 2, 3, 4, 5]);
    });

    it('excluding, whereColumn, exists and subqueries', async () => {
      const ada = await Member.find(1);
      expect(await ids(Member.excluding(ada, 2, [3]))).toEqual([4, 5]);
      expect(await ids(Member.whereColumn('id', '=', 'bossId'))).toEqual([]);
      expect(await ids(Member.whereColumn('bossId', '<', 'id'))).toEqual([2, 3, 4, 5]);
      expect(await ids(Member.where({ id: Purchase.select('memberId') }))).toEqual([1, 4]);
      expect(await ids(Member.where({ id: not(Purchase.where({ total: gt('8.00') }).select('memberId')) }))).toEqual([
        1, 2, 3, 5,
      ]);
      expect(await ids(Member.where({ bossId: Member.where({ name: ['Ada', 'Bob'] }) }))).toEqual([2, 3, 4]);
      expect(await ids(Member.where({ id: Purchase.order('total', 'desc').limit(1).select('memberId') }))).toEqual([4]);
      const tied = Purchase.where(sql`${sql.name('purchases', 'member_id')} = ${sql.name('members', 'id')}`);
      expect(await ids(Member.whereExists(tied))).toEqual([1, 4]);
      expect(await ids(Member.whereNotExists(tied))).toEqual([2, 3, 5]);
      expect(() => Member.where({ id: Purchase.select('id', 'total') })).toThrow(/selects 2/);
    });

    it('JSON paths', async () => {
      expect(await ids(Member.whereJson('preferences', ['theme'], 'dark'))).toEqual([1]);
      expect(await ids(Member.whereJson('preferences', ['theme'], ['dark', 'light']))).toEqual([1, 2]);
      expect(await ids(Member.whereJson('preferences', ['size'], gt(8)))).toEqual([1, 2]);
      expect(await ids(Member.whereJson('preferences', ['size'], between(5, 9)))).toEqual([2, 4]);
      expect(await ids(Member.whereJson('preferences', ['theme'], '5'))).toEqual([4]);
      expect(await ids(Member.whereJson('preferences', ['on'], true))).toEqual([1]);
      expect(await ids(Member.whereJson('preferences', ['on'], false))).toEqual([2]);
      expect(await ids(Member.whereJson('preferences', ['tags', 1], 'y'))).toEqual([1]);
      expect(await ids(Member.whereJson('preferences', ['deep', 'a', 'b'], startsWith('c')))).toEqual([2]);
      expect(await ids(Member.whereJson('preferences', ['theme'], null))).toEqual([3, 5]);
      expect(await ids(Member.whereJson('preferences', ['theme'], not(null)))).toEqual([1, 2, 4]);
      const hostile = ["theme') OR 1=1 -- "] as never;
      expect(await ids(Member.whereJson('preferences', hostile, 'dark' as never))).toEqual([]);
    });

    it('full-text search, where the database has it', async () => {
      if (database.dialect === 'sqlite') {
        await expect(Member.whereMatch('bio', 'word').ids()).rejects.toMatchObject({ code: 'AR_CAPABILITY_MISSING' });
        return;
      }
      if (database.dialect === 'mysql')
        await Member.connection.execute(sql`CREATE FULLTEXT INDEX bio_text ON members (bio)`);
      await Member.where({ id: 2 }).updateAll({ bio: 'a quick brown fox' });
      expect(await ids(Member.whereMatch('bio', 'brown'))).toEqual([2]);
    });
  });

  describe('shape', () => {
    it('orders by nulls, in reverse, by a list', async () => {
      expect(await namesOf(Member.order('age', 'asc', { nulls: 'last' }))).toEqual([
        'Bob',
        'Eve\\',
        'Ada',
        'D_n',
        'Cy%d',
      ]);
      expect((await namesOf(Member.order('age', 'desc', { nulls: 'first' })))[0]).toBe('Cy%d');
      expect(await namesOf(Member.order('age', 'asc', { nulls: 'last' }).reverseOrder())).toEqual([
        'Cy%d',
        'D_n',
        'Ada',
        'Eve\\',
        'Bob',
      ]);
      expect((await Member.all().reverseOrder().first())?.id).toBe(5);
      expect(await namesOf(Member.inOrderOf('role', ['editor', 'admin']).order('id'))).toEqual(['D_n', 'Eve\\', 'Ada']);
      expect(await namesOf(Member.order('name').reorder('id', 'desc').limit(2))).toEqual(['Eve\\', 'D_n']);
    });

    it('joins a table, with the columns of the model told apart', async () => {
      const query = Member.joins('purchases', sql`purchases.member_id = members.id`).where({ name: 'Ada' }).order('id');
      expect(await namesOf(query)).toEqual(['Ada', 'Ada']);
      expect(await namesOf(query.distinct())).toEqual(['Ada']);
      expect(await query.distinct().count()).toBe(1);
      expect(await query.count()).toBe(2);
      const without = Member.leftJoins(['purchases', 'p'], sql`p.member_id = members.id`).where(sql`p.id IS NULL`);
      expect(await ids(without)).toEqual([2, 3, 5]);
      expect(await without.updateAll({ bio: 'none' })).toBe(3);
    });

    it('reads from a query, a common table and a recursive one', async () => {
      expect(await ids(Member.from(Member.where({ role: 'editor' })).where({ age: lt(40) }))).toEqual([5]);
      const buyers = Member.all().cte('buyers', Purchase.select('memberId').distinct());
      expect(await ids(buyers.joins('buyers', sql`buyers.member_id = members.id`))).toEqual([1, 4]);
      const line = Member.all()
        .recursiveCte('line', {
          columns: ['id', 'boss_id'],
          base: Member.where({ id: 5 }).select('id', 'bossId'),
          step: sql`SELECT m.id, m.boss_id FROM members m JOIN line ON line.boss_id = m.id`,
        })
        .joins('line', sql`line.id = members.id`);
      expect(await ids(line)).toEqual([1, 2, 4, 5]);
    });

    it('combines the rows of two queries', async () => {
      const guests = Member.where({ role: 'guest' });
      const young = Member.where({ age: lt(20) })
        .order('age')
        .limit(2);
      expect(await ids(guests.union(young))).toEqual([2, 3, 5]);
      expect(await guests.unionAll(young).count()).toBe(4);
      expect(
        await ids(
          guests
            .union(young)
            .where({ age: not(null) })
            .order('id'),
        ),
      ).toEqual([2, 5]);
      expect(await ids(guests.except(Member.where({ age: null })))).toEqual([2]);
      expect(await ids(guests.intersect(Member.where({ bossId: 1 })))).toEqual([2, 3]);
      expect(() => guests.union(Purchase.all() as never)).toThrow(/another query on Member/);
    });

    it('groups', async () => {
      expect(await Member.group('role').count()).toEqual(
        new Map([
          ['admin', 1],
          ['guest', 2],
          ['editor', 2],
        ]),
      );
      expect(await Member.group('role').having(gt(1)).count()).toEqual(
        new Map([
          ['guest', 2],
          ['editor', 2],
        ]),
      );
      expect(await Member.group('role').sum('spent')).toEqual(
        new Map([
          ['admin', '10.50'],
          ['guest', '0.50'],
          ['editor', '12.00'],
        ]),
      );
      expect(await Member.group('role').having(gte(12)).sum('spent')).toEqual(new Map([['editor', '12.00']]));
      expect(await Member.group('role').maximum('age')).toEqual(
        new Map([
          ['admin', 36],
          ['guest', 17],
          ['editor', 50],
        ]),
      );
      expect((await Member.where({ bossId: 1 }).group('bossId', 'role').count()).sort()).toEqual([[1, 'guest', 2]]);
      expect(await Member.none().group('role').count()).toEqual(new Map());
    });

    it('locks inside a transaction, and says so outside', async () => {
      await transaction(async () => {
        expect((await Member.where({ id: 1 }).lock().first())?.name).toBe('Ada');
        expect((await Member.where({ id: 1 }).lock('share').first())?.name).toBe('Ada');
        const skipping = Member.lock('update', { skipLocked: true }).ids();
        if (database.dialect === 'sqlite')
          await expect(skipping).rejects.toMatchObject({ code: 'AR_CAPABILITY_MISSING' });
        else expect(await skipping).toHaveLength(5);
      });
      await expect(Promise.resolve(Member.lock())).rejects.toThrow(/outside of a transaction/);
    });

    it('hints, annotates, and lets no comment end early', async () => {
      const { sql: text } = Member.where({ id: 1 })
        .annotate('by */ DROP TABLE members; /* me')
        .annotate({ route: "/a'b", id: 5 })
        .optimizerHints('SET_VAR(x=1) */ x')
        .toSQL();
      expect(text).toContain('/* by * / DROP TABLE members; / * me */');
      expect(text).toContain("/* id='5',route='%2Fa%27b' */");
      expect(await ids(Member.where({ id: 1 }).annotate('a */ b').optimizerHints('X() */ y'))).toEqual([1]);
      if (database.dialect === 'postgres') expect(() => Member.all().useIndex('x').toSQL()).toThrow(/no index hints/);
      if (database.dialect === 'mysql') expect(await ids(Member.where({ id: 1 }).forceIndex('PRIMARY'))).toEqual([1]);
    });

    it('readonly, none and default scopes', async () => {
      const [ada] = await Member.where({ id: 1 }).readonly();
      if (ada === undefined) throw new Error('no row');
      ada.age = 1;
      await expect(ada.save()).rejects.toMatchObject({ code: 'AR_RECORD_READ_ONLY' });
      await expect(ada.destroy()).rejects.toMatchObject({ code: 'AR_RECORD_READ_ONLY' });
      expect(await Member.none()).toEqual([]);
      expect(await Member.none().count()).toBe(0);
      expect(await Member.none().sum('spent')).toBeNull();
      expect(await Member.none().exists()).toBe(false);
      expect(await Member.none().pluck('name')).toEqual([]);
      expect(await Member.none().where({ id: 1 }).first()).toBeNull();
      expect(await Visible.pluck('name')).toEqual(['seen']);
      expect(await Visible.unscoped().count()).toBe(2);
      await expect(Visible.find(2)).rejects.toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
      expect((await Visible.unscoped().find(2)).name).toBe('unseen');
      expect(await Visible.all().unscope({ where: 'hidden' }).count()).toBe(2);
    });
  });
});
