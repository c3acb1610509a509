import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DriverConnection } from '../../lib/adapters/contract.ts';
import { sqliteAdapter } from '../../lib/adapters/sqlite/adapter.ts';
import { sqliteRebuild } from '../../lib/adapters/sqlite/rebuild.ts';
import { tableItems } from '../../lib/adapters/sqlite/table-text.ts';
import type { ColumnSpec, DdlOperation } from '../../lib/sql/ddl/spec.ts';
import type { StorageType } from '../../lib/types/column-type.ts';
import { decimalType } from '../../lib/types/decimal.ts';
import { integerType } from '../../lib/types/numbers.ts';
import { datetimeType } from '../../lib/types/temporal.ts';
import { enumType, longTextType, stringType } from '../../lib/types/text.ts';
import type { Scalar } from '../../lib/types/type.ts';
import { send, sqliteConfig, sqliteDrivers } from './adapter-support.ts';

function spec(name: string, type: StorageType, more: Partial<ColumnSpec> = {}): ColumnSpec {
  return { name, type, nullable: true, default: undefined, comment: undefined, collation: undefined, ...more };
}

const change = (table: string, column: ColumnSpec): DdlOperation => ({ kind: 'changeColumn', table, column });
const foreignKey = (table: string, column: string, toTable: string): DdlOperation => ({
  kind: 'addForeignKey',
  foreignKey: {
    name: `fk_${table}_${column}`,
    table,
    columns: [column],
    toTable,
    toColumns: ['id'],
    onDelete: 'cascade',
    onUpdate: undefined,
  },
});

