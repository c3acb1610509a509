import { InvalidQuery, InvalidValue } from '../errors/query.ts';
import { MissingAttribute, ReadOnlyAttribute } from '../errors/record.ts';
import { SecretsError } from '../errors/secrets.ts';
import { type Encoding, isPlain, neutralEncoding, type Scalar, type Type } from '../types/type.ts';
import type { Attribute } from './attribute.ts';
import { defaultValue } from './blank.ts';
import { keepPicture } from './picture.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey, ValueCache } from './state.ts';

/** Whether the query that loaded the record selected the attribute. */
export function isLoaded(record: RecordState, attribute: Attribute): boolean {
  return record[rowKey][attribute.column] !== undefined || attribute.isVirtual;
}

function missing(attribute: Attribute): MissingAttribute {
  return new MissingAttribute(`${attribute.label} was not selected by the query that loaded this record.`, {
    hint: `Add '${attribute.name}' to select(…), or reload() the record.`,
  });
}

/**
 * The value that a raw one stands for.
 * @throws InvalidValue (`AR_VALUE_INVALID`) for what is none; of a sensitive attribute without telling it
 */
export function deserialized({ type, label, sensitive }: Attribute, raw: Scalar): unknown {
  if (!sensitive) return (type as Type).deserialize(raw);
  try {
    return (type as Type).deserialize(raw);
  } catch (error) {
    if (error instanceof SecretsError) throw error;
    throw new InvalidValue(`The database holds what is no value of ${label}.`);
  }
}

/** The value of an attribute, made from the raw one when it is first asked for. */
export function readValue(record: RecordState, attribute: Attribute): unknown {
  const { column, type } = attribute;
  const cached = record[cacheKey]?.[column];
  if (cached !== undefined) {
    // It may be about to be changed in place.
    if (type.mutable) keepPicture(record);
    return cached;
  }
  let raw = record[rowKey][column];
  if (raw === undefined) {
    if (!attribute.isVirtual) throw missing(attribute);
    raw = beginVirtual(record, attribute);
  }
  if (raw === null || isPlain(raw, type.plain)) return raw;
  if (type.mutable) keepPicture(record);
  return keep(record, column, deserialized(attribute, raw));
}

/** A row from the database has no virtual attributes: one that is asked for begins as it does on a new record. */
function beginVirtual(record: RecordState, attribute: Attribute): Scalar {
  const value = defaultValue(attribute);
  const raw = value === null ? null : (attribute.type as Type).serialize(value, neutralEncoding);
  record[rowKey][attribute.column] = raw;
  return raw;
}

function keep(record: RecordState, column: string, value: unknown): unknown {
  const cache = record[cacheKey] ?? new ValueCache();
  record[cacheKey] = cache;
  cache[column] = value;
  return value;
}

/** Assigns a value: cast first, so that what does not fit throws here and changes nothing. */
export function writeValue(record: RecordState, attribute: Attribute, given: unknown): void {
  const { column, type } = attribute;
  if (attribute.computed) throw computedError(attribute);
  if (attribute.readOnly) requireNew(record, attribute);
  const value: unknown = given === null ? null : type.cast(given, attribute);
  attribute.typeRule?.checkRecord(record, value);
  keepPicture(record);
  const life = lifeOf(record);
  life.originals ??= new Map();
  const row = record[rowKey];
  if (!life.originals.has(column)) life.originals.set(column, originalOf(record, attribute));
  if (type.plain === undefined) {
    // The cache cannot say null by itself: its undefined means "not read yet", and so would a null raw value.
    keep(record, column, value);
    if (row[column] === undefined) row[column] = null;
    return;
  }
  if (record[cacheKey] !== undefined) record[cacheKey][column] = undefined;
  // A plain type's values are scalars by definition.
  row[column] = value as Scalar;
}

function requireNew(record: RecordState, attribute: Attribute): void {
  if (record[lifeKey]?.isNew !== true) throw readOnlyError(attribute);
}

/** The error about changing an attribute that is `readonly()`. */
export function readOnlyError({ label, name }: Attribute): ReadOnlyAttribute {
  return new ReadOnlyAttribute(label, name);
}

/** A value that was changed in place has gone by no setter. @throws ReadOnlyAttribute (`AR_ATTRIBUTE_READ_ONLY`) */
export function requireNotReadOnly(changed: readonly Attribute[]): void {
  for (const attribute of changed) if (attribute.readOnly) throw readOnlyError(attribute);
}

/** The error about writing to a column that the database computes. */
export function computedError(attribute: Attribute): InvalidQuery {
  return new InvalidQuery(`${attribute.label} is computed by the database and cannot be written.`);
}

/** The raw value, or for a new record's default (which has none) the value itself, boxed to tell the two apart. */
function originalOf(record: RecordState, attribute: Attribute): unknown {
  const { column } = attribute;
  const raw = record[rowKey][column];
  if (record[lifeKey]?.isNew === true && attribute.type.plain === undefined) {
    const value = record[cacheKey]?.[column];
    if (value !== undefined) return new DefaultValue(value);
  }
  return raw === undefined && attribute.isVirtual ? beginVirtual(record, attribute) : raw;
}

export class DefaultValue {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** The value that an original stands for. */
export function valueOfOriginal(original: unknown, attribute: Attribute): unknown {
  if (original instanceof DefaultValue) return original.value;
  if (original === null || original === undefined) return null;
  if (isPlain(original, attribute.type.plain)) return original;
  return deserialized(attribute, original as Scalar);
}

/** What to send to the database for an attribute. What was not touched goes back as it came, bit for bit. */
export function rawForDatabase(record: RecordState, attribute: Attribute, encoding: Encoding): Scalar {
  const { column, type } = attribute;
  const cached = record[cacheKey]?.[column];
  if (cached === undefined) return record[rowKey][column] ?? null;
  return cached === null ? null : (type as Type).serialize(cached, encoding);
}

/** Whether two values for the database are the same. */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

/** Whether two values of an attribute are the same to the database. */
export function sameValue(a: unknown, b: unknown, attribute: Attribute): boolean {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  return (attribute.type as Type).equals(a, b);
}
