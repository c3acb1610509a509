import type { DriverConnection, Outcome, RunOptions } from '../adapters/contract.ts';
import { CommitOutcomeUnknown, Rollback, TransactionTimeout } from '../errors/transaction.ts';
import { type Compiled, literalStatement } from '../sql/compile.ts';
import { AsyncScope } from '../support/async-scope.ts';
import { Mutex } from '../support/mutex.ts';
import { shared } from '../support/shared.ts';
import { Activity } from './activity.ts';
import { Aftermath } from './aftermath.ts';
import type { Calls } from './afterwards.ts';
import { EndOfTurn } from './end-of-turn.ts';
import { type Runner, watched } from './executor.ts';
import { Fate } from './fate.ts';
import type { TransactionContext } from './transaction-options.ts';
import type { Watch } from './watch.ts';

/** The transaction that the running async code is in, by connection. */
export const transactionScope = shared('transactions', () => new AsyncScope<Transaction>());

const controlOptions: RunOptions = { prepared: false, bigints: false };

/**
 * A transaction, or a savepoint inside one, on one driver connection. Its statements run one at a time; while a nested
 * one is under way they wait, because the database knows only one innermost savepoint.
 */
export class Transaction {
  readonly #context: TransactionContext;
  readonly #activity: Activity;
  readonly #connection: DriverConnection;
  readonly #parent: Transaction | undefined;
  readonly #turn = new Mutex();
  /** What its async scope holds back for a moment. */
  readonly endOfTurn: EndOfTurn = new EndOfTurn();
  #open = true;
  #savepoints = 0;
  readonly #aftermath = new Aftermath();
  /** Nested ones that are open until somebody says so. */
  readonly #held = new Set<(reason: unknown) => void>();
  /** The time that the outermost one was given. */
  readonly #watch: Watch | undefined;
  /** Where its statements go: ended, when that time is over. */
  readonly #runner: Runner;
  readonly #fate: Fate;
  #keysSuspended = false;

  constructor(connection: DriverConnection, context: TransactionContext, parent?: Transaction) {
    const { watch } = context;
    this.#context = context;
    this.#connection = connection;
    this.#parent = parent;
    this.#activity = parent === undefined ? new Activity() : parent.#activity;
    this.#fate = new Fate(connection, parent === undefined ? undefined : parent.#fate);
    this.#watch = watch;
    this.#runner = watch === undefined ? connection : watched(connection, watch);
  }

  get connection(): DriverConnection {
    return this.#connection;
  }

  /** Whether statements can still be sent in it. */
  get isOpen(): boolean {
    return this.#open && (this.#parent === undefined || this.#parent.isOpen);
  }

  /** Whether a statement, or a nested transaction, is under way. */
  get isBusy(): boolean {
    return this.#turn.locked;
  }

  /** Foreign keys were suspended before it began, as rebuilding a table asks for. */
  get keysSuspended(): boolean {
    return this.#root.#keysSuspended;
  }

  /** To be called before it begins. */
  suspendKeys(): void {
    this.#keysSuspended = true;
  }

