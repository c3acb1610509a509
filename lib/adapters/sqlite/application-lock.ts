import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { ConnectionConfig, LockResult } from '../contract.ts';
import { poll } from '../poll.ts';
import { isBusy } from './codes.ts';
import { sqliteDriver } from './drivers.ts';
import { guardFile, lockFile } from './files.ts';
import { rowsOf, type SqliteDriver, type SqliteHandle } from './handle.ts';

/** A file that is open in an exclusive transaction; undefined where somebody else has it so. */
export function openExclusively(driver: SqliteDriver, file: string): SqliteHandle | undefined {
  const handle = driver.open(file);
  let granted = false;
  try {
    rowsOf(handle, 'BEGIN EXCLUSIVE');
    granted = true;
    return handle;
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  } finally {
    if (!granted) handle.close();
  }
}

/** Does something while nobody else opens or removes the files of locks; undefined where somebody is at it. */
function guarded<T>(driver: SqliteDriver, config: ConnectionConfig, task: () => T): T | undefined {
  const guard = openExclusively(driver, guardFile(config));
  if (guard === undefined) return undefined;
  try {
    return task();
  } finally {
    guard.close();
  }
}

/** Milliseconds that the removal of a file may wait for its turn. */
const removalPatience = 1_000;

/**
 * A lock of an application: each name has a file of its own, there while it is held, so that two names have nothing to do
 * with each other. It is opened and removed in turn only: nobody holds a file that others cannot see any more.
 */
export async function lockForApplication(
  config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  const driver = await sqliteDriver(config.driver);
  const file = `${lockFile(config)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  // Two who ask in the same moment may each be in the other's way: neither is to take that for a lock that is held.
  const handle = await poll(() => guarded(driver, config, () => openExclusively(driver, file)), Math.max(wait, 50));
  if (handle === undefined) return undefined;
  return {
    async release() {
      let isOpen = true;
      const remove = () => {
        isOpen = false;
        handle.close();
        rmSync(file, { force: true });
        return true;
      };
      try {
        await poll(() => guarded(driver, config, remove), removalPatience);
      } finally {
        // A file that is left behind is taken by whoever comes next.
        if (isOpen) handle.close();
      }
    },
  };
}
