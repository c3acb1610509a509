import type { Client, ClientConfig, QueryConfig, QueryResult } from 'pg';
import { ConnectionFailed, DriverMissing } from '../../errors/connection.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { type Compiled, literalStatement } from '../../sql/compile.ts';
import type { Dialect } from '../../sql/dialect.ts';
import { postgresDialect } from '../../sql/dialects/postgres.ts';
import type { Scalar } from '../../types/type.ts';
import { bindLimitError } from '../bind-limit.ts';
import type {
  ConnectionConfig,
  DriverConnection,
  Outcome,
  Row,
  RowCursor,
  RunOptions,
  TransactionState,
} from '../contract.ts';
import { cancelStatement, socketFolder } from './cancel.ts';
import { isStalePlan, postgresFacts } from './codes.ts';
import { PostgresCursor } from './cursor.ts';
import { PreparedNames } from './prepared-names.ts';
import { toParameters, valueTypes } from './values.ts';

type Pg = Pick<typeof import('pg'), 'Client'>;

let loaded: Promise<Pg> | undefined;

/** The driver is read from disk on the first connection, so that programs on other databases do without it. */
function loadPg(): Promise<Pg> {
  loaded ??= import('pg').then(
    // The package is CommonJS, whose exports are one object.
    (module) => module.default,
    (cause: unknown) => {
      loaded = undefined;
      throw new DriverMissing('The package pg could not be loaded.', { hint: 'Run: npm install pg', cause });
    },
  );
  return loaded;
}

const canceled = '57014';
const failedTransaction = '25P02';

function ignore(): void {}

/** Milliseconds that a server has to answer a goodbye. */
const farewell = 2_000;

function clientConfig(config: ConnectionConfig, database: string): ClientConfig {
  const place =
    config.socketPath === undefined ? { host: config.host ?? '127.0.0.1' } : socketFolder(config.socketPath);
  return {
    port: config.port ?? 5432,
    ...place,
    ...(config.user === undefined ? {} : { user: config.user }),
    database,
    // A function, because in place of an empty password the driver would look for others in the environment and files.
    password: () => config.password ?? '',
    ssl:
      config.tls === 'off'
        ? false
        : { rejectUnauthorized: config.tls === 'verified', ...(config.ca === undefined ? {} : { ca: config.ca }) },
    connectionTimeoutMillis: config.connectTimeout,
    keepAlive: true,
    types: valueTypes,
  };
}

/**
 * What every session starts with, whatever the settings of server, database and user are: UTC, so that no zone shifts
 * a moment; and the one text form of each type that is read here. In one statement, since every trip to the server
 * counts, and as a query, because poolers refuse startup options.
 */
const pinned = {
  client_encoding: 'UTF8',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '3',
};
const pin = `SELECT ${Object.entries(pinned)
  .map(([name, value]) => `set_config('${name}', '${value}', false)`)
  .join(', ')}`;

