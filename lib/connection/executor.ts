import type { Adapter, ConnectionConfig, DriverConnection, Intent, Outcome, RunOptions } from '../adapters/contract.ts';
import { ActiveRecordError } from '../errors/base.ts';
import { ConnectionClosed } from '../errors/connection.ts';
import { type Compiled, literalStatement } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { CheckedConfig } from './config.ts';
import { hideSensitive, type StatementEvent, scrubSensitive, statementChannel, tracedApart } from './events.ts';
import { heldHere, whileHeld } from './held.ts';
import { loadAdapter } from './load-adapter.ts';
import { subscribeLog } from './log.ts';
import { Pool } from './pool.ts';
import { type Watch, within } from './watch.ts';

/** What sends statements: a driver connection, or one under a watch. */
export type Runner = Pick<DriverConnection, 'run'>;

/** Sends one statement, with events and translated errors. */
export type Send = (connection: Runner, statement: Compiled, options: RunOptions) => Promise<Outcome>;

/** A driver connection whose statements are ended when the watch fires. */
export function watched(connection: DriverConnection, watch: Watch, runner: Runner = connection): Runner {
  return {
    run: (statement, options) => within(connection, watch, statement.sql, () => runner.run(statement, options)),
  };
}

export type ConnectionState = 'defined' | 'open' | 'closed';

/** What is there once a database has been reached. */
export interface Opened {
  readonly adapter: Adapter;
  readonly dialect: Dialect;
  /** SQLite has one pool of readers and one writer; elsewhere both are the same pool. */
  readonly pools: Readonly<Record<Intent, Pool>>;
  /** The database lives and ends with its one connection, which is therefore kept whatever happens to its session. */
  readonly irreplaceable: boolean;
}

/**
 * The way to one database: opened once, closed once, and in between driver connections to send statements on, with
 * events around each and errors translated. It knows nothing of transactions.
 */
export class Executor {
  readonly name: string;
  readonly config: ConnectionConfig;
  readonly #checked: CheckedConfig;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #closing: Promise<void> | undefined;
  /** Connections whose session is no longer as it was opened. */
  readonly #changed = new WeakSet<DriverConnection>();
  #endLog: () => void = () => undefined;
  /** Ends what stands in place of what was opened. */
  #endReplacement: (() => Promise<void>) | undefined;

  constructor(name: string, checked: CheckedConfig) {
    this.name = name;
    this.config = checked.config;
    this.#checked = checked;
  }

