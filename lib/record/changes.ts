import { DecryptionFailed } from '../errors/secrets.ts';
import type { Encoding, Scalar } from '../types/type.ts';
import type { Attribute, AttributeSet } from './attribute.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey } from './state.ts';
import { DefaultValue, isLoaded, rawForDatabase, readValue, sameScalar, sameValue, valueOfOriginal } from './values.ts';

/** The value of an attribute as it is in the database. */
export function originalValue(record: RecordState, attribute: Attribute): unknown {
  const originals = record[lifeKey]?.originals;
  if (originals?.has(attribute.column) === true) return valueOfOriginal(originals.get(attribute.column), attribute);
  const raw = record[rowKey][attribute.column];
  // Nobody has asked for it yet, so it is as it begins.
  if (raw === undefined && attribute.isVirtual) return readValue(record, attribute);
  return valueOfOriginal(raw, attribute);
}

function isChanged(record: RecordState, attribute: Attribute): boolean {
  const originals = record[lifeKey]?.originals;
  if (originals?.has(attribute.column) === true) {
    // What the query did not select may be anything: an assignment is then always a change.
    const original = originals.get(attribute.column);
    if (original === undefined) return true;
    // A JSON null in the row reads as null too, but is not NULL.
    if (readValue(record, attribute) === null && !(original instanceof DefaultValue)) return original !== null;
  } else {
    // Only a value that has been handed out can have been changed in place.
    if (!attribute.type.mutable || record[cacheKey]?.[attribute.column] === undefined) return false;
    if (record[lifeKey]?.isNew === true) return false;
  }
  const original = readableOriginal(record, attribute);
  return original === unreadable || !sameValue(original, readValue(record, attribute), attribute);
}

const unreadable = Symbol('unreadable');

/** What was tampered with can be written over: it must not keep its record from being saved. */
function readableOriginal(record: RecordState, attribute: Attribute): unknown {
  try {
    return originalValue(record, attribute);
  } catch (error) {
    if (error instanceof DecryptionFailed) return unreadable;
    throw error;
  }
}

/** The attributes of the table that differ from the database. Changed and changed back is not changed. */
export function changedAttributes(record: RecordState, attributes: AttributeSet): readonly Attribute[] {
  const originals = record[lifeKey]?.originals;
  if (originals === undefined && (record[cacheKey] === undefined || attributes.mutable.length === 0)) return none;
  return attributes.all.filter((attribute) => isChanged(record, attribute));
}

const none: readonly Attribute[] = [];

export function attributeChanged(record: RecordState, attribute: Attribute): boolean {
  return isChanged(record, attribute);
}

/** Before and after, by attribute. */
export function changesOf(
  record: RecordState,
  changed: readonly Attribute[],
): Record<string, readonly [unknown, unknown]> {
  return Object.fromEntries(
    changed.map((attribute) => {
      const original = readableOriginal(record, attribute);
      return [attribute.name, [original === unreadable ? null : original, readValue(record, attribute)] as const];
    }),
  );
}

/**
 * After a save: what was sent is now what the database holds. What was assigned while the statement was under way has
 * not been sent, and stays a change.
 */
export function changesApplied(
  record: RecordState,
  saved: readonly Attribute[],
  sent: readonly Scalar[],
  encoding: Encoding,
): void {
  const row = record[rowKey];
  const originals = record[lifeKey]?.originals;
  for (let index = 0; index < saved.length; index++) {
    const attribute = saved[index] as Attribute;
    const value = sent[index] as Scalar;
    const { column, type } = attribute;
    if (type.plain !== undefined) {
      if (originals?.has(column) !== true) continue;
      if (sameScalar(row[column] ?? null, value)) originals.delete(column);
      else originals.set(column, value);
      continue;
    }
    const isSame = type.mutable || isStill(record, attribute, value, encoding);
    // Bytes are sent as they were assigned: the raw ones must survive a change of those in place.
    row[column] = value instanceof Uint8Array ? new Uint8Array(value) : value;
    // Values that can change in place are compared with the raw one anyway.
    if (isSame) originals?.delete(column);
    else originals?.set(column, value);
  }
  if (originals?.size === 0) lifeOf(record).originals = undefined;
}

/** Whether the attribute has the value that was sent. */
function isStill(record: RecordState, attribute: Attribute, sent: Scalar, encoding: Encoding): boolean {
  if (attribute.type.isRandom !== true || sent === null)
    return sameScalar(rawForDatabase(record, attribute, encoding), sent);
  return sameValue(valueOfOriginal(sent, attribute), readValue(record, attribute), attribute);
}

/** Takes back what was assigned, or changed in place, since the record was loaded or saved. */
export function restoreOriginals(record: RecordState, attributes: AttributeSet, only?: readonly Attribute[]): void {
  const originals = record[lifeKey]?.originals;
  const cache = record[cacheKey];
  const isNew = record[lifeKey]?.isNew === true;
  for (const { column, type } of only ?? attributes.every) {
    if (originals?.has(column) === true) {
      const original = originals.get(column);
      originals.delete(column);
      if (cache !== undefined) cache[column] = original instanceof DefaultValue ? original.value : undefined;
      // An original that is no default is the raw value as it was; undefined where the query had not selected it.
      if (!(original instanceof DefaultValue)) record[rowKey][column] = original as Scalar | undefined;
    } else if (type.mutable && !isNew && cache !== undefined) cache[column] = undefined;
  }
}

/** All attributes that were loaded, by name. */
export function attributesObject(record: RecordState, attributes: AttributeSet): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const attribute of attributes.every) {
    if (isLoaded(record, attribute)) values[attribute.name] = readValue(record, attribute);
  }
  return values;
}
