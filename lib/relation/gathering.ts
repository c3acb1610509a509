import { AsyncLocalStorage } from 'node:async_hooks';
import type { Outcome } from '../adapters/contract.ts';
import { transactionScope } from '../connection/transaction.ts';
import type { Attribute } from '../record/attribute.ts';
import type { RecordState } from '../record/state.ts';
import { shared } from '../support/shared.ts';
import type { Scalar } from '../types/type.ts';
import type { ReadySource } from './source.ts';

// A session saves many records at once. The pipeline of each runs as it always does; only the statement that writes a row
// is not sent there: it is handed over, and whoever gathers makes one statement of those of many records.

/** A statement about one row, as data, and the way to send it by itself. */
interface Handed {
  readonly ready: ReadySource;
  readonly alone: () => Promise<Outcome>;
}

export interface RowInsert extends Handed {
  readonly kind: 'insert';
  readonly written: readonly Attribute[];
  readonly values: readonly Scalar[];
  /** What the database fills in: to be in the row that the outcome has. */
  readonly missing: readonly Attribute[];
}

export interface RowUpdate extends Handed {
  readonly kind: 'update';
  readonly written: readonly Attribute[];
  readonly values: readonly Scalar[];
  readonly key: readonly Scalar[];
  /** The lock version that the row has to have. */
  readonly version: Scalar | undefined;
}

export interface RowDelete extends Handed {
  readonly kind: 'delete';
  readonly key: readonly Scalar[];
  readonly version: Scalar | undefined;
}

/** The counters and moments of a row that a record belongs to. */
export interface ParentUpdate extends Handed {
  readonly kind: 'parent';
  /** The same for the same row. */
  readonly name: string;
  readonly to: readonly Attribute[];
  readonly values: readonly unknown[];
  readonly amounts: ReadonlyMap<Attribute, number>;
  readonly moments: ReadonlySet<Attribute>;
  readonly now: Date;
}

export type RowWrite = RowInsert | RowUpdate | RowDelete | ParentUpdate;

/** Whoever gathers the statements of the pipelines that run at the same time. */
export interface Gathering {
  /** One of them has failed: all that they have written is going to be rolled back. */
  readonly isStopped: boolean;
  /** @returns undefined where it gathers no more, or where the write is none that can be part of another statement */
  hand(record: RecordState, write: RowWrite): Promise<Outcome> | undefined;
}

interface Pipeline {
  readonly gathering: Gathering;
  readonly record: RecordState;
  /** The transaction of each connection that the gathered statements are sent in. */
  readonly transactionOn: (connection: object) => object | undefined;
}

interface Scope {
  readonly storage: AsyncLocalStorage<Pipeline>;
  /** How many pipelines are under way. */
  active: number;
}

const scope = shared<Scope>('gathering', () => ({ storage: new AsyncLocalStorage<Pipeline>(), active: 0 }));

/** Runs the pipeline of one record, whose statements are gathered with those of others. */
export async function inPipeline(pipeline: Pipeline, run: () => Promise<void>): Promise<void> {
  scope.active++;
  try {
    await scope.storage.run(pipeline, run);
  } finally {
    scope.active--;
  }
}

/**
 * Sends a write to the row of a record; where the running code is the record's pipeline in a session, with those of others.
 * What a callback saves beside is sent at once, and so is what is inside of a nested transaction.
 */
export function sendWrite(record: RecordState, write: RowWrite): Promise<Outcome> {
  if (scope.active === 0) return write.alone();
  const pipeline = scope.storage.getStore();
  const { connection } = write.ready;
  if (pipeline === undefined || pipeline.record !== record) return write.alone();
  const transaction = transactionScope.current(connection);
  if (transaction === undefined || pipeline.transactionOn(connection) !== transaction) return write.alone();
  return pipeline.gathering.hand(record, write) ?? write.alone();
}

/** Whether the running code is part of a flush that has failed. Costs next to nothing while there is none. */
export function isStopped(): boolean {
  return scope.active > 0 && scope.storage.getStore()?.gathering.isStopped === true;
}
