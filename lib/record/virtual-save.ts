import { neutralEncoding, type Scalar } from '../types/type.ts';
import type { Attribute, AttributeSet } from './attribute.ts';
import { attributeChanged, changedAttributes, changesApplied, changesOf } from './changes.ts';
import { writeInTransaction } from './snapshot.ts';
import { lifeKey, lifeOf, type RecordState } from './state.ts';
import { rawForDatabase } from './values.ts';

// Attributes without a column are saved like others: nothing is sent of them, and afterwards they are no changes any more.

/** The attributes that differ from what they were when the record was loaded or saved, those without a column among them. */
export function everyChange(record: RecordState, attributes: AttributeSet): readonly Attribute[] {
  return withVirtual(record, attributes, changedAttributes(record, attributes));
}

/** These, and the attributes without a column that have changed. */
export function withVirtual(
  record: RecordState,
  { virtual }: AttributeSet,
  changed: readonly Attribute[],
): readonly Attribute[] {
  if (virtual.length === 0) return changed;
  return [...changed, ...virtual.filter((attribute) => attributeChanged(record, attribute))];
}

/** What a save is about to do for attributes without a column. What is assigned while it is under way stays a change. */
export class VirtualSave {
  readonly attributes: readonly Attribute[];
  readonly #values: readonly Scalar[];

  constructor(record: RecordState, attributes: readonly Attribute[]) {
    this.attributes = attributes;
    this.#values = attributes.map((attribute) => rawForDatabase(record, attribute, neutralEncoding));
  }

  applied(record: RecordState): void {
    changesApplied(record, this.attributes, this.#values, neutralEncoding);
  }
}

/** undefined where there is nothing to do, as on every record of a model without such attributes. */
export function virtualSave(record: RecordState, attributes: AttributeSet): VirtualSave | undefined {
  if (attributes.virtual.length === 0) return undefined;
  // Of a new record also those that are as they began: it has a row from now on, and what was a default is a value.
  const isNew = record[lifeKey]?.isNew === true;
  const saved = isNew ? attributes.virtual : withVirtual(record, attributes, []);
  return saved.length === 0 ? undefined : new VirtualSave(record, saved);
}

/** The end of a save that has nothing to send. */
export function saveWithoutStatement(record: RecordState, attributes: AttributeSet, connection: object): void {
  const virtual = virtualSave(record, attributes);
  if (virtual === undefined) {
    if (record[lifeKey] !== undefined) lifeOf(record).previousChanges = undefined;
    return;
  }
  const changes = changesOf(record, virtual.attributes);
  const write = writeInTransaction(connection, record)?.saving(record, virtual.attributes, []);
  virtual.applied(record);
  lifeOf(record).previousChanges = Object.freeze(changes);
  write?.applied();
}
