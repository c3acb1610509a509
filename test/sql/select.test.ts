import { describe, expect, it } from 'vitest';
import { BaseModel, between, column, gt, gte, like, not, sql } from '../../lib/index.ts';
import { attributesOf } from '../../lib/model/metadata.ts';
import { asModel } from '../../lib/model/model-class.ts';
import { ModelStatements } from '../../lib/record/statements.ts';
import { everything, type QueryState, selectStatement } from '../../lib/relation/query-state.ts';
import { orderPart, selectionPart } from '../../lib/relation/shape.ts';
import { wherePredicateOf } from '../../lib/relation/where.ts';
import { compile } from '../../lib/sql/compile.ts';
import type { Dialect } from '../../lib/sql/dialect.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';
import { databaseDefault, type Statement } from '../../lib/sql/nodes.ts';

class User extends BaseModel.with({
  id: column.id(),
  firstName: column.string(),
  age: column.integer().nullable(),
  active: column.boolean().default(true),
  price: column.decimal(10, 2).nullable(),
  settings: column.json().nullable(),
  token: column.uuid().nullable(),
  password: column.string().nullable().sensitive(),
}) {}
const attributes = attributesOf(asModel(User));
const uuid = '018f3a5e-7c1b-7def-8123-456789abcdef';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};
type Name = keyof typeof dialects;
const names = Object.keys(dialects) as Name[];

/** MySQL's quotes and marks, from which those of the others follow. */
function spelt(text: string, dialect: Dialect): string {
  let index = 0;
  return text.replaceAll('`', dialect.quoteCharacter).replaceAll('?', () => dialect.placeholder(index++));
}
const sqlOf = (statement: Statement, dialect: Dialect) => compile(statement, dialect).sql;
const select = (changes: Partial<QueryState>) =>
  selectStatement({ ...everything, ...changes }, attributes, [
    { expression: { kind: 'column', table: undefined, name: 'id' }, alias: undefined },
  ]);
const whereSql = (conditions: unknown, dialect: Dialect) =>
  sqlOf(select({ where: [wherePredicateOf(attributes, conditions)] }), dialect).replace(/^.* WHERE /, '');

