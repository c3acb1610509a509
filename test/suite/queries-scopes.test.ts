import { BaseModel, column, connections, gt, gte, like, not, type Query, sql } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeModels, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'member'], { scopes: true }).default('member'),
  tags: column.json<string[]>().nullable(),
}) {
  static scopes = {
    adults: (users: Query<typeof User>) => users.where({ age: gte(18) }),
    olderThan: (users: Query<typeof User>, age: number) => users.where({ age: gt(age) }),
    named: (users: Query<typeof User>, ...names: string[]) => users.where({ name: names }),
  };
}
class Admin extends User {
  static override scopes = { ...User.scopes, known: (users: Query<typeof User>) => users.where({ age: not(null) }) };
}

const people = [
  { name: 'Ada', age: 36, role: 'admin' },
  { name: 'Bob', age: 17 },
  { name: 'Cyd', age: 17 },
  { name: 'Dan', age: null },
  { name: 'Eve_100%', age: 80 },
] as const;

describeModels('scopes and relations', [User], ({ dialect }) => {
  beforeAll(async () => {
    await User.insertAll(people);
  });
  const names = (query: PromiseLike<User[]>) => query.then((users) => users.map((user) => user.name));

  describe('scopes', () => {
    it('take arguments, chain, and stay on every query', async () => {
      expect(await names(User.all().adults().order('name'))).toEqual(['Ada', 'Eve_100%']);
      expect(
        await names(
          User.where({ name: like('%a%') })
            .order('id')
            .limit(5)
            .olderThan(20)
            .adults(),
        ),
      ).toEqual(['Ada']);
      expect(await names(User.all().named('Bob', 'Dan').order('id'))).toEqual(['Bob', 'Dan']);
      expect(await User.all().adults().count()).toBe(2);
      expect((await User.all().select('id', 'name').adults().order('id').first())?.name).toBe('Ada');
    });

    it('come with an enum, and with a subclass', async () => {
      expect(await names(User.all().admin())).toEqual(['Ada']);
      expect(await User.all().member().count()).toBe(4);
      const users = await Admin.all().known().adults().admin();
      expect([users.length, users[0] instanceof Admin]).toEqual([1, true]);
    });

    it('have to return a query, and cannot be named like a method of one', async () => {
      class Odd extends User {
        static override scopes = { ...User.scopes, none: () => undefined as never };
      }
      expect((await errorOf(() => Odd.all().none())).code).toBe('AR_DEFINITION_INVALID');
      class Taken extends User {
        static override scopes = { ...User.scopes, where: (users: Query<typeof User>) => users };
      }
      expect((await errorOf(() => Taken.all())).code).toBe('AR_DEFINITION_INVALID');
    });
  });

  describe('a query', () => {
    it('is immutable', async () => {
      const base = User.where({ age: 17 });
      const before = base.toSQL();
      base.where({ name: 'Bob' }).order('name').limit(1).offset(1).distinct();
      base.select('id');
      expect(base.toSQL()).toEqual(before);
      expect(await base.count()).toBe(2);
    });

    it('is sent each time it is awaited, and only then', async () => {
      const statements = await statementsOf(async () => {
        const query = User.where({ age: 17 });
        await query;
        await query;
      });
      expect(statements).toHaveLength(2);
    });

    it('runs when it is returned from an async function', async () => {
      const grown = async () => User.all().adults();
      const users: User[] = await grown();
      expect(users).toHaveLength(2);
      expect(await User.where({ age: 17 }).then((all) => all.length)).toBe(2);
    });

    it('rejects like a promise', async () => {
      const bad = User.where(sql`no_such_column = 1`);
      expect((await errorOf(() => bad)).code).toBe('AR_COLUMN_MISSING');
      expect(await bad.then(undefined, () => 'handled')).toBe('handled');
    });

    it('runs beside others', async () => {
      const all = await Promise.all([
        ...people.map(({ name }) => User.findBy({ name })),
        User.count(),
        User.pluck('name'),
      ]);
      expect(all.slice(0, 5).map((user) => (user as User).name)).toEqual(people.map((each) => each.name));
    });

    it('says so when it is turned into JSON before it was awaited, and can be printed', async () => {
      expect((await errorOf(() => JSON.stringify({ users: User.all() }))).code).toBe('AR_NOT_LOADED');
      const { inspect } = await import('node:util');
      expect(inspect(User.all())).toBe('Relation(User, "users"; await it to send it)');
    });

    it('tells its SQL, with the values apart', () => {
      const { sql: text, binds } = User.where({ name: "x'; --", age: [1, 2] }).toSQL();
      expect(text).not.toContain('x');
      expect(binds).toEqual(["x'; --", 1, 2]);
      expect(connections.get().dialect.placeholder(0)).toBe(dialect === 'postgres' ? '$1' : '?');
    });
  });
});
