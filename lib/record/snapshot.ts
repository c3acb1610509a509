import { currentAttempt } from '../connection/attempt.ts';
import { transactionScope } from '../connection/transaction.ts';
import type { Scalar } from '../types/type.ts';
import type { Attribute } from './attribute.ts';
import { attributeChanged } from './changes.ts';
import { keepPicture } from './picture.ts';
import { cacheKey, type Life, lifeKey, lifeOf, type RecordState, rowKey, ValueCache } from './state.ts';
import { DefaultValue, writeValue } from './values.ts';

// What a record gets back when the transaction that it was written in is rolled back. It is then as after a save that
// failed: what was assigned is there, as a change from what the database holds, and what the write itself has set (a
// key, defaults of the database, timestamps, a counter) is gone. What was assigned after the write stays as well.

/** What a record held for an attribute when a write was sent: what had been assigned is in it, as a change. */
interface Before {
  readonly attribute: Attribute;
  readonly raw: Scalar | undefined;
  readonly cached: unknown;
  /** It had been assigned, and `original` is what it was before that. */
  readonly assigned: boolean;
  readonly original: unknown;
}

/**
 * The memory of one write of one record inside a transaction. The record is held weakly: a transaction that goes through
 * a million records does not keep them all.
 */
export class RecordWrite {
  readonly #record: WeakRef<RecordState>;
  readonly #before: Before[] = [];
  #life: Partial<Pick<Life, 'isNew' | 'isDestroyed' | 'previousChanges'>> | undefined;
  #applied = false;
  #undone = false;

  constructor(record: RecordState) {
    this.#record = new WeakRef(record);
  }

  /**
   * Before an INSERT or UPDATE.
   *
   * @param attributes - all that the save writes or reads back
   * @param stamped - of these: what the save has assigned itself (timestamps, keys), already
   * @param generated - of these: what is left to the database
   */
  saving(
    record: RecordState,
    attributes: readonly Attribute[],
    stamped: readonly Attribute[],
    generated: readonly Attribute[] = [],
  ): this {
    const { isNew = false, previousChanges } = record[lifeKey] ?? {};
    this.#life = { isNew, previousChanges };
    for (const attribute of attributes) {
      if (stamped.includes(attribute)) this.#before.push(beforeStamp(record, attribute));
      else {
        const before = beforeWrite(record, attribute);
        // A plain value that nobody has assigned is inserted as it stands, and stands there unchanged afterwards.
        const isLeftAlone = isNew && !before.assigned && attribute.type.plain !== undefined;
        if (!isLeftAlone || generated.includes(attribute)) this.#before.push(before);
      }
    }
    return this;
  }

  /** Before a write of columns past the save pipeline. */
  setting(record: RecordState, attributes: readonly Attribute[]): this {
    for (const attribute of attributes) this.#before.push(beforeWrite(record, attribute));
    return this;
  }

  /** Before a DELETE. */
  destroying(record: RecordState): this {
    this.#life = { isDestroyed: record[lifeKey]?.isDestroyed === true };
    return this;
  }

  /** The record shows the write from now on. A rollback may have been quicker than that. */
  applied(): void {
    this.#applied = true;
    if (this.#undone) this.#restore();
  }

  /** The write has been rolled back. One that has failed has changed nothing, and leaves nothing to take back. */
  undo(): void {
    this.#undone = true;
    if (this.#applied) this.#restore();
  }

  #restore(): void {
    const record = this.#record.deref();
    if (record === undefined) return;
    const wasNew = this.#life?.isNew === true;
    for (const before of this.#before) putBack(record, before, wasNew);
    if (record[lifeKey]?.originals?.size === 0) record[lifeKey].originals = undefined;
    if (this.#life !== undefined) Object.assign(lifeOf(record), this.#life);
  }
}

/** The memory of a write that is about to be sent; undefined outside of a transaction, where nothing can be taken back. */
export function writeInTransaction(connection: object, record: RecordState): RecordWrite | undefined {
  const transaction = transactionScope.current(connection);
  keepPicture(record);
  currentAttempt()?.forget(record, connection, transaction !== undefined);
  if (transaction === undefined) return undefined;
  const write = new RecordWrite(record);
  transaction.onRollback(() => write.undo());
  return write;
}

/**
 * Assigns a value that is true only as long as the transaction lives (the key of a record that was saved in it, for
 * one): on rollback the attribute is as it was before, unless something else has been assigned meanwhile.
 */
export function assignForTransaction(
  connection: object,
  record: RecordState,
  attribute: Attribute,
  value: unknown,
): void {
  const transaction = transactionScope.current(connection);
  if (transaction === undefined) {
    writeValue(record, attribute, value);
    return;
  }
  const held = new WeakRef(record);
  const before = beforeWrite(record, attribute);
  const wasNew = record[lifeKey]?.isNew === true;
  writeValue(record, attribute, value);
  const given = currentOf(record, attribute);
  transaction.onRollback(() => {
    const target = held.deref();
    if (target === undefined || !Object.is(currentOf(target, attribute), given)) return;
    // It is ours still: not newer than the write.
    target[lifeKey]?.originals?.delete(attribute.column);
    putBack(target, before, wasNew);
    if (target[lifeKey]?.originals?.size === 0) target[lifeKey].originals = undefined;
  });
}

function currentOf(record: RecordState, { column, type }: Attribute): unknown {
  return type.plain === undefined ? record[cacheKey]?.[column] : record[rowKey][column];
}

function beforeWrite(record: RecordState, attribute: Attribute): Before {
  const { column } = attribute;
  const originals = record[lifeKey]?.originals;
  return {
    attribute,
    raw: record[rowKey][column],
    cached: record[cacheKey]?.[column],
    assigned: originals?.has(column) === true,
    original: originals?.get(column),
  };
}

/** For an attribute that the save has assigned before its statement was made: as `restoreOriginals` would leave it. */
function beforeStamp(record: RecordState, attribute: Attribute): Before {
  const original = record[lifeKey]?.originals?.get(attribute.column);
  const isDefault = original instanceof DefaultValue;
  return {
    attribute,
    // An original that is no default is the raw value as it was.
    raw: isDefault ? record[rowKey][attribute.column] : (original as Scalar | undefined),
    cached: isDefault ? original.value : undefined,
    assigned: false,
    original: undefined,
  };
}

function putBack(record: RecordState, before: Before, wasNew: boolean): void {
  const { attribute, raw, cached, assigned, original } = before;
  const { column, type } = attribute;
  if (record[lifeKey]?.originals?.has(column) === true || attributeChanged(record, attribute)) {
    // Assigned or changed in place since: that stays, and only what it is a change from goes back.
    const isDefault = wasNew && type.plain === undefined && cached !== undefined;
    setOriginal(record, column, assigned ? original : isDefault ? new DefaultValue(cached) : raw);
    return;
  }
  record[rowKey][column] = raw;
  setCached(record, column, cached);
  if (assigned) setOriginal(record, column, original);
}

function setCached(record: RecordState, column: string, value: unknown): void {
  if (value === undefined && record[cacheKey] === undefined) return;
  record[cacheKey] ??= new ValueCache();
  record[cacheKey][column] = value;
}

function setOriginal(record: RecordState, column: string, original: unknown): void {
  const life = lifeOf(record);
  life.originals ??= new Map();
  life.originals.set(column, original);
}
