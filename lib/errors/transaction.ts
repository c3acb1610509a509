import { ActiveRecordError } from './base.ts';

export abstract class TransactionError extends ActiveRecordError {}

/** A statement was sent in a transaction that has ended. It was not carried out. */
export class TransactionClosed extends TransactionError {
  readonly code = 'AR_TRANSACTION_CLOSED';
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

/** The transaction is rolled back, because of `cause`; `errors` holds what putting records back to their state threw. */
export class AfterRollbackFailed extends TransactionError {
  readonly code = 'AR_AFTER_ROLLBACK_FAILED';
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[], reason: unknown) {
    const worded = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    super(
      `The transaction was rolled back (${worded(reason)}), and then a record could not be put back to its state ` +
        `from before: ${worded(errors[0])}.`,
      { cause: reason, hint: 'Load the record again. The equals or deserialize of a custom type may have thrown.' },
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

/** Another process still holds a named lock after the wait. */
export class LockNotGranted extends TransactionError {
  readonly code = 'AR_LOCK_TIMEOUT';
}
