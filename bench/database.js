/** A database of this run, made, filled and dropped with the drivers alone. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedKey, counts, driverValue, fills, tables, user } from './data.js';

const name = () => `ar_bench_${process.pid}_${randomBytes(4).toString('hex')}`;

const countNew = `SELECT COUNT(*) AS count FROM users WHERE id > ${counts.users}`;

const removeNew = `DELETE FROM users WHERE id > ${counts.users}`;
function restoreChanged(dialect) {
  const { age, updatedAt } = user(changedKey);
  return `UPDATE users SET age = ${age}, updated_at = '${driverValue(updatedAt, dialect)}' WHERE id = ${changedKey}`;
}

/** @param {string} server - a URL, or `sqlite` @returns what it is, its URL, and ways to ask it, to undo what was written and to drop it */
export async function createDatabase(server) {
  if (server === 'sqlite') return sqlite();
  return server.startsWith('postgres') ? postgres(server) : mysql(server);
}

async function mysql(server) {
  const { default: driver } = await import('mysql2/promise');
  const admin = await driver.createConnection({ uri: server, timezone: 'Z' });
  const database = name();
  await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  await admin.query(`USE ${database}`);
  for (const statement of tables('mysql')) await admin.query(statement);
  for (const { table, columns, count, row } of fills()) {
    for (let from = 1; from <= count; from += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, index) => row(from + index, 'mysql'));
      await admin.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [rows]);
    }
  }
  await admin.query('ANALYZE TABLE users, posts, comments');
  const [[{ version }]] = await admin.query('SELECT VERSION() AS version');
  const url = new URL(server);
  url.pathname = `/${database}`;
  return {
    dialect: 'mysql',
    url: url.href,
    title: /maria/i.test(version) ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`,
    /** Statements that all clients have sent since the server began. */
    statements: async () => {
      const [[{ Value }]] = await admin.query("SHOW GLOBAL STATUS LIKE 'Questions'");
      return Number(Value);
    },
    countNew: async () => Number((await admin.query(countNew))[0][0].count),
    restore: async () => {
      await admin.query(removeNew);
      await admin.query(restoreChanged('mysql'));
    },
    drop: async () => {
      await admin.query(`DROP DATABASE ${database}`);
      await admin.end();
    },
  };
}

async function postgres(server) {
  const { default: driver } = await import('pg');
  const database = name();
  const admin = new driver.Client(server);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  const client = new driver.Client(url.href);
  await client.connect();
  for (const statement of tables('postgres')) await client.query(statement);
  for (const { table, columns, count, row } of fills()) {
    for (let from = 1; from <= count; from += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, index) => row(from + index, 'postgres'));
      const places = rows.map(
        (each, at) => `(${each.map((_, place) => `$${at * each.length + place + 1}`).join(', ')})`,
      );
      await client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places.join(', ')}`, rows.flat());
    }
    await client.query(`SELECT setval(pg_get_serial_sequence('${table}', 'id'), ${count})`);
  }
  await client.query('VACUUM ANALYZE');
  const { server_version } = (await client.query('SHOW server_version')).rows[0];
  return {
    dialect: 'postgres',
    url: url.href,
    title: `PostgreSQL ${server_version.split(' ')[0]}`,
    statements: undefined,
    countNew: async () => Number((await client.query(countNew)).rows[0].count),
    restore: async () => {
      await client.query(removeNew);
      await client.query(restoreChanged('postgres'));
    },
    drop: async () => {
      await client.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}

async function sqlite() {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = mkdtempSync(join(tmpdir(), `${name()}-`));
  const file = join(folder, 'bench.sqlite3');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000');
  for (const statement of tables('sqlite')) database.exec(statement);
  for (const { table, columns, count, row } of fills()) {
    const insert = database.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    database.exec('BEGIN');
    for (let id = 1; id <= count; id++) insert.run(...row(id, 'sqlite'));
    database.exec('COMMIT');
  }
  const { version } = database.prepare('SELECT sqlite_version() AS version').get();
  return {
    dialect: 'sqlite',
    url: `sqlite:${file}`,
    title: `SQLite ${version}`,
    statements: undefined,
    countNew: async () => Number(database.prepare(countNew).get().count),
    restore: async () => database.exec(`${removeNew}; ${restoreChanged('sqlite')}`),
    drop: async () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
