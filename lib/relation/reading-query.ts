import { NotLoaded } from '../errors/association.ts';
import { InvalidQuery } from '../errors/query.ts';
import { RecordNotFound, SoleRecordExceeded } from '../errors/record.ts';
import { compile } from '../sql/compile.ts';
import type { Scalar } from '../types/type.ts';
import { BatchingQuery } from './batching-query.ts';
import * as calculations from './calculations.ts';
import { withoutJoins } from './eager-conditions.ts';
import { eagerStatement } from './eager-load.ts';
import * as load from './load.ts';
import * as plucking from './pluck.ts';
import { sourceKey, stateKey } from './query-base.ts';
import { checkCount, type QueryState, selectStatement } from './query-state.ts';
import type { ReadySource } from './source.ts';

/** What sends a query and gives records or values. `query-reading.ts` documents the methods. */
export class ReadingQuery<R = unknown> extends BatchingQuery<R> implements PromiseLike<R[]> {
  // Not an async function: the stack of an error would then end here, and not at the caller's await.
  then<T = R[], E = never>(
    resolve?: ((records: R[]) => T | PromiseLike<T>) | null,
    reject?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return load.loadRecords(this[sourceKey], this[stateKey]).then(resolve, reject);
  }

  async find(key: unknown): Promise<R | R[]> {
    if (!Array.isArray(key)) return load.findOne(this[sourceKey], this[stateKey], key);
    return load.findMany(this[sourceKey], this[stateKey], key, keyOfRecord);
  }

  async findBy(conditions: unknown): Promise<R | null> {
    const [record] = await this.where(conditions).limit(1);
    return record ?? null;
  }

  async findByOrFail(conditions: unknown): Promise<R> {
    return this.#orFail(await this.findBy(conditions));
  }

  async findSoleBy(conditions: unknown): Promise<R> {
    return this.where(conditions).sole();
  }

  async sole(): Promise<R> {
    const [record, another] = await this.#upTo(2);
    if (another !== undefined) throw new SoleRecordExceeded(this[sourceKey].modelName);
    return this.#orFail(record ?? null);
  }

