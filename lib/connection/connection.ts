import type {
  Adapter,
  ConnectionConfig,
  DriverConnection,
  Intent,
  Introspection,
  Outcome,
  QueryLimits,
  Row,
  RunOptions,
  SchemaChanges,
} from '../adapters/contract.ts';
import { ActiveRecordError } from '../errors/base.ts';
import type { PoolFigures } from '../errors/connection.ts';
import { InvalidQuery } from '../errors/query.ts';
import { type Compiled, compile, literalStatement } from '../sql/compile.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import { ddlStatements } from '../sql/ddl/statements.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Statement } from '../sql/nodes.ts';
import { commitsImplicitly, sessionEffect } from '../sql/session-effect.ts';
import type { Sql } from '../sql/template.ts';
import { type AdvisoryLockOptions, withAdvisoryLock } from './advisory-lock.ts';
import type { CheckedConfig } from './config.ts';
import { readCursor } from './cursor.ts';
import { EndOfTurn } from './end-of-turn.ts';
import { type ConnectionState, Executor } from './executor.ts';
import { holdLock, type LockCheck } from './named-lock.ts';
import { runOutermost, runSchemaChange } from './outermost.ts';
import { intentOf, nodeOfSql, withPlainNumbers } from './own-sql.ts';
import { noRebuildInside, requireSchemaChange, runLimited } from './schema-change.ts';
import { type Sent, sentHere } from './sent.ts';
import { TestTransaction } from './test-transaction.ts';
import { transactionScope } from './transaction.ts';
import {
  checkOptions,
  requireFunction,
  requireNoneOfOutermost,
  type TransactionOptions,
} from './transaction-options.ts';
import { checkLimits, checkStart, Watch } from './watch.ts';

const textual: RunOptions = { prepared: false, bigints: false };

/**
 * A database by name: where its statements go, through a pool of driver connections and the transaction of the running
 * async scope. Made by {@link connect} or `connections.define`; opened by its first statement.
 */
export class Connection implements AsyncDisposable {
  readonly #executor: Executor;
  /** What code outside of any transaction holds back for a moment. */
  readonly #endOfTurn = new EndOfTurn();

  /** @internal */
  constructor(name: string, checked: CheckedConfig) {
    this.#executor = new Executor(name, checked);
  }

  get name(): string {
    return this.#executor.name;
  }

  /** @internal The checked configuration, with the password. */
  get config(): ConnectionConfig {
    return this.#executor.config;
  }

  /** Defined, then open, then closed. */
  get state(): ConnectionState {
    return this.#executor.state;
  }

  /** What the connected database is and can do. @throws ConnectionClosed (`AR_CONNECTION_CLOSED`) before it is open */
  get dialect(): Dialect {
    return this.#executor.opened.dialect;
  }

  /** @internal */
  get adapter(): Adapter {
    return this.#executor.opened.adapter;
  }

  /** @internal What the running async scope holds back; every other statement of the scope has to send it first. */
  get endOfTurn(): EndOfTurn {
    return transactionScope.current(this)?.endOfTurn ?? this.#endOfTurn;
  }

  /** @internal What the running code, or what it is part of, holds already of the connections that read. */
  get holder(): object | undefined {
    return this.#executor.holder;
  }

  /** @internal What connections that write are borrowed from. */
  get writePool(): object {
    return this.#executor.opened.pools.write;
  }

  /** How many driver connections are in use, idle and waited for. */
  get pool(): PoolFigures {
    const { read, write } = this.#executor.opened.pools;
    if (read === write) return write.figures;
    const [a, b] = [read.figures, write.figures];
    return { size: a.size + b.size, inUse: a.inUse + b.inUse, idle: a.idle + b.idle, waiting: a.waiting + b.waiting };
  }

  /**
   * Opens one driver connection, so that a wrong password or a missing database shows here. Opened once, also when
   * called twice at the same time; a failure can be tried again.
   */
  async open(): Promise<this> {
    await this.#executor.open();
    return this;
  }

