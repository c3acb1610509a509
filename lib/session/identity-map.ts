import { keyText } from '../associations/writing/ownership.ts';
import { asModel } from '../model/model-class.ts';
import { sourceOf } from '../model/relation-class.ts';
import { attributeChanged, changedAttributes, originalValue } from '../record/changes.ts';
import { lifeKey, type RecordState } from '../record/state.ts';
import { isLoaded } from '../record/values.ts';
import type { Source } from '../relation/source.ts';

/** A row that the session knows. */
interface Entry {
  readonly key: unknown;
  /** What was read before the last commit or rollback is read again by `get`. */
  age: number;
}

export const sourceFor = (record: RecordState): Source<RecordState> => sourceOf(asModel(record.constructor));

/** The records of a session that have a row: one object for each row. */
export class IdentityMap {
  readonly #families = new Map<object, Map<unknown, RecordState>>();
  readonly #entries = new Map<RecordState, Entry>();
  #age = 0;

  get records(): IterableIterator<RecordState> {
    return this.#entries.keys();
  }

  has(record: RecordState): boolean {
    return this.#entries.has(record);
  }

  /** @param key - the values of its key, in the order of the key's columns */
  at({ family, attributes }: Source, key: readonly unknown[]): RecordState | undefined {
    return this.#standing(family, keyText(attributes?.keys ?? [], key));
  }

  /** The record that stands for the same row, where there is one. */
  standingFor(record: RecordState): RecordState | undefined {
    const source = sourceFor(record);
    const key = rowKey(record, source);
    return key === undefined ? undefined : this.#standing(source.family, key);
  }

  /** Not one that has lost its row, or has got another key, without the session. */
  #standing(family: object, key: unknown): RecordState | undefined {
    const record = this.#families.get(family)?.get(key);
    if (record === undefined || record[lifeKey]?.isNew === true || record[lifeKey]?.isDestroyed === true)
      return undefined;
    return rowKey(record, sourceFor(record)) === key ? record : undefined;
  }

  /** Whether another key was assigned to the record, that its row does not have yet. */
  isMoving(record: RecordState): boolean {
    const { attributes } = sourceFor(record);
    return attributes?.keys.some((key) => attributeChanged(record, key)) === true;
  }

  /** The record stands for its row from now on. One without a key is only remembered. */
  put(record: RecordState): void {
    this.remove(record);
    const source = sourceFor(record);
    const key = rowKey(record, source);
    this.#entries.set(record, { key, age: this.#age });
    if (key === undefined) return;
    const family = this.#families.get(source.family) ?? new Map<unknown, RecordState>();
    this.#families.set(source.family, family);
    family.set(key, record);
  }

  remove(record: RecordState): void {
    const entry = this.#entries.get(record);
    if (entry === undefined) return;
    this.#entries.delete(record);
    const family = this.#families.get(sourceFor(record).family);
    if (family?.get(entry.key) === record) family.delete(entry.key);
  }

  clear(): void {
    this.#families.clear();
    this.#entries.clear();
  }

  /** What puts it back to what it is now: by the keys of now, whatever the records hold then. */
  picture(): () => void {
    const entries = [...this.#entries].map(([record, entry]) => [record, { ...entry }] as const);
    const families = [...this.#families].map(([family, records]) => [family, [...records]] as const);
    const age = this.#age;
    return () => {
      this.clear();
      for (const [record, entry] of entries) this.#entries.set(record, { ...entry });
      for (const [family, records] of families) this.#families.set(family, new Map(records));
      this.#age = age;
    };
  }

  /** What has been read may not be so any more: the transaction has ended. */
  expire(): void {
    this.#age++;
  }

  isExpired(record: RecordState): boolean {
    return (this.#entries.get(record)?.age ?? this.#age) < this.#age;
  }

  refreshed(record: RecordState): void {
    const entry = this.#entries.get(record);
    if (entry !== undefined) entry.age = this.#age;
  }
}

/** The key under which the row is in the database; undefined where there is none, or where it was not selected. */
function rowKey(record: RecordState, { attributes }: Source): unknown {
  const keys = attributes?.keys ?? [];
  if (keys.length === 0 || !keys.every((key) => isLoaded(record, key))) return undefined;
  return keyText(
    keys,
    keys.map((key) => originalValue(record, key)),
  );
}

/** Whether values have been assigned to the record that its row does not have. */
export function isChanged(record: RecordState): boolean {
  const { attributes } = sourceFor(record);
  return attributes !== undefined && changedAttributes(record, attributes).length > 0;
}
