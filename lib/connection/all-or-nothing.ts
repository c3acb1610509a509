import { Rollback } from '../errors/transaction.ts';
import type { TransactionOptions } from './transaction-options.ts';

/** What is needed of a connection. */
interface Transactional {
  transaction<T>(fn: () => Promise<T>, options?: TransactionOptions): Promise<T | undefined>;
}

/**
 * A transaction that the library opens for a write of its own. A {@link Rollback} that a callback throws is meant for a
 * transaction of the application: it arrives there like any other error, for a write that was not made must not look like
 * one.
 */
export async function allOrNothing(
  connection: Transactional,
  fn: () => Promise<unknown>,
  options?: TransactionOptions,
): Promise<void> {
  let rollback: Rollback | undefined;
  await connection.transaction(async () => {
    try {
      await fn();
    } catch (error) {
      if (error instanceof Rollback) rollback = error;
      throw error;
    }
  }, options);
  if (rollback !== undefined) throw rollback;
}