  /** Ends every driver connection, after the statements under way. Statements from then on are refused. */
  async close(): Promise<void> {
    if (transactionScope.current(this)?.isOpen === true) {
      throw new InvalidQuery(`The connection "${this.name}" cannot be closed inside its own transaction.`, {
        hint: 'Close it after the transaction has ended: it would wait for that, and the transaction for it.',
      });
    }
    this.#endOfTurn.flush();
    return this.#executor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The rows of a query of your own, as plain objects with the database's column names.
   *
   * ```ts
   * const rows = await connection.query(sql`SELECT name FROM users WHERE age > ${18}`);
   * ```
   * @param limits - `signal` and `timeout` (milliseconds), which end the statement on the server too
   * @throws StatementError where the database refuses it; QueryAborted, QueryTimeout at a limit
   */
  async query(statement: Sql, limits: QueryLimits = {}): Promise<Row[]> {
    const { rows } = await this.#runSql(statement, limits);
    return rows.map(withPlainNumbers);
  }

  /** Runs a statement of your own, and tells how many rows it wrote: `await connection.execute(sql`DELETE FROM …`)`. */
  async execute(statement: Sql, limits: QueryLimits = {}): Promise<{ affectedRows: number }> {
    const outcome = await this.#runSql(statement, limits);
    return { affectedRows: outcome.affectedRows };
  }

  async #runSql(statement: Sql, given: QueryLimits): Promise<Outcome> {
    const node = nodeOfSql(statement);
    const limits = checkLimits(given);
    if (limits !== undefined) checkStart(limits);
    const { dialect } = this.#executor.now ?? (await this.#executor.open());
    const compiled = compile(node, dialect);
    const options: RunOptions = { prepared: false, bigints: true, limits };
    const effect = sessionEffect(compiled.sql);
    if (effect === 'transaction') {
      throw new InvalidQuery('A transaction is not begun or ended by a statement of its own, which was not sent.', {
        hint: 'Use transaction(async () => { … }): it commits, or rolls back when its function throws. Inside another one it is a savepoint.',
      });
    }
    if (commitsImplicitly(compiled.sql)) requireSchemaChange(dialect, this.#around);
    return effect === undefined
      ? this.run(compiled, options)
      : this.run({ ...compiled, changesSession: true }, options, 'write');
  }

  /** @internal Runs a statement in the transaction of this scope, or on any free driver connection. */
  async run(statement: Statement | Compiled, options: RunOptions = textual, intent?: Intent): Promise<Outcome> {
    const { dialect } = this.#executor.now ?? (await this.#executor.open());
    const compiled = 'kind' in statement ? compile(statement, dialect) : statement;
    const transaction = transactionScope.current(this);
    (transaction?.endOfTurn ?? this.#endOfTurn).flush();
    if (compiled.changesSession === true && transaction !== undefined)
      this.#executor.changeSession(transaction.connection);
    if (options.limits !== undefined) return this.#runLimited(compiled, options, options.limits, intent);
    if (transaction !== undefined) return transaction.run(compiled, options);
    return this.#executor.run(intent ?? intentOf(compiled.sql), compiled, options);
  }

  async #runLimited(compiled: Compiled, options: RunOptions, limits: QueryLimits, intent?: Intent): Promise<Outcome> {
    const watch = new Watch(limits);
    try {
      watch.check();
      const transaction = transactionScope.current(this);
      const outcome = await (transaction === undefined
        ? this.#executor.runWatched(intent ?? intentOf(compiled.sql), compiled, options, watch)
        : transaction.runWatched(compiled, options, watch));
      // What was written stays written: only an answer for which nobody would have waited can be taken back.
      if (watch.isLate && intentOf(compiled.sql) === 'read') throw watch.error(compiled.sql);
      return outcome;
    } finally {
      watch.end();
    }
  }

  /**
   * @internal The rows of a statement in batches, read as they are asked for, on a driver connection of its own.
   * @throws InvalidQuery (`AR_QUERY_INVALID`) inside a transaction, which has its own connection
   */
  async *cursor(statement: Compiled, options: RunOptions): AsyncGenerator<readonly Row[], void> {
    if (this.inTransaction) {
      throw new InvalidQuery(
        'A cursor has a connection of its own, and would not see what this transaction has written.',
        {
          hint: 'Without { cursor: true } batches by key are read, in the transaction.',
        },
      );
    }
    this.#endOfTurn.flush();
    yield* readCursor(this.#executor, statement, options);
  }

  /**
   * Runs `fn` in a transaction: all statements of models and of this connection that it (and whatever it calls) sends
   * go there. Committed when it returns, rolled back when it throws. Inside another one it is a savepoint.
   *
   * ```ts
   * await connection.transaction(move, { isolation: 'serializable', retries: 3, timeout: 5_000 });
   * ```
   * @param options - `join`: be part of the surrounding transaction instead; `isolation`, `readOnly`, `retries`, `timeout`
   * @returns what `fn` returns; undefined where it threw {@link Rollback}
   * @throws TransactionTimeout (`AR_TRANSACTION_TIMEOUT`), CommitOutcomeUnknown (`AR_COMMIT_UNKNOWN`),
   * CapabilityMissing for an isolation level that the database does not have
   */
  async transaction<T>(fn: () => T | PromiseLike<T>, options: TransactionOptions = {}): Promise<T | undefined> {
    requireFunction(fn, 'transaction');
    const current = transactionScope.current(this);
    if (current !== undefined) requireNoneOfOutermost(options);
    // Before the BEGIN or SAVEPOINT. What joins the transaction around it goes on with the same turn.
    if (current === undefined || options.join !== true) this.endOfTurn.flush();
    if (current !== undefined) {
      // Awaited here: a query given back unsent has to run inside.
      return options.join === true ? await fn() : await current.runNested(fn);
    }
    return runOutermost(this, this.#executor, fn, checkOptions(options));
  }

  /** Runs `fn` after the transaction of this scope has been committed, outside of it; at once where there is none. */
  async afterCommit(fn: () => unknown): Promise<void> {
    requireFunction(fn, 'afterCommit');
    const current = transactionScope.current(this);
    if (current === undefined) await fn();
    else current.afterCommit(fn);
  }

  /**
   * Runs `fn` after the transaction of this scope (or a savepoint that it is part of) has been rolled back, outside of
   * it. Never, where there is none, or nobody knows how it has ended.
   *
   * ```ts
   * await connection.afterRollback(() => unlink(upload));
   * ```
   */
  async afterRollback(fn: () => unknown): Promise<void> {
    requireFunction(fn, 'afterRollback');
    transactionScope.current(this)?.afterRollback(fn);
  }

  /** Runs `fn` outside of the transaction of this scope: its statements take connections of their own. */
  withoutTransaction<T>(fn: () => PromiseLike<T>): Promise<T>;
  withoutTransaction<T>(fn: () => T): Sent<T>;
  withoutTransaction(fn: () => unknown): unknown {
    return transactionScope.run(this, undefined, () => sentHere(fn()));
  }

  get inTransaction(): boolean {
    return transactionScope.current(this) !== undefined;
  }

  /** Whose transaction all that is sent would be part of. */
  get #around(): 'scope' | 'test' | undefined {
    if (this.#executor.isReplaced) return 'test';
    return this.inTransaction ? 'scope' : undefined;
  }

  /** @internal Until it is rolled back everything is sent in it, as if it were the whole database. */
  async beginTest(): Promise<TestTransaction> {
    return TestTransaction.begin(this.#executor, this.inTransaction);
  }

  /**
   * @internal Runs schema changes: in one transaction where the database can roll DDL back, else one by one. Keys may be
   * broken for a moment meanwhile (SQLite rebuilds tables); they are checked before the commit.
   */
  async schemaTransaction<T>(fn: () => Promise<T>): Promise<T> {
    await this.open();
    requireSchemaChange(this.dialect, this.#around);
    this.endOfTurn.flush();
    if (!this.dialect.features.transactionalDdl) return fn();
    const current = transactionScope.current(this);
    if (current !== undefined) {
      const nested = await current.runNested(async () => ({ value: await fn() }));
      if (nested === undefined) throw new InvalidQuery('A schema change was rolled back by Rollback.');
      return nested.value;
    }
    const result = await runSchemaChange(this, this.#executor, async () => ({ value: await fn() }));
    if (result === undefined) throw new InvalidQuery('A schema change was rolled back by Rollback.');
    return result.value;
  }

  /**
   * @internal Carries out a schema operation, in the transaction of this scope where there is one.
   * @param lockWait - milliseconds to wait for others who use the table, where the database can be told
   */
  async applyDdl(operation: DdlOperation, lockWait?: number): Promise<void> {
    await this.open();
    requireSchemaChange(this.dialect, this.#around);
    const { rebuild } = this.adapter;
    if (rebuild?.handles(operation) !== true) {
      for (const sql of ddlStatements(operation, this.dialect))
        await this.runSchemaStatement(literalStatement(sql), lockWait);
      return;
    }
    const transaction = transactionScope.current(this);
    // A rebuild is many statements with foreign keys suspended: outside of a schema transaction it needs one.
    if (transaction === undefined) return this.schemaTransaction(() => this.applyDdl(operation));
    if (!transaction.keysSuspended) throw noRebuildInside(this.dialect, operation);
    transaction.endOfTurn.flush();
    await transaction.exclusive(() => rebuild.apply(transaction.connection, operation));
  }

  /** @internal Sends a statement that changes the schema. @throws LockTimeout where others use the table for longer */
  async runSchemaStatement(statement: Compiled, lockWait?: number): Promise<Outcome> {
    const { adapter } = await this.#executor.open();
    const limit = lockWait === undefined ? undefined : adapter.schemaChanges.lockWait(lockWait, statement.sql);
    if (limit === undefined) return this.run(statement, textual, 'write');
    this.endOfTurn.flush();
    const transaction = transactionScope.current(this);
    if (transaction !== undefined) {
      return transaction.exclusive(() => runLimited(this.#executor, transaction.connection, statement, limit));
    }
    return this.#executor.hold('write', (connection) => runLimited(this.#executor, connection, statement, limit));
  }

  /** @internal Asks what a migrator has to know of the server. */
  async aboutChanges<T>(ask: (changes: SchemaChanges, connection: DriverConnection) => Promise<T>): Promise<T> {
    return this.introspect((_, driver) => ask(this.adapter.schemaChanges, driver));
  }

  /** @internal Asks the database about its tables. */
  async introspect<T>(ask: (introspection: Introspection, connection: DriverConnection) => Promise<T>): Promise<T> {
    await this.open();
    const { introspection } = this.adapter;
    const transaction = transactionScope.current(this);
    this.endOfTurn.flush();
    // Worded inside: a transaction that this ends rejects with the same error.
    const asking = async (connection: DriverConnection) => {
      try {
        return await ask(introspection, connection);
      } catch (error) {
        throw this.#worded(error, '(introspection)');
      }
    };
    if (transaction !== undefined) return transaction.exclusive(() => asking(transaction.connection));
    return this.#executor.hold('read', asking);
  }

  /**
   * @internal Runs `fn` while this process holds the named lock of the database, on a connection of its own.
   * @throws LockNotGranted where another process still holds it after `wait` milliseconds, ConnectionLost where the lock
   * was lost meanwhile
   */
  async withLock<T>(name: string, wait: number, fn: (check: LockCheck) => Promise<T>, onWait?: () => void): Promise<T> {
    await this.open();
    return holdLock({ adapter: this.adapter, config: this.config, name, wait, onWait }, fn);
  }

  /**
   * Runs `fn` while this process holds the lock of that name: one at a time among all who use the database. It is held on
   * a connection of its own, beside the pool, and given back whatever becomes of `fn`. Inside of itself it is held already.
   *
   * ```ts
   * await connection.withAdvisoryLock('nightly report', () => sendReport(), { wait: 0 });
   * // SELECT GET_LOCK(?, 0) … SELECT RELEASE_LOCK(?)
   * ```
   * @param name - any text; each database has its own
   * @param options - `wait`: milliseconds to wait for somebody else, 0 for none
   * @returns what `fn` returns
   * @throws LockNotGranted (`AR_LOCK_TIMEOUT`) where somebody else still holds it after the wait: `fn` was not run.
   *   LockLost (`AR_LOCK_LOST`) where its session has ended while `fn` ran
   */
  async withAdvisoryLock<T>(name: string, fn: () => T | PromiseLike<T>, options: AdvisoryLockOptions = {}): Promise<T> {
    return withAdvisoryLock(this, name, fn, options);
  }

  #worded(error: unknown, sql: string): unknown {
    return error instanceof ActiveRecordError ? error : this.adapter.translate(error, { sql, binds: [] });
  }

  /** Never with user, password or host. */
  toJSON(): { name: string; adapter: string; state: ConnectionState } {
    return { name: this.name, adapter: this.config.adapter, state: this.state };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Connection(${this.name}: ${this.config.adapter}, ${this.state})`;
  }
}
