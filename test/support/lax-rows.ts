/** Rows that this library would not write: made by another client, with a lax sql_mode. */
import { createConnection } from 'mysql2/promise';

/** Runs statements on MySQL or MariaDB in a session that takes anything for a date. */
export async function runLax(url: string, ...statements: readonly string[]): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query("SET SESSION sql_mode = ''");
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}
