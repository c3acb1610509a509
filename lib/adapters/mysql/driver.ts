import type { FieldPacket, Connection as MysqlConnection, QueryError, ResultSetHeader, RowDataPacket } from 'mysql2';
import { DriverMissing } from '../../errors/connection.ts';
import type { Compiled } from '../../sql/compile.ts';
import type { Dialect } from '../../sql/dialect.ts';
import { mysqlLiteral } from '../../sql/dialects/mysql-literal.ts';
import type { Scalar } from '../../types/type.ts';
import type { ConnectionConfig, DriverConnection, Outcome, RunOptions, TransactionState } from '../contract.ts';

type Mysql = typeof import('mysql2');

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

export class MysqlDriverConnection implements DriverConnection {
  readonly dialect: Dialect;
  readonly #connection: MysqlConnection;
  readonly #typed: Mysql['TypedParameter'];
  readonly #prepares: boolean;
  #usable = true;
  #transactionState: TransactionState = 'none';

  constructor(connection: MysqlConnection, mysql: Mysql, dialect: Dialect, config: ConnectionConfig) {
    this.dialect = dialect;
    this.#connection = connection;
    this.#typed = mysql.TypedParameter;
    this.#prepares = config.preparedStatements;
    const lost = () => {
      this.#usable = false;
    };
    connection.on('error', lost);
    connection.on('end', lost);
  }

  get usable(): boolean {
    return this.#usable;
  }

  get transactionState(): TransactionState {
    return this.#transactionState;
  }

  run(statement: Compiled, options: RunOptions): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const done = (error: QueryError | null, result: unknown, _fields: FieldPacket[]) => {
        if (error !== null) {
          if (error.fatal === true) this.#usable = false;
          // A deadlock ends the whole transaction, and an error tells no status.
          if (error.errno === deadlock) this.#transactionState = 'none';
          // The driver puts the sent text there, which in the text protocol holds the values.
          Reflect.set(error, 'sql', statement.sql);
          reject(error);
        } else {
          this.#transactionState = stateAfter(result) ?? this.#transactionState;
          resolve(toOutcome(result));
        }
      };
      if (options.prepared && this.#prepares) {
        this.#connection.execute<RowDataPacket[] | ResultSetHeader>(
          statement.sql,
          this.#parameters(statement.binds),
          done,
        );
      } else {
        this.#connection.query<RowDataPacket[] | ResultSetHeader>(literalText(statement), done);
      }
    });
  }

  /** Numbers go to a placeholder as DOUBLE unless told otherwise; whole ones must compare as whole ones. */
  #parameters(binds: readonly Scalar[]): ParameterList {
    const parameters: ParameterList = [];
    for (const bind of binds) {
      if (typeof bind === 'number')
        parameters.push(Number.isSafeInteger(bind) && !Object.is(bind, -0) ? this.#typed.LONGLONG(bind) : bind);
      else if (typeof bind === 'bigint')
        parameters.push(bind < 2n ** 63n ? this.#typed.LONGLONG(bind) : this.#typed.LONGLONG.unsigned(bind));
      else if (bind instanceof Uint8Array && !Buffer.isBuffer(bind))
        parameters.push(Buffer.from(bind.buffer, bind.byteOffset, bind.byteLength));
      else parameters.push(bind);
    }
    return parameters;
  }

  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Called without an argument where all is well, whatever its type says.
      this.#connection.ping((error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    if (!this.#usable) {
      this.destroy();
      return Promise.resolve();
    }
    this.#usable = false;
    return new Promise((resolve) => {
      // Ended either way: an error here only says that the server was faster.
      this.#connection.end(() => resolve());
    });
  }

  destroy(): void {
    this.#usable = false;
    this.#connection.destroy();
  }
}

/** ER_LOCK_DEADLOCK. */
const deadlock = 1213;
/** SERVER_STATUS_IN_TRANS. */
const inTransaction = 1;

/** Rows come without the status, and reading neither begins nor ends a transaction that was begun as such. */
function stateAfter(result: unknown): TransactionState {
  // A procedure that gives rows has its own answer behind them.
  const header: unknown = Array.isArray(result) && Array.isArray(result[0]) ? result.at(-1) : result;
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return undefined;
  const status: unknown = Reflect.get(header, 'serverStatus');
  return typeof status !== 'number' ? undefined : (status & inTransaction) !== 0 ? 'open' : 'none';
}

type ParameterList = NonNullable<Exclude<Parameters<MysqlConnection['execute']>[1], Function>> & unknown[];

/** The text protocol: values become literals that are safe in every sql_mode. */
function literalText(statement: Compiled): string {
  const { pieces, binds } = statement;
  let text = pieces[0] ?? '';
  for (let index = 0; index < binds.length; index++)
    text += mysqlLiteral(binds[index] ?? null) + (pieces[index + 1] ?? '');
  return text;
}

function toOutcome(result: unknown): Outcome {
  if (Array.isArray(result)) return { rows: result, affectedRows: 0, insertId: undefined };
  const header = result as ResultSetHeader;
  return { rows: [], affectedRows: header.affectedRows, insertId: header.insertId === 0 ? undefined : header.insertId };
}
