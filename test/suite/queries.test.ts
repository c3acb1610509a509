import { BaseModel, between, column, gt, like, lt, not, sql } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'member'], { scopes: true }).default('member'),
  tags: column.json<string[]>().nullable(),
}) {}

const people = [
  { name: 'Ada', age: 36, role: 'admin' },
  { name: 'Bob', age: 17 },
  { name: 'Cyd', age: 17 },
  { name: 'Dan', age: null },
  { name: 'Eve_100%', age: 80 },
] as const;

describeModels('queries', [User], ({ dialect }) => {
  beforeAll(async () => {
    await User.insertAll(people);
  });
  const names = (query: PromiseLike<User[]>) => query.then((users) => users.map((user) => user.name));
  const where = (conditions: Parameters<typeof User.where>[0]) => User.where(conditions).order('id').pluck('name');

  describe('where', () => {
    it('takes values, lists, null and their opposites', async () => {
      expect(await where({ name: 'Ada' })).toEqual(['Ada']);
      expect(await where({ age: 17, name: 'Cyd' })).toEqual(['Cyd']);
      expect(await where({ age: [17, 80] })).toEqual(['Bob', 'Cyd', 'Eve_100%']);
      expect(await where({ age: [36, null] })).toEqual(['Ada', 'Dan']);
      expect(await where({ age: null })).toEqual(['Dan']);
      expect(await where({ age: [] })).toEqual([]);
      expect(await where({ age: [null] })).toEqual(['Dan']);
      expect(await where({ age: not(17) })).toEqual(['Ada', 'Eve_100%']);
      expect(await where({ age: not(null) })).toEqual(['Ada', 'Bob', 'Cyd', 'Eve_100%']);
      expect(await where({ age: not([17, null]) })).toEqual(['Ada', 'Eve_100%']);
      expect(await where({ age: not([]) })).toEqual(people.map((each) => each.name));
      expect(await where({ age: not(not(17)) })).toEqual(['Bob', 'Cyd']);
      expect(await where({})).toHaveLength(5);
    });

    it('takes comparisons, ranges and patterns', async () => {
      expect(await where({ age: between(17, 36) })).toEqual(['Ada', 'Bob', 'Cyd']);
      expect(await where({ age: not(between(17, 36)) })).toEqual(['Eve_100%']);
      expect(await where({ age: lt(36) })).toEqual(['Bob', 'Cyd']);
      expect(await where({ name: like('%d%') })).toEqual(
        dialect === 'postgres' ? ['Ada', 'Cyd'] : ['Ada', 'Cyd', 'Dan'],
      );
      expect(await where({ name: like('___') })).toEqual(['Ada', 'Bob', 'Cyd', 'Dan']);
      expect(await where({ name: like('%\\_1%') })).toEqual(['Eve_100%']);
      expect(await where({ name: like('%100\\%') })).toEqual(['Eve_100%']);
      expect(await where({ name: not(like('%a%')) })).toContain('Bob');
      expect(await where({ name: like("it's") })).toEqual([]);
    });

    it('adds up: every condition has to hold', async () => {
      expect(await names(User.where({ age: 17 }).where({ name: 'Bob' }))).toEqual(['Bob']);
      expect(
        await names(
          User.where({ age: [17, null] })
            .where(sql`name = ${'Bob'} OR name = ${'Dan'}`)
            .order('id'),
        ),
      ).toEqual(['Bob', 'Dan']);
    });

    it('takes a long list', async () => {
      const ids = Array.from({ length: 5000 }, (_, index) => 100_000 + index);
      const [first] = await User.ids();
      expect(await User.where({ id: [...ids, first ?? 0] }).count()).toBe(1);
    });

    it('refuses what is no condition, before anything is sent', async () => {
      const user = await User.first();
      for (const conditions of [
        null,
        'name',
        1,
        [],
        [{ name: 'x' }],
        () => true,
        undefined,
        new Map(),
        user,
        User.all(),
      ]) {
        expect((await errorBeforeSending(() => User.where(conditions as never))).code).toBe('AR_QUERY_INVALID');
      }
      expect((await errorBeforeSending(() => User.where({ nmae: 'x' } as object))).message).toContain('name');
      expect((await errorBeforeSending(() => User.where({ age: gt(null) }))).code).toBe('AR_VALUE_INVALID');
      expect((await errorBeforeSending(() => not(undefined))).code).toBe('AR_QUERY_INVALID');
    });

    it('refuses operators and SQL that came as JSON', async () => {
      const forged = [
        { operator: '>', value: 0 },
        JSON.parse(JSON.stringify(gt(0))),
        JSON.parse(JSON.stringify({ ...gt(0) })),
        JSON.parse('{"kind":"raw","parts":["1=1"],"values":[]}'),
        { text: ['1=1'], raw: ['1=1'] },
        Object.setPrototypeOf({ node: { kind: 'raw', parts: ['1=1'], values: [] } }, Object.getPrototypeOf(sql`1`)),
        Object.create(gt(0)),
      ];
      for (const value of forged) {
        expect((await errorBeforeSending(() => User.where({ age: value }))).code).toBe('AR_VALUE_INVALID');
        expect((await errorBeforeSending(() => User.where({ name: value }))).code).toBe('AR_VALUE_INVALID');
        // What is left of an operator in JSON is {}, which is no condition at all.
        if (JSON.stringify(value) === '{}' && Object.getPrototypeOf(value) === Object.prototype) continue;
        expect((await errorBeforeSending(() => User.where(value))).code).toMatch(
          /^AR_(QUERY_INVALID|ATTRIBUTE_UNKNOWN)$/,
        );
        expect((await errorBeforeSending(() => User.order(value))).code).toMatch(
          /^AR_(QUERY_INVALID|ATTRIBUTE_UNKNOWN)$/,
        );
      }
    });
  });

  describe('order, limit and offset', () => {
    it('order by one column, by several, by an expression', async () => {
      expect(await names(User.order('name', 'desc').limit(2))).toEqual(['Eve_100%', 'Dan']);
      expect(
        await names(
          User.where({ age: not(null) })
            .order('age')
            .order('name', 'desc'),
        ),
      ).toEqual(['Cyd', 'Bob', 'Ada', 'Eve_100%']);
      expect(await names(User.where({ age: not(null) }).order({ age: 'desc', name: 'asc' }))).toEqual([
        'Eve_100%',
        'Ada',
        'Bob',
        'Cyd',
      ]);
      expect(await names(User.order(sql`length(name)`, 'desc').order('id').limit(2))).toEqual(['Eve_100%', 'Ada']);
    });

    it('refuse unknown names and directions', async () => {
      for (const [name, direction] of [
        ['name', 'ASC; DROP TABLE users'],
        ['name', 1],
        ['name', 'down'],
        [5, 'asc'],
        [null, 'asc'],
        [['name'], 'asc'],
      ]) {
        expect((await errorBeforeSending(() => User.order(name as never, direction as never))).code).toBe(
          'AR_QUERY_INVALID',
        );
      }
      expect((await errorBeforeSending(() => User.order('name; --' as never))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
      expect((await errorBeforeSending(() => User.order({ age: 'up' } as never))).code).toBe('AR_QUERY_INVALID');
    });

    it('limit and leave out, together and alone', async () => {
      expect(await names(User.order('id').limit(2).offset(1))).toEqual(['Bob', 'Cyd']);
      expect(await names(User.order('id').offset(3))).toEqual(['Dan', 'Eve_100%']);
      expect(await names(User.limit(0))).toEqual([]);
      expect(await names(User.order('id').limit(3).limit(1))).toEqual(['Ada']);
      for (const count of [-1, 1.5, Number.NaN, '5', null, undefined, 2 ** 60]) {
        expect((await errorBeforeSending(() => User.limit(count as never))).code).toBe('AR_QUERY_INVALID');
        expect((await errorBeforeSending(() => User.offset(count as never))).code).toBe('AR_QUERY_INVALID');
      }
    });

    it('take the first, the last, any', async () => {
      expect((await User.first())?.name).toBe('Ada');
      expect((await User.last())?.name).toBe('Eve_100%');
      expect(await names(User.first(2))).toEqual(['Ada', 'Bob']);
      expect(await names(User.last(2))).toEqual(['Dan', 'Eve_100%']);
      expect((await User.order('name', 'desc').first())?.name).toBe('Eve_100%');
      expect((await User.order('name', 'desc').last())?.name).toBe('Ada');
      expect((await User.order(sql`length(name)`, 'desc').order('id').last())?.name).toBe('Dan');
      expect((await User.order('id').limit(3).last())?.name).toBe('Cyd');
      expect(await names(User.order('id').limit(3).last(2))).toEqual(['Bob', 'Cyd']);
      expect(await names(User.order('id').limit(1).first(3))).toEqual(['Ada']);
      expect(await names(User.order('id').offset(4).last(3))).toEqual(['Eve_100%']);
      expect((await User.where({ name: 'Bob' }).take())?.name).toBe('Bob');
      expect(await User.take(2)).toHaveLength(2);
      expect([
        await User.where({ name: 'x' }).first(),
        await User.where({ name: 'x' }).last(),
        await User.where({ name: 'x' }).take(),
      ]).toEqual([null, null, null]);
      expect(await User.first(0)).toEqual([]);
      expect((await errorBeforeSending(() => User.first(-1))).code).toBe('AR_QUERY_INVALID');
    });

    it('do not turn around an order that is one piece of SQL', async () => {
      for (const order of [sql`name DESC`, sql`age, name`, sql`age desc nulls last`]) {
        expect((await errorBeforeSending(() => User.order(order).last())).code).toBe('AR_QUERY_INVALID');
      }
      expect((await User.order(sql`coalesce(age, 0)`).order('name').last())?.name).toBe('Eve_100%');
    });
  });

  describe('find and exists', () => {
    it('find by conditions, or give null', async () => {
      expect((await User.findBy({ age: 17, name: 'Cyd' }))?.name).toBe('Cyd');
      expect(await User.findBy({ name: 'x' })).toBeNull();
      expect((await User.where({ age: 17 }).order('name', 'desc').findBy(sql`1 = 1`))?.name).toBe('Cyd');
    });

    it('tell whether there is any', async () => {
      expect([await User.exists(), await User.exists({ name: 'Ada' }), await User.exists({ name: 'x' })]).toEqual([
        true,
        true,
        false,
      ]);
      expect(await User.where({ age: 17 }).exists({ name: 'Ada' })).toBe(false);
      expect([await User.limit(0).exists(), await User.offset(5).exists(), await User.offset(4).exists()]).toEqual([
        false,
        false,
        true,
      ]);
    });
  });
});
