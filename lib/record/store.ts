import { InvalidValue } from '../errors/query.ts';
import { bareType, describeValue } from '../types/type.ts';
import type { StoreKey } from './attribute.ts';
import { originalValue } from './changes.ts';
import type { RecordState } from './state.ts';
import { isLoaded, readValue, sameValue, writeValue } from './values.ts';

// Properties that are keys of a JSON attribute. The object is never changed in place: each write makes a new one, so that
// the attribute knows what it was.

/** The value under the key; null where there is none. @throws MissingAttribute, InvalidValue for JSON that is no object */
export function readStored(record: RecordState, store: StoreKey): unknown {
  return valueIn(readValue(record, store.attribute), store);
}

/** Writes the key; null removes it. @throws MissingAttribute, InvalidValue */
export function writeStored(record: RecordState, store: StoreKey, value: unknown): void {
  const { attribute, label } = store;
  const { type, sensitive } = attribute;
  // What normalizes the whole object knows nothing of one key of it.
  const cast: unknown = value === null ? null : bareType(type).cast(value, { label, sensitive });
  if (sameValue(readStored(record, store), cast, attribute)) return;
  put(record, store, cast ?? undefined);
}

/** @param value - undefined to remove the key */
function put(record: RecordState, store: StoreKey, value: unknown): void {
  const { attribute, key } = store;
  const object = objectOf(readValue(record, attribute), store);
  const others = Object.entries(object ?? {}).filter(([name]) => value !== undefined || name !== key);
  // Made of entries, and not assigned: a key may be named like a setter of every object. One that is there keeps its place.
  writeValue(record, attribute, Object.fromEntries(value === undefined ? others : [...others, [key, value]]));
}

/** What the key had in the database. */
export function storedBefore(record: RecordState, store: StoreKey): unknown {
  if (!isLoaded(record, store.attribute)) readValue(record, store.attribute);
  return valueIn(originalValue(record, store.attribute), store);
}

/** Whether the value under the key differs from that in the database. */
export function storedChanged(record: RecordState, store: StoreKey): boolean {
  return !sameValue(storedBefore(record, store), readStored(record, store), store.attribute);
}

/** Takes back what was written to the key; other keys stay as they are. */
export function restoreStored(record: RecordState, store: StoreKey): void {
  const { attribute, key } = store;
  const before = objectOf(originalValue(record, attribute), store);
  const now = objectOf(readValue(record, attribute), store);
  if (now === null && before === null) return;
  put(record, store, before !== null && Object.hasOwn(before, key) ? before[key] : undefined);
  // There was no object before the key was written.
  if (before === null && Object.keys(objectOf(readValue(record, attribute), store) ?? {}).length === 0)
    writeValue(record, attribute, null);
}

type JsonObject = Readonly<Record<string, unknown>>;

function valueIn(json: unknown, store: StoreKey): unknown {
  const object = objectOf(json, store);
  // Only what the document itself has: not what every object inherits.
  return object !== null && Object.hasOwn(object, store.key) ? (object[store.key] ?? null) : null;
}

function objectOf(json: unknown, { attribute, key, label }: StoreKey): JsonObject | null {
  if (json === null || json === undefined) return null;
  if (isPlainObject(json)) return json;
  throw new InvalidValue(
    `${label} is the key ${JSON.stringify(key)} of ${attribute.label}, which is no object${attribute.sensitive ? '' : ` but ${describeValue(json)}`}.`,
    { hint: `Assign ${attribute.name} an object first.` },
  );
}

function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
