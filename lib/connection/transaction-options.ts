import { ActiveRecordError } from '../errors/base.ts';
import { CapabilityMissing, InvalidQuery } from '../errors/query.ts';
import { ConcurrencyError } from '../errors/statement.ts';
import { type Dialect, type IsolationLevel, isolationLevels } from '../sql/dialect.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';
import type { Send } from './executor.ts';
import { checkTimeout, type Watch } from './watch.ts';

/** How a transaction that a concurrent one got in the way of is run again. */
export interface RetryOptions {
  /** How often it is run again, at most. */
  readonly times: number;
  /**
   * Milliseconds before the first time (20), twice as long before each next one, each shortened by chance down to half;
   * or a function that is given the number of the attempt that has failed (from 1), and gives the milliseconds.
   */
  readonly backoff?: number | ((attempt: number) => number) | undefined;
}

export interface TransactionOptions {
  /** Joins the transaction of this scope where there is one, in place of a savepoint inside it. */
  readonly join?: boolean | undefined;
  /** How much it sees of other transactions; without it what the database is set to. Of the outermost one only. */
  readonly isolation?: IsolationLevel | undefined;
  /** Writes are refused by the database (`ReadOnlyViolation`). Of the outermost one only. */
  readonly readOnly?: boolean | undefined;
  /**
   * Runs the whole outermost transaction again, so many times at most, when it ends by `Deadlocked`, `LockTimeout` or
   * `SerializationFailure`. Inside another transaction it does nothing: that one decides.
   */
  readonly retries?: number | RetryOptions | undefined;
  /** Milliseconds for the transaction as a whole, with its retries. Of the outermost one only. */
  readonly timeout?: number | undefined;
}

/** Options of an outermost transaction, checked. */
export interface CheckedOptions {
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
  readonly times: number;
  readonly backoff: (attempt: number) => number;
  readonly timeout: number | undefined;
}

/** What a transaction shares with those inside it. */
export interface TransactionContext {
  /** The connection whose transaction it is. */
  readonly owner: object;
  readonly send: Send;
  /** Milliseconds that a statement waits for a nested transaction that sends nothing. */
  readonly patience: number;
  /** The time that it was given. */
  readonly watch?: Watch | undefined;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`), before a transaction is begun, or committed, with which it would fail */
export function requireFunction(fn: unknown, what: string): void {
  if (typeof fn === 'function') return;
  throw new InvalidQuery(`${what} takes a function, not ${describeValue(fn)}.`, {
    hint: `Write ${what}(async () => { … }).`,
  });
}

const names: readonly (keyof TransactionOptions)[] = ['join', 'isolation', 'readOnly', 'retries', 'timeout'];
/** The longest wait before a retry that nobody has asked for otherwise. */
const longestBackoff = 2_000;

/** @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkOptions(options: TransactionOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw new InvalidQuery('transaction takes its options as an object.');
  requireKnown('transaction', options, names);
  const { isolation, readOnly, retries = 0, timeout } = options;
  if (isolation !== undefined && !isolationLevels.includes(isolation))
    throw new InvalidQuery(`isolation takes ${isolationLevels.map((level) => `'${level}'`).join(', ')}.`);
  for (const name of ['join', 'readOnly'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw new InvalidQuery(`${name} takes true or false.`);
  const { times, backoff = 20 } = typeof retries === 'number' ? { times: retries } : checkRetries(retries);
  if (!Number.isInteger(times) || times < 0)
    throw new InvalidQuery('retries takes a whole number, 0 or more, or { times, backoff }.');
  return {
    isolation,
    readOnly: readOnly === true,
    times,
    backoff: typeof backoff === 'function' ? backoff : exponential(backoff),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
  };
}

function requireKnown(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidQuery(`${what} has no option "${unknown}".`, { hint: didYouMean(unknown, known) });
}

function checkRetries(retries: RetryOptions): RetryOptions {
  if (typeof retries !== 'object' || retries === null)
    throw new InvalidQuery('retries takes a whole number, or { times, backoff }.');
  requireKnown('retries', retries, ['times', 'backoff']);
  const { backoff } = retries;
  if (backoff === undefined || typeof backoff === 'function' || (Number.isFinite(backoff) && backoff >= 0))
    return retries;
  throw new InvalidQuery('backoff takes milliseconds, or a function that gives them.');
}

/** Two that met do not meet again: chance takes up to half of it. */
function exponential(first: number): (attempt: number) => number {
  return (attempt) => {
    const whole = Math.min(first * 2 ** (attempt - 1), Math.max(first, longestBackoff));
    return whole * (0.5 + Math.random() / 2);
  };
}

/**
 * Before a savepoint, or code that joins: what only the outermost transaction can have is not left out quietly.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`)
 */
export function requireNoneOfOutermost(options: TransactionOptions): void {
  const { isolation, readOnly, timeout } = checkOptions(options);
  const name =
    isolation !== undefined ? 'isolation' : readOnly ? 'readOnly' : timeout !== undefined ? 'timeout' : undefined;
  if (name === undefined) return;
  throw new InvalidQuery(`${name} can only be given to the outermost transaction; this one is inside another.`, {
    hint: 'Give it there, or use withoutTransaction(() => transaction(…)).',
  });
}

/** @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) */
export function requireIsolation(isolation: IsolationLevel | undefined, { label, features }: Dialect): void {
  if (isolation === undefined || features.isolation.includes(isolation)) return;
  throw new CapabilityMissing(`${label} has no transactions that are '${isolation}'.`, {
    hint: `It has: ${features.isolation.map((level) => `'${level}'`).join(', ')}.`,
  });
}

/**
 * Whether another run may go well: a concurrent transaction got in the way. Looks through the errors of an application
 * that were made of such a one, but not through this library's, which say how something else has ended.
 */
export function isRetryable(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    if (each instanceof ConcurrencyError) return true;
    if (each instanceof ActiveRecordError) return false;
  }
  return false;
}
