import { BaseModel, column, gt, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { statementOf } from '../../lib/relation/subquery.ts';
import { compile } from '../../lib/sql/compile.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';

class Note extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  meta: column.json<{ a: { b: number } }>().nullable(),
}) {}

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};
type Texts = Readonly<Record<keyof typeof dialects, string>>;

/** The text in each dialect; names are quoted by each in its own way, which is taken out here. */
function expectSql(query: unknown, expected: Texts): void {
  for (const [name, dialect] of Object.entries(dialects)) {
    const { sql: text } = compile(statementOf(query as Parameters<typeof statementOf>[0]), dialect);
    expect(text.replace(/[`"]/g, ''), name).toBe(Reflect.get(expected, name));
  }
}
const all = (text: string): Texts => ({
  mysql: text,
  mariadb: text,
  postgres: text.replace(/\?/g, () => '?'),
  sqlite: text,
});
const ids = Note.all().select('id');

it('writes the order of NULL in words, or as an expression', () => {
  const standard = 'SELECT id FROM notes ORDER BY title DESC NULLS LAST';
  const emulated = 'SELECT id FROM notes ORDER BY title IS NULL, title DESC';
  const texts = { mysql: emulated, mariadb: emulated, postgres: standard, sqlite: standard };
  expectSql(ids.order('title', 'desc', { nulls: 'last' }), texts);
});

it('writes row locks', () => {
  const plain = 'SELECT id FROM notes';
  expectSql(ids.lock(), {
    mysql: `${plain} FOR UPDATE`,
    mariadb: `${plain} FOR UPDATE`,
    postgres: `${plain} FOR UPDATE`,
    sqlite: plain,
  });
  const share = `${plain} FOR SHARE`;
  expectSql(ids.lock('share'), {
    mysql: share,
    mariadb: `${plain} LOCK IN SHARE MODE`,
    postgres: share,
    sqlite: plain,
  });
  expect(() => compile(statementOf(ids.lock('update', { noWait: true }) as never), sqliteDialect)).toThrow(
    /no locked rows/,
  );
});

it('writes set operations without parentheses, and members with a limit as subqueries', () => {
  const first = 'SELECT id FROM notes';
  expectSql(
    ids.union(ids.order('id').limit(1) as never),
    all(`SELECT id FROM (${first} UNION SELECT id FROM (${first} ORDER BY id LIMIT 1) AS member) AS notes`),
  );
});

it('qualifies columns only where a join needs it', () => {
  const on = sql`t.note_id = notes.id`;
  expectSql(
    ids.leftJoins(['tags', 't'], on).order('title'),
    all('SELECT notes.id FROM notes LEFT JOIN tags AS t ON t.note_id = notes.id ORDER BY notes.title'),
  );
});

it('looks into JSON with a bound path and a check of the type', () => {
  const query = ids.whereJson('meta', ['a', 'b'], gt(1));
  const extract = 'JSON_EXTRACT(meta, ?)';
  const mysql = `SELECT id FROM notes WHERE CASE WHEN JSON_TYPE(${extract}) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN JSON_UNQUOTE(${extract}) + 0e0 END > ?`;
  expectSql(query, {
    mysql,
    mariadb: mysql,
    postgres:
      "SELECT id FROM notes WHERE CASE WHEN jsonb_typeof(((meta -> $1::text) -> $2::text)) = 'number' THEN ((meta -> $3::text) ->> $4::text)::numeric END > $5",
    sqlite:
      "SELECT id FROM notes WHERE CASE WHEN json_type(meta, ?) IN ('integer', 'real') THEN json_extract(meta, ?) END > ?",
  });
});
