import type { DriverConnection, Outcome, RunOptions, TransactionState } from '../adapters/contract.ts';
import { TransactionClosed } from '../errors/transaction.ts';
import { type Compiled, literalStatement } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import { Mutex } from '../support/mutex.ts';
import { Activity } from './activity.ts';

const textual: RunOptions = { prepared: false, bigints: false };

const endedEarly = () => new TransactionClosed('The statement was ended before its turn.');

const rollbackOf = (savepoint: string): readonly string[] => [
  `ROLLBACK TO SAVEPOINT ${savepoint}`,
  `RELEASE SAVEPOINT ${savepoint}`,
];

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
  /** The call whose statement is under way. */
  #running: object | undefined;
  /** The calls that wait for a turn, each with what ends its wait. */
  readonly #waiting = new Map<object, (reason: TransactionClosed) => void>();
  /** A transaction that its borrower could not end: to be rolled back before anything else is sent. */
  #abandoned: string | undefined;
  /** What lets the session write again after a transaction that only reads. */
  #writeAgain: string | undefined;

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

  /**
   * Nothing more is sent by borrowers.
   *
   * @returns whether the connection is free: a statement under way keeps it
   */
  async end(): Promise<boolean> {
    this.#over = true;
    this.#endWaits();
    if (this.#running !== undefined) return false;
    if (this.#connection.usable)
      for (const sql of this.#takeWriteAgain()) await this.#connection.run(literalStatement(sql), textual);
    return true;
  }

  /**
   * Runs a task that has the connection for itself.
   *
   * @param call - of a borrower, which {@link cancel} can end
   * @param what - the statement, for errors
   */
  async exclusively<T>(call: object, what: string, task: (connection: DriverConnection) => Promise<T>): Promise<T> {
    await this.#awaitTurn(this.#statements, call, (turn) => turn);
    this.#running = call;
    let failed = true;
    try {
      this.#requireTransaction();
      await this.#rollBackAbandoned();
      const result = await this.#activity.during(() => task(this.#connection), what);
      failed = false;
      return result;
    } finally {
      if (this.state === 'none' || !this.#connection.usable) {
        this.#lost ??= { sql: what, failed };
        this.#endWaits();
      }
      this.#running = undefined;
      this.#statements.release();
    }
  }

  /** @param running - settles with the call */
  async cancel(call: object, running: Promise<unknown>): Promise<void> {
    if (this.#running === call) {
      await this.#connection.cancel(running);
      return;
    }
    this.#waiting.get(call)?.(endedEarly());
    await Promise.allSettled([running]);
  }

  /** Waits until the call has the turn, which is then its to release; or until it is cancelled, and then for nothing. */
  async #awaitTurn(mutex: Mutex, call: object, wait: (turn: Promise<void>) => Promise<void>): Promise<void> {
    const turn = mutex.acquire();
    if (turn === undefined) return;
    let ended: TransactionClosed | undefined;
    const cancelled = new Promise<never>((_, reject) => {
      this.#waiting.set(call, (reason) => {
        ended = reason;
        turn.then(() => mutex.release());
        reject(reason);
      });
    });
    try {
      await wait(Promise.race([turn, cancelled]));
    } finally {
      this.#waiting.delete(call);
    }
    // It may have been cancelled in the moment in which its turn came.
    if (ended !== undefined) throw ended;
  }

  /** Whoever ended it may keep its turn for good. */
  #endWaits(): void {
    const reason = this.#whyOver();
    if (reason !== undefined) for (const end of this.#waiting.values()) end(reason);
  }

  async #rollBackAbandoned(): Promise<void> {
    const savepoint = this.#abandoned;
    if (savepoint === undefined) return;
    for (const sql of [...this.#takeWriteAgain(), ...rollbackOf(savepoint)])
      await this.#connection.run(literalStatement(sql), textual);
    this.#abandoned = undefined;
  }

  #takeWriteAgain(): string[] {
    const sql = this.#writeAgain;
    this.#writeAgain = undefined;
    return sql === undefined ? [] : [sql];
  }

  /** @throws TransactionClosed where it is over, or the database has ended it */
  #requireTransaction(): void {
    const reason = this.#whyOver();
    if (reason !== undefined) throw reason;
  }

  #whyOver(): TransactionClosed | undefined {
    if (this.#over) {
      return new TransactionClosed(
        'A statement was sent after the test whose transaction it belongs to; it was not carried out.',
        {
          hint: 'Await everything that a test starts before it ends.',
        },
      );
    }
    if (this.#lost === undefined) return undefined;
    return new TransactionClosed(
      `The database has ended the transaction of the test (${this.#lost.sql}); nothing more of it is carried out.`,
      {
        hint: 'A deadlock, a lost connection or a statement that commits by itself does that: run this test without a transaction around it.',
      },
    );
  }

  /** @returns the name of its savepoint */
  async beginTransaction(call: object, readOnly: boolean): Promise<string> {
    await this.#awaitTransactions(call, 'A transaction');
    const name = `ar_test_${++this.#savepoints}`;
    let begun: string | undefined;
    try {
      await this.#control(call, `SAVEPOINT ${name}`);
      begun = name;
      if (readOnly) await this.#onlyRead(call);
    } catch (error) {
      if (begun !== undefined) this.#abandoned ??= begun;
      this.endTransaction();
      throw error;
    }
    return name;
  }

  /** MySQL has no way to it for a part of a transaction. */
  async #onlyRead(call: object): Promise<void> {
    const { savepoints, readOnlySession } = this.dialect;
    this.#writeAgain = readOnlySession?.off;
    const sql = savepoints?.readOnly ?? readOnlySession?.on;
    if (sql !== undefined) await this.#control(call, sql);
  }

  async commit(call: object, savepoint: string): Promise<void> {
    const { savepoints } = this.dialect;
    // What a COMMIT would check now is checked, and then put off again for the transactions after this one.
    const checks =
      savepoints === undefined
        ? []
        : [`SAVEPOINT ${savepoint}_checks`, savepoints.checkConstraints, `ROLLBACK TO SAVEPOINT ${savepoint}_checks`];
    await this.#finish(call, 'COMMIT', savepoint, [...checks, `RELEASE SAVEPOINT ${savepoint}`]);
  }

  async rollback(call: object, savepoint: string): Promise<void> {
    await this.#finish(call, 'ROLLBACK', savepoint, rollbackOf(savepoint));
  }

  /** In one turn: a transaction that is given up meanwhile is over by the time anything else is sent, or not begun with. */
  async #finish(call: object, what: string, savepoint: string, statements: readonly string[]): Promise<void> {
    await this.exclusively(call, what, async (connection) => {
      for (const sql of [...this.#takeWriteAgain(), ...statements])
        await connection.run(literalStatement(sql), textual);
      if (this.#abandoned === savepoint) this.#abandoned = undefined;
    });
  }

  /** The next transaction may begin. */
  endTransaction(): void {
    this.#transactions.release();
  }

  /** The same for one that was neither committed nor rolled back. @param call - what its borrower has sent last */
  abandon(call: object, savepoint: string): void {
    this.#waiting.get(call)?.(endedEarly());
    this.#abandoned ??= savepoint;
    this.endTransaction();
  }

  async #control(call: object, sql: string): Promise<void> {
    await this.exclusively(call, sql, async (connection) => connection.run(literalStatement(sql), textual));
  }

  async #awaitTransactions(call: object, what: string): Promise<void> {
    this.#requireTransaction();
    await this.#awaitTurn(this.#transactions, call, (turn) =>
      this.#activity.waitForTurn(turn, what, this.#patience, () => this.#transactions.release()),
    );
  }

  /** A statement outside of borrowers' transactions: it is not in one that goes on, and so is not rolled back with it. */
  async between(call: object, statement: Compiled, options: RunOptions): Promise<Outcome> {
    await this.#awaitTransactions(call, statement.sql);
    try {
      return await this.alone(call, statement, options);
    } finally {
      this.#transactions.release();
    }
  }

  /** A statement of no borrower's transaction. Where it fails all goes on, as if it had been alone. */
  async alone(call: object, statement: Compiled, options: RunOptions): Promise<Outcome> {
    return this.exclusively(call, statement.sql, async (connection) => {
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
