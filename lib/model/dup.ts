import { countersOf } from '../associations/upkeep/counter-cache.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { RecordState } from '../record/state.ts';
import { isLoaded, readValue, writeValue } from '../record/values.ts';
import { removalOf } from '../relation/removal.ts';
import { neutralEncoding, type Type } from '../types/type.ts';
import { attributesOf } from './metadata.ts';
import { asModel, type ModelClass } from './model-class.ts';
import { sourceOf } from './relation-class.ts';

/**
 * A new record with the attributes of another one as they stand. What tells of the row itself is left out: its key, its
 * moments, its version, its tokens, the mark of a deleted one, and the number of records that belong to it.
 */
export function dupRecord(record: RecordState): RecordState {
  const model = asModel(record.constructor);
  const copy = new model();
  const attributes = attributesOf(model);
  const own = ownOfRow(model, attributes);
  for (const attribute of attributes.every) {
    if (own.has(attribute) || attribute.computed || !isLoaded(record, attribute)) continue;
    writeValue(copy, attribute, copyOf(attribute, readValue(record, attribute)));
  }
  return copy;
}

const known = new WeakMap<AttributeSet, ReadonlySet<Attribute>>();

function ownOfRow(model: ModelClass, attributes: AttributeSet): ReadonlySet<Attribute> {
  let own = known.get(attributes);
  if (own === undefined) {
    const { keys, createdAt, updatedAt } = attributes;
    const named = ['lockVersion', removalOf(model)?.attribute].map((name) =>
      name === undefined ? undefined : attributes.find(name),
    );
    const tokens = attributes.all.filter(({ definition }) => definition?.tokenLength !== undefined);
    const all = [...keys, createdAt, updatedAt, ...tokens, ...named, ...countersOf(sourceOf(model).associations)];
    own = new Set(all.filter((each) => each !== undefined));
    known.set(attributes, own);
  }
  return own;
}

/** By way of the stored form, which is all that a value of any type is sure to have. */
function copyOf({ type }: Attribute, value: unknown): unknown {
  if (value === null || !type.mutable) return value;
  return (type as Type).deserialize((type as Type).serialize(value, neutralEncoding));
}
