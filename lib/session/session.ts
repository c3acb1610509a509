import { currentAttempt } from '../connection/attempt.ts';
import { Connection } from '../connection/connection.ts';
import { checkOptions, type TransactionOptions } from '../connection/transaction-options.ts';
import { InvalidQuery } from '../errors/query.ts';
import { RecordNotFound } from '../errors/record.ts';
import { SessionClosed, SessionFailed } from '../errors/session.ts';
import { AfterCommitFailed } from '../errors/transaction.ts';
import { BaseModel } from '../model/base-model.ts';
import { asModel, type ModelClass } from '../model/model-class.ts';
import type { AnyClass } from '../model/query-of.ts';
import { relationOf, sourceOf } from '../model/relation-class.ts';
import { reloadRecord } from '../model/saving/reload.ts';
import type { DefinitionOf, KeyOf, RecordOf } from '../record/definition-types.ts';
import { isRecord, type RecordState } from '../record/state.ts';
import { castKey } from '../relation/load.ts';
import { isRecordOf } from '../relation/record-of.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';
import { adoptAll, isDirty } from './adopt.ts';
import { flushUnit } from './flush.ts';
import { restoreUnit } from './restore.ts';
import { SessionQuery } from './session-query.ts';
import { SessionTransactions, watchForLoss } from './transactions.ts';
import { Turns } from './turns.ts';
import { isNew, Unit } from './unit.ts';
import { hasWork } from './work.ts';

/** Options of a {@link Session}. */
export interface SessionOptions extends Pick<TransactionOptions, 'isolation' | 'timeout'> {
  /** The only connection that the session's records may be on, or its name; without it each model's own. */
  readonly connection?: string | Connection | undefined;
  /** `false`: queries do not write what is pending before they are sent. */
  readonly autoflush?: boolean | undefined;
}

const optionNames: readonly (keyof SessionOptions)[] = ['connection', 'autoflush', 'isolation', 'timeout'];

/**
 * A unit of work: records are added, loaded and changed, and {@link commit} writes all of that in one transaction, in the
 * order that foreign keys ask for, many rows in one statement. Each record is saved with its validations and callbacks.
 *
 * ```ts
 * await using session = new Session();
 * session.addAll([new User({ name: 'Ada' }), new User({ name: 'Bob' })]);
 * await session.commit();            // START TRANSACTION; INSERT INTO users (…) VALUES (…), (…); COMMIT
 * const ada = await session.get(User, 1);
 * if (ada) ada.name = 'Ada Lovelace';
 * await session.commit();            // START TRANSACTION; UPDATE users SET name = ? … WHERE id = ?; COMMIT
 * ```
 * It holds no connection until something is flushed; from then on all that it reads and writes is in that transaction,
 * until `commit`, `rollback` or `close`.
 */
export class Session implements AsyncDisposable {
  readonly #unit: Unit;
  readonly #transactions: SessionTransactions;
  readonly #turns = new Turns();
  readonly #autoflush: boolean;
  #isClosed = false;
  /** Why a flush or commit has failed: rollback() comes first. */
  #failure: { readonly error: unknown } | undefined;

