import type { DriverConnection, Outcome, RunOptions, TransactionState } from '../adapters/contract.ts';
import { TransactionClosed } from '../errors/transaction.ts';
import { type Compiled, literalStatement } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import { Mutex } from '../support/mutex.ts';
import { Activity } from './activity.ts';

const textual: RunOptions = { prepared: false, bigints: false };

/**
 * One driver connection in a transaction that is never committed, lent to many at once. What is a transaction to a
 * borrower is a savepoint in it; borrowers' transactions come one after another, since savepoints end as they began.
 */
export class SharedSession {
  readonly #connection: DriverConnection;
  /** Milliseconds that a transaction waits for another one. */
  readonly #patience: number;
  /** A driver connection runs one statement at a time. */
  readonly #statements = new Mutex();
  readonly #transactions = new Mutex();
  readonly #activity = new Activity();
  #savepoints = 0;
  /** The session is not as it was opened: nobody else is to have it. */
  changed = false;
  #over = false;
  /** The statement after which the database no longer had the transaction. */
  #lost: { readonly sql: string; readonly failed: boolean } | undefined;
  /** Whose statement is under way. */
  #running: object | undefined;
  /** Those whose statement is to end before its turn has come. */
  readonly #cancelled = new WeakSet<object>();

  constructor(connection: DriverConnection, patience: number) {
    this.#connection = connection;
    this.#patience = patience;
  }

  get dialect(): Dialect {
    return this.#connection.dialect;
  }

  get usable(): boolean {
    return !this.#over && this.#connection.usable;
  }

  get state(): TransactionState {
    return this.#connection.transactionState;
  }

  /** A statement that has committed all of it; undefined where none has. */
  get committedBy(): string | undefined {
    return this.#lost?.failed === false ? this.#lost.sql : undefined;
  }

  async begin(): Promise<void> {
    await this.#connection.run(literalStatement(this.dialect.begin), textual);
  }

  /** Nothing more is sent by borrowers. */
  end(): void {
    this.#over = true;
  }

  /** Runs a task that has the connection for itself. @param what - the statement, for errors */
  async exclusively<T>(borrower: object, what: string, task: (connection: DriverConnection) => Promise<T>): Promise<T> {
    const turn = this.#statements.acquire();
    if (turn !== undefined) await turn;
    this.#running = borrower;
    let failed = true;
    try {
      this.#requireTransaction();
      if (this.#cancelled.delete(borrower)) throw new TransactionClosed('The statement was ended before its turn.');
      const result = await this.#activity.during(() => task(this.#connection), what);
      failed = false;
      return result;
    } finally {
      if (this.state === 'none' || !this.#connection.usable) this.#lost ??= { sql: what, failed };
      this.#running = undefined;
      this.#statements.release();
    }
  }

  async cancel(borrower: object, running: Promise<unknown>): Promise<void> {
    if (this.#running === borrower) await this.#connection.cancel(running);
    else this.#cancelled.add(borrower);
  }

  /** @throws TransactionClosed where it is over, or the database has ended it */
  #requireTransaction(): void {
    if (this.#over) {
      throw new TransactionClosed(
        'A statement was sent after the test whose transaction it belongs to; it was not carried out.',
        {
          hint: 'Await everything that a test starts before it ends.',
        },
      );
    }
    if (this.#lost === undefined) return;
    throw new TransactionClosed(
      `The database has ended the transaction of the test (${this.#lost.sql}); nothing more of it is carried out.`,
      {
        hint: 'A deadlock, a lost connection or a statement that commits by itself does that: run this test without a transaction around it.',
      },
    );
  }

  /** @returns the name of its savepoint */
  async beginTransaction(borrower: object, readOnly: boolean): Promise<string> {
    await this.#awaitTransactions('A transaction');
    const name = `ar_test_${++this.#savepoints}`;
    try {
      await this.#control(borrower, `SAVEPOINT ${name}`);
      const { savepoints } = this.dialect;
      if (readOnly && savepoints !== undefined) await this.#control(borrower, savepoints.readOnly);
    } catch (error) {
      this.#transactions.release();
      throw error;
    }
    return name;
  }

  async commit(borrower: object, savepoint: string): Promise<void> {
    const { savepoints } = this.dialect;
    if (savepoints !== undefined) {
      // What a COMMIT would check now is checked, and then put off again for the transactions after this one.
      await this.#control(borrower, `SAVEPOINT ${savepoint}_checks`);
      await this.#control(borrower, savepoints.checkConstraints);
      await this.#control(borrower, `ROLLBACK TO SAVEPOINT ${savepoint}_checks`);
    }
    await this.#control(borrower, `RELEASE SAVEPOINT ${savepoint}`);
  }

  async rollback(borrower: object, savepoint: string): Promise<void> {
    await this.#control(borrower, `ROLLBACK TO SAVEPOINT ${savepoint}`);
    await this.#control(borrower, `RELEASE SAVEPOINT ${savepoint}`);
  }

  endTransaction(): void {
    this.#transactions.release();
  }

  async #control(borrower: object, sql: string): Promise<void> {
    await this.exclusively(borrower, sql, async (connection) => connection.run(literalStatement(sql), textual));
  }

  async #awaitTransactions(what: string): Promise<void> {
    const turn = this.#transactions.acquire();
    if (turn === undefined) return;
    await this.#activity.waitForTurn(turn, what, this.#patience, () => this.#transactions.release());
  }

  /** A statement outside of borrowers' transactions: it is not in one that goes on, and so is not rolled back with it. */
  async between(borrower: object, statement: Compiled, options: RunOptions): Promise<Outcome> {
    await this.#awaitTransactions(statement.sql);
    try {
      return await this.alone(borrower, statement, options);
    } finally {
      this.#transactions.release();
    }
  }

  /** A statement of no borrower's transaction. Where it fails all goes on, as if it had been alone. */
  async alone(borrower: object, statement: Compiled, options: RunOptions): Promise<Outcome> {
    return this.exclusively(borrower, statement.sql, async (connection) => {
      if (this.dialect.features.transactionsFail !== true) return connection.run(statement, options);
      const control = async (sql: string) => connection.run(literalStatement(sql), textual);
      await control('SAVEPOINT ar_alone');
      try {
        const outcome = await connection.run(statement, options);
        await control('RELEASE SAVEPOINT ar_alone');
        return outcome;
      } catch (error) {
        if (connection.usable && connection.transactionState === 'failed') {
          await control('ROLLBACK TO SAVEPOINT ar_alone');
          await control('RELEASE SAVEPOINT ar_alone');
        }
        throw error;
      }
    });
  }
}
