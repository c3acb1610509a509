import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, connect, migrate } from 'active-record-ts';

/** A file of the user's, unless DATABASE_URL names another database; the tables are made, or brought up to date. */
export async function openDatabase(): Promise<Connection> {
  const connection = await connect(process.env.DATABASE_URL ?? `sqlite:${join(homedir(), '.track.sqlite3')}`);
  // Seen from out/, where this file is compiled to.
  await migrate({ connection, folder: fileURLToPath(new URL('../migrations', import.meta.url)) });
  return connection;
}