  /** Runs one statement, in its turn. */
  async run(statement: Compiled, options: RunOptions): Promise<Outcome> {
    return this.#inTurn(
      () => this.#watched(() => this.#context.send(this.#runner, statement, options), statement.sql),
      statement.sql,
    );
  }

  /** The same while a watch has not fired. */
  async runWatched(statement: Compiled, options: RunOptions, watch: Watch): Promise<Outcome> {
    this.#requireOpen();
    const turn = this.#turn.acquire();
    if (turn !== undefined) await watch.wait(this.#patiently(turn, statement.sql), () => this.#turn.release());
    try {
      this.#requireOpen();
      const runner = watched(this.#connection, watch, this.#runner);
      return await this.#watched(() => this.#context.send(runner, statement, options), statement.sql);
    } finally {
      this.#turn.release();
    }
  }

  /** Runs a task that has the connection for itself, in its turn. */
  async exclusive<T>(task: () => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#watched(task), 'A schema change');
  }

  /** @throws TransactionStuck where a nested one that has the turn goes on with nothing */
  #patiently(turn: Promise<void>, what: string): Promise<void> {
    return this.#activity.waitForTurn(turn, what, this.#context.patience, () => this.#turn.release());
  }

  async #inTurn<T>(task: () => Promise<T>, what: string): Promise<T> {
    this.#requireOpen();
    const turn = this.#turn.acquire();
    if (turn !== undefined) await this.#patiently(turn, what);
    try {
      this.#requireOpen();
      return await task();
    } finally {
      this.#turn.release();
    }
  }

  /** Calls `fn` after the outermost transaction has been committed; never, if this one is rolled back. */
  afterCommit(fn: () => unknown): void {
    this.#requireOpen();
    this.#aftermath.afterCommit.add(fn);
  }

  /** Calls `fn` after this transaction has been rolled back, alone or with one that it is part of. */
  afterRollback(fn: () => unknown): void {
    this.#requireOpen();
    this.#aftermath.afterRollback.add(fn);
  }

  /** Calls what one of the two gives for all that has happened to a subject in the transaction. */
  afterwards(subject: object, action: string, committed: Calls, rolledBack: Calls): void {
    this.#requireOpen();
    this.#aftermath.afterCommit.addFor(subject, action, committed);
    this.#aftermath.afterRollback.addFor(subject, action, rolledBack);
  }

  /**
   * Calls `fn` when this transaction is rolled back, the last one given first: alone, or with one that it is part of.
   * Not when nobody knows whether it is, because the answer to COMMIT was lost.
   */
  onRollback(fn: () => void): void {
    this.#aftermath.onRollback(fn);
  }

  /**
   * A nested one is open until somebody says so: nobody may, where this one is rolled back.
   *
   * @param end - is to roll it back
   * @returns what is to be called when it has ended
   */
  holds(end: (reason: unknown) => void): () => void {
    this.#held.add(end);
    return () => this.#held.delete(end);
  }

  /**
   * Runs `fn` as the outermost transaction: BEGIN, the function, COMMIT; ROLLBACK where it throws. What was to happen
   * afterwards is left to {@link runAfterCommit} and {@link runAfterRollback}.
   */
  async runOutermost<T>(
    begin: readonly string[],
    fn: () => T | PromiseLike<T>,
    beforeCommit?: () => Promise<void>,
  ): Promise<T> {
    await this.#begin(begin);
    let result: T;
    let isCommitting = false;
    try {
      result = await this.#inside(fn);
      await this.#end('COMMIT');
      this.#fate.requireSound();
      await beforeCommit?.();
      this.#requireTime();
      // On a connection that is known to be lost nothing is sent: then it is rolled back for certain.
      isCommitting = this.#connection.usable;
      await this.#commit();
      this.#aftermath.committed();
    } catch (error) {
      await this.#endAfterAll(error);
      if (isCommitting && !this.#connection.usable) {
        this.#aftermath.unknown();
        throw new CommitOutcomeUnknown(error);
      }
      await this.#rollback();
      throw this.#takenBack(this.#fate.reasonOf(error));
    }
    return result;
  }

  /** Runs `fn` as a savepoint of this transaction. */
  async runNested<T>(fn: () => T | PromiseLike<T>): Promise<T | undefined> {
    const nested = new Transaction(this.#connection, this.#context, this);
    try {
      return await this.#inTurn(() => this.#runSavepoint(nested, fn), 'Another nested transaction');
    } catch (reason) {
      // In the turn of this one they could send nothing; nor where it goes down with the nested one.
      if (this.#fate.isDoomed) nested.#aftermath.moveTo(this.#aftermath);
      else await nested.runAfterRollback(reason);
      if (reason instanceof Rollback) return undefined;
      throw reason;
    }
  }

  async #runSavepoint<T>(nested: Transaction, fn: () => T | PromiseLike<T>): Promise<T> {
    const savepoint = `ar_${++this.#root.#savepoints}`;
    const begin = `SAVEPOINT ${savepoint}`;
    await this.#watched(() => this.#control(begin, this.#runner), begin);
    let result: T;
    try {
      result = await nested.#inside(fn);
      await nested.#end(`RELEASE SAVEPOINT ${savepoint}`);
      nested.#fate.requireSound();
      await this.#control(`RELEASE SAVEPOINT ${savepoint}`);
    } catch (error) {
      await nested.#endAfterAll(error);
      await this.#rollbackTo(savepoint, error);
      throw nested.#takenBack(error);
    }
    nested.#aftermath.moveTo(this.#aftermath);
    return result;
  }

  get #root(): Transaction {
    let root: Transaction = this;
    while (root.#parent !== undefined) root = root.#parent;
    return root;
  }

  /** The result is awaited inside: a query that the function returns unsent is sent here, not after the end. */
  async #inside<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    const watch = this.#watch;
    const running = transactionScope.run(this.#context.owner, this, async () => await fn());
    if (watch === undefined) return running;
    // What the function goes on with is refused from then on, with this as the reason.
    return watch.whole(running, (cause) => this.#fate.doom(new TransactionTimeout(watch.timeout ?? 0, cause)));
  }

  #requireOpen(): void {
    this.#fate.requireHope();
    if (!this.isOpen) throw this.#fate.tooLate(this.#open);
  }

  /** Runs a task on the connection, and notes what has become of the transaction meanwhile. */
  #watched<T>(task: () => Promise<T>, sql?: string): Promise<T> {
    return this.#fate.during(() => this.#activity.during(task, sql));
  }

  /** Whether a statement inside has ended it. */
  get isUnseen(): boolean {
    return this.#fate.isUnseen;
  }

  /** The error that it ends with, after what was to happen on rollback. */
  #takenBack(reason: unknown): unknown {
    if (!this.isUnseen) return this.#aftermath.rolledBack(reason);
    this.#aftermath.unknown();
    return reason;
  }

  /**
   * Lets the statement under way, or a nested transaction, finish, and refuses all that have not begun.
   *
   * @param what - the statement that waits for that
   * @throws TransactionStuck where a nested one that nobody awaited goes on with nothing; it is refused from then on
   */
  async #end(what: string): Promise<void> {
    if (!this.#open) return;
    this.endOfTurn.flush();
    this.#open = false;
    const turn = this.#turn.acquire();
    try {
      if (turn !== undefined) await this.#patiently(turn, what);
    } catch (error) {
      throw this.#fate.doom(error);
    }
    this.#turn.release();
  }

  /** The same before it is rolled back. */
  async #endAfterAll(reason: unknown): Promise<void> {
    for (const end of this.#held) end(reason);
    try {
      await this.#end('ROLLBACK');
    } catch {
      // The error that led here is the one to report; the nested one is told the other, whatever it goes on with.
    }
  }

  async #control(sql: string, runner: Runner = this.#connection): Promise<void> {
    await this.#context.send(runner, literalStatement(sql), controlOptions);
  }

  async #begin(statements: readonly string[]): Promise<void> {
    try {
      for (const sql of statements) await this.#control(sql, this.#runner);
    } catch (error) {
      // What a first one has set for the next transaction is not for the next borrower.
      if (statements.length > 1) this.#connection.destroy();
      throw error;
    }
  }

  /** What nobody awaited may have used up the time: nothing has been committed yet. */
  #requireTime(): void {
    const watch = this.#watch;
    if (watch !== undefined && (watch.fired || watch.isLate)) throw new TransactionTimeout(watch.timeout ?? 0);
  }

  /** It cannot be called back once it is sent: when the time is over, only the wait for its answer can be ended. */
  async #commit(): Promise<void> {
    const off = this.#watch?.onFire(() => this.#connection.destroy());
    try {
      await this.#control('COMMIT');
    } finally {
      off?.();
    }
  }

  async #rollback(): Promise<void> {
    if (!this.#connection.usable || this.#connection.transactionState === 'none') return;
    try {
      await this.#control('ROLLBACK');
    } catch {
      // The error that led here is the one to report. What a failed ROLLBACK leaves behind nobody knows, so the
      // connection is ended, which the server answers with a rollback of its own.
      this.#connection.destroy();
    }
  }

  async #rollbackTo(savepoint: string, reason: unknown): Promise<void> {
    if (this.#fate.isDoomed) return;
    try {
      await this.#control(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      await this.#control(`RELEASE SAVEPOINT ${savepoint}`);
    } catch {
      // A deadlock ends the whole transaction on the server, savepoints included: nothing of it may be committed.
      this.#fate.doom(reason);
    }
  }

  /** Runs what was to happen after the commit. The connection has been given back: it may be needed for just that. */
  runAfterCommit(): Promise<void> {
    return this.#aftermath.runAfterCommit();
  }

  /** Runs what was to happen after the rollback; nothing, where nobody knows whether there was one. */
  runAfterRollback(reason: unknown): Promise<void> {
    return this.#aftermath.runAfterRollback(reason);
  }
}