  get state(): ConnectionState {
    if (this.#closing !== undefined) return 'closed';
    return this.#opened === undefined ? 'defined' : 'open';
  }

  /** What was opened; undefined before. */
  get now(): Opened | undefined {
    return this.#opened;
  }

  /** What the running code holds already of those that read; undefined where nothing. */
  get holder(): object | undefined {
    const pool = this.#opened?.pools.read;
    return pool === undefined ? undefined : heldHere(pool)[0];
  }

  /** @throws ConnectionClosed (`AR_CONNECTION_CLOSED`) before it is open */
  get opened(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new ConnectionClosed(`The connection "${this.name}" is not open yet.`, {
      hint: 'Await connect(…), or connection.open(), first.',
    });
  }

  /** Opens one driver connection. Called twice at the same time it opens once; a failure can be tried again. */
  async open(): Promise<Opened> {
    this.#requireNotClosed();
    if (this.#opened !== undefined) return this.#opened;
    this.#opening ??= this.#openOnce();
    try {
      this.#opened = await this.#opening;
      return this.#opened;
    } finally {
      this.#opening = undefined;
    }
  }

  async #openOnce(): Promise<Opened> {
    const { load = loadAdapter } = this.#checked;
    const adapter = await load(this.config.adapter);
    const limits = adapter.limits(this.config);
    const write = new Pool(this.name, adapter, this.config, 'write', limits?.write ?? this.config.pool);
    const apart = limits !== undefined && limits.read > 0;
    const read = apart ? new Pool(this.name, adapter, this.config, 'read', limits.read) : write;
    const first = await write.acquire();
    write.give(first);
    this.#endLog = subscribeLog(this.name, this.#checked.log, this.#checked.slow);
    return { adapter, dialect: first.dialect, pools: { read, write }, irreplaceable: limits?.read === 0 };
  }

  /** Whether statements go to the pools of somebody else: they are all in one transaction. */
  get isReplaced(): boolean {
    return this.#endReplacement !== undefined;
  }

  /** @param end - what ends it, before the connection is closed @returns puts back what was opened */
  replace(replacement: Opened, end: () => Promise<void>): () => void {
    const own = this.opened;
    this.#opened = replacement;
    this.#endReplacement = end;
    return () => {
      this.#opened = own;
      this.#endReplacement = undefined;
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    // Whether the opening succeeds or fails is its caller's business; here it only has to be over.
    if (this.#opening !== undefined) await Promise.allSettled([this.#opening]);
    await this.#endReplacement?.();
    const opened = this.#opened;
    if (opened === undefined) return;
    await Promise.all([...new Set(Object.values(opened.pools))].map((pool) => pool.close()));
    this.#endLog();
  }

  /** Lends a driver connection to `use`, and takes it back whatever happens. */
  async hold<T>(
    intent: Intent,
    use: (connection: DriverConnection, opened: Opened) => Promise<T>,
    watch?: Watch,
  ): Promise<T> {
    const opened = this.#opened ?? (await this.open());
    this.#requireNotClosed();
    const { pool, connection } =
      watch === undefined ? await this.#take(opened.pools[intent]) : await this.borrow(intent, watch);
    try {
      return await whileHeld(pool, connection, () => use(connection, opened));
    } finally {
      const given = this.#giveBack(connection, pool, opened);
      if (given !== undefined) await given;
    }
  }

  async #take(pool: Pool): Promise<{ readonly pool: Pool; readonly connection: DriverConnection }> {
    return { pool, connection: pool.take() ?? (await pool.acquire()) };
  }

  /** Sends one statement on any free driver connection. */
  async run(intent: Intent, statement: Compiled, options: RunOptions): Promise<Outcome> {
    const opened = this.#opened ?? (await this.open());
    this.#requireNotClosed();
    const pool = opened.pools[intent];
    const connection = pool.take() ?? (await pool.acquire());
    if (statement.changesSession === true) this.changeSession(connection);
    try {
      return await this.send(connection, statement, options);
    } finally {
      const given = this.#giveBack(connection, pool, opened);
      if (given !== undefined) await given;
    }
  }

  /** Remembers that the session of this connection is being changed: nobody else is to have it afterwards. */
  changeSession(connection: DriverConnection): void {
    this.#changed.add(connection);
  }

  /** Nothing of one borrower reaches the next: neither settings of the session nor a transaction that is open. */
  #giveBack(connection: DriverConnection, pool: Pool, opened: Opened): Promise<void> | undefined {
    const state = connection.usable ? connection.transactionState : 'none';
    if (this.#changed.has(connection) && !opened.irreplaceable) pool.discard(connection);
    else if (state === 'open' || state === 'failed') return this.#rollBack(connection, pool);
    else pool.give(connection);
    return undefined;
  }

  async #rollBack(connection: DriverConnection, pool: Pool): Promise<void> {
    try {
      await this.send(connection, literalStatement('ROLLBACK'), { prepared: false, bigints: false });
      pool.give(connection);
    } catch {
      // Its state is not known now; the server rolls back what is open when the connection ends.
      pool.discard(connection);
    }
  }

  /** The same while a watch has not fired. */
  async runWatched(intent: Intent, statement: Compiled, options: RunOptions, watch: Watch): Promise<Outcome> {
    const { pool, connection } = await this.borrow(intent, watch);
    if (statement.changesSession === true) this.changeSession(connection);
    try {
      return await this.send(watched(connection, watch), statement, options);
    } finally {
      await this.giveBack(connection, pool);
    }
  }

  /** Takes back what was {@link borrow}ed. */
  async giveBack(connection: DriverConnection, pool: Pool): Promise<void> {
    const given = this.#giveBack(connection, pool, this.opened);
    if (given !== undefined) await given;
  }

  /** A driver connection, which the caller gives back to its pool. */
  async borrow(intent: Intent, watch: Watch): Promise<{ readonly pool: Pool; readonly connection: DriverConnection }> {
    watch.check();
    const opened = this.#opened ?? (await watch.wait(this.open()));
    this.#requireNotClosed();
    const pool = opened.pools[intent];
    return {
      pool,
      connection: pool.take() ?? (await watch.wait(pool.acquire(watch), (late) => pool.give(late))),
    };
  }

  /** Sends one statement on a given driver connection. A function of its own, because transactions know only that. */
  readonly send: Send = async (connection, statement, options) => {
    if (statementChannel.hasSubscribers) return this.#sendTraced(connection, statement, options);
    try {
      return await connection.run(statement, options);
    } catch (error) {
      throw this.translate(error, statement);
    }
  };

  async #sendTraced(connection: Runner, statement: Compiled, options: RunOptions): Promise<Outcome> {
    const event: StatementEvent = {
      connection: this.name,
      sql: statement.sql,
      binds: hideSensitive(statement.binds, statement.sensitive),
      startedAt: performance.now(),
      ...(options.batch !== undefined && { batch: options.batch }),
      ...(options.coalesced !== undefined && { coalesced: options.coalesced }),
    };
    return tracedApart(statementChannel, event, async () => {
      try {
        const outcome = await connection.run(statement, options);
        event.rows = outcome.rows.length > 0 ? outcome.rows.length : outcome.affectedRows;
        return outcome;
      } catch (error) {
        event.error = this.translate(error, statement);
        throw event.error;
      } finally {
        event.duration = performance.now() - event.startedAt;
      }
    });
  }

  /** The error of this library for one of the driver's. */
  translate(error: unknown, statement: Compiled): unknown {
    if (error instanceof ActiveRecordError) return error;
    const binds = hideSensitive(statement.binds, statement.sensitive);
    const translated = this.opened.adapter.translate(error, { sql: statement.sql, binds });
    // Only now: the names of constraints and columns had to be read from the driver's message first.
    scrubSensitive(translated, statement);
    scrubSensitive(error, statement);
    return translated;
  }

  #requireNotClosed(): void {
    if (this.#closing === undefined) return;
    throw new ConnectionClosed(`The connection "${this.name}" has been closed.`, {
      hint: 'Call connect(…) again to open it.',
    });
  }
}
