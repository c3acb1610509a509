/** Fresh databases for the suites, on each database this run has. Uses the drivers only, never the library under test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { maintenanceUrl, withDatabase } from './server-url.ts';
import { allDialects, type Dialect, wantedDialects } from './wanted.ts';

export type { Dialect } from './wanted.ts';

export interface TestDatabase {
  readonly dialect: Dialect;
  /** URL of a fresh, uniquely named database. */
  readonly url: string;
  drop(): Promise<void>;
}

const mysqlUrl = inject('mysqlUrl');
const postgresUrl = inject('postgresUrl');

function isAvailable(dialect: Dialect): boolean {
  if (dialect === 'mysql') return mysqlUrl !== null;
  if (dialect === 'postgres') return postgresUrl !== null;
  return wantedDialects().includes('sqlite');
}

/** The databases available in this run. */
export const dialects: readonly Dialect[] = allDialects.filter(isAvailable);

/** Letters, digits and underscores only, so that it needs no quoting anywhere. */
const uniqueName = (): string => `ar_test_${process.pid}_${randomBytes(6).toString('hex')}`;

async function onMysql(serverUrl: string, ...statements: readonly string[]): Promise<void> {
  const connection = await createConnection(maintenanceUrl(serverUrl));
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/**
 * MySQL's DROP DATABASE waits for the locks of a connection that a failed test left open, by default for a day. Ending
 * those connections first is what `WITH (FORCE)` does on PostgreSQL.
 */
async function dropOnMysql(serverUrl: string, name: string): Promise<void> {
  const connection = await createConnection(maintenanceUrl(serverUrl));
  try {
    const [left] = await connection.query<(RowDataPacket & { id: number })[]>(
      'SELECT id AS id FROM information_schema.processlist WHERE db = ?',
      [name],
    );
    for (const { id } of left) {
      await connection.query('KILL ?', [id]).catch((error: { code?: string }) => {
        // It ended by itself in the meantime.
        if (error.code !== 'ER_NO_SUCH_THREAD') throw error;
      });
    }
    await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  } finally {
    await connection.end();
  }
}

async function onPostgres(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: maintenanceUrl(serverUrl) });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function createMysql(serverUrl: string): Promise<TestDatabase> {
  const name = uniqueName();
  await onMysql(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  return { dialect: 'mysql', url: withDatabase(serverUrl, name), drop: () => dropOnMysql(serverUrl, name) };
}

/** From `template0` and sorted by code point, so that a server's own encoding and locale do not change the results. */
async function createPostgres(serverUrl: string): Promise<TestDatabase> {
  const name = uniqueName();
  await onPostgres(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'`);
  return {
    dialect: 'postgres',
    url: withDatabase(serverUrl, name),
    drop: () => onPostgres(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

function createSqlite(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), `${uniqueName()}-`));
  return {
    dialect: 'sqlite',
    url: `sqlite:${join(folder, 'test.sqlite3')}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Creates an empty database; the caller drops it. */
export async function createDatabase(dialect: Dialect): Promise<TestDatabase> {
  if (dialect === 'mysql' && mysqlUrl !== null) return await createMysql(mysqlUrl);
  if (dialect === 'postgres' && postgresUrl !== null) return await createPostgres(postgresUrl);
  if (dialect === 'sqlite') return createSqlite();
  throw new Error(`${dialect} is not available in this run`);
}

/** What a suite knows of its database; the URL exists from `beforeAll` on, not while tests are being collected. */
export interface SuiteDatabase {
  readonly dialect: Dialect;
  readonly url: string;
}

/** Runs a suite once per available database, each time on a fresh one; the others appear as skipped. */
export function describeEachDatabase(name: string, body: (database: SuiteDatabase) => void): void {
  for (const dialect of allDialects) {
    describe(`${name} on ${dialect}`, () => {
      if (!dialects.includes(dialect)) {
        it.skip(`${dialect} is not available in this run`);
        return;
      }
      let database: TestDatabase | undefined;
      beforeAll(async () => {
        database = await createDatabase(dialect);
      });
      afterAll(async () => {
        await database?.drop();
      });
      body({
        dialect,
        get url(): string {
          if (database === undefined) throw new Error('the database of a suite exists from beforeAll on, not earlier');
          return database.url;
        },
      });
    });
  }
}
