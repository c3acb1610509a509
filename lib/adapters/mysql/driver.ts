import type { FieldPacket, Connection as MysqlConnection, QueryError, ResultSetHeader, RowDataPacket } from 'mysql2';
import { type Compiled, literalStatement } from '../../sql/compile.ts';
import type { Dialect } from '../../sql/dialect.ts';
import { mysqlLiteral } from '../../sql/dialects/mysql-literal.ts';
import type { Scalar } from '../../types/type.ts';
import type {
  ConnectionConfig,
  DriverConnection,
  Outcome,
  RowCursor,
  RunOptions,
  TransactionState,
} from '../contract.ts';
import { MysqlCursor } from './cursor.ts';
import { mysqlFacts } from './errors.ts';
import { killQuery } from './kill.ts';
import { checkParameters, checkText } from './packet.ts';
import type { Mysql } from './socket.ts';
import { nullZeroDates } from './zero-dates.ts';

/** "Query execution was interrupted". */
const interrupted = 1317;

function ignore(): void {}

export class MysqlDriverConnection implements DriverConnection {
  readonly dialect: Dialect;
  readonly #connection: MysqlConnection;
  readonly #typed: Mysql['TypedParameter'];
  readonly #config: ConnectionConfig;
  readonly #prepares: boolean;
  readonly #nullsZeroDates: boolean;
  readonly #packetLimit: number;
  #usable = true;
  #transactionState: TransactionState = 'none';

  /** @param packetLimit - the server's max_allowed_packet, once it is known */
  constructor(
    connection: MysqlConnection,
    mysql: Mysql,
    dialect: Dialect,
    config: ConnectionConfig,
    packetLimit = Number.POSITIVE_INFINITY,
  ) {
    this.dialect = dialect;
    this.#packetLimit = packetLimit;
    this.#nullsZeroDates = config.zeroDates === 'null';
    this.#connection = connection;
    this.#typed = mysql.TypedParameter;
    this.#config = config;
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
      const done = (error: QueryError | null, result: unknown, fields: FieldPacket[]) => {
        if (error !== null) {
          if (error.fatal === true) this.#usable = false;
          // A deadlock ends the whole transaction, and an error tells no status.
          if (error.errno === deadlock) this.#transactionState = 'none';
          // The driver puts the sent text there, which in the text protocol holds the values.
          Reflect.set(error, 'sql', statement.sql);
          reject(error);
        } else {
          if (this.#nullsZeroDates && Array.isArray(result)) nullZeroDates(result, fields);
          this.#transactionState = stateAfter(result) ?? this.#transactionState;
          resolve(toOutcome(result));
        }
      };
      // More values than that have to go into the text.
      if (options.prepared && this.#prepares && statement.binds.length <= this.dialect.features.maxBinds) {
        checkParameters(statement.binds, this.#packetLimit);
        this.#connection.execute<RowDataPacket[] | ResultSetHeader>(
          statement.sql,
          this.#parameters(statement.binds),
          done,
        );
      } else {
        const text = literalText(statement);
        checkText(text, this.#packetLimit);
        this.#connection.query<RowDataPacket[] | ResultSetHeader>(text, done);
      }
    });
  }

  cursor(statement: Compiled, options: RunOptions, size: number): RowCursor {
    const command =
      options.prepared && this.#prepares && statement.binds.length <= this.dialect.features.maxBinds
        ? this.#connection.execute<RowDataPacket[]>(statement.sql, this.#parameters(statement.binds))
        : this.#connection.query<RowDataPacket[]>(literalText(statement));
    const mend = this.#nullsZeroDates ? nullZeroDates : undefined;
    return new MysqlCursor(this.#connection, command, size, (running) => this.cancel(running), mend);
  }

  async cancel(running: Promise<unknown>): Promise<void> {
    const over = running.then(ignore, ignore);
    await killQuery(this.#config, this.#connection.threadId);
    await over;
    // A kill that comes when the statement is over may wait for the next one: this one takes it.
    try {
      await this.#check();
    } catch (error) {
      if (mysqlFacts(error).errno !== interrupted) throw error;
      await this.#check();
    }
  }

  #check(): Promise<Outcome> {
    return this.run(literalStatement('SELECT 1'), { prepared: false, bigints: false });
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
  const { affectedRows, insertId, info } = header;
  return { rows: [], affectedRows, insertId: insertId === 0 ? undefined : insertId, duplicates: duplicatesOf(info) };
}

/** `Records: 3  Duplicates: 1  Warnings: 0`, in the server's language: the second number. */
function duplicatesOf(info: string | undefined): number | undefined {
  const second = info === undefined ? undefined : /^\D*\d+\D+(\d+)\D+\d+/.exec(info)?.[1];
  return second === undefined ? undefined : Number(second);
}
