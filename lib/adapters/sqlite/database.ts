import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ConnectionConfig } from '../contract.ts';
import { sqliteDriver } from './drivers.ts';
import { notADatabase } from './errors.ts';
import { databaseFiles, isMemory, lockFile } from './files.ts';

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** An empty file is a database without tables. Where no driver could open it, none is made. */
export async function createSqliteDatabase(config: ConnectionConfig): Promise<boolean> {
  if (isMemory(config)) return false;
  await sqliteDriver(config.driver);
  try {
    const file = await open(config.database, 'wx');
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The files of locks whose holders were killed. */
async function leftLocks(config: ConnectionConfig): Promise<string[]> {
  const folder = dirname(config.database);
  const start = `${basename(lockFile(config))}-`;
  try {
    return (await readdir(folder)).filter((name) => name.startsWith(start)).map((name) => join(folder, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** A mistyped path must not cost anybody a file that is something else. */
async function mayBeDatabase(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(16), 0, 16, 0);
      return bytesRead === 0 || buffer.toString('latin1') === 'SQLite format 3\0';
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}

export async function dropSqliteDatabase(config: ConnectionConfig): Promise<boolean> {
  if (isMemory(config)) return false;
  const { own, beside } = databaseFiles(config);
  if (!(await mayBeDatabase(own))) throw notADatabase(config);
  try {
    await rm(own);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return false;
  } finally {
    // A log without its database would be replayed into the next one of that name.
    for (const file of [...beside, ...(await leftLocks(config))]) await rm(file, { force: true });
  }
  return true;
}
