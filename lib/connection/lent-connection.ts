import type { DriverConnection, Outcome, Row, RowCursor, RunOptions, TransactionState } from '../adapters/contract.ts';
import type { Compiled } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { SharedSession } from './shared-session.ts';

const nothing: Outcome = { rows: [], affectedRows: 0, insertId: undefined };

/** A {@link SharedSession} as a driver connection of its own: its transactions are savepoints of that. */
export class LentConnection implements DriverConnection {
  readonly #session: SharedSession;
  readonly #isInside: () => boolean;
  /** Of its own transaction; undefined while it has none. */
  #savepoint: string | undefined;
  #destroyed = false;
  /** What is under way: it can be ended while it waits for others. */
  #call: object = {};
  /** Its next transaction only reads. */
  #readOnly = false;

  /** @param isInside - whether the running code is inside of a borrower's transaction, which cannot end before it */
  constructor(session: SharedSession, isInside: () => boolean) {
    this.#session = session;
    this.#isInside = isInside;
  }

  get dialect(): Dialect {
    return this.#session.dialect;
  }

  get usable(): boolean {
    return !this.#destroyed && this.#session.usable;
  }

  get transactionState(): TransactionState {
    if (this.#savepoint === undefined || this.#session.state === 'none') return 'none';
    return this.#session.state === 'failed' ? 'failed' : 'open';
  }

  async run(statement: Compiled, options: RunOptions): Promise<Outcome> {
    const { sql } = statement;
    const call = {};
    this.#call = call;
    // How much it sees of others is settled by then: the surrounding transaction has begun.
    if (/^SET TRANSACTION ISOLATION /.test(sql)) return nothing;
    if (/^(?:BEGIN|START TRANSACTION)\b/.test(sql)) return this.#begin(call, / READ ONLY$/.test(sql));
    if (sql === 'COMMIT') return this.#end((savepoint) => this.#session.commit(call, savepoint));
    if (sql === 'ROLLBACK') return this.#rollback(call);
    if (this.#savepoint !== undefined)
      return this.#session.exclusively(call, sql, async (connection) => connection.run(statement, options));
    if (this.#setsReadOnly(sql)) return nothing;
    return this.#isInside()
      ? this.#session.alone(call, statement, options)
      : this.#session.between(call, statement, options);
  }

  /** What would be said to a session of its own is kept until its transaction has the turn: the others go on writing. */
  #setsReadOnly(sql: string): boolean {
    const { readOnlySession } = this.dialect;
    if (readOnlySession === undefined || (sql !== readOnlySession.on && sql !== readOnlySession.off)) return false;
    this.#readOnly = sql === readOnlySession.on;
    return true;
  }

  async #begin(call: object, readOnly: boolean): Promise<Outcome> {
    this.#savepoint = await this.#session.beginTransaction(call, readOnly || this.#readOnly);
    return nothing;
  }

  /** What is refused at the commit is rolled back by the next statement: until then it stays a transaction. */
  async #end(task: (savepoint: string) => Promise<void>): Promise<Outcome> {
    const savepoint = this.#savepoint;
    if (savepoint === undefined) return nothing;
    await task(savepoint);
    if (this.#savepoint === undefined) return nothing;
    this.#savepoint = undefined;
    this.#session.endTransaction();
    return nothing;
  }

  async #rollback(call: object): Promise<Outcome> {
    try {
      return await this.#end((savepoint) => this.#session.rollback(call, savepoint));
    } finally {
      this.#giveUp();
    }
  }

  /** Whatever becomes of the statement that was to end it, others need not wait for it. */
  #giveUp(): void {
    const savepoint = this.#savepoint;
    if (savepoint === undefined) return;
    this.#savepoint = undefined;
    this.#session.abandon(this.#call, savepoint);
  }

  /** All rows at once: what the loop over them sends goes over the same connection. */
  cursor(statement: Compiled, options: RunOptions, size: number): RowCursor {
    let rows: Promise<Row[]> | undefined;
    let at = 0;
    return {
      next: async () => {
        rows ??= this.run(statement, options).then((outcome) => outcome.rows);
        const batch = (await rows).slice(at, at + size);
        at += size;
        return batch;
      },
      close: async () => undefined,
    };
  }

  async cancel(running: Promise<unknown>): Promise<void> {
    await this.#session.cancel(this.#call, running);
  }

  async ping(): Promise<void> {
    await this.#session.exclusively(this, '(ping)', (connection) => connection.ping());
  }

  /** The session goes on for the others. */
  async close(): Promise<void> {
    this.#giveUp();
  }

  destroy(): void {
    // Whoever ends it does not trust it: it may have settings of its own, or a transaction that could not be rolled back.
    this.#destroyed = true;
    this.#session.changed = true;
    this.#giveUp();
  }
}