  /** @throws InvalidQuery (`AR_QUERY_INVALID`) for options that there are not */
  constructor(options: SessionOptions = {}) {
    if (typeof options !== 'object' || options === null)
      throw new InvalidQuery(`Session takes its options as an object, not ${describeValue(options)}.`);
    const unknown = Object.keys(options).find((name) => !optionNames.some((known) => known === name));
    if (unknown !== undefined)
      throw new InvalidQuery(`Session has no option "${unknown}".`, { hint: didYouMean(unknown, optionNames) });
    const { connection, autoflush = true, isolation, timeout } = options;
    if (connection !== undefined && typeof connection !== 'string' && !(connection instanceof Connection))
      throw new InvalidQuery(`connection takes the name of one, or a connection, not ${describeValue(connection)}.`);
    checkOptions({ isolation, timeout });
    if (typeof autoflush !== 'boolean') throw new InvalidQuery('autoflush takes true or false.');
    this.#autoflush = autoflush;
    this.#unit = new Unit(connection instanceof Connection ? connection.name : connection);
    this.#transactions = new SessionTransactions({ isolation, timeout });
    watchForLoss(this, this.#transactions);
  }

  /** The records that were added and have no row yet. */
  get new(): readonly BaseModel[] {
    return models([...this.#unit.added].filter(isNew));
  }

  /** The records that have a row, and were changed. */
  get dirty(): readonly BaseModel[] {
    const { known, deleted } = this.#unit;
    return models([...known.records].filter((record) => !deleted.has(record) && !isNew(record) && isDirty(record)));
  }

  /** The records that the next flush deletes. */
  get deleted(): readonly BaseModel[] {
    return models([...this.#unit.deleted]);
  }

  /** Whether a transaction is open: from a flush to commit or rollback. */
  get inTransaction(): boolean {
    return this.#transactions.isOpen;
  }

  /** Whether the record is part of the session. */
  has(record: BaseModel): boolean {
    return isRecord(record) && this.#unit.has(record);
  }

  /**
   * Makes a record part of the session. A new one is inserted by the next flush, with what its associations hold; of one
   * that has a row the changes are written.
   *
   * @returns the record itself
   * @throws SessionConflict (`AR_SESSION_CONFLICT`) where it is part of another session, or another object stands for its
   *   row; RecordDestroyed, ReadOnlyRecord, FrozenRecord; InvalidQuery for what is no record
   */
  add<T extends BaseModel>(record: T): T {
    this.#requireUsable('add');
    this.#unit.add(this.#unit.checkAdd(record));
    return record;
  }

  /** The same for several: all of them, or none where one cannot be added. */
  addAll(records: Iterable<BaseModel>): void {
    this.#requireUsable('addAll');
    if (typeof records !== 'object' || records === null || !(Symbol.iterator in records))
      throw new InvalidQuery(`addAll takes an array of records, not ${describeValue(records)}.`);
    for (const record of [...records].map((each) => this.#unit.checkAdd(each))) this.#unit.add(record);
  }

  /**
   * The next flush destroys the record: with its callbacks, and what depends on it.
   *
   * @throws RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`) for a new one, which `expunge` takes out again
   */
  delete(record: BaseModel): void {
    this.#requireUsable('delete');
    this.#unit.delete(record);
  }

  /**
   * Takes a record out of the session: nothing is written for it any more.
   *
   * @throws SessionConflict where it is none of its; SessionBusy (`AR_SESSION_BUSY`) while a flush is under way
   */
  expunge(record: BaseModel): void {
    this.#requireUsable('expunge');
    this.#turns.requireNotWriting('expunge');
    this.#unit.forget(this.#unit.requireMember(record, 'expunge'));
  }

  /** Takes all records out of the session; the transaction stays as it is. @throws SessionBusy while a flush is under way */
  expungeAll(): void {
    this.#requireUsable('expungeAll');
    this.#turns.requireNotWriting('expungeAll');
    this.#unit.forgetAll();
  }

  /**
   * The record with that key: the object that the session has for the row, where it has one; null where there is no row.
   *
   * ```ts
   * const ada = await session.get(User, 1);                        // SELECT … FROM users WHERE id = ? LIMIT 1
   * ada === (await session.get(User, 1));                          // true, and nothing is sent
   * await session.get(OrderLine, { orderId: 1, position: 2 });
   * ```
   * After a commit or rollback the row is read again.
   * @throws InvalidValue, InvalidQuery for what is no key of the model
   */
  async get<M extends AnyClass>(model: M, key: KeyOf<DefinitionOf<M>>): Promise<RecordOf<M> | null> {
    // Made by the model itself.
    return (await this.#get(model, key)) as RecordOf<M> | null;
  }

  /** A query whose records are part of the session: `await session.query(User).filterBy({ age: 36 }).all()`. */
  query<M extends AnyClass>(model: M): SessionQuery<M> {
    this.#requireUsable('query');
    this.#unit.requireConnection(requireModel(model, 'query'));
    return new SessionQuery<M>(
      {
        read: (what, fn) => this.#read(what, fn),
        adopt: (records) => adoptAll(this.#unit, records),
        get: (key) => this.#get(model, key),
      },
      relationOf(asModel(model)),
    );
  }

  async #get(model: object, given: unknown): Promise<RecordState | null> {
    this.#requireUsable('get');
    const source = sourceOf(requireModel(model, 'get'));
    this.#unit.requireConnection(asModel(model));
    const { attributes } = await source.ready();
    const key = castKey(attributes.modelName, attributes.keys, given);
    const { known, added, deleted } = this.#unit;
    const record = known.at(source, key);
    if (record !== undefined && (!known.isExpired(record) || isDirty(record)))
      return isRecordOf(record, source) ? record : null;
    const isPending = added.size > 0 || deleted.size > 0;
    return this.#read('get', () => this.#load(model, given), isPending);
  }

  async #load(model: object, key: unknown): Promise<RecordState | null> {
    try {
      const found = await relationOf(asModel(model)).find(key);
      const [record] = Array.isArray(found) ? [] : adoptAll(this.#unit, [found]);
      return record ?? null;
    } catch (error) {
      if (!(error instanceof RecordNotFound)) throw error;
      return null;
    }
  }

  /** Reads the row of a record again: what was assigned and not flushed is gone. @throws RecordNotFound where it is gone */
  async refresh(record: BaseModel): Promise<void> {
    this.#requireUsable('refresh');
    const member = this.#unit.requireMember(record, 'refresh');
    const reload = () => reloadRecord(asModel(member.constructor), member);
    await (this.#turns.isInside ? reload() : this.#turns.read(() => this.#transactions.run(reload)));
    this.#unit.known.refreshed(member);
  }

  /**
   * Runs `fn` where the session's statements go: what models read and write in there is part of its transaction, where one
   * is open. For lazy associations, and for statements of your own.
   *
   * ```ts
   * await session.flush();
   * const posts = await session.run(() => ada.posts.load());
   * ```
   * @returns what `fn` returns
   */
  async run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    if (typeof fn !== 'function') throw new InvalidQuery(`run takes a function, not ${describeValue(fn)}.`);
    return this.#read('run', async () => await fn());
  }

  /**
   * Writes what is pending, in a transaction that stays open: INSERTs and UPDATEs, of rows that others belong to first, and
   * then DELETEs. Without anything pending nothing is sent.
   *
   * @throws RecordInvalid, StaleObjectError and whatever else the save of a record throws. The transaction is rolled back
   *   then, and the session waits for {@link rollback} (SessionFailed, `AR_SESSION_FAILED`)
   */
  async flush(): Promise<void> {
    this.#requireUsable('flush');
    await this.#turns.write('flush', async () => {
      this.#requireUsable('flush');
      await this.#flush();
    });
  }

  /**
   * Writes what is pending, and commits. The callbacks of commits are called then.
   *
   * @throws as {@link flush}; CommitOutcomeUnknown; AfterCommitFailed (`AR_AFTER_COMMIT_FAILED`), when all is committed
   */
  async commit(): Promise<void> {
    this.#requireUsable('commit');
    await this.#turns.write('commit', async () => {
      this.#requireUsable('commit');
      await this.#flush();
      try {
        await this.#transactions.commit();
      } catch (error) {
        if (!(error instanceof AfterCommitFailed)) throw await this.#fail(error);
        this.#unit.committed();
        throw error;
      }
      this.#unit.committed();
    });
  }

  /**
   * Rolls back what was flushed, and takes back what was not: the records that were loaded are as they were, those that were
   * added are no part of the session any more, and as they were before they were added.
   */
  async rollback(): Promise<void> {
    this.#requireOpen('rollback');
    await this.#turns.write('rollback', async () => {
      const error = await this.#transactions.rollback();
      restoreUnit(this.#unit);
      this.#failure = undefined;
      if (error !== undefined) throw error;
    });
  }

  /** Rolls back what was not committed, and lets go of all records. The session cannot be used any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#keep();
    await this.#turns.write('close', async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      const error = await this.#transactions.rollback();
      this.#unit.forgetAll();
      if (error !== undefined) throw error;
    });
  }

  /** The end of an `await using` block: {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #flush(): Promise<void> {
    let hasBegun = false;
    try {
      await flushUnit(this.#unit, this.#transactions, () => {
        hasBegun = true;
      });
    } catch (error) {
      // Where nothing was sent, nothing has changed: it may be tried again.
      if (!hasBegun) throw error;
      throw await this.#fail(error);
    }
  }

  /** @returns the error to be told */
  async #fail(error: unknown): Promise<unknown> {
    this.#failure = { error };
    return this.#transactions.rollback(error);
  }

  /** @param isPending - whether something is to be written before; undefined: that is looked up */
  async #read<T>(what: string, fn: () => Promise<T>, isPending?: boolean): Promise<T> {
    this.#requireUsable(what);
    // Code that the session has called is where it has to be already: it may have begun a transaction inside.
    if (this.#turns.isInside) return fn();
    if (this.#autoflush && (isPending ?? hasWork(this.#unit))) await this.flush();
    return this.#turns.read(() => {
      this.#requireUsable(what);
      return this.#transactions.run(fn);
    });
  }

  #requireOpen(what: string): void {
    if (this.#isClosed) throw new SessionClosed(what);
    this.#keep();
  }

  /** In a transaction that may be run again: the session goes back with its records. */
  #keep(): void {
    currentAttempt()?.keep(this.#transactions, () => {
      const [isClosed, failure] = [this.#isClosed, this.#failure];
      const putBack = [this.#unit.picture(), this.#transactions.picture()];
      return () => {
        this.#isClosed = isClosed;
        this.#failure = failure;
        for (const each of putBack) each();
      };
    });
  }

  #requireUsable(what: string): void {
    this.#requireOpen(what);
    this.#failure ??= this.#transactions.failure;
    if (this.#failure !== undefined) throw new SessionFailed(what, this.#failure.error);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.#isClosed
      ? 'closed'
      : this.#failure !== undefined
        ? 'failed'
        : this.inTransaction
          ? 'open'
          : 'idle';
    return `Session(${state}: ${this.new.length} new, ${this.dirty.length} dirty, ${this.deleted.length} deleted)`;
  }
}

const models = (records: readonly RecordState[]): BaseModel[] =>
  records.filter((record): record is RecordState & BaseModel => record instanceof BaseModel);

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what is no model class */
function requireModel(value: unknown, what: string): ModelClass {
  if (typeof value === 'function' && value.prototype instanceof BaseModel) return asModel(value);
  throw new InvalidQuery(`${what} takes a model class first, not ${describeValue(value)}.`, {
    hint: `Write session.${what}(User…).`,
  });
}
