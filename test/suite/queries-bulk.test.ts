import { BaseModel, column, connections, gt, not, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(20),
  age: column.integer().nullable(),
  visits: column.integer().default(0),
  email: column.string().nullable().unique(),
  price: column.decimal(10, 2).nullable(),
  ...column.timestamps(),
}) {}
class Link extends BaseModel.with({ from: column.integer().primaryKey(), to: column.integer().primaryKey() }) {}
class Counter extends BaseModel.with({ id: column.id() }) {}

describeModels('bulk writes', [User, Link, Counter], ({ dialect }) => {
  emptyBeforeEach('users', 'links', 'counters');
  const longAgo = new Date('2020-01-01T00:00:00Z');

  it('insert thousands of rows in few statements, all or none', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => ({ name: `user ${index}`, email: `${index}` }));
    let count = 0;
    const statements = await statementsOf(async () => {
      ({ count } = await User.insertAll(rows));
    });
    expect(count).toBe(2_500);
    expect(statements.filter((each) => each.startsWith('INSERT'))).toHaveLength(3);
    expect(await User.count()).toBe(2_500);
    expect(await User.order('id').limit(2).pluck('name', 'visits', 'age')).toEqual([
      ['user 0', 0, null],
      ['user 1', 0, null],
    ]);
    const again = rows.map((row, index) => ({ ...row, email: index === 2_400 ? '7' : `new ${index}` }));
    expect((await errorOf(() => User.insertAll(again))).code).toBe('AR_NOT_UNIQUE');
    expect(await User.count()).toBe(2_500);
  });

  it('insert rows with different attributes, keys given or not, and timestamps', async () => {
    const before = Date.now();
    await User.insertAll([
      { name: 'a', age: 5 },
      { name: 'b', visits: 3, createdAt: longAgo },
      { id: 5_000, name: 'c' },
      { name: 'd', age: null },
    ]);
    const rows = await User.order('name');
    expect(rows.map((row) => [row.name, row.age, row.visits])).toEqual([
      ['a', 5, 0],
      ['b', null, 3],
      ['c', null, 0],
      ['d', null, 0],
    ]);
    expect(rows[2]?.id).toBe(5_000);
    expect(rows[1]?.createdAt).toEqual(longAgo);
    expect(rows[0]?.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect((await User.insertAll([{ id: null, name: 'e' } as never, { id: 6_000, name: 'f' }])).count).toBe(2);
    expect((await User.insertAll([])).count).toBe(0);
    expect((await Counter.insertAll([{}, {}])).count).toBe(2);
  });

  it('insert nothing where a row is wrong, and say which', async () => {
    const cases: [object[], string][] = [
      [[{ name: 'a' }, { age: 1 }], 'row 1 has no value for User.name'],
      [[{ name: 'a' }, { name: null }], 'row 1 has no value for User.name'],
      [[{ name: 'x'.repeat(21) }], 'User.name is too long'],
      [[{ name: 'a', age: 'x' }], 'User.age takes a whole number'],
      [[{ name: 'a', nope: 1 }], 'no attribute "nope"'],
    ];
    for (const [rows, message] of cases) {
      expect((await errorBeforeSending(() => User.insertAll(rows as never))).message).toContain(message);
    }
    for (const rows of [null, {}, 'x', [1], [null], [[]]]) {
      expect((await errorBeforeSending(() => User.insertAll(rows as never))).code).toBe('AR_QUERY_INVALID');
    }
    expect((await errorBeforeSending(() => User.where({ name: 'x' }).insertAll([]))).code).toBe('AR_QUERY_INVALID');
  });

  it('update rows with values and with SQL, and say how many were met', async () => {
    await User.insertAll(['a', 'b', 'c'].map((name, index) => ({ name, age: index * 10, updatedAt: longAgo })));
    expect(await User.where({ age: gt(5) }).updateAll({ visits: sql`visits + ${2}`, price: '1.5' })).toBe(2);
    expect(await User.order('id').pluck('visits', 'price')).toEqual([
      [0, null],
      [2, '1.50'],
      [2, '1.50'],
    ]);
    const stamps = await User.order('id').pluck('updatedAt');
    expect(stamps.map((stamp) => stamp.getTime() > longAgo.getTime())).toEqual([false, true, true]);
    expect(
      await User.where({ name: 'a' }).updateAll({ visits: 0, updatedAt: longAgo }),
      'met, though nothing differs',
    ).toBe(1);
    expect((await User.findBy({ name: 'a' }))?.updatedAt).toEqual(longAgo);
    expect(await User.where({ name: 'x' }).updateAll({ visits: 1 })).toBe(0);
  });

  it('update and delete no more rows than a limit allows, in the order given', async () => {
    await User.insertAll(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })));
    expect(await User.order('name', 'desc').limit(2).updateAll({ visits: 9 })).toBe(2);
    expect(await User.where({ visits: 9 }).order('name').pluck('name')).toEqual(['d', 'e']);
    expect(await User.where({ visits: 0 }).order('name').offset(1).limit(1).deleteAll()).toBe(1);
    expect(await User.order('name').pluck('name')).toEqual(['a', 'c', 'd', 'e']);
    expect(await User.where({ visits: 0 }).order('name').offset(1).deleteAll()).toBe(1);
    expect(await User.order('name').limit(0).deleteAll()).toBe(0);
    expect(await User.order('name').pluck('name')).toEqual(['a', 'd', 'e']);
    expect((await errorBeforeSending(() => Link.limit(1).deleteAll())).code).toBe('AR_CAPABILITY_MISSING');
  });

  it('ask to be told when every row is meant', async () => {
    await User.insertAll([{ name: 'a' }, { name: 'b' }]);
    const everything = [
      User.all(),
      User.where({}),
      User.where({}).where({}),
      User.order('name'),
      User.where({ id: not([]) }),
      User.offset(1),
      User.distinct(),
    ];
    for (const query of everything) {
      expect((await errorBeforeSending(() => query.deleteAll())).code).toBe('AR_EVERY_ROW');
      expect((await errorBeforeSending(() => query.updateAll({ age: 1 }))).code).toBe('AR_EVERY_ROW');
    }
    for (const options of [{}, { everyRow: false }, { everyRow: 1 }, true, Object.create({ everyRow: true })]) {
      expect((await errorBeforeSending(() => User.deleteAll(options as never))).code).toBe('AR_EVERY_ROW');
    }
    expect(await User.where({ id: [] }).deleteAll()).toBe(0);
    expect(await User.updateAll({ age: 1 }, { everyRow: true })).toBe(2);
    expect(await User.deleteAll({ everyRow: true })).toBe(2);
  });

  it('refuse updates that say nothing, or something wrong', async () => {
    const query = User.where({ id: 1 });
    for (const values of [{}, null, [], 'x', { age: { visits: 1 } }, { age: undefined }]) {
      expect((await errorBeforeSending(() => query.updateAll(values as never))).code).toMatch(
        /^AR_(QUERY|VALUE)_INVALID$/,
      );
    }
    expect((await errorBeforeSending(() => query.updateAll({ agee: 1 } as never))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
    await User.insertAll([{ id: 1, name: 'a' }]);
    expect((await errorOf(() => query.updateAll({ name: null as never }))).code).toBe('AR_NOT_NULL');
  });

  it('never write a column that the database computes', async () => {
    // PostgreSQL before 18 and MariaDB know STORED only.
    const type = dialect === 'sqlite' ? 'TEXT' : 'VARCHAR(40)';
    await connections
      .get()
      .execute(
        sql`CREATE TABLE greetings (id INTEGER PRIMARY KEY, name VARCHAR(20), greeting ${sql.unsafe(type)} GENERATED ALWAYS AS (UPPER(name)) STORED)`,
      );
    class Greeting extends BaseModel {
      declare id: number;
      declare name: string;
      declare greeting: string;
    }
    const made = await Greeting.create({ id: 1, name: 'ada' });
    expect(made.greeting).toBe('ADA');
    await Greeting.insertAll([{ id: 2, name: 'bob' }]);
    expect(await Greeting.order('id').pluck('greeting')).toEqual(['ADA', 'BOB']);
    await made.update({ name: 'eve' });
    expect((await made.reload()).greeting).toBe('EVE');
    for (const write of [
      () => made.assign({ greeting: 'x' }),
      () => Greeting.where({ id: 1 }).updateAll({ greeting: 'x' }),
      () => Greeting.insertAll([{ id: 3, greeting: 'x' }]),
    ]) {
      expect((await errorBeforeSending(write)).code).toBe('AR_QUERY_INVALID');
    }
  });
});
