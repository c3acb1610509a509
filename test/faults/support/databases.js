// Fresh databases for the rows of the scorecard: SQLite, and the servers of MYSQL_URL and POSTGRES_URL.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, disconnect } from 'active-record-ts';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';

/** @param {string} url @param {string} name */
function withDatabase(url, name) {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function onMysql(url, sql) {
  const connection = await createConnection(withDatabase(url, ''));
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

async function onPostgres(url, sql) {
  const client = new pg.Client({ connectionString: withDatabase(url, 'postgres') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Where the databases are; a server that is to be left out is null. */
export function serversFromEnvironment(env = process.env) {
  return {
    mysql: env.MYSQL_URL || 'mysql://root@127.0.0.1:3306',
    postgres: env.POSTGRES_URL || 'postgresql://postgres@127.0.0.1:5432',
  };
}

const makers = {
  sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'ar-scorecard-'));
    return {
      url: `sqlite:${join(folder, 'row.sqlite3')}`,
      drop: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  async mysql({ mysql }, name) {
    await onMysql(mysql, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    return { url: withDatabase(mysql, name), drop: () => onMysql(mysql, `DROP DATABASE ${name}`) };
  },
  async postgres({ postgres }, name) {
    // Sorted by code point, as JavaScript does.
    await onPostgres(postgres, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'`);
    return {
      url: withDatabase(postgres, name),
      drop: () => onPostgres(postgres, `DROP DATABASE ${name} WITH (FORCE)`),
    };
  },
};

/**
 * Runs `body` on a fresh database of each kind that this run has (or of those named in `only`), connected.
 *
 * @param {{ servers: { mysql: string | null, postgres: string | null } }} context
 * @param {(database: { dialect: string, url: string }) => Promise<void>} body
 * @param {{ only?: readonly string[], options?: object | ((database: { dialect: string }) => object) }} [how]
 */
export async function eachDatabase(context, body, { only = Object.keys(makers), options = {} } = {}) {
  for (const dialect of only) {
    if (dialect !== 'sqlite' && context.servers[dialect] === null) continue;
    const name = `ar_row_${process.pid}_${randomBytes(6).toString('hex')}`;
    const { url, drop } = await makers[dialect](context.servers, name);
    try {
      await connect(url, typeof options === 'function' ? options({ dialect }) : options);
      await body({ dialect, url }).finally(() => disconnect());
    } finally {
      await drop();
    }
  }
}
