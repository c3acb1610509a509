import { InvalidQuery } from '../errors/query.ts';
import { isRecord, lifeKey, type RecordState } from '../record/state.ts';
import { readValue } from '../record/values.ts';
import { isRecordOf } from '../relation/record-of.ts';
import type { Source } from '../relation/source.ts';
import { describeValue } from '../types/type.ts';

/** Whether both are records of the same row: the same object, or of the same class with the same key. */
export function sameRecord(one: RecordState, other: unknown): boolean {
  if (one === other) return true;
  if (!isRecord(other)) return false;
  return 'equals' in one && typeof one.equals === 'function' && Reflect.apply(one.equals, one, [other]) === true;
}

/** The conditions that only this record meets. @throws InvalidQuery where it is no saved record of the model */
export function keyConditions(source: Source, record: unknown): Record<string, unknown> {
  const { attributes, modelName } = source;
  if (!isRecordOf(record, source) || attributes === undefined) {
    throw new InvalidQuery(`A ${modelName} was expected, not ${describeValue(record)}.`);
  }
  if (record[lifeKey]?.isNew === true) throw new InvalidQuery(`This ${modelName} is not saved, so it has no key yet.`);
  if (attributes.keys.length === 0) {
    // No condition at all would be met by every row.
    throw new InvalidQuery(`${modelName} has no primary key, so its row cannot be looked for.`, {
      hint: 'Ask by attributes: exists({ … }).',
    });
  }
  return Object.fromEntries(attributes.keys.map((key) => [key.name, readValue(record, key)]));
}
