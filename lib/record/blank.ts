import type { Row } from '../adapters/contract.ts';
import { neutralEncoding, type Scalar, type Type } from '../types/type.ts';
import type { Attribute, AttributeSet } from './attribute.ts';
import { cacheKey, type RecordState, rowKey, ValueCache } from './state.ts';

/** How new rows of a model begin: a template to copy, and the defaults that each row has to be given anew. */
interface Blank {
  readonly row: Row;
  readonly made: readonly Attribute[];
}

const blanks = new WeakMap<AttributeSet, Blank>();

function blankOf(attributes: AttributeSet): Blank {
  let blank = blanks.get(attributes);
  if (blank === undefined) {
    const row: Row = {};
    const made: Attribute[] = [];
    for (const attribute of attributes.every) {
      const { definition, type, column, typeRule } = attribute;
      row[column] = typeRule?.own ?? null;
      if (typeRule !== undefined) continue;
      if (definition?.hasDefault !== true) continue;
      const constant = typeof definition.default !== 'function' && type.plain !== undefined;
      // Plain values are scalars; the cast makes sure of it, once.
      if (constant && definition.default !== null) row[column] = type.cast(definition.default, attribute) as Scalar;
      else made.push(attribute);
    }
    blank = { row, made };
    blanks.set(attributes, blank);
  }
  return blank;
}

/** The row of a new record, virtual attributes among the columns: NULL everywhere but where a default is constant. */
export function blankRow(attributes: AttributeSet): Row {
  return { ...blankOf(attributes).row };
}

/** Attributes whose default is made for each record: by a function, or because it can change in place. */
export function madeDefaults(attributes: AttributeSet): readonly Attribute[] {
  return blankOf(attributes).made;
}

/** The default of an attribute for one record; null where there is none. */
export function defaultValue(attribute: Attribute): unknown {
  const { definition, type, typeRule } = attribute;
  if (typeRule !== undefined) return typeRule.own;
  if (definition?.hasDefault !== true) return null;
  const value: unknown = typeof definition.default === 'function' ? definition.default() : definition.default;
  if (value === null) return null;
  // A default object is one object: without a copy, all records would share it.
  const cast: unknown = type.cast(value, attribute);
  return cast !== null && type.mutable && typeof definition.default !== 'function' ? copyOf(type, cast) : cast;
}

/** Gives a new record a value that nobody has assigned: it is no change. */
export function beginWith(record: RecordState, { type, column }: Attribute, value: unknown): void {
  if (type.plain !== undefined) {
    // A plain type's values are scalars by definition.
    record[rowKey][column] = value as Scalar;
    return;
  }
  const cache: ValueCache = record[cacheKey] ?? new ValueCache();
  record[cacheKey] = cache;
  cache[column] = value;
}

/** By way of the stored form, which is all that a value of any type is sure to have. */
function copyOf(type: Type, value: unknown): unknown {
  return type.deserialize(type.serialize(value, neutralEncoding));
}
