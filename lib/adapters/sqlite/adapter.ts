import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import type { Adapter } from '../contract.ts';
import { transactionalChanges } from '../schema-changes.ts';
import { createSqliteDatabase, dropSqliteDatabase } from './database.ts';
import { translateSqlite, translateSqliteConnect } from './errors.ts';
import { sqliteExplaining } from './explain.ts';
import { isMemory } from './files.ts';
import { sqliteIntrospection } from './introspection.ts';
import { lockSqlite } from './lock.ts';
import { openSqlite } from './open.ts';
import { sqliteRebuild } from './rebuild.ts';

/** SQLite, through node:sqlite or better-sqlite3. */
export const sqliteAdapter: Adapter = {
  name: 'sqlite',
  dialect: sqliteDialect,
  connect: openSqlite,
  // SQLite has one writer at a time: a second one could only wait for the first, and blindly. With no place to read,
  // as in memory, where each connection would be a database of its own, readers use the writer.
  limits: (config) => (isMemory(config) ? { read: 0, write: 1 } : { read: Math.max(1, config.pool - 1), write: 1 }),
  translate: translateSqlite,
  translateConnectError: translateSqliteConnect,
  createDatabase: createSqliteDatabase,
  dropDatabase: dropSqliteDatabase,
  databaseFile: (config) => (isMemory(config) ? undefined : config.database),
  introspection: sqliteIntrospection,
  explaining: sqliteExplaining,
  schemaChanges: transactionalChanges,
  lock: lockSqlite,
  rebuild: sqliteRebuild,
};
