import type { ConnectionConfig, DriverConnection, LockResult } from '../contract.ts';
import { poll } from '../poll.ts';
import { isBusy } from './codes.ts';
import { sqliteDriver } from './drivers.ts';
import { isMemory, lockFile } from './files.ts';
import { rowsOf, type SqliteHandle } from './handle.ts';

/** Held in memory: nobody else can reach such a database, so only this process has to be told. */
const heldInMemory = new WeakMap<DriverConnection, Set<string>>();

function takeInMemory(connection: DriverConnection, name: string): LockResult | undefined {
  const held = heldInMemory.get(connection) ?? new Set<string>();
  heldInMemory.set(connection, held);
  if (held.has(name)) return undefined;
  held.add(name);
  return {
    async release() {
      held.delete(name);
    },
  };
}

function tryBegin(handle: SqliteHandle): true | undefined {
  try {
    rowsOf(handle, 'BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/**
 * SQLite has no named locks. An exclusive transaction on a file of its own is one: it blocks nobody who uses the
 * database, and the operating system ends it with the process. One file serves all names, so there is one lock.
 */
export async function lockSqlite(
  connection: DriverConnection,
  config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  if (isMemory(config)) return poll(() => takeInMemory(connection, name), wait);
  const driver = await sqliteDriver(config.driver);
  const handle = driver.open(lockFile(config));
  let granted: true | undefined;
  try {
    // Two who ask in the same moment may each be in the other's way: neither is to take that for a lock that is held.
    granted = await poll(() => tryBegin(handle), Math.max(wait, 50));
  } finally {
    if (granted !== true) handle.close();
  }
  if (granted !== true) return undefined;
  return {
    async release() {
      handle.close();
    },
  };
}
