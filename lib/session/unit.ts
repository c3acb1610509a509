import { InvalidQuery } from '../errors/query.ts';
import { RecordDestroyed, RecordNotPersisted } from '../errors/record.ts';
import { SessionConflict } from '../errors/session.ts';
import { asModel } from '../model/model-class.ts';
import { requireWritable } from '../model/saving/row-key.ts';
import { isRecord, lifeKey, type RecordState } from '../record/state.ts';
import { describeValue } from '../types/type.ts';
import { IdentityMap } from './identity-map.ts';

/** Which unit a record is part of: a record is part of one at most. Not the session itself, which nothing keeps alive. */
const units = new WeakMap<RecordState, WeakRef<Unit>>();

const unitOf = (record: RecordState): Unit | undefined => units.get(record)?.deref();

export const isNew = (record: RecordState): boolean => record[lifeKey]?.isNew === true;
export const isDestroyed = (record: RecordState): boolean => record[lifeKey]?.isDestroyed === true;

/** The records of a session: those that have a row, those that are to get one, and those that are to lose it. */
export class Unit {
  readonly known = new IdentityMap();
  /** Added, and not saved yet. */
  readonly added = new Set<RecordState>();
  readonly deleted = new Set<RecordState>();
  /** What has got, or lost, its row in the transaction that is open. */
  readonly born = new Set<RecordState>();
  readonly gone = new Set<RecordState>();
  readonly #connectionName: string | undefined;
  readonly #reference = new WeakRef<Unit>(this);

  /** @param connectionName - the only one that its records may be on */
  constructor(connectionName?: string) {
    this.#connectionName = connectionName;
  }

  has(record: RecordState): boolean {
    return unitOf(record) === this;
  }

  /** @throws InvalidQuery for what is no record; SessionConflict, RecordDestroyed, ReadOnlyRecord, FrozenRecord */
  checkAdd(value: unknown): RecordState {
    const record = this.checkRecord(value, 'add');
    const model = asModel(record.constructor);
    if (isDestroyed(record)) {
      throw new RecordDestroyed(`This ${model.name} has been destroyed and cannot be added to a session.`, {
        hint: 'Make a new record of its attributes: dup().',
      });
    }
    requireWritable(model, record);
    this.requireFree(record);
    return record;
  }

  checkRecord(value: unknown, what: string): RecordState {
    if (!isRecord(value)) throw new InvalidQuery(`${what} takes a record, not ${describeValue(value)}.`);
    this.requireConnection(asModel(value.constructor));
    return value;
  }

  /** @throws SessionConflict for a model of another connection than the session's */
  requireConnection({ name, connectionName }: { readonly name: string; readonly connectionName: string }): void {
    if (this.#connectionName === undefined || this.#connectionName === connectionName) return;
    throw new SessionConflict(
      `This session is on the connection "${this.#connectionName}", and ${name} is on "${connectionName}".`,
      { hint: 'Use a session without the option connection: it is on each model’s own.' },
    );
  }

  /** @throws SessionConflict where the record is part of another session, or another object stands for its row */
  requireFree(record: RecordState): void {
    const unit = unitOf(record);
    const { name } = record.constructor;
    if (unit !== undefined && unit !== this) {
      throw new SessionConflict(`This ${name} is part of another session.`, {
        hint: 'Take it out there first: expunge(record), or close that session.',
      });
    }
    const other = isNew(record) ? undefined : this.known.standingFor(record);
    if (other === undefined || other === record) return;
    throw new SessionConflict(`Another object of this session stands for the row of this ${name}.`, {
      hint: `Use that one: session.get(${name}, key).`,
    });
  }

  /** What was saved, destroyed or rolled back without the session since it was added. */
  tidy(): void {
    for (const record of this.added) {
      if (isDestroyed(record)) this.forget(record);
      else if (!isNew(record)) {
        this.added.delete(record);
        this.known.put(record);
      }
    }
    // The session has committed it inside of another transaction, which was rolled back.
    for (const record of [...this.known.records]) if (isNew(record)) this.forget(record);
  }

  /** Makes a record that was checked part of the session. */
  add(record: RecordState): void {
    this.deleted.delete(record);
    this.#take(record);
    if (isNew(record)) this.added.add(record);
    else if (!this.known.has(record)) this.known.put(record);
  }

  #take(record: RecordState): void {
    units.set(record, this.#reference);
  }

  /** A row that was loaded stands in the session as this record. */
  attach(record: RecordState): void {
    this.#take(record);
    this.known.put(record);
  }

  delete(value: unknown): void {
    const record = this.checkRecord(value, 'delete');
    const { name } = record.constructor;
    if (isNew(record)) {
      throw new RecordNotPersisted(`This ${name} has no row that could be deleted.`, {
        hint: 'Take it out of the session again: expunge(record).',
      });
    }
    this.checkAdd(record);
    this.add(record);
    this.deleted.add(record);
  }

  /** @throws SessionConflict where it is no part of the session */
  requireMember(value: unknown, what: string): RecordState {
    const record = this.checkRecord(value, what);
    if (this.has(record)) return record;
    throw new SessionConflict(`This ${record.constructor.name} is not part of the session.`, {
      hint: 'Add it, or load it by the session.',
    });
  }

  /** The record is no part of the session any more. */
  forget(record: RecordState): void {
    for (const records of [this.added, this.deleted, this.born, this.gone]) records.delete(record);
    this.known.remove(record);
    if (this.has(record)) units.delete(record);
  }

  forgetAll(): void {
    for (const record of [...this.added, ...this.known.records, ...this.born, ...this.gone])
      if (this.has(record)) units.delete(record);
    for (const records of [this.added, this.deleted, this.born, this.gone]) records.clear();
    this.known.clear();
  }

  /** What makes the same records part of it again, and no others: for a transaction that is run again. */
  picture(): () => void {
    const sets = [this.added, this.deleted, this.born, this.gone].map((set) => ({ set, records: [...set] }));
    const putBack = this.known.picture();
    return () => {
      this.forgetAll();
      putBack();
      for (const { set, records } of sets) for (const record of records) set.add(record);
      for (const record of [...this.known.records, ...sets.flatMap(({ records }) => records)]) this.#take(record);
    };
  }

  /** The record has its row now. */
  saved(record: RecordState, wasNew: boolean): void {
    this.#take(record);
    this.added.delete(record);
    if (wasNew) this.born.add(record);
    this.known.put(record);
  }

  /** Its row has the key of before again. */
  movedBack(record: RecordState): void {
    if (this.known.has(record)) this.known.put(record);
  }

  /** The record has lost its row. */
  destroyed(record: RecordState): void {
    this.deleted.delete(record);
    this.known.remove(record);
    if (this.born.has(record)) return;
    this.gone.add(record);
  }

  /** What has been written is lasting. */
  committed(): void {
    for (const record of this.gone) if (this.has(record)) units.delete(record);
    for (const record of this.born) if (isDestroyed(record) && this.has(record)) units.delete(record);
    this.born.clear();
    this.gone.clear();
    this.known.expire();
  }
}
