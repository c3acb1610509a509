import type { DriverConnection } from '../adapters/contract.ts';
import { QueryStopped } from '../errors/limits.ts';
import { Rollback, TransactionClosed, TransactionStuck, TransactionTimeout } from '../errors/transaction.ts';

/** What has become of a transaction, or of a savepoint inside one, in the database, as far as it has been told. */
export class Fate {
  readonly #connection: DriverConnection;
  readonly #root: Fate;
  /** Of the outermost one: why the database no longer has this transaction. Nothing more of it may be sent. */
  #doomed: unknown;
  /** Of the outermost one: a statement ended it. */
  #endedUnseen = false;
  /** The first error of a statement of this level after which the database takes no other until it is rolled back. */
  #failure: unknown;
  /** What a statement was refused with because a surrounding transaction had ended meanwhile. */
  #cutOff: TransactionClosed | undefined;

  constructor(connection: DriverConnection, outer?: Fate) {
    this.#connection = connection;
    this.#root = outer === undefined ? this : outer.#root;
  }

  get isDoomed(): boolean {
    return this.#root.#doomed !== undefined;
  }

  /** Whether what was sent before is committed or rolled back, nobody can say. */
  get isUnseen(): boolean {
    return this.#root.#endedUnseen;
  }

  /** Nothing more may be sent, from the outermost one down. @returns the reason, or one that was there before */
  doom(reason: unknown): unknown {
    this.#root.#doomed ??= reason;
    return this.#root.#doomed;
  }

  /** @throws TransactionClosed where it is doomed */
  requireHope(): void {
    const doomed = this.#root.#doomed;
    if (doomed === undefined) return;
    const why = doomed instanceof Error ? ` (${doomed.message.replace(/\.$/, '')})` : '';
    const what =
      doomed instanceof TransactionTimeout || doomed instanceof TransactionStuck ? 'is over' : 'the database has ended';
    throw new TransactionClosed(`A statement was sent in a transaction that ${what}${why}; it was not carried out.`, {
      hint: 'Let the error end the transaction, and run the whole of it again.',
      cause: doomed,
    });
  }

  /** For a statement that comes too late. @param isCutOff - not the level itself has ended, but one around it */
  tooLate(isCutOff: boolean): TransactionClosed {
    const error = new TransactionClosed(
      'A statement was sent in a transaction that has ended; it was not carried out.',
      {
        hint: 'Await everything that a transaction starts before its function returns, or use withoutTransaction(…).',
      },
    );
    if (isCutOff) this.#cutOff ??= error;
    return error;
  }

  /** Runs a task on the connection, and notes what has become of the transaction meanwhile. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await task();
    } catch (error) {
      const state = this.#connection.transactionState;
      // A limit that took the connection with it is no reason for the transaction: the next statement tells the loss.
      const isLimit = error instanceof QueryStopped && state !== 'none';
      if (state === 'none' || !(this.#connection.usable || isLimit)) this.doom(error);
      else if (state === 'failed') this.#failure ??= error;
      throw error;
    }
    if (this.#connection.transactionState === 'none') throw this.#endedByStatement();
    return result;
  }

  #endedByStatement(): unknown {
    this.#root.#endedUnseen = true;
    return this.doom(
      new TransactionClosed('A statement ended the transaction that it was sent in.', {
        hint: 'It was a schema change that commits by itself, or one that holds COMMIT or ROLLBACK: what was sent before it is committed or rolled back already. Send it outside of the transaction.',
      }),
    );
  }

  /** Before the end is made lasting: nothing may be passed over that the database has not carried out. */
  requireSound(): void {
    const doomed = this.#root.#doomed;
    if (doomed !== undefined) throw doomed;
    if (this.#cutOff !== undefined) throw this.#cutOff;
    if (this.#failure !== undefined && this.#connection.transactionState === 'failed') throw this.#failure;
  }

  /** The error that the outermost transaction ends with: what ended it, rather than what came of going on. */
  reasonOf(error: unknown): unknown {
    const doomed = this.#root.#doomed;
    if (doomed === undefined) return error;
    // What a statement has committed by itself cannot be rolled back quietly.
    return error instanceof TransactionClosed || (error instanceof Rollback && doomed instanceof TransactionClosed)
      ? doomed
      : error;
  }
}
