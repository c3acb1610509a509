import { Connection } from '../connection/connection.ts';
import { resolveConnection } from '../connection/registry.ts';
import type { TestTransaction } from '../connection/test-transaction.ts';
import { InvalidQuery } from '../errors/query.ts';
import { describeValue } from '../types/type.ts';

/** What Vitest, Jest and `node:test` export to run something around each test. */
export interface TestHooks {
  readonly beforeEach: (fn: () => Promise<void>) => unknown;
  readonly afterEach: (fn: () => Promise<void>) => unknown;
}

export interface TestTransactionOptions {
  /** The connections, or their names: `default` alone unless told otherwise. */
  readonly connections?: readonly (string | Connection)[] | undefined;
}

/**
 * Puts a transaction around each test of a file or a `describe`, which is rolled back after it: what a test writes is
 * gone before the next one, without a table being emptied. Inside, everything goes on as it does without: `transaction`
 * commits and rolls back (as a savepoint), and `afterCommit` callbacks run.
 *
 * ```ts
 * import { afterEach, beforeEach } from 'vitest';   // or from 'node:test'
 *
 * transactionPerTest({ beforeEach, afterEach });    // START TRANSACTION … ROLLBACK
 * ```
 * @param hooks - `beforeEach` and `afterEach` of the test runner
 * @param options - `connections`: which ones, where it is not the default one
 * @throws InvalidQuery (`AR_QUERY_INVALID`) without hooks. The hooks reject with TransactionClosed
 *   (`AR_TRANSACTION_CLOSED`) where a test ends with something still under way, or a statement of it has committed
 */
export function transactionPerTest(hooks: TestHooks, options: TestTransactionOptions = {}): void {
  const { beforeEach, afterEach } = hooks ?? {};
  if (typeof beforeEach !== 'function' || typeof afterEach !== 'function') {
    throw new InvalidQuery(`transactionPerTest takes the hooks of the test runner, not ${describeValue(hooks)}.`, {
      hint: "Write: import { afterEach, beforeEach } from 'vitest' (or 'node:test'); transactionPerTest({ beforeEach, afterEach });",
    });
  }
  checkConnections(options);
  let begun: readonly TestTransaction[] = [];
  /** How many tests were refused while another one has the transaction: what ends after them is not that one. */
  let refused = 0;
  beforeEach(async () => {
    try {
      begun = await beginAll(options);
      refused = 0;
    } catch (error) {
      if (begun.length > 0) refused++;
      throw error;
    }
  });
  afterEach(async () => {
    if (refused > 0) {
      refused--;
      return;
    }
    const ending = begun;
    begun = [];
    await rollbackAll(ending);
  });
}

/**
 * Runs `fn` in a transaction that is rolled back after it, whatever it commits inside: see {@link transactionPerTest}.
 *
 * ```ts
 * await inTestTransaction(async () => {
 *   await User.create('Ada');                      // START TRANSACTION; INSERT …
 * });                                              // ROLLBACK
 * ```
 * @param fn - what it returns is awaited
 * @returns what `fn` gave
 * @throws what `fn` throws; TransactionClosed (`AR_TRANSACTION_CLOSED`) as {@link transactionPerTest}
 */
export async function inTestTransaction<T>(
  fn: () => T | PromiseLike<T>,
  options: TestTransactionOptions = {},
): Promise<T> {
  if (typeof fn !== 'function') throw new InvalidQuery(`inTestTransaction takes a function, not ${describeValue(fn)}.`);
  const begun = await beginAll(options);
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    // What the function has failed with says more than what came of it.
    await Promise.allSettled(begun.map((test) => test.rollback()));
    throw error;
  }
  await rollbackAll(begun);
  return result;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what are no connections, and for none */
function checkConnections(options: TestTransactionOptions): readonly (string | Connection)[] {
  if (typeof options !== 'object' || options === null)
    throw new InvalidQuery(`The options are an object ({ connections: ['default'] }), not ${describeValue(options)}.`);
  const { connections = ['default'] } = options;
  const refuse = (what: string) =>
    new InvalidQuery(`connections takes a list of connections or their names, not ${what}.`, {
      hint: "Such as { connections: ['default', 'analytics'] }; the default one alone needs no option.",
    });
  if (!Array.isArray(connections)) throw refuse(describeValue(connections));
  if (connections.length === 0) throw refuse('an empty one, which would take back nothing');
  for (const each of connections)
    if (typeof each !== 'string' && !(each instanceof Connection)) throw refuse(`one with ${describeValue(each)}`);
  return connections;
}

async function beginAll(options: TestTransactionOptions): Promise<readonly TestTransaction[]> {
  const given = checkConnections(options);
  const begun: TestTransaction[] = [];
  try {
    const chosen = await Promise.all(given.map((each) => (typeof each === 'string' ? resolveConnection(each) : each)));
    for (const connection of new Set(chosen)) {
      await connection.open();
      begun.push(await connection.beginTest());
    }
  } catch (error) {
    await Promise.allSettled(begun.map((test) => test.rollback()));
    throw error;
  }
  return begun;
}

/** All of them, also where one fails. */
async function rollbackAll(begun: readonly TestTransaction[]): Promise<void> {
  const ends = await Promise.allSettled(begun.map((test) => test.rollback()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
