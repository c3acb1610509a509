import { currentAttempt } from '../connection/attempt.ts';
import type { Connection } from '../connection/connection.ts';
import { HeldTransaction } from '../connection/held-transaction.ts';
import type { TransactionOptions } from '../connection/transaction-options.ts';
import { AfterCommitFailed } from '../errors/transaction.ts';

/** The transactions of one session that are open: one on each connection that it has written to. */
export class SessionTransactions {
  readonly #options: TransactionOptions;
  readonly #open = new Map<Connection, HeldTransaction>();

  constructor(options: TransactionOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  get byConnection(): ReadonlyMap<object, HeldTransaction> {
    return this.#open;
  }

  /** What has ended one of them by itself: its time is over, or the connection is lost. */
  get failure(): { readonly error: unknown } | undefined {
    for (const { failure } of this.#open.values()) if (failure !== undefined) return failure;
    return undefined;
  }

  async begin(connections: Iterable<Connection>): Promise<void> {
    for (const connection of new Set(connections))
      if (!this.#open.has(connection))
        this.#open.set(connection, await HeldTransaction.begin(connection, this.#options));
  }

  /** Runs `fn` as a part of all of them. */
  run<T>(fn: () => T): T {
    let inside = fn;
    for (const held of this.#open.values()) {
      const inner = inside;
      inside = () => held.run(inner);
    }
    return inside();
  }

  /**
   * Commits one after another. Where one is not committed, those before it are, and those after it stay open.
   *
   * @throws AfterCommitFailed when all are committed
   */
  async commit(): Promise<void> {
    const failed: unknown[] = [];
    for (const [connection, held] of [...this.#open]) {
      // What is called after the commit is outside of it.
      this.#open.delete(connection);
      try {
        await held.commit();
      } catch (error) {
        if (!(error instanceof AfterCommitFailed)) throw error;
        failed.push(...error.errors);
      }
      this.#ended(held);
    }
    if (failed.length > 0) throw new AfterCommitFailed(failed);
  }

  /** Rolls all of them back. @returns the error to be told: the reason, or what has failed while that was done */
  async rollback(reason?: unknown): Promise<unknown> {
    let told: unknown;
    for (const [connection, held] of [...this.#open]) {
      this.#open.delete(connection);
      told = (await held.rollback(reason)) ?? told;
      this.#ended(held);
    }
    return told ?? reason;
  }

  /** What has ended for good, beside a transaction that may be run again, does not go back with that. */
  #ended({ connection, isNested }: HeldTransaction): void {
    currentAttempt()?.forget(this, connection, isNested);
  }

  /** What lets go of all that have begun from now on: for a transaction that is run again. */
  picture(): () => void {
    const before = [...this.#open];
    return () => {
      const begun = [...this.#open.values()].filter((held) => !before.some(([, other]) => other === held));
      this.#open.clear();
      for (const [connection, held] of before) this.#open.set(connection, held);
      // Those inside of it have ended with it. Of the others nobody awaits the end.
      for (const held of begun) held.rollback().then(warnOf, warnOf);
    };
  }
}

const forgotten = new FinalizationRegistry<SessionTransactions>((transactions) => {
  if (!transactions.isOpen) return;
  process.emitWarning(
    'A Session was forgotten with an open transaction, which held its connection. It is rolled back. End each session with commit(), rollback() or close(): await using session = new Session() does.',
    { code: 'AR_SESSION_FORGOTTEN' },
  );
  // Nobody awaits it any more.
  transactions.rollback().catch(warnOf);
});

function warnOf(error: unknown): void {
  if (error instanceof Error) process.emitWarning(error);
}

/** Where the program lets go of a session without ending it, its transaction is rolled back and a warning says so. */
export function watchForLoss(session: object, transactions: SessionTransactions): void {
  forgotten.register(session, transactions);
}
