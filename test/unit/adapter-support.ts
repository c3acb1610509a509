/** What the tests of the adapters share: they speak to driver connections, below everything else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Adapter, ConnectionConfig, DriverConnection, Outcome } from '../../lib/adapters/contract.ts';
import { loadBetterSqlite3 } from '../../lib/adapters/sqlite/better-sqlite3.ts';
import { loadNodeSqlite } from '../../lib/adapters/sqlite/node-sqlite.ts';
import { checkConfig } from '../../lib/connection/config.ts';
import type { ActiveRecordError } from '../../lib/errors/base.ts';
import type { Scalar } from '../../lib/types/type.ts';

interface SendOptions {
  readonly prepared?: boolean;
  readonly bigints?: boolean;
}

/** Sends text with the dialect's own placeholders. */
export async function send(
  connection: DriverConnection,
  sql: string,
  binds: readonly Scalar[] = [],
  { prepared = false, bigints = false }: SendOptions = {},
): Promise<Outcome> {
  // These drivers read the text and the values only; the pieces are for those that write values into the text.
  return connection.run({ sql, binds, pieces: [sql], sensitive: [] }, { prepared, bigints });
}

/** The error of this library that a statement ends in. */
export async function failure(
  adapter: Adapter,
  connection: DriverConnection,
  sql: string,
  binds: readonly Scalar[] = [],
): Promise<ActiveRecordError> {
  try {
    await send(connection, sql, binds);
  } catch (error) {
    return adapter.translate(error, { sql, binds });
  }
  throw new Error(`expected an error from: ${sql}`);
}

export type SqliteDriverName = NonNullable<ConnectionConfig['driver']>;

async function betterSqlite3Loads(): Promise<boolean> {
  try {
    await loadBetterSqlite3();
    return true;
  } catch {
    // Not installed, or built for another Node than the one that runs the tests.
    return false;
  }
}

/** Those that this Node can load. */
export const sqliteDrivers: readonly SqliteDriverName[] = [
  ...(loadNodeSqlite() === undefined ? [] : (['node:sqlite'] as const)),
  ...((await betterSqlite3Loads()) ? (['better-sqlite3'] as const) : []),
];

export interface Folder {
  path(file: string): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'ar-unit-'));
  return { path: (file) => join(folder, file), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function sqliteConfig(database: string, settings: Partial<ConnectionConfig> = {}): ConnectionConfig {
  return { ...checkConfig({ adapter: 'sqlite', database }).config, ...settings };
}