  #orFail(record: R | null): R {
    if (record !== null) return record;
    const { modelName: model } = this[sourceKey];
    throw new RecordNotFound(`There is no ${model} that meets the conditions.`, {
      model,
      hint: 'The same method without OrFail gives null instead of throwing.',
    });
  }

  #upTo(most: number): Promise<R[]> {
    const { limit = most } = this[stateKey];
    return load.loadRecords(this[sourceKey], { ...this[stateKey], limit: Math.min(most, limit) });
  }

  async take(count?: unknown): Promise<R | R[] | null> {
    const limit = count === undefined ? 1 : checkCount(count, 'take');
    const records = await this.#upTo(limit);
    return count === undefined ? (records[0] ?? null) : records;
  }

  async takeOrFail(): Promise<R> {
    const [record] = await this.#upTo(1);
    return this.#orFail(record ?? null);
  }

  async firstOrFail(): Promise<R> {
    const [record] = await load.loadFirst(this[sourceKey], this[stateKey], 1);
    return this.#orFail(record ?? null);
  }

  async lastOrFail(): Promise<R> {
    const [record] = await load.loadLast(this[sourceKey], this[stateKey], 1);
    return this.#orFail(record ?? null);
  }

  second(): Promise<R | null> {
    return this.#nth(2);
  }

  third(): Promise<R | null> {
    return this.#nth(3);
  }

  async #nth(position: number): Promise<R | null> {
    const { limit, offset = 0 } = this[stateKey];
    if (limit !== undefined && limit < position) return null;
    const state = { ...this[stateKey], limit: undefined, offset: offset + position - 1 };
    const [record] = await load.loadFirst(this[sourceKey], state, 1);
    return record ?? null;
  }

  async first(count?: unknown): Promise<R | R[] | null> {
    const records = await load.loadFirst(
      this[sourceKey],
      this[stateKey],
      count === undefined ? 1 : checkCount(count, 'first'),
    );
    return count === undefined ? (records[0] ?? null) : records;
  }

  async last(count?: unknown): Promise<R | R[] | null> {
    const records = await load.loadLast(
      this[sourceKey],
      this[stateKey],
      count === undefined ? 1 : checkCount(count, 'last'),
    );
    return count === undefined ? (records[0] ?? null) : records;
  }

  async exists(conditions?: unknown): Promise<boolean> {
    const query = conditions === undefined ? this : this.where(conditions);
    return (await load.rowsUpTo(...(await query.#rows()), 1)) > 0;
  }

  /** What is counted: the rows of the query itself, and not those that are joined to them. */
  async #rows(): Promise<[ReadySource, QueryState]> {
    const [source, state] = [this[sourceKey], this[stateKey]];
    const ready = await load.readyFor(source, state);
    return [ready, withoutJoins(source, ready, state)];
  }

  async #ownRows(): Promise<QueryState> {
    // A query that joins nothing has nothing to wait for here.
    return this[stateKey].eager.length === 0 ? this[stateKey] : (await this.#rows())[1];
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.exists());
  }

  async many(): Promise<boolean> {
    return (await load.rowsUpTo(...(await this.#rows()), 2)) > 1;
  }

  async one(): Promise<boolean> {
    return (await load.rowsUpTo(...(await this.#rows()), 2)) === 1;
  }

  async pluck(...names: string[]): Promise<unknown[]> {
    return plucking.pluck(this[sourceKey], await this.#ownRows(), names);
  }

  async pick(...names: string[]): Promise<unknown> {
    const rows = await this.#ownRows();
    const state = { ...rows, limit: Math.min(1, rows.limit ?? 1) };
    const [values] = await plucking.pluck(this[sourceKey], state, names);
    return values ?? null;
  }

  async ids(): Promise<unknown[]> {
    return plucking.ids(this[sourceKey], await this.#ownRows());
  }

  async count(name?: string): Promise<number> {
    return calculations.count(...(await this.#rows()), name);
  }

  async sum(name: string): Promise<unknown> {
    return calculations.sum(...(await this.#rows()), name);
  }

  async average(name: string): Promise<unknown> {
    return calculations.average(...(await this.#rows()), name);
  }

  async minimum(name: string): Promise<unknown> {
    return calculations.extreme(...(await this.#rows()), name, 'min');
  }

  async maximum(name: string): Promise<unknown> {
    return calculations.extreme(...(await this.#rows()), name, 'max');
  }

  toSQL(): { sql: string; binds: readonly Scalar[] } {
    const ready = this[sourceKey].known;
    if (ready === undefined) {
      throw new InvalidQuery(`${this[sourceKey].modelName} has no open connection yet, so its SQL is not known.`, {
        hint: 'Await connect(…) first.',
      });
    }
    const { attributes, connection } = ready;
    const { eager } = this[stateKey];
    const { sql, binds } =
      eager.length > 0
        ? eagerStatement(this[sourceKey], ready, this[stateKey]).compiled
        : compile(selectStatement(this[stateKey], attributes), connection.dialect);
    return { sql, binds };
  }

  /** To forget the await is the commonest mistake with a query: turning one into JSON or text says so. */
  toJSON(): unknown {
    throw this.#unsent('JSON');
  }

  override toString(): string {
    throw this.#unsent('text');
  }

  #unsent(what: string): NotLoaded {
    return new NotLoaded(`A query on ${this[sourceKey].modelName} was turned into ${what} before it was sent.`, {
      hint: 'Await it first.',
    });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { attributes, modelName } = this[sourceKey];
    return `Relation(${modelName}${attributes === undefined ? '' : `, ${JSON.stringify(attributes.tableName)}`}; await it to send it)`;
  }
}

/** Records answer `id` with their key, also a key of several columns. */
export function keyOfRecord(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'primaryKey' in record ? record.primaryKey : undefined;
}
