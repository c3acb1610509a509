import { type Adapter, applicationLock, type ConnectionConfig } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import { LockLost } from '../errors/transaction.ts';
import { AsyncScope } from '../support/async-scope.ts';
import { shared } from '../support/shared.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';
import { holdLock } from './named-lock.ts';

export interface AdvisoryLockOptions {
  /**
   * Milliseconds to wait for somebody else who holds the lock; 0 does not wait. Unless told otherwise as long as for a
   * connection of the pool (`acquireTimeout`).
   */
  readonly wait?: number | undefined;
}

/** What is needed of a connection. */
interface Lockable {
  readonly adapter: Adapter;
  readonly config: ConnectionConfig;
  open(): Promise<unknown>;
}

/** A lock that is held, and who relies on it: the function that it was taken for, and those inside of the same name. */
class HeldLock {
  #users = 0;
  #released = false;
  #whenIdle: (() => void) | undefined;

  get isHeld(): boolean {
    return !this.#released;
  }

  async use<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.#users++;
    try {
      // Awaited here: a query that is given back unsent is sent under the lock.
      return await fn();
    } finally {
      this.#users--;
      if (this.#users === 0) this.#whenIdle?.();
    }
  }

  /** Nobody relies on it any more, and nobody will: a function inside may outlive the one around it. */
  async end(): Promise<void> {
    if (this.#users > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#released = true;
  }
}

const heldScope = shared('advisory locks', () => new AsyncScope<ReadonlyMap<string, HeldLock>>());

/** @see Connection.withAdvisoryLock */
export async function withAdvisoryLock<T>(
  connection: Lockable,
  name: string,
  fn: () => T | PromiseLike<T>,
  options: AdvisoryLockOptions,
): Promise<T> {
  const wait = checkRequest(name, fn, options) ?? connection.config.acquireTimeout;
  const around = heldScope.current(connection);
  const own = around?.get(name);
  if (own?.isHeld === true) return own.use(fn);
  await connection.open();
  const { adapter, config } = connection;
  const request = { adapter, config, name: `${applicationLock}${name}`, shown: name, wait, lost: lostError(name) };
  return holdLock(request, async () => {
    const held = new HeldLock();
    try {
      return await heldScope.run(connection, new Map([...(around ?? []), [name, held]]), () => held.use(fn));
    } finally {
      await held.end();
    }
  });
}

/** @returns the milliseconds that are asked for */
function checkRequest(name: unknown, fn: unknown, options: unknown): number | undefined {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new InvalidQuery(
      `A lock has a name, not ${name === '' ? 'an empty string' : typeof name === 'string' ? 'half a character' : describeValue(name)}.`,
    );
  }
  if (typeof fn !== 'function') throw new InvalidQuery('withAdvisoryLock takes a function to run under the lock.');
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidQuery('withAdvisoryLock takes its options as an object.');
  const unknown = Object.keys(options).find((each) => each !== 'wait');
  if (unknown !== undefined)
    throw new InvalidQuery(`withAdvisoryLock has no option "${unknown}".`, { hint: didYouMean(unknown, ['wait']) });
  const wait: unknown = Reflect.get(options, 'wait');
  if (wait === undefined || (typeof wait === 'number' && wait >= 0 && wait <= 2 ** 31 - 1)) return wait;
  throw new InvalidQuery(`wait takes milliseconds, 0 or more, not ${describeValue(wait)}.`);
}

const lostError = (name: string) => (cause: unknown) =>
  new LockLost(`The lock "${name}" was lost while the function ran: its session has ended.`, {
    hint: 'The function has run to its end, but somebody else may have held the lock meanwhile: check what was done.',
    cause,
  });
