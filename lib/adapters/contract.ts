import type { ActiveRecordError } from '../errors/base.ts';
import type { Compiled } from '../sql/compile.ts';
import type { DdlOperation, ReferentialAction } from '../sql/ddl/spec.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { StorageType } from '../types/column-type.ts';
import type { Scalar } from '../types/type.ts';

/** A row as the driver made it. It becomes the attribute store of a record, and is never copied. */
export interface Row {
  [column: string]: Scalar | undefined;
}

/** What came of a statement. */
export interface Outcome {
  readonly rows: Row[];
  /** Rows inserted, deleted, or matched by an update (also those that already had the new values). */
  readonly affectedRows: number;
  /** The key that the database generated, where the protocol tells it without RETURNING. */
  readonly insertId: number | bigint | string | undefined;
  /** Of an insert of several rows that met others: how many of them it did, where the protocol tells. */
  readonly duplicates?: number | undefined;
}

/** What ends a statement before its answer is there. */
export interface QueryLimits {
  /** Aborting it ends the statement, on the server too. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the statement, with the wait for a connection. */
  readonly timeout?: number | undefined;
}

/** An association that was loaded for several records at once, because one of them was asked for it. */
export interface AutomaticBatch {
  /** Such as `Post.author`. */
  readonly association: string;
  /** For how many records. */
  readonly records: number;
}

export interface RunOptions {
  /** Prepare the statement and keep it: for statements whose text comes again. */
  readonly prepared: boolean;
  /** Rows hold integers that may be past 2^53. Drivers that always give those exactly ignore it. */
  readonly bigints: boolean;
  /** Kept by the connection; drivers know nothing of them. */
  readonly limits?: QueryLimits | undefined;
  /** What the statement loads by itself, for the statement's event. */
  readonly batch?: AutomaticBatch | undefined;
  /** How many calls of `find` it answers, where there are several, for the statement's event. */
  readonly coalesced?: number | undefined;
}

/** Rows that are read as they are asked for, so that a result of any size takes little memory. */
export interface RowCursor {
  /** The next rows; none at the end. Rejects with the driver's own error. */
  next(): Promise<readonly Row[]>;
  /** Ends it, also on the server. The connection can be used again then. */
  close(): Promise<void>;
}

/** What a connection knows of its transaction: `failed` is one that can only be rolled back; undefined: not known. */
export type TransactionState = 'none' | 'open' | 'failed' | undefined;

/** One connection of a driver. It runs one statement at a time. */
export interface DriverConnection {
  readonly dialect: Dialect;
  /** False once the server or the network has ended it. */
  readonly usable: boolean;
  /** As the server told it with its last answer. */
  readonly transactionState: TransactionState;
  /** Rejects with the driver's own error: {@link Adapter.translate} words it. May answer at once. */
  run(statement: Compiled, options: RunOptions): Outcome | Promise<Outcome>;
  /** Begins to read the rows of a statement, `size` at a time. Until it is closed nothing else may be run. */
  cursor(statement: Compiled, options: RunOptions, size: number): RowCursor;
  /**
   * Has the server end the statement under way, by another connection. Comes back when the next statement cannot be hit
   * by that any more; rejects where nobody can say so.
   *
   * @param running - settles with the statement under way
   */
  cancel(running: Promise<unknown>): Promise<void>;
  /** Asks the server for a sign of life; rejects where there is none. */
  ping(): Promise<void>;
  /** Ends it politely. */
  close(): Promise<void>;
  /** Ends it at once, whatever is under way. */
  destroy(): void;
}

/** Which of its connections a statement may use. Only SQLite tells them apart: it has one writer. */
export type Intent = 'read' | 'write';