describe.each(sqliteDrivers)('rebuilding a table with %s', (driver) => {
  let connection: DriverConnection;
  const run = (sql: string, binds: readonly Scalar[] = []) => send(connection, sql, binds);
  const rows = async (sql: string, binds: readonly Scalar[] = []) =>
    (await run(sql, binds)).rows.map((row) => ({ ...row }));
  /** As its caller does: keys are off around the transaction. */
  async function rebuild(operation: DdlOperation): Promise<void> {
    await run('PRAGMA foreign_keys = OFF');
    await run('BEGIN IMMEDIATE');
    try {
      await sqliteRebuild.apply(connection, operation);
      await run('COMMIT');
    } catch (error) {
      await run('ROLLBACK');
      throw error;
    } finally {
      await run('PRAGMA foreign_keys = ON');
    }
  }
  const textOf = async (table: string) =>
    String((await rows('SELECT sql FROM sqlite_master WHERE name = ?', [table]))[0]?.sql);
  const schema = () =>
    rows("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name");

  beforeEach(async () => {
    connection = await sqliteAdapter.connect(sqliteConfig(':memory:', { driver }), 'write');
    await run('CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)');
    await run("INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob')");
    await run(`CREATE TABLE posts (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key, which stays
      "title, or (name" VARCHAR(10) NOT NULL DEFAULT 'it''s, (so' CHECK ("title, or (name" <> ';'),
      status TEXT NOT NULL CONSTRAINT chk_posts_status CHECK (status IN ('a', 'b')) CONSTRAINT other CHECK (length(status) < 9),
      code INTEGER CONSTRAINT unique_code UNIQUE,
      twice INTEGER GENERATED ALWAYS AS (code * 2) STORED,
      user_id BIGINT,
      parent_id BIGINT REFERENCES posts (id), /* itself */
      CHECK (posts.code > 0) -- the last
    )`);
    await run('CREATE INDEX posts_user ON posts (user_id, code) WHERE code > 1');
    await run('CREATE TABLE log (t TEXT)');
    await run(
      "CREATE TRIGGER posts_insert AFTER INSERT ON posts BEGIN INSERT INTO log VALUES ('new; ' || NEW.id); END",
    );
    await run('CREATE TRIGGER users_delete AFTER DELETE ON users BEGIN DELETE FROM posts WHERE user_id = OLD.id; END');
    await run('CREATE VIEW post_codes AS SELECT id, code FROM posts');
    await run(
      'CREATE TABLE comments (id INTEGER PRIMARY KEY, post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE)',
    );
    await run(
      "INSERT INTO posts (id, \"title, or (name\", status, code, user_id) VALUES (3, 'x', 'a', 5, 1), (7, 'y', 'b', 6, 2), (9, 'z', 'a', 8, 2)",
    );
    await run('INSERT INTO comments VALUES (1, 3), (2, 7)');
    await run('DELETE FROM posts WHERE id = 9');
  });
  afterEach(() => connection.destroy());

  it('changes a column, and keeps everything that the change says nothing about', async () => {
    const before = await schema();
    const data = await rows('SELECT rowid AS r, * FROM posts');
    await rebuild(change('POSTS', spec('Title, OR (name', stringType(99), { nullable: false, default: "it's" })));
    expect(await rows('SELECT rowid AS r, * FROM posts')).toEqual(
      data.map(({ 'title, or (name': title, ...row }) => ({ ...row, 'Title, OR (name': title })),
    );
    await rebuild(change('posts', spec('title, or (name', stringType(20), { nullable: false, default: "it''s" })));
    expect(await rows('SELECT rowid AS r, * FROM posts')).toEqual(data);
    const text = await textOf('posts');
    expect(text).toContain(
      `"title, or (name" VARCHAR(20) NOT NULL DEFAULT 'it''''s' CHECK ("title, or (name" <> ';'),`,
    );
    expect(text).toContain('-- the key, which stays');
    expect(text).toContain('/* itself */');
    const untouched = ({ name }: Record<string, unknown>) => name !== 'posts';
    expect((await schema()).filter(untouched)).toEqual(before.filter(untouched));
  });

  it('keeps the counter of ids, rules, triggers, views and references at work', async () => {
    await rebuild(change('posts', spec('status', longTextType, { nullable: false })));
    await run('INSERT INTO posts (status, code) VALUES (?, ?)', ['anything', 20]);
    expect(await rows('SELECT id, twice FROM posts ORDER BY id DESC LIMIT 1')).toEqual([{ id: 10, twice: 40 }]);
    expect((await rows('SELECT t FROM log')).at(-1)).toEqual({ t: 'new; 10' });
    expect(await rows('SELECT code FROM post_codes WHERE id = 10')).toEqual([{ code: 20 }]);
    await expect(run("INSERT INTO posts (status, code) VALUES ('a', 20)")).rejects.toThrow(
      'UNIQUE constraint failed: posts.code',
    );
    await expect(run("INSERT INTO posts (status, code) VALUES ('a', -1)")).rejects.toThrow(
      'CHECK constraint failed: posts.code > 0',
    );
    await expect(run("INSERT INTO posts (status) VALUES ('far too long')")).rejects.toThrow(
      'CHECK constraint failed: other',
    );
    await expect(run("INSERT INTO posts (status, parent_id) VALUES ('a', 99)")).rejects.toThrow('FOREIGN KEY');
    await run('DELETE FROM posts WHERE id = 3');
    expect(await rows('SELECT id FROM comments')).toEqual([{ id: 2 }]);
    await run('DELETE FROM users WHERE id = 2');
    expect(await rows('SELECT id FROM posts WHERE id = 7')).toEqual([]);
  });

  it('keeps the counter of an empty table', async () => {
    await run('DELETE FROM comments');
    await run('DELETE FROM posts');
    await rebuild(change('posts', spec('code', integerType('integer'))));
    await run("INSERT INTO posts (status) VALUES ('a')");
    expect(await rows('SELECT id FROM posts')).toEqual([{ id: 10 }]);
  });

  it("replaces the check of an enum with the new type's", async () => {
    await rebuild(change('posts', spec('status', enumType(['a', 'b', 'c']), { nullable: false })));
    await run("INSERT INTO posts (status) VALUES ('c')");
    await expect(run("INSERT INTO posts (status) VALUES ('d')")).rejects.toThrow('chk_posts_status');
    expect((await textOf('posts')).match(/chk_posts_status/g)).toHaveLength(1);
    expect(await textOf('posts')).toContain('CONSTRAINT other CHECK (length(status) < 9)');
  });

  it('adds and removes a foreign key', async () => {
    const before = await textOf('posts');
    await rebuild(foreignKey('posts', 'user_id', 'users'));
    expect(await sqliteAdapter.introspection.foreignKeys(connection, 'posts')).toContainEqual({
      name: 'fk_posts_user_id',
      columns: ['user_id'],
      toTable: 'users',
      toColumns: ['id'],
      onDelete: 'cascade',
    });
    await expect(run("INSERT INTO posts (status, user_id) VALUES ('a', 99)")).rejects.toThrow('FOREIGN KEY');
    await rebuild({ kind: 'removeForeignKey', table: 'posts', name: 'fk_posts_user_id' });
    expect(await textOf('posts')).toBe(before);
    await rebuild({ kind: 'removeForeignKey', table: 'posts', name: 'fk_posts_parent_id' });
    expect(await sqliteAdapter.introspection.foreignKeys(connection, 'posts')).toEqual([]);
    expect(await textOf('posts')).toContain('parent_id BIGINT, /* itself */');
  });

  it('refuses a foreign key that rows break, and changes nothing', async () => {
    await run('UPDATE posts SET user_id = 50 WHERE id = 7');
    const before = await schema();
    await expect(rebuild(foreignKey('posts', 'user_id', 'users'))).rejects.toMatchObject({
      code: 'AR_FOREIGN_KEY',
      constraint: 'fk_posts_user_id',
      columns: ['user_id'],
      message: expect.stringContaining('1 row of "posts"'),
    });
    expect(await schema()).toEqual(before);
  });

  it('removes a column with its indexes and keys', async () => {
    await run('DROP VIEW post_codes');
    await run('ALTER TABLE posts ADD COLUMN extra INTEGER');
    await run('CREATE INDEX posts_extra ON posts (extra)');
    await run('CREATE TABLE pairs (a INTEGER, b INTEGER, c TEXT, PRIMARY KEY (a, b), UNIQUE (b, c)) WITHOUT ROWID');
    await run("INSERT INTO pairs VALUES (1, 2, 'x')");
    await rebuild({ kind: 'removeColumn', table: 'posts', column: 'extra' });
    await rebuild({ kind: 'removeColumn', table: 'posts', column: 'user_id' }).catch((error) => {
      // The trigger of another table names the column.
      expect(String(error)).toContain('users_delete');
    });
    await run('DROP TRIGGER users_delete');
    await rebuild({ kind: 'removeColumn', table: 'posts', column: 'user_id' });
    await rebuild({ kind: 'removeColumn', table: 'posts', column: 'parent_id' });
    await rebuild({ kind: 'removeColumn', table: 'pairs', column: 'c' });
    const columns = (await rows("SELECT name FROM pragma_table_xinfo('posts')")).map(({ name }) => name);
    expect(columns).toEqual(['id', 'title, or (name', 'status', 'code', 'twice']);
    expect(await rows('SELECT id, code FROM posts ORDER BY id')).toEqual([
      { id: 3, code: 5 },
      { id: 7, code: 6 },
    ]);
    expect((await schema()).map(({ name }) => name)).not.toContain('posts_user');
    expect(await textOf('pairs')).toBe('CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID');
  });

  it('removes a plain column also while keys are enforced', async () => {
    await sqliteRebuild.apply(connection, { kind: 'removeColumn', table: 'users', column: 'name' });
    expect(await rows('SELECT * FROM users')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('refuses what would break a view or trigger', async () => {
    const before = await schema();
    await expect(rebuild({ kind: 'removeColumn', table: 'posts', column: 'code' })).rejects.toThrow();
    await run('CREATE VIEW statuses AS SELECT status FROM posts');
    await expect(rebuild({ kind: 'removeColumn', table: 'posts', column: 'status' })).rejects.toThrow('statuses');
    await run('DROP VIEW statuses');
    expect(await schema()).toEqual(before);
    expect(await rows('PRAGMA legacy_alter_table')).toEqual([{ legacy_alter_table: 0 }]);
  });

  it('goes on where a view was broken before', async () => {
    await run('CREATE VIEW broken AS SELECT nope FROM nowhere');
    await rebuild(change('posts', spec('code', integerType('smallint'))));
    expect(await textOf('broken')).toContain('nope');
  });

  it('names the right table where rows do not fit', async () => {
    const before = await schema();
    await expect(rebuild(change('posts', spec('parent_id', integerType('key'), { nullable: false })))).rejects.toThrow(
      'NOT NULL constraint failed: posts.parent_id',
    );
    expect(await schema()).toEqual(before);
  });

  it('keeps row ids that are no column', async () => {
    await run('CREATE TABLE loose (rowid TEXT, v TEXT)');
    await run("INSERT INTO loose (_rowid_, rowid, v) VALUES (5, 'a', 'b'), (70, 'c', 'd')");
    await rebuild(change('loose', spec('v', stringType(5))));
    expect(await rows('SELECT _rowid_ AS r, v FROM loose')).toEqual([
      { r: 5, v: 'b' },
      { r: 70, v: 'd' },
    ]);
  });

  it('loses no row to what constraints say of conflicts', async () => {
    await run('CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE, b INTEGER UNIQUE ON CONFLICT IGNORE)');
    await run("INSERT INTO t VALUES ('x', 1), ('X', 2)");
    await expect(rebuild(change('t', spec('a', longTextType, { collation: 'NOCASE' })))).rejects.toMatchObject({
      code: 'AR_NOT_UNIQUE',
    });
    expect(await rows('SELECT * FROM t')).toHaveLength(2);
  });

  it('keeps what ANALYZE has found out, of indexes that are still over the same columns', async () => {
    await run('CREATE TABLE t (a, b, CONSTRAINT one UNIQUE (a), CONSTRAINT other UNIQUE (b))');
    await run('CREATE INDEX both ON t (a, b)');
    await run('INSERT INTO t VALUES (1, 1), (2, 2)');
    await run('ANALYZE');
    const known = () => rows("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 't' ORDER BY idx");
    const before = await known();
    await rebuild({ kind: 'changeColumnNull', table: 't', column: 'a', nullable: false, definition: undefined });
    expect(await known()).toEqual(before);
    await rebuild({ kind: 'removeConstraint', table: 't', name: 'one', type: 'unique' });
    expect((await known()).map(({ idx }) => idx)).toEqual(['both']);
  });

  it('keeps the temporary triggers of the session, and leaves a temporary table alone', async () => {
    await run("CREATE TEMP TRIGGER seen AFTER INSERT ON main.users BEGIN INSERT INTO log VALUES ('seen'); END");
    await rebuild({ kind: 'changeColumnNull', table: 'users', column: 'name', nullable: false, definition: undefined });
    await run("INSERT INTO users (name) VALUES ('Cy')");
    expect(await rows("SELECT t FROM log WHERE t = 'seen'")).toHaveLength(1);
    await run('CREATE TEMP TABLE users (z)');
    await expect(rebuild(change('users', spec('name', stringType(9))))).rejects.toThrow(/temporary/);
    expect(await rows('SELECT count(*) AS n FROM main.users')).toEqual([{ n: 3 }]);
  });

  it('removes a column with its own of several constraints that no comma parts', async () => {
    await run(
      'CREATE TABLE t (a INT, b INT, c INT, PRIMARY KEY (a) FOREIGN KEY (b) REFERENCES users (id) CHECK (c > 0))',
    );
    await rebuild({ kind: 'removeColumn', table: 't', column: 'b' });
    expect(await textOf('t')).toBe('CREATE TABLE t (a INT, c INT, PRIMARY KEY (a) CHECK (c > 0))');
  });

  it('renames a unique constraint by its index, also where several share one', async () => {
    await run('CREATE TABLE t (a INT CONSTRAINT "first one" UNIQUE, CONSTRAINT second UNIQUE (a))');
    await rebuild({ kind: 'renameIndex', table: 't', from: 'first one', to: 'x"y' });
    await rebuild({ kind: 'renameIndex', table: 't', from: 'second', to: 'z' });
    expect(await textOf('t')).toBe('CREATE TABLE t (a INT CONSTRAINT "x""y" UNIQUE, CONSTRAINT "z" UNIQUE (a))');
    const indexes = await sqliteAdapter.introspection.indexes(connection, 't');
    expect(indexes.map(({ name, constraint }) => [name, constraint])).toEqual([
      ['x"y', true],
      ['z', true],
    ]);
    await expect(rebuild({ kind: 'renameIndex', table: 't', from: 'none', to: 'z' })).rejects.toMatchObject({
      code: 'AR_QUERY_INVALID',
    });
  });

  it('leaves no space behind that was not there', async () => {
    const text = 'CREATE TABLE t (a INT, b INT -- a comment\n)';
    await run(text);
    const ofNull = (column: string, nullable: boolean): DdlOperation => ({
      kind: 'changeColumnNull',
      table: 't',
      column,
      nullable,
      definition: undefined,
    });
    for (const column of ['a', 'b']) {
      await rebuild(ofNull(column, false));
      await rebuild(ofNull(column, true));
    }
    expect(await textOf('t')).toBe(text);
  });

  it('refuses a foreign key to columns that are not unique', async () => {
    await expect(
      rebuild({
        kind: 'addForeignKey',
        foreignKey: {
          name: 'to_name',
          table: 'log',
          columns: ['t'],
          toTable: 'users',
          toColumns: ['name'],
          onDelete: undefined,
          onUpdate: undefined,
        },
      }),
    ).rejects.toMatchObject({ code: 'AR_FOREIGN_KEY', hint: expect.stringContaining('unique') });
  });

  it('refuses to run while keys are enforced, or on what is no table', async () => {
    await expect(sqliteRebuild.apply(connection, change('posts', spec('code', longTextType)))).rejects.toMatchObject({
      code: 'AR_QUERY_INVALID',
    });
    await expect(rebuild(change('post_codes', spec('code', longTextType)))).rejects.toMatchObject({
      message: expect.stringContaining('view'),
    });
    await expect(rebuild(change('nope', spec('code', longTextType)))).rejects.toMatchObject({
      code: 'AR_TABLE_MISSING',
    });
    await expect(rebuild(change('posts', spec('nope', longTextType)))).rejects.toMatchObject({
      message: expect.stringContaining('"nope"'),
    });
    await expect(rebuild({ kind: 'removeForeignKey', table: 'posts', name: 'nope' })).rejects.toMatchObject({
      code: 'AR_QUERY_INVALID',
    });
  });

  describe('the values of a changed column', () => {
    const table = async (type: string, values: readonly Scalar[], more = '') => {
      await run(`CREATE TABLE t (id INTEGER PRIMARY KEY, v ${type})${more}`);
      for (const value of values) await run('INSERT INTO t (v) VALUES (?)', [value]);
    };
    const values = async () => (await rows('SELECT v FROM t ORDER BY id')).map(({ v }) => v);

    it('have as many digits of a second as the new type', async () => {
      await table('DATETIME_TEXT(3)', ['2026-11-20 10:15:00.123', null]);
      await rebuild(change('t', spec('v', datetimeType(6))));
      expect(await values()).toEqual(['2026-11-20 10:15:00.123000', null]);
      await rebuild(change('t', spec('v', datetimeType(0))));
      expect(await values()).toEqual(['2026-11-20 10:15:00', null]);
    });

    it('have the digits of a decimal', async () => {
      await table('DECIMAL(10, 2)', ['12.50', '3', '-0.25']);
      await rebuild(change('t', spec('v', decimalType(20, 4))));
      expect(await values()).toEqual(['12.5000', '3.0000', '-0.2500']);
      await rebuild(change('t', spec('v', decimalType(12, 2))));
      expect(await values()).toEqual([12.5, 3, -0.25]);
    });

    it('are turned from text to numbers and back, thousands of them', async () => {
      await table('TEXT', []);
      await run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO t (v) SELECT '00' || i FROM n",
      );
      await rebuild(change('t', spec('v', integerType('integer'))));
      expect(await rows("SELECT count(*) AS n, sum(v) AS s FROM t WHERE typeof(v) = 'integer'")).toEqual([
        { n: 2500, s: 3126250 },
      ]);
      await rebuild(change('t', spec('v', longTextType)));
      expect(await rows("SELECT count(*) AS n FROM t WHERE typeof(v) = 'text'")).toEqual([{ n: 2500 }]);
    });

    it('stop the change where the new type cannot hold them', async () => {
      await table('TEXT', ['1', 'one']);
      await expect(rebuild(change('t', spec('v', integerType('integer'))))).rejects.toMatchObject({
        code: 'AR_VALUE_INVALID',
        message: expect.stringContaining(`"t"."v" holds 'one' where rowid = 2`),
      });
      expect(await values()).toEqual(['1', 'one']);
    });

    it('are found by their key where there are no row ids', async () => {
      await run('CREATE TABLE t (a TEXT, id INTEGER, v DATETIME_TEXT(3), PRIMARY KEY (a, id)) WITHOUT ROWID');
      await run("INSERT INTO t VALUES ('x', 1, '2026-11-20 10:15:00.123'), ('x', 2, '2026-11-20 10:15:00.456')");
      await rebuild(change('t', spec('v', datetimeType(1))));
      expect(await values()).toEqual(['2026-11-20 10:15:00.1', '2026-11-20 10:15:00.4']);
    });
  });

  it('finds the columns of whatever table SQLite takes', async () => {
    const part = fc.string({ unit: fc.constantFrom(...'\'"`[](),;-/* xab\u{1F600}é'), minLength: 1, maxLength: 8 });
    const quoted = fc.oneof(
      part.map((text) => ({ text, sql: `"${text.replaceAll('"', '""')}"` })),
      part.map((text) => ({ text, sql: `\`${text.replaceAll('`', '``')}\`` })),
      part.filter((text) => !text.includes(']')).map((text) => ({ text, sql: `[${text}]` })),
    );
    const column = fc.tuple(quoted, part, part).map(([name, literal, comment]) => ({
      name: name.text,
      sql: `${name.sql} TEXT /*${comment.replaceAll('*', '')}*/ DEFAULT '${literal.replaceAll("'", "''")}' --${comment}\n`,
    }));
    const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 5, selector: ({ name }) => name.toLowerCase() });
    await fc.assert(
      fc.asyncProperty(columns, async (all) => {
        await run('DROP TABLE IF EXISTS odd');
        await run(`CREATE TABLE odd (${all.map(({ sql }) => sql).join(',')})`);
        const names = all.map(({ name }) => name);
        expect(tableItems(await textOf('odd')).map((item) => item.column)).toEqual(names);
        await run('INSERT INTO odd DEFAULT VALUES');
        const before = await rows('SELECT * FROM odd');
        await rebuild(change('odd', spec(names[0] ?? '', longTextType)));
        expect(await rows('SELECT * FROM odd')).toEqual(before);
        expect((await rows("SELECT name FROM pragma_table_info('odd')")).map(({ name }) => name)).toEqual(names);
      }),
      { numRuns: 60 },
    );
  });
});
