import type { Row } from '../adapters/contract.ts';
import type { RecordErrors } from './errors.ts';
import type { Link } from './link.ts';

/** An INSERT that is under way: what it is sent in, and who waits for its end. */
export interface Inserting {
  readonly scope: object | undefined;
  waiting: (() => void)[] | undefined;
}

// What a record holds, under symbols: no attribute or method of a model can have their names.

/** The driver's row, by reference. Attributes whose type is plain live in it; others leave their raw value in it. */
export const rowKey: unique symbol = Symbol('row');
/** Values made from the raw ones (dates, JSON, …) and assigned ones of those types; undefined until there is one. */
export const cacheKey: unique symbol = Symbol('cache');
/** What a record has been through; undefined while it is as it was loaded. */
export const lifeKey: unique symbol = Symbol('life');
/** What it holds for its associations, by their position in the model; undefined until one is touched. */
export const linksKey: unique symbol = Symbol('links');
/** The records that were loaded together with it, itself among them; undefined where it came alone. */
export const neighboursKey: unique symbol = Symbol('neighbours');

/** Values by column. */
export class ValueCache {
  [column: string]: unknown;
}
// Nothing is inherited: a column may be named "constructor".
Object.setPrototypeOf(ValueCache.prototype, null);
Reflect.deleteProperty(ValueCache.prototype, 'constructor');

export class Life {
  /** There is no row yet. */
  isNew = false;
  isDestroyed = false;
  /** It, or the query that loaded it, was told so: it cannot be saved or destroyed. */
  isReadOnly = false;
  /** By the program: nothing of it is assigned or written. */
  isFrozen = false;
  /** Whether using an association that is not loaded is refused; undefined leaves it to the model. */
  strictLoading: boolean | 'log' | undefined;
  /** The raw or plain value that each assigned column had before, by column. */
  originals: Map<string, unknown> | undefined;
  /** What the last save changed, by attribute: before and after. */
  previousChanges: Readonly<Record<string, readonly [unknown, unknown]>> | undefined;
  errors: RecordErrors | undefined;
  /** Its INSERT that is under way. */
  inserting: Inserting | undefined;
}

/** What the functions of this layer need of a record. `BaseModel` is the only class that has it. */
export interface RecordState {
  [rowKey]: Row;
  [cacheKey]: ValueCache | undefined;
  [lifeKey]: Life | undefined;
  [linksKey]: (Link<RecordState> | undefined)[] | undefined;
  [neighboursKey]: readonly RecordState[] | undefined;
}

export function lifeOf(record: RecordState): Life {
  let life = record[lifeKey];
  if (life === undefined) {
    life = new Life();
    record[lifeKey] = life;
  }
  return life;
}

/** For records of a query that said `readonly()`. */
export function markReadOnly(record: unknown): void {
  if (isRecord(record)) lifeOf(record).isReadOnly = true;
}

/** For records of a query that said `strictLoading()`. */
export function markStrict(record: unknown): void {
  if (isRecord(record)) lifeOf(record).strictLoading = true;
}

export function isRecord(value: unknown): value is RecordState {
  return typeof value === 'object' && value !== null && rowKey in value;
}
