import type { DriverConnection, QueryLimits } from '../adapters/contract.ts';
import { QueryAborted, type QueryStopped, QueryTimeout } from '../errors/limits.ts';
import { InvalidQuery } from '../errors/query.ts';

/** Milliseconds that a server has to end a statement. After them the connection is ended instead. */
const patience = 1_000;
/** The longest that a timer can wait. */
const longest = 2 ** 31 - 1;

/** @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkTimeout(timeout: unknown): number {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= longest) return timeout;
  throw new InvalidQuery(
    `timeout takes milliseconds, more than 0, not ${typeof timeout === 'number' ? timeout : `a value of type ${typeof timeout}`}.`,
  );
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkSignal(signal: unknown): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  throw new InvalidQuery('signal takes an AbortSignal.', { hint: 'Give the signal of an AbortController.' });
}

/** The limits of an application's own statement; undefined where there are none. */
export function checkLimits({ signal, timeout }: QueryLimits): QueryLimits | undefined {
  if (signal === undefined && timeout === undefined) return undefined;
  return {
    signal: signal === undefined ? undefined : checkSignal(signal),
    timeout: timeout === undefined ? undefined : checkTimeout(timeout),
  };
}

/** Who waits for a signal. One listener serves all of them: Node warns of a signal that has more than ten. */
const followers = new WeakMap<AbortSignal, { readonly all: Set<() => void>; readonly tell: () => void }>();

function followSignal(signal: AbortSignal, follower: () => void): void {
  let known = followers.get(signal);
  if (known === undefined) {
    const all = new Set<() => void>();
    const tell = () => {
      for (const each of all) each();
    };
    known = { all, tell };
    followers.set(signal, known);
  }
  if (known.all.size === 0) signal.addEventListener('abort', known.tell);
  known.all.add(follower);
}

function leaveSignal(signal: AbortSignal, follower: () => void): void {
  const known = followers.get(signal);
  known?.all.delete(follower);
  if (known?.all.size === 0) signal.removeEventListener('abort', known.tell);
}

/** Watches over one statement: it fires once, when the signal is aborted or the time is over. Has to be ended. */
export class Watch {
  readonly #limits: QueryLimits;
  readonly #since = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();
  #fired: 'abort' | 'timeout' | undefined;

  constructor(limits: QueryLimits) {
    this.#limits = limits;
    const { signal, timeout } = limits;
    if (signal?.aborted === true) this.#fired = 'abort';
    else {
      if (signal !== undefined) followSignal(signal, this.#abort);
      if (timeout !== undefined) this.#timer = setTimeout(() => this.#fire('timeout'), timeout);
    }
  }

  /** The milliseconds that it watches over. */
  get timeout(): number | undefined {
    return this.#limits.timeout;
  }

  get fired(): boolean {
    return this.#fired !== undefined;
  }

  readonly #abort = () => this.#fire('abort');

  #fire(why: 'abort' | 'timeout'): void {
    if (this.#fired !== undefined) return;
    this.#fired = why;
    for (const listener of this.#listeners) listener();
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#limits.signal !== undefined) leaveSignal(this.#limits.signal, this.#abort);
    this.#listeners.clear();
  }

  /** Calls `listener` when the watch fires; at once, where it has. Gives what takes the listener back. */
  onFire(listener: () => void): () => void {
    if (this.fired) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws QueryAborted, QueryTimeout where it has fired */
  check(): void {
    if (this.fired) throw this.error(undefined);
  }

  /** A statement that kept this thread leaves a timer no chance: the clock tells. */
  get isLate(): boolean {
    const { timeout } = this.#limits;
    if (timeout === undefined || performance.now() - this.#since <= timeout) return false;
    this.#fired ??= 'timeout';
    return true;
  }

  /** Undefined when the watch fires first; what comes later then is for `late`. */
  async first<T>(task: Promise<T>, late: (value: T) => void): Promise<{ readonly value: T } | undefined> {
    let off: () => void = () => undefined;
    const fired = new Promise<undefined>((resolve) => {
      off = this.onFire(() => resolve(undefined));
    });
    const boxed = task.then((value) => ({ value }));
    try {
      const first = await Promise.race([boxed, fired]);
      // What fails later than that has nobody left to tell.
      if (first === undefined) boxed.then(({ value }) => late(value), ignore);
      return first;
    } finally {
      off();
    }
  }

  /** What the task gives. @throws QueryAborted, QueryTimeout when the watch fires first */
  async wait<T>(task: Promise<T>, late: (value: T) => void = ignore): Promise<T> {
    const first = await this.first(task, late);
    if (first === undefined) throw this.error(undefined);
    return first.value;
  }

  /**
   * What a task of many statements gives. @throws what `late` makes when the watch fires first, or has fired by its end;
   * it is given the error that the task has ended with, where it has
   */
  async whole<T>(task: Promise<T>, late: (error?: unknown) => unknown): Promise<T> {
    let first: { readonly value: T } | undefined;
    try {
      first = await this.first(task, ignore);
    } catch (error) {
      throw this.fired ? late(error) : error;
    }
    if (first === undefined || this.isLate) throw late();
    return first.value;
  }

  /** @param sql - the statement under way; undefined where none was sent */
  error(sql: string | undefined, hint?: string): QueryStopped {
    const what = sql === undefined ? 'before it was sent' : 'while it was running';
    if (this.#fired === 'timeout')
      return new QueryTimeout(`The query was ended after ${this.#limits.timeout} ms, ${what}.`, { sql, hint });
    return new QueryAborted(`The query was aborted ${what}.`, { sql, hint, cause: this.#limits.signal?.reason });
  }
}

/** @throws QueryAborted before anything is done for a signal that has been aborted already */
export function checkStart({ signal }: QueryLimits): void {
  if (signal?.aborted === true)
    throw new QueryAborted('The query was aborted before it was sent.', { sql: undefined, cause: signal.reason });
}

function ignore(): void {}

/**
 * The answer of a task on a connection. When the watch fires first, the server is told to end the statement, and the
 * connection is sound again, or ended, before the error is thrown.
 */
export async function within<T>(
  connection: DriverConnection,
  watch: Watch,
  sql: string,
  task: () => T | Promise<T>,
): Promise<T> {
  watch.check();
  const answer = task();
  if (!(answer instanceof Promise)) return answer;
  const first = await watch.first(answer, ignore);
  if (first !== undefined) return first.value;
  await stop(connection, answer);
  throw watch.error(sql, hintAfter(connection));
}

/** What the caller can do with the transaction that it may be in. */
function hintAfter(connection: DriverConnection): string | undefined {
  if (!connection.usable) return 'The server did not end it in time, so that the connection was ended.';
  return connection.dialect.features.transactionsFail === true
    ? 'A transaction around it has failed: it can only be rolled back, whole or to a savepoint.'
    : undefined;
}

async function stop(connection: DriverConnection, running: Promise<unknown>): Promise<void> {
  const ended = connection.cancel(running).then(
    () => true,
    () => false,
  );
  if (!(await inTime(ended))) connection.destroy();
}

/** Never longer than {@link patience}: what does not end by then is given up. */
export async function inTime(task: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, patience, false);
  });
  const ended = await Promise.race([task, deadline]);
  clearTimeout(timer);
  return ended;
}
