import { ReadOnlyRecord, RecordNotFound, RecordNotPersisted } from '../../errors/record.ts';
import type { AttributeSet } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import { frozenRecord } from '../../record/frozen.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import type { ReadySource } from '../../relation/source.ts';
import type { Scalar, Type } from '../../types/type.ts';
import type { ModelClass } from '../model-class.ts';

/** The key under which the row is in the database, also where the attribute has been changed since. */
export function keyOf(model: ModelClass, record: RecordState, attributes: AttributeSet, ready: ReadySource): Scalar[] {
  if (attributes.keys.length === 0) {
    throw new RecordNotPersisted(`${model.name} has no primary key, so its row cannot be named.`, {
      hint: 'Declare one, or use updateAll and deleteAll with conditions.',
    });
  }
  return attributes.keys.map((attribute) => {
    const value = originalValue(record, attribute);
    if (value === null || value === undefined) {
      throw new RecordNotPersisted(`This ${model.name} has no ${attribute.name}, so its row cannot be named.`, {
        hint: `Select '${attribute.name}' with it.`,
      });
    }
    return (attribute.type as Type).serialize(value, ready.connection.dialect);
  });
}

/** The error about a row that is not there any more. */
export function gone(model: ModelClass, record: RecordState, attributes: AttributeSet): RecordNotFound {
  const keys = attributes.keys.map((attribute) => originalValue(record, attribute));
  return new RecordNotFound(
    `The row of this ${model.name} (${attributes.keys.map((key, index) => `${key.name} ${String(keys[index])}`).join(', ')}) is gone.`,
    {
      model: model.name,
      keys,
      hint: 'It was deleted after this record was loaded.',
    },
  );
}

/** @throws ReadOnlyRecord (`AR_RECORD_READ_ONLY`), FrozenRecord (`AR_RECORD_FROZEN`) */
export function requireWritable(model: ModelClass, record: RecordState): void {
  if (record[lifeKey]?.isFrozen === true) throw frozenRecord(record, 'it is not written');
  if (record[lifeKey]?.isReadOnly !== true) return;
  throw new ReadOnlyRecord(`This ${model.name}, or the query that loaded it, was told readonly().`, {
    hint: 'Load it again without readonly() to change it.',
  });
}
