import type { Row } from '../adapters/contract.ts';
import { checkSignal, checkTimeout } from '../connection/watch.ts';
import { InvalidQuery } from '../errors/query.ts';
import { AssociatingQuery } from './associating-query.ts';
import { checkBatchOptions, type QueryBatch } from './batch-options.ts';
import { batchesByKey } from './batches.ts';
import { type CursorPage, cursorPaginate } from './cursor-pages.ts';
import { explain } from './explain.ts';
import { completeRecords, readyFor, selection } from './load.ts';
import { type Page, type PageOptions, paginate } from './pages.ts';
import { sourceKey, stateKey, withKey } from './query-base.ts';
import { isNone } from './query-state.ts';

/** Reading piece by piece, and within limits. `query-batches.ts` documents the methods. */
export class BatchingQuery<R = unknown> extends AssociatingQuery<R> {
  signal(signal: unknown): this {
    return this[withKey]({ limits: { ...this[stateKey].limits, signal: checkSignal(signal) } });
  }

  timeout(milliseconds: unknown): this {
    return this[withKey]({ limits: { ...this[stateKey].limits, timeout: checkTimeout(milliseconds) } });
  }

  async *findInBatches(options: unknown = {}): AsyncGenerator<R[], void> {
    const plan = checkBatchOptions(options);
    if (plan.cursor) throw new InvalidQuery('A cursor gives records: use findEach({ cursor: true }).');
    if (isNone(this[stateKey])) return;
    const [source, state] = [this[sourceKey], this[stateKey]];
    const ready = await readyFor(source, state);
    for await (const { rows } of batchesByKey(source, ready, state, plan, false))
      yield completeRecords(source, ready, state, rows);
  }

  async *findEach(options: unknown = {}): AsyncGenerator<R, void> {
    const { cursor } = checkBatchOptions(options);
    const batches = cursor ? this.#rowsOfCursor() : this.findInBatches(options);
    for await (const records of batches) yield* records;
  }

  async *#rowsOfCursor(): AsyncGenerator<R[], void> {
    const [source, state] = [this[sourceKey], this[stateKey]];
    if (isNone(state)) return;
    if (state.lock !== undefined) throw new InvalidQuery('A cursor has a transaction of its own: it locks nothing.');
    if (state.eager.length > 0) {
      throw new InvalidQuery('eagerLoad joins rows, which a cursor gives one by one.', {
        hint: 'Load the associations with includes, or leave out { cursor: true }.',
      });
    }
    const ready = await readyFor(source, state);
    const { statement, options } = selection(ready, state);
    const batches: AsyncIterable<readonly Row[]> = ready.connection.cursor(statement, options);
    for await (const rows of batches) yield completeRecords(source, ready, state, rows);
  }

  async *inBatches(options: unknown = {}): AsyncGenerator<QueryBatch<this>, void> {
    const plan = checkBatchOptions(options);
    if (plan.cursor) throw new InvalidQuery('A cursor gives records: use findEach({ cursor: true }).');
    if (isNone(this[stateKey])) return;
    const [source, state] = [this[sourceKey], this[stateKey]];
    for await (const { rows, range, lastKey } of batchesByKey(source, await source.ready(), state, plan, true))
      yield { relation: this[withKey](range), size: rows.length, lastKey };
  }

  [Symbol.asyncIterator](): AsyncGenerator<R, void> {
    return this.findEach();
  }

  async paginate(options: PageOptions = {}): Promise<Page<R>> {
    return paginate(this[sourceKey], this[stateKey], options);
  }

  async cursorPaginate(options: object = {}): Promise<CursorPage<R>> {
    return cursorPaginate(this[sourceKey], this[stateKey], options);
  }

  async explain(options: { readonly analyze?: boolean } = {}): Promise<string> {
    const [source, state] = [this[sourceKey], this[stateKey]];
    return explain(source, await readyFor(source, state), state, options.analyze === true);
  }
}
