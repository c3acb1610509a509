import { literalStatement } from '../../sql/compile.ts';
import { quoteName } from '../../sql/dialect.ts';
import { postgresDialect } from '../../sql/dialects/postgres.ts';
import type { ConnectionConfig } from '../contract.ts';
import { postgresFacts } from './codes.ts';
import { openPostgres, type PostgresConnection } from './driver.ts';

/** Every connection is to some database, and one cannot be made or dropped from within. */
async function openMaintenance(config: ConnectionConfig): Promise<PostgresConnection> {
  try {
    return await openPostgres(config, 'postgres');
  } catch (error) {
    // Some have dropped it; the templates are always there.
    if (postgresFacts(error).code !== '3D000') throw error;
    return openPostgres(config, 'template1');
  }
}

/** Runs one statement; false where it fails because of the state of affairs that `settled` tells by its code. */
async function onServer(config: ConnectionConfig, sql: string, settled: readonly string[]): Promise<boolean> {
  const connection = await openMaintenance(config);
  try {
    await connection.run(literalStatement(sql), { prepared: false, bigints: false });
    return true;
  } catch (error) {
    if (settled.includes(postgresFacts(error).code ?? '')) return false;
    throw error;
  } finally {
    await connection.close();
  }
}

/** From template0: only its copies may have another encoding than the server's own. */
export function createPostgresDatabase(config: ConnectionConfig): Promise<boolean> {
  const sql = `CREATE DATABASE ${quoteName(config.database, postgresDialect)} ENCODING 'UTF8' TEMPLATE template0`;
  // Two that create it at once can get as far as the catalogue's own unique index.
  return onServer(config, sql, ['42P04', '23505']);
}

/** Ends the connections that others have to it, which would keep it otherwise. */
export function dropPostgresDatabase(config: ConnectionConfig): Promise<boolean> {
  return onServer(config, `DROP DATABASE ${quoteName(config.database, postgresDialect)} WITH (FORCE)`, ['3D000']);
}
