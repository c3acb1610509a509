import { ConfigurationInvalid } from '../../errors/connection.ts';
import { literalStatement } from '../../sql/compile.ts';
import { type Dialect, quoteName } from '../../sql/dialect.ts';
import { mariadbDialect, mysqlDialect, withServerLimits } from '../../sql/dialects/mysql.ts';
import type { Adapter, ConnectionConfig, DriverConnection, Row } from '../contract.ts';
import { MysqlDriverConnection } from './driver.ts';
import { mysqlFacts, translateMysql, translateMysqlConnect } from './errors.ts';
import { mysqlExplaining } from './explain.ts';
import { mysqlIntrospection } from './introspection.ts';
import { lockMysql } from './lock.ts';
import { mysqlSchemaChanges } from './schema-changes.ts';
import { loadMysql, openMysql } from './socket.ts';

/**
 * What every session starts with, whatever the server's defaults are: UTC, so that no zone shifts a moment; strict, so
 * that nothing is cut or turned into zero; utf8mb4 in the server's own default collation.
 */
const pinned =
  "SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = " +
  "'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', " +
  'sql_auto_is_null = 0';

const serverFacts = 'SELECT VERSION() AS version, @@max_allowed_packet AS packet, @@auto_increment_increment AS step';

async function rowsOf(connection: DriverConnection, sql: string): Promise<Row[]> {
  return (await connection.run(literalStatement(sql), { prepared: false, bigints: false })).rows;
}

/** `10.11.19-MariaDB-0+deb12u1`, `5.5.5-10.11.2-MariaDB` (behind a proxy), `8.0.36`. */
export function dialectOfVersion(version: string): Dialect {
  if (!/mariadb/i.test(version)) return mysqlDialect;
  const match = /(\d+)\.(\d+)\.\d+-MariaDB/i.exec(version) ?? /(\d+)\.(\d+)/.exec(version);
  return mariadbDialect(Number(match?.[1] ?? 0), Number(match?.[2] ?? 0));
}

async function connect(config: ConnectionConfig, database: string | undefined): Promise<DriverConnection> {
  const socket = await openMysql(config, database);
  const mysql = await loadMysql();
  const first = new MysqlDriverConnection(socket, mysql, mysqlDialect, config);
  try {
    await rowsOf(first, pinned);
    const [row] = await rowsOf(first, serverFacts);
    const packet = Number(row?.packet ?? 0) || undefined;
    const version = dialectOfVersion(String(row?.version ?? ''));
    const dialect = packet === undefined ? version : withServerLimits(version, packet, Number(row?.step ?? 1));
    return new MysqlDriverConnection(socket, mysql, dialect, config, packet);
  } catch (error) {
    first.destroy();
    throw error;
  }
}

/** Runs one statement on a connection to the server that has no database chosen. */
async function onServer(config: ConnectionConfig, sql: (dialect: Dialect) => string): Promise<void> {
  if (config.database === '')
    throw new ConfigurationInvalid('The URL names no database.', {
      hint: 'Add it behind the host: mysql://localhost/blog',
    });
  const connection = await connect(config, undefined);
  try {
    await rowsOf(connection, sql(connection.dialect));
  } finally {
    await connection.close();
  }
}

export const mysqlAdapter: Adapter = {
  name: 'mysql',
  dialect: mysqlDialect,
  connect: (config) => connect(config, config.database),
  limits: () => undefined,
  translate: translateMysql,
  translateConnectError: translateMysqlConnect,
  introspection: mysqlIntrospection,
  explaining: mysqlExplaining,
  schemaChanges: mysqlSchemaChanges,
  lock: lockMysql,
  rebuild: undefined,

  async createDatabase(config) {
    try {
      await onServer(
        config,
        (dialect) => `CREATE DATABASE ${quoteName(config.database, dialect)} CHARACTER SET utf8mb4`,
      );
      return true;
    } catch (error) {
      if (mysqlFacts(error).errno === 1007) return false;
      throw error;
    }
  },

  databaseFile: () => undefined,

  async dropDatabase(config) {
    try {
      await onServer(config, (dialect) => `DROP DATABASE ${quoteName(config.database, dialect)}`);
      return true;
    } catch (error) {
      if (mysqlFacts(error).errno === 1008) return false;
      throw error;
    }
  },
};
