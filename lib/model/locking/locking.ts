import type { AdvisoryLockOptions } from '../../connection/advisory-lock.ts';
import { resolveConnection } from '../../connection/registry.ts';
import { CallbackMembers } from '../callbacks/callback-members.ts';
import { lockRecord, type RecordLockOptions, type WithLockOptions, withRecordLock } from './lock-record.ts';

/** Locks: of a record's row, and by name. */
export abstract class Locking extends CallbackMembers {
  /**
   * Runs `fn` while this process holds the lock of that name, on the connection of this model: see
   * {@link Connection.withAdvisoryLock}.
   *
   * ```ts
   * await Invoice.withAdvisoryLock('number', async () => Invoice.create({ number: await nextNumber() }));
   * ```
   * @throws LockNotGranted (`AR_LOCK_TIMEOUT`) where somebody else still holds it after the wait, LockLost (`AR_LOCK_LOST`)
   */
  static async withAdvisoryLock<T>(
    this: { readonly connectionName: string },
    name: string,
    fn: () => T | PromiseLike<T>,
    options?: AdvisoryLockOptions,
  ): Promise<T> {
    const connection = await resolveConnection(this.connectionName);
    return connection.withAdvisoryLock(name, fn, options);
  }

  /**
   * Locks the row until the transaction ends, and reads it again.
   *
   * ```ts
   * await transaction(async () => {
   *   await account.lock();   // SELECT … FROM accounts WHERE id = ? LIMIT 1 FOR UPDATE
   *   await account.update({ balance: account.balance - 10 });
   * });
   * ```
   * @param options - `mode: 'share'`; `noWait: true` fails at once where somebody else has locked it
   * @returns the record itself
   * @throws InvalidQuery (`AR_QUERY_INVALID`) outside of a transaction, and for a record with changes that are not saved;
   *   RecordNotFound (`AR_RECORD_NOT_FOUND`) where the row is gone; LockTimeout (`AR_LOCK_TIMEOUT`), CapabilityMissing;
   *   RecordNotPersisted, RecordDestroyed
   */
  async lock(options: RecordLockOptions = {}): Promise<this> {
    await lockRecord(this, options);
    return this;
  }

  /**
   * Runs `fn` while the row is locked, in a transaction of its own, or as part of the one around it. The record is read
   * again first, so that `fn` sees what is in the database.
   *
   * ```ts
   * await account.withLock(async (account) => {
   *   await account.update({ balance: account.balance - 10 });
   * });
   * // START TRANSACTION; SELECT … WHERE id = ? LIMIT 1 FOR UPDATE; UPDATE …; COMMIT
   * ```
   * @param fn - is given the record itself
   * @param options - as of `lock`; `skipLocked: true` does not run `fn` where somebody else has locked the row
   * @returns what `fn` returns; undefined where it was not run, or threw {@link Rollback}
   * @throws what `lock` does, and what `fn` throws
   */
  async withLock<T>(fn: (record: this) => T | PromiseLike<T>, options: WithLockOptions = {}): Promise<T | undefined> {
    return withRecordLock(this, typeof fn === 'function' ? () => fn(this) : fn, options);
  }
}
