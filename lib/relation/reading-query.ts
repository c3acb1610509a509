import { InvalidQuery } from '../errors/query.ts';
import { compile } from '../sql/compile.ts';
import type { Scalar } from '../types/type.ts';
import * as calculations from './calculations.ts';
import * as load from './load.ts';
import * as plucking from './pluck.ts';
import { sourceKey, stateKey } from './query-base.ts';
import { checkCount, selectStatement } from './query-state.ts';
import { ShapingQuery } from './shaping-query.ts';

/** What sends a query and gives records or values. `query-reading.ts` documents the methods. */
export class ReadingQuery<R = unknown> extends ShapingQuery<R> implements PromiseLike<R[]> {
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

  async take(count?: unknown): Promise<R | R[] | null> {
    const limit = count === undefined ? 1 : checkCount(count, 'take');
    const own = this[stateKey].limit;
    const records = await load.loadRecords(this[sourceKey], {
      ...this[stateKey],
      limit: own === undefined ? limit : Math.min(limit, own),
    });
    return count === undefined ? (records[0] ?? null) : records;
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
    return load.anyRow(await query[sourceKey].ready(), query[stateKey]);
  }

  async pluck(...names: string[]): Promise<unknown[]> {
    return plucking.pluck(await this[sourceKey].ready(), this[stateKey], names);
  }

  async ids(): Promise<unknown[]> {
    return plucking.ids(await this[sourceKey].ready(), this[stateKey]);
  }

  async count(name?: string): Promise<number> {
    return calculations.count(await this[sourceKey].ready(), this[stateKey], name);
  }

  async sum(name: string): Promise<unknown> {
    return calculations.sum(await this[sourceKey].ready(), this[stateKey], name);
  }

  async average(name: string): Promise<number | string | null> {
    return calculations.average(await this[sourceKey].ready(), this[stateKey], name);
  }

  async minimum(name: string): Promise<unknown> {
    return calculations.extreme(await this[sourceKey].ready(), this[stateKey], name, 'min');
  }

  async maximum(name: string): Promise<unknown> {
    return calculations.extreme(await this[sourceKey].ready(), this[stateKey], name, 'max');
  }

  toSQL(): { sql: string; binds: readonly Scalar[] } {
    const ready = this[sourceKey].known;
    if (ready === undefined) {
      throw new InvalidQuery(`${this[sourceKey].modelName} has no open connection yet, so its SQL is not known.`, {
        hint: 'Await connect(…) first.',
      });
    }
    const { attributes, connection } = ready;
    const { sql, binds } = compile(selectStatement(this[stateKey], attributes), connection.dialect);
    return { sql, binds };
  }

  /** Awaiting it by accident is the commonest mistake with a query: printing or serialising one says so. */
  toJSON(): never {
    throw new InvalidQuery(`A query on ${this[sourceKey].modelName} was turned into JSON before it was sent.`, {
      hint: 'Await it first.',
    });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { attributes, modelName } = this[sourceKey];
    return `Relation(${modelName}${attributes === undefined ? '' : `, ${JSON.stringify(attributes.tableName)}`}; await it to send it)`;
  }
}

/** Records answer `id` with their key, also a key of several columns. */
function keyOfRecord(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'primaryKey' in record ? record.primaryKey : undefined;
}
