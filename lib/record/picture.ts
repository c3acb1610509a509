import { type Attempt, currentAttempt } from '../connection/attempt.ts';
import { Link } from './link.ts';
import { cacheKey, Life, lifeKey, linksKey, type RecordState, rowKey, ValueCache } from './state.ts';

/** Before something about the record changes: in a transaction that may be run again, its state now is kept. */
export function keepPicture(record: RecordState): void {
  const attempt = currentAttempt();
  // A function of its own: one that closes over the record would cost something also where there is no attempt.
  if (attempt !== undefined) keepIn(attempt, record);
}

function keepIn(attempt: Attempt, record: RecordState): void {
  attempt.keep(record, () => pictureOf(record));
}

/**
 * Takes a picture of all that a record holds, in attributes and for associations, and gives what puts the record back to it: for a
 * transaction that is run again from the beginning. The record itself is held weakly.
 */
function pictureOf(record: RecordState): () => void {
  const row = copyOf(record[rowKey]);
  const cache = record[cacheKey] === undefined ? undefined : cloned(record[cacheKey]);
  const life = record[lifeKey] === undefined ? undefined : lifeLike(record[lifeKey]);
  const links = record[linksKey]?.map((link) => (link === undefined ? undefined : linkLike(link)));
  const held = new WeakRef(record);
  return () => {
    const target = held.deref();
    if (target === undefined) return;
    target[rowKey] = row;
    target[cacheKey] = cache;
    target[lifeKey] = life;
    target[linksKey]?.forEach((link, index) => {
      // What the program was given for it stays valid; a load that is under way does not bring back what it finds.
      const { handle, version } = link ?? new Link();
      if (link !== undefined) Object.assign(link, links?.[index] ?? new Link(), { handle, version: version + 1 });
    });
  };
}

function linkLike(link: Link<RecordState>): Link<RecordState> {
  return Object.assign(new Link<RecordState>(), link, {
    many: link.many?.slice(),
    loading: undefined,
    pending: link.pending && new Set(link.pending),
    replaced: link.replaced && new Set(link.replaced),
    doomed: link.doomed && new Set(link.doomed),
    nested: link.nested?.slice(),
  });
}

/** With its prototype, and columns of any name. */
function copyOf<T extends object>(object: T): T {
  // Of the same prototype and the same properties.
  return Object.create(Object.getPrototypeOf(object), Object.getOwnPropertyDescriptors(object)) as T;
}

function lifeLike(life: Life): Life {
  const copy = Object.assign(new Life(), life);
  copy.originals = life.originals === undefined ? undefined : new Map(life.originals);
  copy.inserting = undefined;
  return copy;
}

function cloned(cache: ValueCache): ValueCache {
  const copy = new ValueCache();
  for (const column of Object.keys(cache)) copy[column] = cloneOf(cache[column]);
  return copy;
}

/** Of what can be changed in place: dates, bytes, JSON. Values of an application's own classes are taken as they are. */
function cloneOf(value: unknown): unknown {
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(cloneOf);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy = copyOf(value);
  for (const key of Object.keys(value))
    Object.defineProperty(copy, key, {
      value: cloneOf(Reflect.get(value, key)),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  return copy;
}
