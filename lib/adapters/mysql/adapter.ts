import { createHash } from 'node:crypto';
import { ConfigurationInvalid, ConnectionFailed } from '../../errors/connection.ts';
import { literalStatement } from '../../sql/compile.ts';
import { type Dialect, quoteName } from '../../sql/dialect.ts';
import { mariadbDialect, mysqlDialect, withServerLimits } from '../../sql/dialects/mysql.ts';
import type { Adapter, ConnectionConfig, DriverConnection, LockResult, Row } from '../contract.ts';
import { poll } from '../poll.ts';
import { MysqlDriverConnection } from './driver.ts';
import { mysqlFacts, translateMysql, translateMysqlConnect } from './errors.ts';
import { mysqlExplaining } from './explain.ts';
import { mysqlIntrospection } from './introspection.ts';
import { takeLease } from './lease.ts';
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

/** GET_LOCK names are at most 64 characters, and belong to the whole server. */
async function lock(
  connection: DriverConnection,
  config: ConnectionConfig,
  name: string,
  wait: number,
): Promise<LockResult | undefined> {
  const full = mysqlDialect.literal(lockName(config.database, name));
  // It has nothing to say while it holds the lock: the server must not take that for a session that nobody needs.
  await rowsOf(connection, 'SET SESSION wait_timeout = 2147483');
  const ask = async (seconds: number): Promise<true | undefined> => {
    const [row] = await rowsOf(connection, `SELECT GET_LOCK(${full}, ${seconds}) AS granted`);
    if (Number(row?.granted) === 1) return true;
    if (row?.granted !== null) return undefined;
    throw new ConnectionFailed(`The server could not grant the lock "${name}": it answered NULL.`);
  };
  const deadline = performance.now() + wait;
  // The server waits for whole seconds (MySQL rounds them); what is left of them is asked for again and again.
  const seconds = Math.floor(wait / 1000);
  let granted: true | undefined;
  try {
    granted = (await ask(seconds)) ?? (wait > 0 ? await poll(() => ask(0), deadline - performance.now()) : undefined);
  } catch (error) {
    if (!refusesLocks(error)) throw error;
    return takeLease(connection, name, deadline - performance.now());
  }
  if (granted === true) {
    return {
      async isHeld() {
        const [row] = await rowsOf(connection, `SELECT IS_USED_LOCK(${full}) = CONNECTION_ID() AS held`);
        return Number(row?.held) === 1;
      },
      async release() {
        const [released] = await rowsOf(connection, `SELECT RELEASE_LOCK(${full}) AS released`);
        if (Number(released?.released) !== 1) {
          throw new ConnectionFailed(`The lock "${name}" was lost before it was given back.`, {
            hint: 'Another process may have worked at the same time: compare what was done with ar status.',
          });
        }
      },
    };
  }
  return undefined;
}

/** Galera before MariaDB 10.11.4 has no locks of sessions (1235: "doesn't yet support"). */
function refusesLocks(error: unknown): boolean {
  return mysqlFacts(error).errno === 1235;
}

/** The server has one space of names for all databases, of at most 64 characters, in which `a` is `A`. */
function lockName(database: string, name: string): string {
  const full = `${database}:${name}`;
  if (/^[a-z0-9_:.-]{1,64}$/.test(full)) return full;
  return createHash('sha256').update(`${database}\0${name}`).digest('hex');
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
  lock,
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
