import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriverConnection } from '../../lib/adapters/contract.ts';
import { sqliteAdapter } from '../../lib/adapters/sqlite/adapter.ts';
import { keptGeneration } from '../../lib/adapters/sqlite/driver.ts';
import { KeptStatements } from '../../lib/adapters/sqlite/kept-statements.ts';
import type { Scalar } from '../../lib/types/type.ts';
import { type Folder, failure, send, sqliteConfig, sqliteDrivers, temporaryFolder } from './adapter-support.ts';

const [major = 0] = process.versions.node.split('.').map(Number);

describe.each(sqliteDrivers)('the SQLite adapter with %s', (driver) => {
  let folder: Folder;
  let files = 0;
  const open: DriverConnection[] = [];
  const configOf = (file: string) =>
    sqliteConfig(file === ':memory:' ? file : folder.path(file), { driver, acquireTimeout: 300 });
  async function connect(file = ':memory:', intent: 'read' | 'write' = 'write'): Promise<DriverConnection> {
    const connection = await sqliteAdapter.connect(configOf(file), intent);
    open.push(connection);
    return connection;
  }
  const newFile = () => `db${++files}.sqlite3`;

  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.destroy();
  });
  afterAll(() => folder.remove());

  describe('values', () => {
    const cases: readonly [string, string, Scalar, Scalar?][] = [
      ['text', 'TEXT', "it's \\ \u{1F600} \n"],
      ['empty text', 'TEXT', ''],
      ['an integer', 'INTEGER', 42],
      ['a negative integer', 'BIGINT', -42],
      ['the largest safe integer', 'BIGINT', Number.MAX_SAFE_INTEGER],
      ['a whole number in a REAL column', 'DOUBLE', 5],
      ['a fraction', 'DOUBLE', 0.1],
      ['a number beyond integers', 'DOUBLE', 1e300],
      ['a small fraction', 'DOUBLE', 5e-324],
      ['true', 'BOOLEAN', true, 1],
      ['false', 'BOOLEAN', false, 0],
      ['a decimal', 'DECIMAL(10, 2)', '12.50', 12.5],
      ['a long decimal', 'DECIMAL_TEXT(30, 10)', '12345678901234567890.1234567890'],
      ['a day', 'DATE_TEXT', '2026-11-20'],
      ['a time', 'TIME_TEXT', '10:15:00.123456'],
      ['a moment', 'DATETIME_TEXT(3)', '2026-11-20 10:15:00.123'],
      ['JSON', 'JSON_TEXT', '{"a":[1,null]}'],
      ['a UUID', 'UUID_TEXT', '0190f3a2-0000-7000-8000-000000000000'],
      ['digits in text', 'VARCHAR(20)', '007'],
      ['null', 'TEXT', null],
    ];
    it.each(cases)('brings %s back', async (_, type, value, read = value) => {
      const connection = await connect();
      await send(connection, `CREATE TABLE t (v ${type})`);
      await send(connection, 'INSERT INTO t (v) VALUES (?)', [value]);
      const { rows } = await send(connection, 'SELECT v FROM t');
      expect(rows[0]?.v).toBe(read);
    });

    it('brings bytes back, also none and views into larger buffers', async () => {
      const connection = await connect();
      await send(connection, 'CREATE TABLE t (v BLOB)');
      const views = [new Uint8Array([0, 255, 7]), new Uint8Array(0), Buffer.from('xabcx').subarray(1, 4)];
      for (const bytes of views) await send(connection, 'INSERT INTO t VALUES (?)', [bytes]);
      const { rows } = await send(connection, 'SELECT v FROM t ORDER BY rowid');
      expect(rows.map(({ v }) => (v instanceof Uint8Array ? [...v] : v))).toEqual([[0, 255, 7], [], [97, 98, 99]]);
    });

    it('brings every 64-bit integer back where they are asked for, and rounds none silently where they are not', async () => {
      const connection = await connect();
      await send(connection, 'CREATE TABLE t (v BIGINT)');
      const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
      for (const value of values) await send(connection, 'INSERT INTO t VALUES (?)', [value]);
      const { rows } = await send(connection, 'SELECT v FROM t ORDER BY rowid', [], { bigints: true });
      expect(rows.map(({ v }) => v)).toEqual(values);
      if (driver === 'node:sqlite') {
        expect(await failure(sqliteAdapter, connection, 'SELECT v FROM t')).toMatchObject({
          code: 'AR_VALUE_OUT_OF_RANGE',
          hint: 'Declare the column as column.bigint().',
        });
      } else {
        const unsafe = (await send(connection, 'SELECT v FROM t')).rows.map(({ v }) => Number.isSafeInteger(v));
        expect(unsafe).toEqual([false, false, false]);
      }
    });

    it('keeps the two ways to read integers apart', async () => {
      const connection = await connect();
      for (const bigints of [true, false, true]) {
        const { rows } = await send(connection, 'SELECT 7 AS v', [], { bigints });
        expect(rows[0]?.v).toBe(bigints ? 7n : 7);
      }
    });

    it('refuses an integer of more than 64 bits', async () => {
      expect(await failure(sqliteAdapter, await connect(), 'SELECT ?', [2n ** 63n])).toMatchObject({
        code: 'AR_VALUE_OUT_OF_RANGE',
      });
    });

    it('binds whole numbers as integers, and others as they are', async () => {
      const connection = await connect();
      const { rows } = await send(
        connection,
        'SELECT ? / ? AS a, typeof(?) AS b, typeof(?) AS c, ? AS d',
        [3, 2, 1.5, -0, -0],
      );
      expect(rows).toMatchObject([{ a: 1, b: 'real', c: 'real', d: -0 }]);
      expect(Object.is(rows[0]?.d, -0)).toBe(true);
    });

    it('does not cut text at a NUL character', async () => {
      const connection = await connect();
      if (driver === 'node:sqlite' && major < 24) {
        expect(await failure(sqliteAdapter, connection, 'SELECT ? AS v', ['a\0b'])).toMatchObject({
          code: 'AR_VALUE_INVALID',
        });
        return;
      }
      const { rows } = await send(connection, 'SELECT ? AS v, hex(?) AS h', ['a\0b', 'a\0b']);
      expect(rows[0]).toMatchObject({ v: 'a\0b', h: '610062' });
    });

    it('takes as many values as the dialect promises', async () => {
      const { maxBinds } = sqliteAdapter.dialect.features;
      const list = Array.from({ length: maxBinds }, () => '?').join(', ');
      const { rows } = await send(
        await connect(),
        `SELECT 1 AS one WHERE 7 IN (${list})`,
        Array.from({ length: maxBinds }, () => 7),
      );
      expect(rows).toHaveLength(1);
    });
  });

  describe('statements', () => {
    it('answers at once, with rows, counts and keys', async () => {
      const connection = await connect();
      const run = (sql: string, binds: Scalar[] = []) =>
        connection.run({ sql, binds, pieces: [sql], sensitive: [] }, { prepared: true, bigints: false });
      expect(run('CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)')).toMatchObject({ rows: [] });
      expect(run('INSERT INTO t (v) VALUES (?), (?)', ['a', 'b'])).toEqual({ rows: [], affectedRows: 2, insertId: 2 });
      expect(run('INSERT INTO t (v) VALUES (?), (?) RETURNING id', ['c', 'd'])).toMatchObject({
        rows: [{ id: 3 }, { id: 4 }],
        affectedRows: 2,
      });
      expect(run("UPDATE t SET v = 'x'")).toEqual({ rows: [], affectedRows: 4, insertId: undefined });
      expect(run('INSERT INTO t (id, v) VALUES (1, 1) ON CONFLICT DO NOTHING')).toEqual({
        rows: [],
        affectedRows: 0,
        insertId: undefined,
      });
      expect(run('DELETE FROM t WHERE id > ?', [2])).toMatchObject({ affectedRows: 2 });
      expect(run('SELECT id FROM t ORDER BY id')).toMatchObject({ rows: [{ id: 1 }, { id: 2 }] });
      expect(run('WITH c AS (SELECT 1 AS n) SELECT n FROM c')).toMatchObject({ rows: [{ n: 1 }] });
    });

    it('refuses a second statement, a NUL character, and the wrong number of values', async () => {
      const connection = await connect();
      await send(connection, 'CREATE TABLE t (v)');
      for (const sql of ['SELECT 1; SELECT 2', 'SELECT 1\0, 2', 'SELECT 1; DROP TABLE t']) {
        expect(await failure(sqliteAdapter, connection, sql)).toMatchObject({ code: 'AR_QUERY_INVALID' });
      }
      expect(await failure(sqliteAdapter, connection, 'SELECT ?')).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(await failure(sqliteAdapter, connection, 'SELECT ?', [1, 2])).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect((await send(connection, "SELECT '?;' AS v; -- ?")).rows).toMatchObject([{ v: '?;' }]);
      await send(connection, 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;');
    });

    it('sees columns that were added behind a kept statement', async () => {
      const connection = await connect();
      await send(connection, 'CREATE TABLE t (a)');
      await send(connection, 'INSERT INTO t VALUES (1)');
      expect((await send(connection, 'SELECT * FROM t')).rows).toMatchObject([{ a: 1 }]);
      await send(connection, 'ALTER TABLE t ADD COLUMN b DEFAULT 2');
      expect((await send(connection, 'SELECT * FROM t')).rows).toMatchObject([{ a: 1, b: 2 }]);
    });

    it('goes on when far more statements have been sent than are kept', async () => {
      const connection = await connect();
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < keptGeneration * 3; n++) {
          expect((await send(connection, `SELECT ${n} AS v`)).rows[0]?.v).toBe(n);
        }
      }
    });

    it('is of no use after its end', async () => {
      const connection = await connect();
      await connection.ping();
      await send(connection, 'SELECT 1');
      await connection.close();
      expect(connection.usable).toBe(false);
      expect(await failure(sqliteAdapter, connection, 'SELECT 1')).toMatchObject({ code: 'AR_CONNECTION_CLOSED' });
      await expect(connection.ping()).rejects.toMatchObject({ code: 'AR_CONNECTION_CLOSED' });
      connection.destroy();
    });
  });

  describe('sessions', () => {
    it('enforces foreign keys, and writes ahead', async () => {
      const connection = await connect(newFile());
      const pragma = async (name: string) => Object.values((await send(connection, `PRAGMA ${name}`)).rows[0] ?? {})[0];
      expect(await pragma('foreign_keys')).toBe(1);
      expect(await pragma('journal_mode')).toBe('wal');
      expect(await pragma('synchronous')).toBe(1);
    });

    it('lets a reader read what is committed while another writes, and write nothing', async () => {
      const file = newFile();
      const writer = await connect(file);
      const reader = await connect(file, 'read');
      await send(writer, 'CREATE TABLE t (v)');
      await send(writer, 'BEGIN IMMEDIATE');
      await send(writer, 'INSERT INTO t VALUES (1)');
      expect((await send(reader, 'SELECT * FROM t')).rows).toEqual([]);
      await send(writer, 'COMMIT');
      expect((await send(reader, 'SELECT * FROM t')).rows).toHaveLength(1);
      expect(await failure(sqliteAdapter, reader, 'DELETE FROM t')).toMatchObject({ code: 'AR_READ_ONLY' });
    });

    it('has one writer, and in memory no other connection', () => {
      expect(sqliteAdapter.limits(configOf('x'))).toEqual({ read: 9, write: 1 });
      expect(sqliteAdapter.limits({ ...configOf('x'), pool: 1 })).toEqual({ read: 1, write: 1 });
      expect(sqliteAdapter.limits(configOf(':memory:'))).toEqual({ read: 0, write: 1 });
    });

    it('says what is wrong with a file', async () => {
      const wrong = async (file: string) => {
        try {
          await sqliteAdapter.connect(configOf(file), 'write');
        } catch (error) {
          return sqliteAdapter.translateConnectError(error, configOf(file));
        }
        throw new Error('expected an error');
      };
      expect(await wrong('missing/db.sqlite3')).toMatchObject({
        code: 'AR_DATABASE_MISSING',
        message: expect.stringContaining('folder'),
      });
      writeFileSync(folder.path('text'), 'not a database at all. '.repeat(100));
      expect(await wrong('text')).toMatchObject({
        code: 'AR_CONNECTION_FAILED',
        message: expect.stringContaining('is not a SQLite database'),
      });
      mkdirSync(folder.path('folder'));
      expect(await wrong('folder')).toMatchObject({ code: 'AR_CONNECTION_FAILED' });
    });
  });

  describe('errors', () => {
    let connection: DriverConnection;
    beforeEach(async () => {
      connection = await connect();
      await send(connection, 'CREATE TABLE parents (id INTEGER PRIMARY KEY)');
      await send(
        connection,
        'CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT UNIQUE, a INTEGER, b INTEGER NOT NULL DEFAULT 0, role TEXT CONSTRAINT chk_t_role CHECK (role IN (1, 2)), ' +
          'parent_id INTEGER REFERENCES parents (id), UNIQUE (a, b))',
      );
      await send(connection, "INSERT INTO t (id, email, a, b) VALUES (1, 'x', 1, 1)");
    });

    const cases: readonly [string, Record<string, unknown>][] = [
      ["INSERT INTO t (email) VALUES ('x')", { code: 'AR_NOT_UNIQUE', table: 't', columns: ['email'] }],
      ['INSERT INTO t (a, b) VALUES (1, 1)', { code: 'AR_NOT_UNIQUE', table: 't', columns: ['a', 'b'] }],
      ['INSERT INTO t (id) VALUES (1)', { code: 'AR_NOT_UNIQUE', table: 't', columns: ['id'] }],
      ['INSERT INTO t (b) VALUES (NULL)', { code: 'AR_NOT_NULL', table: 't', columns: ['b'] }],
      ['INSERT INTO t (role) VALUES (3)', { code: 'AR_CHECK', constraint: 'chk_t_role' }],
      ['INSERT INTO t (parent_id) VALUES (9)', { code: 'AR_FOREIGN_KEY', columns: undefined }],
      ['SELECT * FROM nope', { code: 'AR_TABLE_MISSING', table: 'nope' }],
      ['DROP TABLE nope', { code: 'AR_TABLE_MISSING', table: 'nope' }],
      ['SELECT nope FROM t', { code: 'AR_COLUMN_MISSING', columns: ['nope'] }],
      ['SELECT "nope" FROM t', { code: 'AR_COLUMN_MISSING', columns: ['nope'] }],
      ['SELECT t.nope FROM t', { code: 'AR_COLUMN_MISSING', table: 't', columns: ['nope'] }],
      ['INSERT INTO t (nope) VALUES (1)', { code: 'AR_COLUMN_MISSING', table: 't', columns: ['nope'] }],
      ['CREATE TABLE t (a)', { code: 'AR_ALREADY_EXISTS' }],
      ['ALTER TABLE t ADD COLUMN a', { code: 'AR_ALREADY_EXISTS' }],
      ['ALTER TABLE t RENAME TO parents', { code: 'AR_ALREADY_EXISTS' }],
      ['SELEC 1', { code: 'AR_STATEMENT_SYNTAX' }],
      ['SELECT (', { code: 'AR_STATEMENT_SYNTAX' }],
      ["INSERT INTO t (id) VALUES ('x')", { code: 'AR_STATEMENT_FAILED', message: 'datatype mismatch.' }],
      ['SELECT sum(v) FROM (SELECT 9223372036854775807 AS v UNION ALL SELECT 1)', { code: 'AR_VALUE_OUT_OF_RANGE' }],
      ['SELECT zeroblob(3000000000)', { code: 'AR_VALUE_TOO_LONG' }],
      ['SELECT nope()', { code: 'AR_STATEMENT_FAILED' }],
    ];
    it.each(cases)('maps the error of %s', async (sql, expected) => {
      const error = await failure(sqliteAdapter, connection, sql);
      expect(error).toMatchObject({ ...expected, sql });
      expect(error.cause).toBeInstanceOf(Error);
    });

    it('leaves errors of this library alone', async () => {
      const own = await failure(sqliteAdapter, connection, 'SELECT 1\0');
      expect(sqliteAdapter.translate(own, { sql: '', binds: [] })).toBe(own);
      expect(sqliteAdapter.translateConnectError(own, configOf(':memory:'))).toBe(own);
    });
  });

  describe('locks of other processes', () => {
    async function pair(): Promise<[DriverConnection, DriverConnection]> {
      const file = newFile();
      const first = await connect(file);
      const second = await connect(file);
      await send(first, 'CREATE TABLE t (v)');
      return [first, second];
    }

    it('waits for a writer without blocking, and goes on when it ends', async () => {
      const [first, second] = await pair();
      await send(first, 'BEGIN IMMEDIATE');
      let turns = 0;
      const ticking = setInterval(() => turns++, 1);
      const waiting = send(second, 'BEGIN IMMEDIATE');
      setTimeout(() => void send(first, 'COMMIT'), 100);
      await waiting;
      clearInterval(ticking);
      expect(turns).toBeGreaterThan(10);
      await send(second, 'INSERT INTO t VALUES (1)');
      await send(second, 'COMMIT');
    });

    it('gives up at the deadline', async () => {
      const [first, second] = await pair();
      await send(first, 'BEGIN IMMEDIATE');
      const since = performance.now();
      expect(await failure(sqliteAdapter, second, 'INSERT INTO t VALUES (1)')).toMatchObject({
        code: 'AR_LOCK_TIMEOUT',
      });
      expect(performance.now() - since).toBeGreaterThan(290);
      expect(performance.now() - since).toBeLessThan(1_000);
    });

    it('does not wait where a transaction has read what has since been overwritten', async () => {
      const [first, second] = await pair();
      await send(first, 'BEGIN');
      await send(first, 'SELECT * FROM t');
      await send(second, 'INSERT INTO t VALUES (1)');
      const since = performance.now();
      expect(await failure(sqliteAdapter, first, 'INSERT INTO t VALUES (2)')).toMatchObject({
        code: 'AR_SERIALIZATION',
      });
      expect(performance.now() - since).toBeLessThan(150);
    });
  });

  describe('the named lock', () => {
    it('is held by one at a time', async () => {
      const file = newFile();
      const first = await connect(file);
      const second = await connect(file);
      const held = await sqliteAdapter.lock(first, configOf(file), 'migrate', 0);
      expect(held).toBeDefined();
      expect(await sqliteAdapter.lock(second, configOf(file), 'migrate', 60)).toBeUndefined();
      await send(second, 'CREATE TABLE t (v)');
      const waiting = sqliteAdapter.lock(second, configOf(file), 'migrate', 2_000);
      setTimeout(() => void held?.release(), 50);
      const then = await waiting;
      expect(then).toBeDefined();
      await then?.release();
    });

    it('is free again when its holder has been killed', async () => {
      const file = newFile();
      const connection = await connect(file);
      const opener = driver === 'node:sqlite' ? 'require("node:sqlite").DatabaseSync' : 'require("better-sqlite3")';
      const script = `new (${opener})(process.argv[1]).exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`;
      const holder = spawn(process.execPath, ['-e', script, folder.path(`${file}-lock`)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(holder.stdout, 'data');
      expect(await sqliteAdapter.lock(connection, configOf(file), 'migrate', 50)).toBeUndefined();
      holder.kill('SIGKILL');
      const held = await sqliteAdapter.lock(connection, configOf(file), 'migrate', 5_000);
      expect(held).toBeDefined();
      await held?.release();
    });

    it('is held in memory too', async () => {
      const connection = await connect();
      const config = configOf(':memory:');
      const held = await sqliteAdapter.lock(connection, config, 'migrate', 0);
      expect(await sqliteAdapter.lock(connection, config, 'migrate', 30)).toBeUndefined();
      expect(await sqliteAdapter.lock(connection, configOf(':memory:'), 'migrate', 0)).toBeDefined();
      await held?.release();
      expect(await sqliteAdapter.lock(connection, config, 'migrate', 0)).toBeDefined();
    });
  });

  it('drops no file that is something else', async () => {
    const file = folder.path('notes.txt');
    writeFileSync(file, 'something that somebody needs');
    await expect(sqliteAdapter.dropDatabase(configOf('notes.txt'))).rejects.toThrow(/is not a SQLite database/);
    expect(existsSync(file)).toBe(true);
  });

  it('makes and drops files', async () => {
    const file = newFile();
    expect(await sqliteAdapter.createDatabase(configOf(file))).toBe(true);
    expect(await sqliteAdapter.createDatabase(configOf(file))).toBe(false);
    const connection = await connect(file);
    await send(connection, 'CREATE TABLE t (v)');
    const lock = await sqliteAdapter.lock(connection, configOf(file), 'migrate', 0);
    await lock?.release();
    expect(existsSync(folder.path(`${file}-lock`))).toBe(true);
    connection.destroy();
    expect(await sqliteAdapter.dropDatabase(configOf(file))).toBe(true);
    for (const end of ['', '-wal', '-shm', '-lock']) expect(existsSync(folder.path(file + end))).toBe(false);
    expect(await sqliteAdapter.dropDatabase(configOf(file))).toBe(false);
    await expect(sqliteAdapter.createDatabase(configOf('missing/x'))).rejects.toThrow();
  });
});

describe('KeptStatements', () => {
  it('forgets what has not been asked for, and keeps what has', () => {
    const kept = new KeptStatements<number>(10);
    kept.keep('hot', -1);
    for (let n = 0; n < 1_000; n++) {
      kept.keep(`cold ${n}`, n);
      expect(kept.get('hot')).toBe(-1);
      expect(kept.size).toBeLessThanOrEqual(20);
    }
    expect(kept.get('cold 1')).toBeUndefined();
    expect(kept.get('cold 999')).toBe(999);
  });
});