/** Opens a connection to `database`; rejects with the driver's error. */
export async function openPostgres(config: ConnectionConfig, database: string): Promise<PostgresConnection> {
  const pg = await loadPg();
  const client = new pg.Client(clientConfig(config, database));
  const connection = new PostgresConnection(client, config);
  try {
    await client.connect();
    await connection.run(literalStatement(pin), { prepared: false, bigints: false });
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return connection;
}

export class PostgresConnection implements DriverConnection {
  readonly dialect: Dialect = postgresDialect;
  readonly #client: Client;
  readonly #config: ConnectionConfig;
  readonly #names: PreparedNames | undefined;
  #usable = true;
  #failed = false;

  constructor(client: Client, config: ConnectionConfig) {
    this.#client = client;
    this.#config = config;
    this.#names = config.preparedStatements ? new PreparedNames(client) : undefined;
    // Without a listener an error that comes while nobody waits would end the process; the next statement tells of it.
    const lost = () => {
      this.#usable = false;
    };
    client.on('error', lost);
    client.on('end', lost);
  }

  get usable(): boolean {
    return this.#usable;
  }

  get transactionState(): TransactionState {
    const status = this.#client.getTransactionStatus?.();
    if (status === 'T') return this.#failed ? 'failed' : 'open';
    return status === 'E' ? 'failed' : status === 'I' ? 'none' : undefined;
  }

  run(statement: Compiled, options: RunOptions): Promise<Outcome> {
    const { sql, binds } = statement;
    // The protocol ends texts with it: what stands behind would be read as something else.
    if (sql.includes('\0')) {
      return Promise.reject(
        new InvalidQuery('A statement contains a NUL character.', {
          hint: 'Bind values in place of writing them into the text.',
        }),
      );
    }
    const tooMany = bindLimitError(statement, this.dialect);
    if (tooMany !== undefined) return Promise.reject(tooMany);
    const name = options.prepared ? this.#names?.of(sql) : undefined;
    return name === undefined ? this.#send(sql, binds, undefined) : this.#sendPrepared(sql, binds, name);
  }

  #send(sql: string, binds: readonly Scalar[], name: string | undefined): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      // A callback, since the driver's own promises capture a stack.
      const done = (error: Error | null, result: QueryResult<Row>) => {
        // The status comes behind an error, perhaps in a packet of its own: until then the driver has the old one.
        this.#failed = error !== null && error !== undefined;
        if (error === null || error === undefined)
          return resolve({ rows: result.rows, affectedRows: result.rowCount ?? 0, insertId: undefined });
        // After such an error the server hangs up, but its goodbye arrives later.
        if (postgresFacts(error).fatal) this.#usable = false;
        reject(error);
      };
      // Without values the driver would use the protocol that takes several statements in one text.
      const query: QueryConfig & { readonly queryMode: 'extended' } = {
        name,
        text: sql,
        values: toParameters(binds),
        queryMode: 'extended',
      };
      this.#client.query<Row>(query, done);
    });
  }

  /** A plan that the server kept can be overtaken by a change of its tables; a new one is right. */
  async #sendPrepared(sql: string, binds: readonly Scalar[], name: string): Promise<Outcome> {
    try {
      return await this.#send(sql, binds, name);
    } catch (error) {
      if (!isStalePlan(error)) throw error;
      this.#names?.forget(sql);
      try {
        return await this.#send(sql, binds, this.#names?.of(sql));
      } catch (second) {
        // The failure has ended the transaction around it, where there is one: that is what has to be told.
        throw postgresFacts(second).code === failedTransaction ? error : second;
      }
    }
  }

  cursor(statement: Compiled, options: RunOptions, size: number): RowCursor {
    return new PostgresCursor((each) => this.run(each, { ...options, prepared: false }), statement, size);
  }

  async cancel(running: Promise<unknown>): Promise<void> {
    const over = running.then(ignore, ignore);
    // The driver has them from the server's greeting; no declaration names them.
    const [processId, secret]: unknown[] = ['processID', 'secretKey'].map((name) => Reflect.get(this.#client, name));
    if (typeof processId !== 'number' || typeof secret !== 'number')
      throw new ConnectionFailed('The server has not told how a statement of this session is cancelled.');
    await cancelStatement(this.#config, processId, secret);
    await over;
    // A request that comes when the statement is over may hit the next one: this one takes it.
    if (!(await this.#sound())) await this.#sound();
  }

  /** False where the statement of the check was cancelled itself. */
  async #sound(): Promise<boolean> {
    try {
      await this.ping();
      return true;
    } catch (error) {
      const { code } = postgresFacts(error);
      // A transaction that has failed answers nothing else, and is fit to be rolled back.
      if (code === failedTransaction) return true;
      if (code !== canceled) throw error;
      return false;
    }
  }

  ping(): Promise<void> {
    return this.#send('SELECT 1', [], undefined).then(() => undefined);
  }

  async close(): Promise<void> {
    if (!this.#usable) return this.destroy();
    this.#usable = false;
    const impatient = setTimeout(() => this.destroy(), farewell);
    await this.#client.end().finally(() => clearTimeout(impatient));
  }

  destroy(): void {
    this.#usable = false;
    this.#client.connection.stream.destroy();
  }
}
