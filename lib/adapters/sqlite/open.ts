import type { ConnectionConfig, Intent } from '../contract.ts';
import { sqliteFacts } from './codes.ts';
import { retryBusy, SqliteConnection } from './driver.ts';
import { sqliteDriver } from './drivers.ts';
import { isMemory } from './files.ts';
import { rowsOf, type SqliteHandle } from './handle.ts';

/**
 * How long SQLite itself waits for a lock, in milliseconds. It blocks the event loop while it does, so this only spans
 * the commit of another process; longer waits are ours, and let other work go on.
 */
const busyTimeout = 5;

/** Opens a database with the settings that every connection has, whoever made the file. */
export async function openSqlite(config: ConnectionConfig, intent: Intent): Promise<SqliteConnection> {
  const driver = await sqliteDriver(config.driver);
  const handle = driver.open(config.database);
  try {
    rowsOf(handle, `PRAGMA busy_timeout = ${busyTimeout}`);
    if (!isMemory(config) && intent === 'write') await retryBusy(() => useWal(handle), config.acquireTimeout);
    rowsOf(handle, 'PRAGMA synchronous = NORMAL');
    rowsOf(handle, 'PRAGMA foreign_keys = ON');
    if (intent === 'read') rowsOf(handle, 'PRAGMA query_only = ON');
    // Opening reads nothing: whether the file is a database at all shows with the first look into it.
    await retryBusy(() => rowsOf(handle, 'PRAGMA schema_version'), config.acquireTimeout);
  } catch (error) {
    handle.close();
    throw error;
  }
  return new SqliteConnection(handle, config.acquireTimeout);
}

/** Readers and the writer do not wait for one another. The file keeps the setting. */
function useWal(handle: SqliteHandle): void {
  try {
    rowsOf(handle, 'PRAGMA journal_mode = WAL');
  } catch (error) {
    // A file that may only be read is used as it is; statements that write get their own error.
    if (sqliteFacts(error).code?.startsWith('SQLITE_READONLY') !== true) throw error;
  }
}
