import type { Adapter, ConnectionConfig, DriverConnection, LockResult } from '../adapters/contract.ts';
import { ActiveRecordError } from '../errors/base.ts';
import { ConnectionLost } from '../errors/connection.ts';
import { LockLost, LockNotGranted } from '../errors/transaction.ts';

/** @throws LockLost (`AR_LOCK_LOST`) */
export type LockCheck = () => Promise<void>;

export interface LockRequest {
  readonly adapter: Adapter;
  readonly config: ConnectionConfig;
  readonly name: string;
  /** What messages call it, where that is not its name. */
  readonly shown?: string | undefined;
  /** Milliseconds to wait for another process. */
  readonly wait: number;
  readonly onWait?: (() => void) | undefined;
  /** The error where it was lost meanwhile; of a migrator one that says what to compare. */
  readonly lost?: ((cause: unknown) => Error) | undefined;
}

/**
 * Runs `fn` while this process holds the lock, on a driver connection that is there for nothing else.
 *
 * @param fn - is given what asks whether the lock is held still, and throws LockLost where it is not
 * @throws LockNotGranted where another process still holds it after `wait` milliseconds
 * @throws ConnectionLost where `fn` has ended, but the lock was lost meanwhile
 */
export async function holdLock<T>(request: LockRequest, fn: (check: LockCheck) => Promise<T>): Promise<T> {
  const { config, name, shown, wait, onWait } = request;
  const connection = await connectAlone(request);
  try {
    let lock = await take(request, connection, 0);
    if (lock === undefined) {
      onWait?.();
      lock = await take(request, connection, wait);
    }
    if (lock === undefined) {
      throw new LockNotGranted(
        `The lock "${shown ?? name}" of database "${config.database}" is held by somebody else, after ${wait} ms still.`,
        { hint: 'Nothing was run. Try again, or give it a longer wait.' },
      );
    }
    let result: T;
    try {
      const held = lock;
      result = await fn(() => requireHeld(request, held));
    } catch (error) {
      // Not every lock ends with the session (SQLite's is on a file of its own). This error is the one to report.
      await lock.release().catch(() => undefined);
      throw error;
    }
    await giveBack(request, lock);
    return result;
  } finally {
    await connection.close().catch(() => connection.destroy());
  }
}

/** Comes back while the lock is held. The connection that holds it is never opened anew: a lock that is gone stays so. */
async function requireHeld(request: LockRequest, lock: LockResult): Promise<void> {
  let cause: unknown;
  try {
    if (lock.isHeld === undefined || (await lock.isHeld())) return;
  } catch (error) {
    cause = worded(request, error);
  }
  const name = request.shown ?? request.name;
  if (cause !== undefined) {
    throw new LockLost(`The lock "${name}" was lost: its session has ended.`, {
      hint: 'Nothing more was sent. Another process may have taken it meanwhile.',
      cause,
    });
  }
  throw new LockLost(`The lock "${name}" was lost: its session does not hold it any more.`, {
    hint: 'Nothing more was sent. Another process may have taken it meanwhile. A pooler that mixes sessions gives their locks away: use a direct connection.',
  });
}

async function connectAlone({ adapter, config }: LockRequest): Promise<DriverConnection> {
  try {
    return await adapter.connect(config, 'write');
  } catch (error) {
    throw adapter.translateConnectError(error, config);
  }
}

async function take(request: LockRequest, connection: DriverConnection, wait: number): Promise<LockResult | undefined> {
  const { adapter, config, name } = request;
  try {
    return await adapter.lock(connection, config, name, wait);
  } catch (error) {
    throw worded(request, error);
  }
}

async function giveBack(request: LockRequest, lock: LockResult): Promise<void> {
  try {
    await lock.release();
  } catch (error) {
    if (request.lost !== undefined) throw request.lost(worded(request, error));
    if (error instanceof ActiveRecordError) throw error;
    throw new ConnectionLost(`The lock "${request.name}" was lost before it was given back: its session has ended.`, {
      hint: 'Another process may have worked at the same time: compare what was done with ar status.',
      cause: worded(request, error),
    });
  }
}

function worded({ adapter, name }: LockRequest, error: unknown): unknown {
  return error instanceof ActiveRecordError ? error : adapter.translate(error, { sql: `(lock ${name})`, binds: [] });
}
