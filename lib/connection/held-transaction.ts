import { Rollback } from '../errors/transaction.ts';
import { deferred } from '../support/deferred.ts';
import type { Connection } from './connection.ts';
import { asHolder, type Held, holderOf } from './held.ts';
import { type Transaction, transactionScope } from './transaction.ts';
import type { TransactionOptions } from './transaction-options.ts';

/** How a transaction has ended. */
type Ending = { readonly error: unknown } | 'ended';
type Decide = (end: { readonly reason: unknown } | 'commit') => void;

/**
 * A transaction that stays open between calls: it begins as any other one does, and its function returns only when it is
 * told to. Whatever is to be part of it runs by {@link run}.
 */
export class HeldTransaction {
  readonly connection: Connection;
  /** Whether it is a savepoint of a transaction around it. */
  readonly isNested: boolean;
  readonly #transaction: Transaction;
  readonly #holder: Held | undefined;
  readonly #decide: Decide;
  readonly #ending: Promise<Ending>;
  #ended: Ending | undefined;

  private constructor(
    connection: Connection,
    begun: { readonly transaction: Transaction; readonly holder: Held | undefined },
    isNested: boolean,
    decide: Decide,
    ending: Promise<Ending>,
  ) {
    this.connection = connection;
    this.isNested = isNested;
    this.#transaction = begun.transaction;
    this.#holder = begun.holder;
    this.#decide = decide;
    this.#ending = ending.then((end) => {
      this.#ended = end;
      return end;
    });
  }

  /** @throws what `transaction` throws where it cannot begin */
  static async begin(connection: Connection, options: TransactionOptions = {}): Promise<HeldTransaction> {
    const parent = transactionScope.current(connection);
    const isNested = parent?.isOpen === true;
    const decision = deferred<void>();
    const begun = deferred<{ transaction: Transaction; holder: Held | undefined }>();
    const running = connection.transaction(() => {
      const transaction = transactionScope.current(connection);
      if (transaction !== undefined) begun.resolve({ transaction, holder: holderOf(connection.writePool) });
      return decision.promise;
    }, options);
    // Where it ends by itself (its time is over), that is told to whoever uses it next.
    const ending = running.then(
      (): Ending => 'ended',
      (error: unknown): Ending => ({ error }),
    );
    const first = await Promise.race([begun.promise, ending]);
    if (first === 'ended' || 'error' in first) throw first === 'ended' ? new Rollback() : first.error;
    const decide: Decide = (end) => {
      if (end === 'commit') decision.resolve(undefined);
      else decision.reject(end.reason);
    };
    const isOver = parent?.holds((reason) => decide({ reason }));
    if (isOver !== undefined) ending.then(isOver);
    return new HeldTransaction(connection, first, isNested, decide, ending);
  }

  /** The transaction itself, as the async scope of {@link run} has it. */
  get scope(): object {
    return this.#transaction;
  }

  /** Whether a statement of it is under way. */
  get isBusy(): boolean {
    return this.#transaction.isBusy;
  }

  /** What has ended it, though nobody has said so; undefined while it is as it should be. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#ended === 'ended' ? undefined : this.#ended;
  }

  /** Rejects when it ends though nobody has said so; never resolves. */
  get lost(): Promise<never> {
    return this.#ending.then((end) => {
      if (end !== 'ended') throw end.error;
      return new Promise<never>(() => undefined);
    });
  }

  /** Runs `fn`, and all that it starts, as a part of the transaction. */
  run<T>(fn: () => T): T {
    const inside = () => transactionScope.run(this.connection, this.#transaction, fn);
    return asHolder(this.connection.writePool, this.#holder, inside);
  }

  /** @throws what the transaction ends with where it is not committed; AfterCommitFailed where it is */
  async commit(): Promise<void> {
    this.#decide('commit');
    const end = await this.#ending;
    if (end !== 'ended') throw end.error;
  }

  /**
   * Rolls it back, also where the database has done so already.
   *
   * @param reason - the error that is to be told, where there is one
   * @returns the error that it has ended with: the reason, or what has failed beside it; undefined where nothing has
   */
  async rollback(reason: unknown = new Rollback()): Promise<unknown> {
    const before = this.#ended;
    this.#decide({ reason });
    const end = await this.#ending;
    // What has ended it before has been told, or was lost with the connection: it is rolled back all the same.
    return before !== undefined || end === 'ended' ? undefined : end.error;
  }
}
