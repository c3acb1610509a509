import type { DriverConnection } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import { TransactionClosed } from '../errors/transaction.ts';
import { literalStatement } from '../sql/compile.ts';
import type { Executor } from './executor.ts';
import { type Held, heldHere } from './held.ts';
import { LentConnection } from './lent-connection.ts';
import { Pool } from './pool.ts';
import { SharedSession } from './shared-session.ts';
import { Watch } from './watch.ts';

const isInTransaction = ({ connection }: Held): boolean => connection.transactionState !== 'none';

/**
 * Stands in place of a whole database: all that is sent until it is rolled back goes over one driver connection, in a
 * transaction that is never committed. Transactions inside it begin, commit and roll back as elsewhere.
 */
export class TestTransaction {
  readonly #executor: Executor;
  readonly #session: SharedSession;
  readonly #connection: DriverConnection;
  /** From which the one connection was taken. */
  readonly #home: Pool;
  readonly #pool: Pool;
  #putBack: () => void = () => undefined;
  #ended: Promise<void> | undefined;

  private constructor(executor: Executor, connection: DriverConnection, home: Pool, session: SharedSession) {
    const { name, config } = executor;
    this.#executor = executor;
    this.#connection = connection;
    this.#home = home;
    this.#session = session;
    const source = {
      connect: async () => new LentConnection(session, () => heldHere(this.#pool).some(isInTransaction)),
      translateConnectError: executor.opened.adapter.translateConnectError,
    };
    // Those who would have a connection each wait for one another here, for as long as something goes on.
    this.#pool = new Pool(name, source, config, 'write', Number.MAX_SAFE_INTEGER);
  }

  /** @throws InvalidQuery (`AR_QUERY_INVALID`) where there is one already */
  static async begin(executor: Executor, inTransaction: boolean): Promise<TestTransaction> {
    const requireNone = () => {
      if (!executor.isReplaced && !inTransaction) return;
      throw new InvalidQuery(
        `The connection "${executor.name}" is in a transaction already${inTransaction ? '' : ', that of another test'}.`,
        {
          hint: 'Tests of one connection come one after the other (no test.concurrent), with one transaction around each.',
        },
      );
    };
    requireNone();
    const watch = new Watch({});
    const { pool, connection } = await executor.borrow('write', watch);
    watch.end();
    const session = new SharedSession(connection, executor.config.acquireTimeout);
    try {
      requireNone();
      await session.begin();
      // Several may have begun at the same time: the first one stays.
      requireNone();
    } catch (error) {
      await executor.giveBack(connection, pool);
      throw error instanceof InvalidQuery
        ? error
        : executor.translate(error, literalStatement(connection.dialect.begin));
    }
    const test = new TestTransaction(executor, connection, pool, session);
    test.#standIn();
    return test;
  }

  #standIn(): void {
    const { adapter, dialect, irreplaceable } = this.#executor.opened;
    const replacement = {
      adapter,
      dialect,
      pools: { read: this.#pool, write: this.#pool },
      // The one way to a transaction that only reads, where no statement says so.
      irreplaceable: irreplaceable || dialect.readOnlySession !== undefined,
    };
    this.#putBack = this.#executor.replace(replacement, () => this.rollback());
  }

  /**
   * Takes back all of it, after what is still under way; nothing, the second time.
   *
   * @throws TransactionClosed (`AR_TRANSACTION_CLOSED`) where something of the test does not end, or a statement has
   * committed what was to be rolled back
   */
  rollback(): Promise<void> {
    this.#ended ??= this.#rollbackOnce();
    return this.#ended;
  }

  async #rollbackOnce(): Promise<void> {
    const { acquireTimeout } = this.#executor.config;
    const isDone = await this.#drained(acquireTimeout);
    this.#putBack();
    await this.#giveBack(await this.#session.end());
    if (!isDone) {
      throw new TransactionClosed(
        `The test has ended with something still under way, which did not end within ${acquireTimeout} ms; all of it was rolled back.`,
        { hint: 'Await everything that a test starts before it ends.' },
      );
    }
    const { committedBy } = this.#session;
    if (committedBy === undefined) return;
    throw new TransactionClosed(`A statement has committed what the test had written: ${committedBy}`, {
      hint: 'Run this test without a transaction around it, and take back by yourself what it writes.',
    });
  }

  /** Whether everybody has given back what they were lent. */
  async #drained(patience: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, patience, false);
    });
    try {
      return await Promise.race([this.#pool.close().then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #giveBack(isFree: boolean): Promise<void> {
    const connection = this.#connection;
    // What a statement is using cannot be rolled back politely; the server does it when the connection ends.
    if (!isFree) connection.destroy();
    else if (this.#session.changed) this.#executor.changeSession(connection);
    // A transaction that is still open is rolled back by whoever takes it back.
    await this.#executor.giveBack(connection, this.#home);
  }
}
