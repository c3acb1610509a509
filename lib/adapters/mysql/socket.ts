import type { Connection as MysqlConnection } from 'mysql2';
import { DriverMissing } from '../../errors/connection.ts';
import type { ConnectionConfig } from '../contract.ts';

export type Mysql = typeof import('mysql2');

let loaded: Promise<Mysql> | undefined;

/** The driver is read from disk on the first connection, so that programs on SQLite never pay for it. */
export function loadMysql(): Promise<Mysql> {
  loaded ??= import('mysql2').then(
    (module) => module.default ?? module,
    (cause: unknown) => {
      loaded = undefined;
      throw new DriverMissing('The package mysql2 could not be loaded.', { hint: 'Run: npm install mysql2', cause });
    },
  );
  return loaded;
}

/** The server keeps at most 16,382 prepared statements for all of its sessions; one pool may use half of them. */
const preparedLimit = (config: ConnectionConfig) => Math.max(1, Math.min(256, Math.floor(8_191 / config.pool)));

/** Opens a socket and logs in; rejects with the driver's error. */
export async function openMysql(config: ConnectionConfig, database: string | undefined): Promise<MysqlConnection> {
  const mysql = await loadMysql();
  const connection = mysql.createConnection({
    ...(config.socketPath === undefined
      ? { host: config.host ?? '127.0.0.1', port: config.port ?? 3306 }
      : { socketPath: config.socketPath }),
    ...(config.user === undefined ? {} : { user: config.user }),
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(database === undefined ? {} : { database }),
    ...(config.tls === 'off'
      ? {}
      : {
          ssl: { rejectUnauthorized: config.tls === 'verified', ...(config.ca === undefined ? {} : { ca: config.ca }) },
        }),
    charset: 'utf8mb4',
    connectTimeout: config.connectTimeout,
    // Text that the driver has not touched: values are cast when they are first read, and nothing is rounded on the way.
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    timezone: 'Z',
    multipleStatements: false,
    // Texts come with their values in them: the driver would look through each one for placeholders.
    queryFormat: (sql: string) => sql,
    maxPreparedStatements: preparedLimit(config),
    // The driver would capture a stack for every statement; async functions give the caller's line for nothing.
    trace: false,
  });
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      connection.destroy();
      reject(error);
    };
    connection.once('error', failed);
    connection.connect((error) => {
      connection.off('error', failed);
      // A connection may fail while nobody is waiting for it; without a listener that would end the process.
      connection.on('error', ignoreUntilUsed);
      if (error === null) resolve(connection);
      else failed(error);
    });
  });
}

/** The next statement on the connection reports the failure. */
function ignoreUntilUsed(): void {}
