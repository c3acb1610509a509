import { postgresDialect } from '../../sql/dialects/postgres.ts';
import type { Adapter } from '../contract.ts';
import { createPostgresDatabase, dropPostgresDatabase } from './database.ts';
import { openPostgres } from './driver.ts';
import { translatePostgres, translatePostgresConnect } from './errors.ts';
import { postgresExplaining } from './explain.ts';
import { postgresIntrospection } from './introspection.ts';
import { lockPostgres } from './lock.ts';
import { postgresSchemaChanges } from './schema-changes.ts';

/** PostgreSQL, through pg. */
export const postgresAdapter: Adapter = {
  name: 'postgres',
  dialect: postgresDialect,
  connect: (config) => openPostgres(config, config.database),
  limits: () => undefined,
  translate: translatePostgres,
  translateConnectError: translatePostgresConnect,
  createDatabase: createPostgresDatabase,
  dropDatabase: dropPostgresDatabase,
  databaseFile: () => undefined,
  introspection: postgresIntrospection,
  explaining: postgresExplaining,
  schemaChanges: postgresSchemaChanges,
  lock: lockPostgres,
  rebuild: undefined,
};
