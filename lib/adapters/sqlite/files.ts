import { realpathSync } from 'node:fs';
import type { ConnectionConfig } from '../contract.ts';

/** Whether the database lives in memory, and ends with its connection. */
export function isMemory(config: ConnectionConfig): boolean {
  return config.database === ':memory:';
}

/** The database's file itself, by whatever links it was named: all who use it lock the same file. */
function realFile({ database }: ConnectionConfig): string {
  try {
    return realpathSync(database);
  } catch {
    // There is none yet, or none any more.
    return database;
  }
}

/** The file on which migrators lock one another out; empty, and left where it is. */
export function lockFile(config: ConnectionConfig): string {
  return `${realFile(config)}-lock`;
}

/** The file that is held for the moment in which another lock's file is opened or removed. */
export function guardFile(config: ConnectionConfig): string {
  return `${realFile(config)}-locks`;
}

/** The database's own file, and those that SQLite and this library keep beside it. */
export function databaseFiles(config: ConnectionConfig): { readonly own: string; readonly beside: readonly string[] } {
  const own = config.database;
  return { own, beside: [`${own}-wal`, `${own}-shm`, `${own}-journal`, lockFile(config), guardFile(config)] };
}