/** What a checked configuration says, whatever way it was written. */
export interface ConnectionConfig {
  readonly adapter: 'mysql' | 'sqlite' | 'postgres';
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The database's name; a file, or `:memory:`, for SQLite. */
  readonly database: string;
  /** A Unix socket, in place of host and port. */
  readonly socketPath: string | undefined;
  /** The most connections that are open at a time. */
  readonly pool: number;
  /** Milliseconds to wait for a connection of the pool. */
  readonly acquireTimeout: number;
  /** Milliseconds to wait for the server to answer a new connection. */
  readonly connectTimeout: number;
  /** Milliseconds after which an idle connection is asked for a sign of life before it is used. */
  readonly verifyAfter: number;
  /** False where a pooler between program and server mixes sessions. */
  readonly preparedStatements: boolean;
  /** MySQL only: dates that are no dates (0000-00-00, 2024-00-10) throw when they are read, or are NULL. */
  readonly zeroDates: 'error' | 'null';
  /** TLS: off, on without and on with a check of the server's certificate, with its CA where it is not a public one. */
  readonly tls: 'off' | 'unverified' | 'verified';
  readonly ca: string | undefined;
  /** SQLite only: which driver, where both could be used. */
  readonly driver: 'node:sqlite' | 'better-sqlite3' | undefined;
}

/** What the names of locks that applications take begin with: none of them is the migrators'. */
export const applicationLock = 'application:';

export interface LockResult {
  /** Whether it is still held, where it can be lost; false and a rejection mean the same. */
  isHeld?(): Promise<boolean>;
  release(): Promise<void>;
}

/** How the database tells its plan for a statement. */
export interface Explaining {
  /** What stands in front of the statement. @throws CapabilityMissing */
  prefix(dialect: Dialect, analyze: boolean): string;
  /** The answer as text for people. */
  text(rows: readonly Row[]): string;
}

/** What a migrator has to know of the server where it cannot roll schema changes back. Rejects with the driver's errors. */
export interface SchemaChanges {
  /** A table or view in the database's own words, without what changes by itself; null where there is none of that name, undefined where nobody needs it. */
  tableText(connection: DriverConnection, table: string): Promise<string | null | undefined>;
  /** Whether an index is there that was not finished, and is used by no query. */
  isInvalid(connection: DriverConnection, index: string): Promise<boolean>;
  /** Whether another session carries that statement out right now, for this database. */
  isRunning(connection: DriverConnection, sql: string): Promise<boolean>;
  /**
   * Statements around `sql` that let it wait no longer for others who use a table; undefined where there is no need, or
   * where it keeps nobody waiting meanwhile.
   */
  lockWait(milliseconds: number, sql: string): { readonly before: string; readonly after: string } | undefined;
  /** The sessions that may keep a schema change waiting, for people. */
  blockers(connection: DriverConnection): Promise<readonly string[]>;
}

/** Everything that differs from one kind of database to the next. */
export interface Adapter {
  readonly name: ConnectionConfig['adapter'];
  /** How SQL is written before a server has told its version. */
  readonly dialect: Dialect;
  /** Opens a connection and pins its session: UTC, UTF-8, strict. Rejects with the driver's own error. */
  connect(config: ConnectionConfig, intent: Intent): Promise<DriverConnection>;
  /** How many connections there may be for each intent; undefined where intents share all of them. */
  limits(config: ConnectionConfig): { readonly read: number; readonly write: number } | undefined;
  /** The error of this library for one of the driver's, from a statement. */
  translate(error: unknown, statement: { readonly sql: string; readonly binds: readonly unknown[] }): ActiveRecordError;
  /** The same for one from opening a connection. Never contains the password. */
  translateConnectError(error: unknown, config: ConnectionConfig): ActiveRecordError;
  /** Makes the database of the configuration; false where it exists. */
  createDatabase(config: ConnectionConfig): Promise<boolean>;
  /** The file that the database is; undefined where it is none. Opening it would make it. */
  databaseFile(config: ConnectionConfig): string | undefined;
  /** Drops the database of the configuration; false where there is none. */
  dropDatabase(config: ConnectionConfig): Promise<boolean>;
  readonly introspection: Introspection;
  readonly explaining: Explaining;
  readonly schemaChanges: SchemaChanges;
  /**
   * Takes the lock of that name for this session. Resolves to undefined where another session still holds it after
   * `wait` milliseconds.
   */
  lock(
    connection: DriverConnection,
    config: ConnectionConfig,
    name: string,
    wait: number,
  ): Promise<LockResult | undefined>;
  /** Schema operations that the database has no statement for; undefined where it has one for each. */
  readonly rebuild: TableRebuild | undefined;
}