describe.each(names)('SELECT for %s', (name) => {
  const dialect = dialects[name];
  const is = (text: string) => spelt(text, dialect);

  it('names every column', () => {
    expect(sqlOf(selectStatement(everything, attributes), dialect)).toBe(
      is('SELECT `id`, `first_name`, `age`, `active`, `price`, `settings`, `token`, `password` FROM `users`'),
    );
  });

  it('puts its parts in order', () => {
    const state: Partial<QueryState> = {
      where: [wherePredicateOf(attributes, { age: gte(18) }), wherePredicateOf(attributes, sql`a = ${1} OR b = ${2}`)],
      order: [orderPart(attributes, 'firstName', 'desc'), orderPart(attributes, sql`length(first_name)`, 'asc')],
      selection: selectionPart(attributes, ['id', { initial: sql`substr(first_name, ${1}, 1)` }]),
      distinct: true,
      limit: 10,
      offset: 5,
    };
    const { sql: text, binds, pieces } = compile(selectStatement({ ...everything, ...state }, attributes), dialect);
    expect(text).toBe(
      is(
        'SELECT DISTINCT `id`, substr(first_name, ?, 1) AS `initial` FROM `users` WHERE `age` >= ? AND (a = ? OR b = ?) ORDER BY `first_name` DESC, length(first_name) LIMIT 10 OFFSET 5',
      ),
    );
    expect(binds).toEqual([1, 18, 1, 2]);
    expect(pieces).toHaveLength(5);
  });

  it('has an endless limit where an offset needs one', () => {
    const limits = {
      mysql: ' LIMIT 18446744073709551615',
      mariadb: ' LIMIT 18446744073709551615',
      postgres: '',
      sqlite: ' LIMIT -1',
    };
    expect(sqlOf(select({ offset: 5 }), dialect)).toBe(is(`SELECT \`id\` FROM \`users\`${limits[name]} OFFSET 5`));
    expect(sqlOf(select({ limit: 0 }), dialect)).toBe(is('SELECT `id` FROM `users` LIMIT 0'));
  });

  it.each([
    [{ age: 5 }, '`age` = ?'],
    [{ age: null }, '`age` IS NULL'],
    [{ age: not(null) }, '`age` IS NOT NULL'],
    [{ age: not(5) }, '`age` <> ?'],
    [{ age: [] }, '1=0'],
    [{ age: not([]) }, '1=1'],
    [{ age: [1, 2] }, '`age` IN (?, ?)'],
    [{ age: [1, null] }, '`age` IN (?) OR `age` IS NULL'],
    [{ age: not([1, null]) }, '`age` NOT IN (?) AND `age` IS NOT NULL'],
    [{ age: [1, null], id: 1 }, '(`age` IN (?) OR `age` IS NULL) AND `id` = ?'],
    [{ age: gt(5) }, '`age` > ?'],
    [{ age: not(gt(5)) }, 'NOT (`age` > ?)'],
    [{ age: between(1, 2) }, '`age` BETWEEN ? AND ?'],
    [{ age: not(between(1, 2)) }, '`age` NOT BETWEEN ? AND ?'],
    [{ age: sql`1 + ${2}` }, '`age` = (1 + ?)'],
    [{ age: 2 ** 40 }, '`age` = (1099511627776)'],
    [{ id: 1, age: 2 }, '`id` = ? AND `age` = ?'],
    [{}, '1=1'],
    [sql`a = ${1}`, 'a = ?'],
  ])('writes the condition %#', (conditions, expected) => {
    expect(whereSql(conditions, dialect)).toBe(is(expected));
  });

  it('fills lists up to a power of two, so that few texts are prepared', () => {
    const length = (count: number) =>
      compile(
        select({ where: [wherePredicateOf(attributes, { age: Array.from({ length: count }, (_, index) => index) })] }),
        dialect,
      ).binds.length;
    expect([1, 2, 3, 5, 1000, 1024].map(length)).toEqual([1, 2, 4, 8, 1024, 1024]);
    expect(compile(select({ where: [wherePredicateOf(attributes, { age: [7, 8, 9] })] }), dialect).binds).toEqual([
      7, 8, 9, 9,
    ]);
  });

  it('says in its own words how patterns, documents and decimals are compared', () => {
    const suffix = name === 'sqlite' ? " ESCAPE '\\'" : '';
    expect(whereSql({ firstName: like('A%') }, dialect)).toBe(is(`\`first_name\` LIKE ?${suffix}`));
    expect(whereSql({ firstName: not(like('A%')) }, dialect)).toBe(is(`\`first_name\` NOT LIKE ?${suffix}`));
    const equal: Record<Name, [string, string]> = {
      mysql: ['`settings` = CAST(? AS JSON)', '`settings` <> CAST(? AS JSON)'],
      mariadb: [
        '(`settings` = ? OR JSON_EQUALS(`settings`, ?) = 1)',
        '(`settings` <> ? AND JSON_EQUALS(`settings`, ?) = 0)',
      ],
      postgres: ['`settings` = ?', '`settings` <> ?'],
      sqlite: ['json(`settings`) = json(?)', 'json(`settings`) <> json(?)'],
    };
    expect([whereSql({ settings: { a: 1 } }, dialect), whereSql({ settings: not({ a: 1 }) }, dialect)]).toEqual(
      equal[name].map(is),
    );
    const decimal = name === 'mysql' || name === 'mariadb' ? 'CAST(? AS DECIMAL(65, 2))' : '?';
    expect(whereSql({ price: '1.5' }, dialect)).toBe(is(`\`price\` = ${decimal}`));
  });

  it('binds values in the form of the database', () => {
    const binds = (conditions: object) =>
      compile(select({ where: [wherePredicateOf(attributes, conditions)] }), dialect).binds;
    expect(binds({ active: true })).toEqual([name === 'postgres' ? true : 1]);
    expect(binds({ token: uuid })).toEqual([name === 'mysql' ? Buffer.from(uuid.replaceAll('-', ''), 'hex') : uuid]);
    expect(binds({ price: 1.5 })).toEqual(['1.50']);
    expect(
      compile(select({ where: [wherePredicateOf(attributes, { age: 1, password: 'x' })] }), dialect).sensitive,
    ).toEqual([1]);
  });
});

