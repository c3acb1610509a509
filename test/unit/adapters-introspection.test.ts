import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, DriverConnection } from '../../lib/adapters/contract.ts';
import { postgresAdapter } from '../../lib/adapters/postgres/adapter.ts';
import { sqliteAdapter } from '../../lib/adapters/sqlite/adapter.ts';
import { checkConfig } from '../../lib/connection/config.ts';
import type { ColumnSpec, TableSpec } from '../../lib/sql/ddl/spec.ts';
import { booleanType } from '../../lib/types/boolean.ts';
import type { StorageType } from '../../lib/types/column-type.ts';
import { decimalType } from '../../lib/types/decimal.ts';
import { jsonType } from '../../lib/types/json.ts';
import { bigintType, floatType, integerType } from '../../lib/types/numbers.ts';
import { plainType } from '../../lib/types/plain.ts';
import { binaryType, uuidType } from '../../lib/types/structured.ts';
import { dateType, datetimeType, timeType } from '../../lib/types/temporal.ts';
import { enumType, longTextType, stringType } from '../../lib/types/text.ts';
import type { Scalar } from '../../lib/types/type.ts';
import { createDatabase, type Dialect, dialects, type TestDatabase } from '../support/databases.ts';
import { send } from './adapter-support.ts';

const adapters: Partial<Record<Dialect, Adapter>> = { sqlite: sqliteAdapter, postgres: postgresAdapter };

const column = (name: string, type: StorageType, more: Partial<ColumnSpec> = {}): ColumnSpec => ({
  name,
  type,
  nullable: false,
  default: undefined,
  comment: undefined,
  collation: undefined,
  ...more,
});

/** A type as data, so that two of them can be compared. */
function facts(type: StorageType): Record<string, unknown> {
  return Object.fromEntries(Object.entries(type).filter(([, value]) => typeof value !== 'function'));
}

const users: TableSpec = {
  name: 'users',
  columns: [
    column('id', integerType('id')),
    column('odd "name"', stringType(40), { default: 'it\'s \\ "x"' }),
    column('bio', longTextType, { nullable: true }),
    column('role', enumType(['admin', "it's", 'guest']), { default: 'guest' }),
    column('only', enumType(['one'])),
    column('age', integerType('integer')),
    column('small', integerType('smallint')),
    column('big', bigintType(), { default: 2n ** 62n }),
    column('price', decimalType(12, 3), { default: '1.500' }),
    column('wide', decimalType(30, 10)),
    column('ratio', floatType('float')),
    column('exact', floatType('double'), { default: -0.5 }),
    column('active', booleanType, { default: true }),
    column('born', dateType),
    column('wakes', timeType),
    column('seen_at', datetimeType(3)),
    column('fine_at', datetimeType(6)),
    column('coarse_at', datetimeType(0)),
    column('settings', jsonType),
    column('photo', binaryType(undefined)),
    column('token', uuidType),
  ],
  primaryKey: ['id'],
  indexes: [
    { name: 'index_users_on_age', table: 'users', columns: ['age', 'odd "name"'], unique: false },
    { name: 'index_users_on_token', table: 'users', columns: ['token'], unique: true },
  ],
  foreignKeys: [],
};
const posts: TableSpec = {
  name: 'posts',
  columns: [
    column('a', integerType('key')),
    column('b', uuidType),
    column('user_id', integerType('key'), { nullable: true }),
  ],
  primaryKey: ['b', 'a'],
  indexes: [],
  foreignKeys: [
    {
      name: 'fk_posts_user_id',
      table: 'posts',
      columns: ['user_id'],
      toTable: 'users',
      toColumns: ['id'],
      onDelete: 'cascade',
      onUpdate: 'setNull',
    },
    {
      name: 'fk_posts_pair',
      table: 'posts',
      columns: ['b', 'a'],
      toTable: 'posts',
      toColumns: ['b', 'a'],
      onDelete: undefined,
      onUpdate: undefined,
    },
  ],
};