/** Changes a table by making it anew, with nothing lost (SQLite). */
export interface TableRebuild {
  /** Whether the operation has to go this way. */
  handles(operation: DdlOperation): boolean;
  /** Carries it out, inside a transaction before which foreign keys were suspended. */
  apply(connection: DriverConnection, operation: DdlOperation): Promise<void>;
}

/** A column as the database describes it. */
export interface ColumnDescription {
  readonly name: string;
  readonly type: StorageType;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  /** The database fills it in where an insert leaves it out. */
  readonly hasDefault: boolean;
  /** Its value is counted up, and told after an insert. */
  readonly autoIncrement: boolean;
  /** Computed by the database: never written. */
  readonly generated: boolean;
  /** Its default in the database's own words; undefined where there is none. */
  readonly default?: string | undefined;
  readonly comment?: string | undefined;
}
export interface IndexDescription {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly primary: boolean;
  /** By the columns' order, where one of them is descending. */
  readonly orders?: readonly ('asc' | 'desc')[] | undefined;
  /** How much of each column is indexed, where it is not all of one. */
  readonly lengths?: readonly (number | undefined)[] | undefined;
  /** Which rows are indexed, in the database's own words, where it is not all of them. */
  readonly where?: string | undefined;
  /** FULLTEXT, or a method such as gin; undefined for that which is usual. */
  readonly method?: string | undefined;
  /** The optimizer does not use it. */
  readonly invisible?: true | undefined;
  /** It is there for a unique or exclusion constraint, and goes with that. */
  readonly constraint?: true | undefined;
  /** Columns that its expressions and condition go by, and those that are carried along, where they are no part of its key. */
  readonly goesBy?: readonly string[] | undefined;
}
/** A check, unique or exclusion constraint. Where a unique one is an index and nothing else, it is described as such. */
export interface ConstraintDescription {
  readonly name: string;
  readonly type: 'check' | 'unique' | 'exclusion';
  /** Those of a unique one, in order; those that another goes by, where the database tells. */
  readonly columns: readonly string[];
  /** In the database's own words. */
  readonly definition: string;
}

export interface ForeignKeyDescription {
  readonly name: string;
  readonly columns: readonly string[];
  readonly toTable: string;
  readonly toColumns: readonly string[];
  /** undefined where nothing is said about it, and where it says what is so by default. */
  readonly onDelete?: ReferentialAction | undefined;
  readonly onUpdate?: ReferentialAction | undefined;
}

/** What the database knows of its tables. All rejections are the driver's own errors. */
export interface Introspection {
  /** Tables and views of the connected database, without the system's. */
  tables(connection: DriverConnection): Promise<string[]>;
  /** In the table's own order; empty where there is no such table. */
  columns(connection: DriverConnection, table: string): Promise<ColumnDescription[]>;
  indexes(connection: DriverConnection, table: string): Promise<IndexDescription[]>;
  foreignKeys(connection: DriverConnection, table: string): Promise<ForeignKeyDescription[]>;
  constraints(connection: DriverConnection, table: string): Promise<ConstraintDescription[]>;
  /**
   * All of a column but its name, as the database's own statements declare it, where changing a part of it means to
   * repeat the rest; undefined where there is no such column.
   */
  columnDefinition?(connection: DriverConnection, table: string, column: string): Promise<string | undefined>;
}
