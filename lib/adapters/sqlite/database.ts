import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ConnectionConfig } from '../contract.ts';
import { databaseFiles, isMemory, lockFile } from './files.ts';

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** An empty file is a database without tables. */
export async function createSqliteDatabase(config: ConnectionConfig): Promise<boolean> {
  if (isMemory(config)) return false;
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

export async function dropSqliteDatabase(config: ConnectionConfig): Promise<boolean> {
  if (isMemory(config)) return false;
  const { own, beside } = databaseFiles(config);
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
