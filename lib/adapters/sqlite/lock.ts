import { applicationLock, type ConnectionConfig, type DriverConnection, type LockResult } from '../contract.ts';
import { poll } from '../poll.ts';
import { lockForApplication, openExclusively } from './application-lock.ts';
import { sqliteDriver } from './drivers.ts';
import { isMemory, lockFile } from './files.ts';

/** Held in memory: nobody else can reach such a database, so only this process has to be told. */
const heldInMemory = new WeakMap<ConnectionConfig, Set<string>>();

function takeInMemory(config: ConnectionConfig, name: string): LockResult | undefined {
  const held = heldInMemory.get(config) ?? new Set<string>();
  heldInMemory.set(config, held);
  if (held.has(name)) return undefined;
  held.add(name);
  return {
    async release() {
      held.delete(name);
    },
  };
}

/**
 * SQLite has no named locks. An exclusive transaction on a file of its own is one: it blocks nobody who uses the
 * database, and the operating system ends it with the process. The migrators' file stays where it is; locks of applications
 * have a file for each name.
 */
export async function lockSqlite(
  _connection: DriverConnection,
  config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  if (isMemory(config)) return poll(() => takeInMemory(config, name), wait);
  if (name.startsWith(applicationLock)) return lockForApplication(config, name, wait);
  const driver = await sqliteDriver(config.driver);
  // Two who ask in the same moment may each be in the other's way: neither is to take that for a lock that is held.
  const handle = await poll(() => openExclusively(driver, lockFile(config)), Math.max(wait, 50));
  if (handle === undefined) return undefined;
  return {
    async release() {
      handle.close();
    },
  };
}
