import { inspect } from 'node:util';
import { BaseModel, column, connections, gt, sql } from 'active-record-ts';
import { beforeAll, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  password: column.string().nullable().sensitive(),
}) {}

describeModels('sql templates', [User], () => {
  beforeAll(async () => {
    await User.insertAll([{ name: 'Ada', age: 36 }, { name: "O'Neil \\", age: 17 }, { name: 'Cyd' }]);
  });
  const query = (statement: Parameters<ReturnType<typeof connections.get>['query']>[0]) =>
    connections.get().query(statement);

  it('bind their values, whatever is in them', async () => {
    for (const name of [
      "O'Neil \\",
      '; DROP TABLE users',
      "' OR 1=1 --",
      '?',
      '$1',
      ':name',
      '"',
      '`',
      '\\',
      '{x}',
      '😀',
    ]) {
      const found = await User.where(sql`name = ${name}`).pluck('name');
      expect(found).toEqual(name.startsWith('O') ? [name] : []);
    }
    const rows = await query(sql`SELECT name FROM users WHERE age > ${20} AND age < ${40n}`);
    expect(rows).toEqual([{ name: 'Ada' }]);
  });

  it('nest, and take lists and names', async () => {
    const old = sql`age > ${30}`;
    const unknown = sql`age IS NULL`;
    expect(await User.where(sql`${old} OR ${unknown}`).order('id').pluck('name')).toEqual(['Ada', 'Cyd']);
    expect(
      await User.where(sql`name IN ${['Ada', 'Cyd', 'x']}`)
        .order('id')
        .pluck('name'),
    ).toEqual(['Ada', 'Cyd']);
    expect(await User.where(sql`name IN ${[]}`).count()).toBe(0);
    expect(await User.where(sql`${sql.name('users', 'name')} = ${'Ada'}`).count()).toBe(1);
    expect(await User.where(sql`name = ${'Ada'}`).where(sql`1 = 1 OR 1 = 1`).where({ age: 36 }).count()).toBe(1);
    expect(
      (
        await query(
          sql`SELECT ${sql.name('odd "`name')}.${sql.name('name')} AS n FROM users AS ${sql.name('odd "`name')} WHERE age = ${17}`,
        )
      )[0]?.n,
    ).toBe("O'Neil \\");
  });

  it('stand where a value of a column would', async () => {
    expect(await User.where({ age: sql`age * 0 + ${36}` }).pluck('name')).toEqual(['Ada']);
    expect(await User.where({ age: gt(sql`20 + 1` as never) }).pluck('name')).toEqual(['Ada']);
    expect(await User.where({ name: [] }).where(sql`1 = 1`).count()).toBe(0);
  });

  it('put in text as it stands only where it is called unsafe', async () => {
    expect(await User.order(sql.unsafe('name DESC')).limit(1).pluck('name')).toEqual(["O'Neil \\"]);
    expect(await query(sql`SELECT ${sql.unsafe('1 + 1')} AS two`)).toHaveLength(1);
    expect((await errorBeforeSending(() => sql.unsafe(5 as never))).code).toBe('AR_QUERY_INVALID');
  });

  it('refuse values that have no form in SQL, before anything is sent', async () => {
    for (const value of [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      {},
      { raw: ['1=1'] },
      () => 1,
      Symbol('x'),
      new Date(),
      [[1]],
      [undefined],
      gt(1),
      '\ud800',
    ]) {
      expect((await errorBeforeSending(() => sql`age = ${value}`)).code).toMatch(/^AR_(VALUE|QUERY)_INVALID$/);
    }
    for (const text of ['1=1', ['1=1'], { raw: ['1=1'] }, JSON.parse('{"0":"1=1","length":1,"raw":["1=1"]}')]) {
      expect((await errorBeforeSending(() => (sql as (text: unknown) => unknown)(text))).code).toBe('AR_QUERY_INVALID');
    }
    for (const name of ['', 'a\0b', '\ud800', 'x'.repeat(2000)]) {
      expect((await errorBeforeSending(() => query(sql`SELECT ${sql.name(name)}`))).code).toBe('AR_QUERY_INVALID');
    }
  });

  it('are the only statements that a connection takes', async () => {
    for (const statement of [
      'SELECT 1',
      { sql: 'SELECT 1' },
      ['SELECT 1'],
      JSON.parse(JSON.stringify(sql`SELECT 1`)),
    ]) {
      expect((await errorBeforeSending(() => query(statement as never))).code).toBe('AR_QUERY_INVALID');
    }
  });

  it('write as well as read', async () => {
    const { affectedRows } = await connections
      .get()
      .execute(sql`UPDATE users SET age = age + ${1} WHERE age IS NOT NULL`);
    expect(affectedRows).toBe(2);
    expect(await User.where({ name: 'Ada' }).pluck('age')).toEqual([37]);
    expect((await errorOf(() => query(sql`SELECT nope FROM users`))).code).toBe('AR_COLUMN_MISSING');
    expect((await errorOf(() => query(sql`SELEKT 1`))).code).toBe('AR_STATEMENT_SYNTAX');
  });

  it('of sensitive columns keep their values out of errors', async () => {
    await connections.get().execute(sql`ALTER TABLE users RENAME COLUMN name TO other`);
    try {
      const error = await errorOf(() => User.where({ password: 'hunter2', name: 'x' }));
      expect(error.code).toBe('AR_COLUMN_MISSING');
      expect(error.binds).toEqual(['[hidden]', 'x']);
      expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
    } finally {
      await connections.get().execute(sql`ALTER TABLE users RENAME COLUMN other TO name`);
    }
  });
});
