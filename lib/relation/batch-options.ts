import { InvalidQuery } from '../errors/query.ts';

/** How far a run in batches has come. */
export interface BatchProgress<K = unknown> {
  /** Rows of the batches that are through. */
  readonly done: number;
  /** All rows, where `total: true` asked for them to be counted. */
  readonly total: number | undefined;
  /** The key of the last of them: `after: lastKey` goes on from there. */
  readonly lastKey: K;
}

/** What `findEach`, `findInBatches` and `inBatches` take. */
export interface BatchOptions<K = unknown> {
  /** Rows per batch: 1,000 unless told otherwise. */
  readonly size?: number | undefined;
  /** The key to begin at. */
  readonly start?: K | undefined;
  /** The key to begin behind: where an earlier run has got to. */
  readonly after?: K | undefined;
  /** The key to end at. */
  readonly finish?: K | undefined;
  /** Called after each batch that the loop has got through. */
  readonly progress?: (progress: BatchProgress<K>) => void;
  /** Count the rows first, for `progress`. */
  readonly total?: boolean;
}

/** What `inBatches` gives. The query is a member, because a loop over queries themselves would send them. */
export interface QueryBatch<Q, K = unknown> {
  /** The query for exactly the rows of the batch. */
  readonly relation: Q;
  /** How many rows it has. */
  readonly size: number;
  /** The key of the last of them: `after: lastKey` goes on behind it. */
  readonly lastKey: K;
}

/** `findEach({ cursor: true })`: no other option goes with it. */
export interface CursorOptions extends Partial<Record<keyof BatchOptions, undefined>> {
  /** Read by a cursor of the database, on a connection of its own, in the query's order. */
  readonly cursor: true;
}

/** What `findEach` takes. */
export type EachOptions<K> = (BatchOptions<K> & { readonly cursor?: false | undefined }) | CursorOptions;

/** Checked options. */
export interface BatchPlan {
  readonly size: number;
  readonly start: unknown;
  readonly after: unknown;
  readonly finish: unknown;
  readonly progress: ((progress: BatchProgress) => void) | undefined;
  readonly total: boolean;
}

const known = ['size', 'start', 'after', 'finish', 'progress', 'total', 'cursor'];

/** @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkBatchOptions(given: unknown): BatchPlan & { readonly cursor: boolean } {
  if (typeof given !== 'object' || given === null) throw new InvalidQuery('The options of batches are an object.');
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidQuery(`Batches have no option "${unknown.slice(0, 80)}".`, {
      hint: `There are ${known.join(', ')}.`,
    });
  const option = (name: string): unknown => Reflect.get(given, name);
  const size = option('size') ?? 1000;
  const progress = option('progress');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1)
    throw new InvalidQuery('The size of a batch is a whole number from 1 up.');
  if (progress !== undefined && typeof progress !== 'function') throw new InvalidQuery('progress takes a function.');
  const cursor = option('cursor') === true;
  if (cursor && Object.keys(given).length > 1)
    throw new InvalidQuery('A cursor goes through all rows of the query, without batches.', {
      hint: 'Leave the other options out.',
    });
  return {
    size,
    start: option('start'),
    after: option('after'),
    finish: option('finish'),
    progress: progress === undefined ? undefined : (state) => void Reflect.apply(progress, undefined, [state]),
    total: option('total') === true,
    cursor,
  };
}