describe.each(dialects.filter((name) => adapters[name] !== undefined))('introspection on %s', (name) => {
  const adapter = adapters[name] ?? sqliteAdapter;
  const { introspection, dialect } = adapter;
  let database: TestDatabase;
  let connection: DriverConnection;

  beforeAll(async () => {
    database = await createDatabase(name);
    connection = await adapter.connect(checkConfig(database.url).config, 'write');
    for (const table of [users, posts]) {
      for (const sql of dialect.ddl.createTable({ kind: 'createTable', table, ifNotExists: false }, dialect))
        await send(connection, sql);
    }
    await send(connection, 'CREATE VIEW adults AS SELECT id, age FROM users WHERE age > 17');
  });
  afterAll(async () => {
    await connection?.close();
    await database?.drop();
  });

  it('lists tables and views', async () => {
    expect(await introspection.tables(connection)).toEqual(['adults', 'posts', 'users']);
  });

  it('finds the types again that the tables were made with', async () => {
    const found = await introspection.columns(connection, 'users');
    expect(found.map((each) => [each.name, facts(each.type)])).toEqual(
      users.columns.map((each) => [each.name, facts(each.type)]),
    );
    expect(found.filter(({ nullable }) => nullable).map((each) => each.name)).toEqual(['bio']);
    expect(found.filter(({ primaryKey }) => primaryKey).map((each) => each.name)).toEqual(['id']);
    expect(found.filter(({ autoIncrement }) => autoIncrement).map((each) => each.name)).toEqual(['id']);
    expect(found.filter(({ hasDefault }) => hasDefault).map((each) => each.name)).toEqual([
      'id',
      'odd "name"',
      'role',
      'big',
      'price',
      'exact',
      'active',
    ]);
    expect(found.some(({ generated }) => generated)).toBe(false);
  });

  it('tells keys from other whole numbers', async () => {
    const found = await introspection.columns(connection, 'posts');
    expect(found.map((each) => [each.name, each.type.kind, each.primaryKey, each.nullable])).toEqual([
      ['a', 'key', true, false],
      ['b', 'uuid', true, false],
      ['user_id', 'key', false, true],
    ]);
  });

  it('finds indexes and keys with their columns in order', async () => {
    const indexes = await introspection.indexes(connection, 'users');
    expect(indexes.find(({ primary }) => primary)).toMatchObject({ columns: ['id'], unique: true });
    expect(indexes).toContainEqual({
      name: 'index_users_on_age',
      columns: ['age', 'odd "name"'],
      unique: false,
      primary: false,
    });
    expect(indexes).toContainEqual({ name: 'index_users_on_token', columns: ['token'], unique: true, primary: false });
    expect((await introspection.indexes(connection, 'posts')).filter(({ primary }) => primary)).toMatchObject([
      { columns: ['b', 'a'] },
    ]);
    const keys = await introspection.foreignKeys(connection, 'posts');
    expect(keys.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'fk_posts_pair', columns: ['b', 'a'], toTable: 'posts', toColumns: ['b', 'a'] },
      {
        name: 'fk_posts_user_id',
        columns: ['user_id'],
        toTable: 'users',
        toColumns: ['id'],
        onDelete: 'cascade',
        onUpdate: 'setNull',
      },
    ]);
  });

  it('describes views, and nothing where there is nothing', async () => {
    expect((await introspection.columns(connection, 'adults')).map((each) => each.name)).toEqual(['id', 'age']);
    expect(await introspection.columns(connection, 'nope" --')).toEqual([]);
    expect(await introspection.indexes(connection, 'nope" --')).toEqual([]);
    expect(await introspection.foreignKeys(connection, 'nope" --')).toEqual([]);
  });

  it('finds what the database computes, and indexes of expressions', async () => {
    await send(connection, 'CREATE TABLE computed (a INTEGER, twice INTEGER GENERATED ALWAYS AS (a * 2) STORED)');
    await send(connection, 'CREATE UNIQUE INDEX computed_sum ON computed (a, (a + twice))');
    const found = await introspection.columns(connection, 'computed');
    expect(found.map(({ generated, hasDefault }) => [generated, hasDefault])).toEqual([
      [false, false],
      [true, false],
    ]);
    const [index] = await introspection.indexes(connection, 'computed');
    expect(index).toMatchObject({ name: 'computed_sum', unique: true });
    expect(index?.columns).toHaveLength(2);
  });

  it.runIf(name === 'sqlite')('reads the types of other libraries, and keys without names', async () => {
    await send(connection, 'CREATE TABLE parents (code TEXT PRIMARY KEY)');
    await send(
      connection,
      `CREATE TABLE foreign_made (id INTEGER PRIMARY KEY, a varchar (10), b DATETIME, c "double precision", d TINYINT(1), e NUMERIC(8), f GEOMETRY,
        g, h "unsigned big int", i TIMESTAMP DEFAULT CURRENT_TIMESTAMP, j INT CHECK (j >= 0), k TEXT DEFAULT NULL, parent TEXT REFERENCES parents)`,
    );
    const types = (await introspection.columns(connection, 'foreign_made')).map((each) => facts(each.type));
    const expected = [
      integerType('id'), stringType(10), datetimeType(3), floatType('double'), booleanType, decimalType(8, 0), plainType('GEOMETRY'),
      plainType(''), bigintType(), datetimeType(3), integerType('integer', true), longTextType, longTextType,
    ]; // biome-ignore format: a list of types
    expect(types).toEqual(expected.map(facts));
    const defaults = (await introspection.columns(connection, 'foreign_made')).filter(({ hasDefault }) => hasDefault);
    expect(defaults.map((each) => each.name)).toEqual(['id', 'i']);
    expect(await introspection.foreignKeys(connection, 'foreign_made')).toEqual([
      { name: 'fk_foreign_made_parent', columns: ['parent'], toTable: 'parents', toColumns: ['code'] },
    ]);
    await send(connection, 'CREATE TABLE no_row_id (id INTEGER PRIMARY KEY) WITHOUT ROWID');
    expect(await introspection.columns(connection, 'no_row_id')).toMatchObject([
      { autoIncrement: false, primaryKey: true, type: { kind: 'key' } },
    ]);
    expect(await introspection.indexes(connection, 'no_row_id')).toMatchObject([{ primary: true, columns: ['id'] }]);
  });

  it.runIf(name === 'postgres')('reads serials, domains and types that no builder matches', async () => {
    await send(connection, "CREATE TYPE mood AS ENUM ('sad', 'happy')");
    await send(connection, 'CREATE DOMAIN short AS VARCHAR(7) NOT NULL');
    await send(
      connection,
      'CREATE TABLE foreign_made (id SERIAL PRIMARY KEY, big BIGSERIAL, a mood, b short, c INTEGER[], d INET, e TIMESTAMP, f NUMERIC, g CHAR(3), h VARCHAR, i TIMETZ, j INTERVAL, k JSON)',
    );
    const found = await introspection.columns(connection, 'foreign_made');
    const expected = [
      integerType('integer'), integerType('id'), plainType('mood'), stringType(7), plainType('integer[]'), plainType('inet'), datetimeType(6),
      plainType('numeric'), plainType('character(3)'), longTextType, plainType('time with time zone'), plainType('interval'), jsonType,
    ]; // biome-ignore format: a list of types
    expect(found.map((each) => facts(each.type))).toEqual(expected.map(facts));
    expect(found.filter(({ autoIncrement }) => autoIncrement).map((each) => each.name)).toEqual(['id', 'big']);
    expect(found.find((each) => each.name === 'b')?.nullable).toBe(false);
  });

  describe('literals', () => {
    const read = async (value: Scalar) =>
      (await send(connection, `SELECT ${dialect.literal(value)} AS v`, [], { bigints: typeof value === 'bigint' }))
        .rows[0]?.v;

    it('bring text back, whatever it contains', async () => {
      const text = fc.string({
        unit: fc.oneof(fc.constantFrom(...'\'"\\`%_\n\r\t;-/*$?:@'), fc.constantFrom('\u{1F600}', 'é', 'x')),
        maxLength: 40,
      });
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          expect(await read(value)).toBe(value);
        }),
        { numRuns: 200 },
      );
    });

    it('bring numbers, bytes, booleans and nothing back', async () => {
      for (const value of [0, -1, 1.5, 1e-7, Number.MAX_SAFE_INTEGER]) expect(Number(await read(value))).toBe(value);
      expect(Object.is(await read(-0), -0)).toBe(true);
      expect(BigInt(String(await read(-(2n ** 62n))))).toBe(-(2n ** 62n));
      const bytes = await read(new Uint8Array([0, 39, 92, 255]));
      expect(bytes instanceof Uint8Array ? [...bytes] : bytes).toEqual([0, 39, 92, 255]);
      expect(await read(true)).toBe(name === 'sqlite' ? 1 : true);
      expect(await read(null)).toBe(null);
    });

    it('refuse what a statement cannot carry', () => {
      for (const value of ['a\0b', Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => dialect.literal(value)).toThrow(expect.objectContaining({ code: 'AR_VALUE_INVALID' }));
      }
    });
  });
});
