import type { Scalar } from '../types/type.ts';
import type { Attribute } from './attribute.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey } from './state.ts';

/** What a record held for an attribute before a statement was sent. */
export interface Held {
  readonly raw: Scalar | undefined;
  readonly cached: unknown;
}

export function heldBy(record: RecordState, { column }: Attribute): Held {
  return { raw: record[rowKey][column], cached: record[cacheKey]?.[column] };
}

/** For an attribute with an assigned value that a write has not sent: whatever it holds then is newer. */
export const nothingHeld: Held = { raw: undefined, cached: undefined };

/**
 * Takes over the value that the database now has. What was assigned while the statement was under way has not been
 * sent: it stays a change, from that value.
 */
export function settle(record: RecordState, attribute: Attribute, raw: Scalar, before: Held): void {
  const { column } = attribute;
  const { raw: current, cached } = heldBy(record, attribute);
  const isOther = !Object.is(current, before.raw) || !Object.is(cached, before.cached);
  // What is other, and was not assigned, another statement has settled, or it was read: that is no change.
  if (isOther && record[lifeKey]?.originals?.has(column) === true) {
    lifeOf(record).originals?.set(column, raw);
    return;
  }
  // Bytes that were given to a write belong to the caller, who may change them.
  record[rowKey][column] = raw instanceof Uint8Array ? new Uint8Array(raw) : raw;
  const cache = record[cacheKey];
  if (cache !== undefined) cache[column] = undefined;
  const life = record[lifeKey];
  life?.originals?.delete(column);
  if (life?.originals?.size === 0) life.originals = undefined;
}
