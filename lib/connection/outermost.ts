import { setTimeout as sleep } from 'node:timers/promises';
import type { DriverConnection, RunOptions } from '../adapters/contract.ts';
import { QueryTimeout } from '../errors/limits.ts';
import { Rollback, TransactionTimeout } from '../errors/transaction.ts';
import { literalStatement } from '../sql/compile.ts';
import { Attempt } from './attempt.ts';
import { type BrokenKeys, brokenKeys, requireNoneBroken } from './broken-keys.ts';
import type { Executor } from './executor.ts';
import { Transaction } from './transaction.ts';
import { type CheckedOptions, isRetryable, requireIsolation, type TransactionContext } from './transaction-options.ts';
import { Watch } from './watch.ts';

const textual: RunOptions = { prepared: false, bigints: false };
const exact: RunOptions = { prepared: false, bigints: true };

type Body<T> = () => T | PromiseLike<T>;

/**
 * Runs `fn` as an outermost transaction on a driver connection of its own, and again where a concurrent one got in the
 * way and the options say so. @returns undefined where it was rolled back by {@link Rollback}
 */
export async function runOutermost<T>(
  owner: object,
  executor: Executor,
  fn: Body<T>,
  options: CheckedOptions,
): Promise<T | undefined> {
  if (options.timeout === undefined) return runAgain(owner, executor, fn, options);
  const watch = new Watch({ timeout: options.timeout });
  try {
    return await runAgain(owner, executor, fn, options, watch);
  } finally {
    watch.end();
  }
}

async function runAgain<T>(
  owner: object,
  executor: Executor,
  fn: Body<T>,
  options: CheckedOptions,
  watch?: Watch,
): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    const memory = options.times < attempt ? undefined : new Attempt(owner);
    try {
      return await runOnce(owner, executor, memory === undefined ? fn : () => memory.run(fn), options, watch);
    } catch (error) {
      if (memory === undefined || watch?.fired === true || !isRetryable(error)) throw timely(error, watch);
      await backOff(options.backoff(attempt), watch);
      // Not earlier: what was not awaited in the attempt has had its error by now.
      memory.restore();
    } finally {
      memory?.end();
    }
  }
}

async function runOnce<T>(
  owner: object,
  executor: Executor,
  fn: Body<T>,
  { isolation, readOnly }: CheckedOptions,
  watch: Watch | undefined,
): Promise<T | undefined> {
  return ended((started) =>
    executor.hold(
      readOnly ? 'read' : 'write',
      async (connection, { dialect, irreplaceable }) => {
        requireIsolation(isolation, dialect);
        const transaction = new Transaction(connection, contextOf(owner, executor, watch));
        started(transaction);
        const begin = isolation === undefined && !readOnly ? [dialect.begin] : dialect.beginAs({ isolation, readOnly });
        const run = async () => {
          try {
            return await transaction.runOutermost(begin, fn);
          } finally {
            // Of a statement that did more than its text tells nobody knows what else it has left behind.
            if (transaction.isUnseen) executor.changeSession(connection);
          }
        };
        // Where readers have connections of their own, those cannot write anyway.
        const session = readOnly && irreplaceable ? dialect.readOnlySession : undefined;
        return session === undefined ? run() : between(executor, connection, session.on, run, session.off);
      },
      watch,
    ),
  );
}

/** Runs schema changes as one transaction, with foreign keys suspended where they would be in the way. */
export async function runSchemaChange<T>(owner: object, executor: Executor, fn: Body<T>): Promise<T | undefined> {
  return ended((started) =>
    executor.hold('write', async (connection, { dialect }) => {
      const transaction = new Transaction(connection, contextOf(owner, executor));
      started(transaction);
      const checks = dialect.foreignKeyChecks;
      // Inside of a transaction keys cannot be suspended.
      if (checks === undefined || executor.isReplaced) return transaction.runOutermost([dialect.begin], fn);
      const look = () =>
        brokenKeys(checks, async (sql) => (await executor.send(connection, literalStatement(sql), exact)).rows);
      let before: BrokenKeys | undefined;
      const change = async () => {
        before = await look();
        return fn();
      };
      const verify = async () => {
        if (before !== undefined) requireNoneBroken(before, await look());
      };
      transaction.suspendKeys();
      const run = () => transaction.runOutermost([dialect.begin], change, verify);
      return between(executor, connection, checks.off, run, checks.on);
    }),
  );
}

function contextOf(owner: object, { send, config }: Executor, watch?: Watch): TransactionContext {
  return { owner, send, patience: config.acquireTimeout, watch };
}

/** Runs a transaction and, with its connection given back, what was to happen after it. */
async function ended<T>(run: (started: (transaction: Transaction) => void) => Promise<T>): Promise<T | undefined> {
  let transaction: Transaction | undefined;
  let result: T;
  try {
    result = await run((started) => {
      transaction = started;
    });
  } catch (reason) {
    await transaction?.runAfterRollback(reason);
    if (reason instanceof Rollback) return undefined;
    throw reason;
  }
  await transaction?.runAfterCommit();
  return result;
}

/** Settings of the session that cannot be made inside of a transaction. */
async function between<T>(
  executor: Executor,
  connection: DriverConnection,
  before: string,
  run: () => Promise<T>,
  after: string,
): Promise<T> {
  const say = (sql: string) => executor.send(connection, literalStatement(sql), textual);
  await say(before);
  try {
    return await run();
  } finally {
    if (connection.usable) await say(after);
  }
}

/** @throws TransactionTimeout where the time is over before */
async function backOff(milliseconds: number, watch: Watch | undefined): Promise<void> {
  if (watch === undefined) {
    await sleep(milliseconds);
    return;
  }
  const ending = new AbortController();
  const pause = sleep(milliseconds, undefined, { signal: ending.signal });
  if ((await watch.first(pause, () => undefined)) !== undefined) return;
  // A timer that nobody waits for would keep the process alive.
  ending.abort();
  throw new TransactionTimeout(watch.timeout ?? 0);
}

/** The wait for a connection ends as a query's does. */
function timely(error: unknown, watch: Watch | undefined): unknown {
  return watch?.fired === true && error instanceof QueryTimeout
    ? new TransactionTimeout(watch.timeout ?? 0, error)
    : error;
}
