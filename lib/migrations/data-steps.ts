import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { type Sql, sql } from '../sql/template.ts';
import { AsyncScope } from '../support/async-scope.ts';
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
  /** The rows of a query of your own, in the transaction of the batch. */
  query(statement: Sql | string): Promise<Row[]>;
  /** Runs a statement of your own in the transaction of the batch, and tells how many rows it wrote. */
  execute(statement: Sql | string): Promise<{ affectedRows: number }>;
}

/** Rows done; with `at` where the next batch begins. 0, or nothing, ends the step. */
// biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return gives a promise of just that
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
  /** In the transaction of the batch. `goesOn`: there is another one. */
  record(progress: DataProgress, goesOn: boolean): Promise<void>;
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
        const result = checkedResult(
          await insideData.run(scope, true, async () => run(batchOf(before, course.connection))),
          before,
        );
        const after = { batches: before.batches + 1, rows: before.rows + result.rows, at: result.at };
        await course.record(after, result.goesOn);
        return { after, goesOn: result.goesOn };
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

/** Who is inside the function of a data step: its operations would wait for the very step that they are part of. */
const insideData = new AsyncScope<true>();
const scope = {};

/** @throws MigrationInvalid (`AR_MIGRATION_INVALID`) inside the function of a data step */
export function requireOutsideData(): void {
  if (insideData.current(scope) === undefined) return;
  throw new MigrationInvalid(
    'The function of data() asked for an operation of the migration, which cannot be carried out inside of it.',
    {
      hint: 'Use the query and execute that it is given, or models: this.data(async ({ execute }) => { … })',
    },
  );
}

function batchOf({ batches, rows, at }: DataProgress, connection: Connection): DataBatch {
  const statementOf = (statement: Sql | string) => (typeof statement === 'string' ? sql.unsafe(statement) : statement);
  return {
    batch: batches + 1,
    rows,
    at,
    query: (statement) => connection.query(statementOf(statement)),
    execute: (statement) => connection.execute(statementOf(statement)),
  };
}

interface CheckedResult {
  readonly rows: number;
  readonly at: DataMark | undefined;
  readonly goesOn: boolean;
}

function checkedResult(result: unknown, before: DataProgress): CheckedResult {
  if (result === undefined || result === null) return { rows: 0, at: before.at, goesOn: false };
  const isPlace = typeof result === 'object' && 'rows' in result && 'at' in result;
  const rows = isPlace ? result.rows : result;
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 0) {
    throw new MigrationInvalid(`A data step gives back how many rows it did, not ${describeValue(rows)}.`, {
      hint: 'A number, 0 when nothing is left; or { rows, at } with where the next batch is to begin.',
    });
  }
  const at = isPlace ? checkedMark(result.at) : before.at;
  // There may be gaps: a batch without rows is the last one only where it says no place to go on from.
  if (isPlace && rows === 0 && JSON.stringify(at) === JSON.stringify(before.at)) {
    throw new MigrationInvalid('A batch of a data step did no rows, and would begin the next one at the same place.', {
      hint: 'Give back 0, or nothing, when nothing is left.',
    });
  }
  return { rows, at, goesOn: isPlace || rows > 0 };
}

/** A run that goes on finds what was written down, so nothing may be given that comes back as something else. */
function checkedMark(at: unknown): DataMark {
  if (at === null || typeof at === 'string' || typeof at === 'boolean') return at;
  if (typeof at === 'number' && Number.isFinite(at)) return at;
  if (Array.isArray(at)) return at.map(checkedMark);
  if (isPlain(at)) return Object.fromEntries(Object.entries(at).map(([name, value]) => [name, checkedMark(value)]));
  throw new MigrationInvalid(`The "at" of a data step is plain data, not ${describeValue(at)}.`, {
    hint: 'Give text, numbers, booleans, null, or lists and objects of them: a bigint as String(id), a date as date.toISOString().',
  });
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