describe.each(names)('writes for %s', (name) => {
  const dialect = dialects[name];
  const is = (text: string) => spelt(text, dialect);
  const statements = new ModelStatements(attributes, dialect);
  const [id, firstName, age] = attributes.all;
  if (id === undefined || firstName === undefined || age === undefined) throw new Error('the model has these columns');

  it('of single records have texts that come again', () => {
    expect(statements.find([1]).sql).toBe(
      is(
        'SELECT `id`, `first_name`, `age`, `active`, `price`, `settings`, `token`, `password` FROM `users` WHERE `id` = ? LIMIT 1',
      ),
    );
    expect(statements.find([2]).pieces).toBe(statements.find([1]).pieces);
    expect(statements.insert([firstName, age], ['Ada', 5], []).sql).toBe(
      is('INSERT INTO `users` (`first_name`, `age`) VALUES (?, ?)'),
    );
    expect(statements.insert([firstName], ['Ada'], [id]).sql).toBe(
      is('INSERT INTO `users` (`first_name`) VALUES (?) RETURNING `id`'),
    );
    expect(statements.update([age], [5, 1]).sql).toBe(is('UPDATE `users` SET `age` = ? WHERE `id` = ?'));
    expect(statements.delete([1]).sql).toBe(is('DELETE FROM `users` WHERE `id` = ?'));
  });

  it('of an empty row and of defaults', () => {
    const empty = {
      mysql: '() VALUES ()',
      mariadb: '() VALUES ()',
      postgres: 'DEFAULT VALUES',
      sqlite: 'DEFAULT VALUES',
    };
    expect(statements.insert([], [], []).sql).toBe(is(`INSERT INTO \`users\` ${empty[name]}`));
    const mixed = () =>
      sqlOf(
        {
          kind: 'insert',
          table: 'users',
          columns: ['id', 'age'],
          rows: [
            [1, 2],
            [databaseDefault, 3],
          ],
          sensitive: [],
          returning: [],
        },
        dialect,
      );
    if (name === 'sqlite') expect(mixed).toThrow('SQLite cannot mix given and default values');
    else expect(mixed()).toBe(is('INSERT INTO `users` (`id`, `age`) VALUES (?, ?), (DEFAULT, ?)'));
  });

  it('of many rows', () => {
    const where = wherePredicateOf(attributes, { age: gt(1) });
    expect(sqlOf({ kind: 'delete', table: 'users', where }, dialect)).toBe(is('DELETE FROM `users` WHERE `age` > ?'));
    expect(sqlOf({ kind: 'delete', table: 'users', where: undefined }, dialect)).toBe(is('DELETE FROM `users`'));
  });

  it('quote names, with the quote in them doubled', () => {
    const quoted = { mysql: '`a``"b`', mariadb: '`a``"b`', postgres: '"a`""b"', sqlite: '"a`""b"' };
    expect(sqlOf({ kind: 'delete', table: 'a`"b', where: undefined }, dialect)).toBe(`DELETE FROM ${quoted[name]}`);
    for (const table of ['', 'a\0b', '\ud800', 'x'.repeat(1001)]) {
      expect(() => sqlOf({ kind: 'delete', table, where: undefined }, dialect)).toThrow('cannot be a name');
    }
  });
});
