/** Asks a server whether it is there and what it is: a listening port alone may be anything. */
import type { RowDataPacket } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { maintenanceUrl, mysqlVersion, postgresVersion } from './server-url.ts';
import type { ServerDialect } from './wanted.ts';

const timeout = 2000;

interface VersionRow extends RowDataPacket {
  one: number;
  version: string;
}

async function probeMysql(url: string): Promise<string> {
  const connection = await createConnection({ uri: maintenanceUrl(url), connectTimeout: timeout });
  try {
    const [rows] = await connection.query<VersionRow[]>({ sql: 'SELECT 1 AS one, VERSION() AS version', timeout });
    return mysqlVersion(rows[0]?.version ?? 'unknown');
  } finally {
    // Not end(): that waits for the server, which may be the one that did not answer in time.
    connection.destroy();
  }
}

async function probePostgres(url: string): Promise<string> {
  const client = new Client({
    connectionString: maintenanceUrl(url),
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(
      "SELECT 1 AS one, current_setting('server_version') AS version",
    );
    return postgresVersion(rows[0]?.version ?? 'unknown');
  } finally {
    await client.end();
  }
}

/** Resolves to the server's name and version; rejects with the driver's reason when it does not answer. */
export function probe(dialect: ServerDialect, url: string): Promise<string> {
  return dialect === 'mysql' ? probeMysql(url) : probePostgres(url);
}
