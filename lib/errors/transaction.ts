import { ActiveRecordError } from './base.ts';

export abstract class TransactionError extends ActiveRecordError {}

/** A statement was sent in a transaction that has ended. It was not carried out. */
export class TransactionClosed extends TransactionError {
  readonly code = 'AR_TRANSACTION_CLOSED';
}

/**
 * The connection was lost while COMMIT was under way: the transaction is committed or rolled back, and nobody can say
 * which. It is never run again by itself, and records keep what they hold. `cause` is how the connection was lost.
 */
export class CommitOutcomeUnknown extends TransactionError {
  readonly code = 'AR_COMMIT_UNKNOWN';

  constructor(cause: unknown) {
    super('The connection was lost before COMMIT was answered: the transaction may be committed or rolled back.', {
      cause,
      hint: 'Look in the database before you run it again.',
    });
  }
}

/**
 * A statement of a transaction waited for a nested one that did nothing: probably that waits for the statement. It was
 * not carried out.
 */
export class TransactionStuck extends TransactionError {
  readonly code = 'AR_TRANSACTION_STUCK';

  /**
   * @param what - the statement, or what else waits
   * @param last - what was sent last, by the nested one
   */
  constructor(what: string, last: string | undefined, waited: number) {
    super(
      `${what} waited in a transaction for a nested one that has sent nothing for ${waited} ms` +
        `${last === undefined ? '' : ` since ${last}`}; it was not carried out.`,
      {
        hint: 'The nested one may wait for it, which would never end. Await it before the nested one begins, or send it inside.',
      },
    );
  }
}

/** The time of the transaction was over. It is rolled back. */
export class TransactionTimeout extends TransactionError {
  readonly code = 'AR_TRANSACTION_TIMEOUT';
  /** The milliseconds that it was given. */
  readonly timeout: number;

  constructor(timeout: number, cause?: unknown) {
    super(`The transaction was not done within ${timeout} ms, and was rolled back.`, {
      cause,
      hint: 'Give it more time, or do less inside of it.',
    });
    this.timeout = timeout;
  }
}

/** The transaction is committed; `errors` holds what the `afterCommit` functions threw. */
export class AfterCommitFailed extends TransactionError {
  readonly code = 'AR_AFTER_COMMIT_FAILED';
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    const [first] = errors;
    super(
      `The transaction was committed, but ${errors.length === 1 ? 'a function' : `${errors.length} functions`} ` +
        `given to afterCommit failed: ${(first instanceof Error ? first.message : String(first)).replace(/\.$/, '')}.`,
      { cause: first, hint: 'Nothing was rolled back.' },
    );
    this.errors = errors;
  }
}

/**
 * The transaction is rolled back, because of `cause`; `errors` holds what putting records back to their state, or the
 * `afterRollback` functions, threw.
 */
export class AfterRollbackFailed extends TransactionError {
  readonly code = 'AR_AFTER_ROLLBACK_FAILED';
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[], reason: unknown, what: 'records' | 'functions' = 'records') {
    const worded = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    super(
      `The transaction was rolled back (${worded(reason)}), and then ${
        what === 'records'
          ? 'a record could not be put back to its state from before'
          : `${errors.length === 1 ? 'a function' : `${errors.length} functions`} given to afterRollback failed`
      }: ${worded(errors[0])}.`,
      {
        cause: reason,
        hint:
          what === 'records'
            ? 'Load the record again. The equals or deserialize of a custom type may have thrown.'
            : 'Nothing was committed.',
      },
    );
    this.errors = errors;
  }
}

/**
 * Throw it inside a transaction to roll back quietly: `transaction` then resolves to `undefined` instead of rejecting.
 *
 * ```ts
 * await transaction(async () => {
 *   await order.save();
 *   if (order.total === '0.00') throw new Rollback();
 * });
 * ```
 */
export class Rollback extends TransactionError {
  readonly code = 'AR_ROLLBACK';

  constructor(reason = 'Rolled back by the application.') {
    super(reason);
  }
}

/** Somebody else still holds a named lock after the wait. */
export class LockNotGranted extends TransactionError {
  readonly code = 'AR_LOCK_TIMEOUT';
}

/** A named lock was lost while the function ran that it was taken for: somebody else may have run at the same time. */
export class LockLost extends TransactionError {
  readonly code = 'AR_LOCK_LOST';
}
