import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { describeValue } from '../types/type.ts';

/** What can be kept from one batch to the next, also over a restart. */
export type DataMark = string | number | boolean | null | readonly DataMark[] | { readonly [key: string]: DataMark };

/** Where a data step stands when its function is called. */
export interface DataBatch {
  /** The number of this batch, from 1. */
  readonly batch: number;
  /** Rows that the batches before it have reported. */
  readonly rows: number;
  /** What the batch before it gave as `at`; undefined in the first. */
  readonly at: DataMark | undefined;
}

// biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return gives a promise of just that
/** Rows done; with `at` for the next batch. None, or nothing, ends the step. */
export type DataResult = number | { readonly rows: number; readonly at: DataMark } | undefined | void;

/** A batch of a data step. It runs in a transaction of its own. */
export type DataFunction = (batch: DataBatch) => DataResult | PromiseLike<DataResult>;

export interface DataOptions {
  /** Milliseconds to rest between two batches: 0. */
  readonly throttle?: number | undefined;
}

export interface DataOperation {
  readonly kind: 'data';
  readonly run: DataFunction;
  readonly throttle: number;
}

/** @throws MigrationInvalid (`AR_MIGRATION_INVALID`) */
export function dataOperation(run: unknown, options: DataOptions): DataOperation {
  if (!isDataFunction(run))
    throw new MigrationInvalid(`data takes a function, not ${describeValue(run)}.`, {
      hint: 'Write: this.data(async () => { … })',
    });
  const { throttle = 0 } = options;
  if (!(Number.isFinite(throttle) && throttle >= 0 && throttle <= 2 ** 31 - 1))
    throw new MigrationInvalid(`throttle takes milliseconds, 0 or more, not ${describeValue(throttle)}.`);
  return { kind: 'data', run, throttle };
}

const isDataFunction = (value: unknown): value is DataFunction => typeof value === 'function';

/** How far a data step has come. */
export interface DataProgress {
  readonly batches: number;
  readonly rows: number;
  readonly at: DataMark | undefined;
}

export const noProgress: DataProgress = { batches: 0, rows: 0, at: undefined };

export interface DataCourse {
  readonly connection: Connection;
  readonly from: DataProgress;
  /** Before each batch. */
  check(): Promise<void>;
  /** In the transaction of the batch. */
  record(progress: DataProgress): Promise<void>;
  /** After its commit. */
  told(progress: DataProgress): void;
}

/** Calls the function of a data step until it has nothing left to do; each batch is committed with how far it has come. */
export async function runData({ run, throttle }: DataOperation, course: DataCourse): Promise<void> {
  let progress = course.from;
  for (;;) {
    await course.check();
    const before = progress;
    const step = await course.connection.transaction(
      async () => {
        const result = checkedResult(await run({ batch: before.batches + 1, rows: before.rows, at: before.at }));
        const after = { batches: before.batches + 1, rows: before.rows + result.rows, at: result.at ?? before.at };
        await course.record(after);
        return { after, goesOn: result.rows > 0 };
      },
      course.connection.inTransaction ? {} : { retries: 3 },
    );
    if (step === undefined) throw new MigrationInvalid('A data step rolled its batch back with Rollback.');
    progress = step.after;
    course.told(progress);
    if (!step.goesOn) return;
    if (throttle > 0) await sleep(throttle);
  }
}

function checkedResult(result: DataResult): { readonly rows: number; readonly at: DataMark | undefined } {
  if (result === undefined) return { rows: 0, at: undefined };
  const [rows, at] = typeof result === 'number' ? [result, undefined] : [result.rows, result.at];
  if (Number.isSafeInteger(rows) && rows >= 0) return { rows, at };
  throw new MigrationInvalid(`A data step gives back how many rows it did, not ${describeValue(rows)}.`, {
    hint: 'A number, 0 when nothing is left; or { rows, at } with where the next batch is to begin.',
  });
}
