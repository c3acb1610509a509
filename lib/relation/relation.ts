import { InvalidQuery } from '../errors/query.ts';
import { compile } from '../sql/compile.ts';
import type { Scalar } from '../types/type.ts';
import * as bulk from './bulk.ts';
import * as calculations from './calculations.ts';
import * as load from './load.ts';
import * as plucking from './pluck.ts';
import { checkCount, part, type QueryState, selectStatement } from './query-state.ts';
import { orderPart, selectionPart } from './shape.ts';
import type { Source } from './source.ts';
import { wherePredicateOf } from './where.ts';

/**
 * A query on a model, before it is sent: immutable, and sent each time it is awaited. `query.ts` documents its methods
 * with their types; here each is the few lines that put the functions of this folder together.
 */
export class QueryBuilder<R = unknown> implements PromiseLike<R[]> {
  readonly #source: Source<R>;
  readonly #state: QueryState;

  constructor(source: Source<R>, state: QueryState) {
    this.#source = source;
    this.#state = state;
  }

  /** A query of the same class, so that scope methods stay. */
  #with(changes: Partial<QueryState>): this {
    const Same = this.constructor as new (source: Source<R>, state: QueryState) => this;
    return new Same(this.#source, Object.freeze({ ...this.#state, ...changes }));
  }

  all(): this {
    return this;
  }

  where(conditions: unknown): this {
    const predicate = part(this.#source, (attributes) => wherePredicateOf(attributes, conditions));
    return this.#with({ where: [...this.#state.where, predicate] });
  }

  order(given: unknown, direction: unknown = 'asc'): this {
    return this.#with({
      order: [...this.#state.order, part(this.#source, (attributes) => orderPart(attributes, given, direction))],
    });
  }

  limit(count: unknown): this {
    return this.#with({ limit: checkCount(count, 'limit') });
  }

  offset(count: unknown): this {
    return this.#with({ offset: checkCount(count, 'offset') });
  }

  select(...selection: unknown[]): this {
    return this.#with({ selection: part(this.#source, (attributes) => selectionPart(attributes, selection)) });
  }

  distinct(on: unknown = true): this {
    return this.#with({ distinct: on !== false });
  }

  // Not an async function: the stack of an error would then end here, and not at the caller's await.
  then<T = R[], E = never>(
    resolve?: ((records: R[]) => T | PromiseLike<T>) | null,
    reject?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return load.loadRecords(this.#source, this.#state).then(resolve, reject);
  }

  async find(key: unknown): Promise<R | R[]> {
    if (!Array.isArray(key)) return load.findOne(this.#source, this.#state, key);
    return load.findMany(this.#source, this.#state, key, keyOfRecord);
  }

  async findBy(conditions: unknown): Promise<R | null> {
    const [record] = await this.where(conditions).limit(1);
    return record ?? null;
  }

  async take(count?: unknown): Promise<R | R[] | null> {
    const limit = count === undefined ? 1 : checkCount(count, 'take');
    const own = this.#state.limit;
    const records = await load.loadRecords(this.#source, {
      ...this.#state,
      limit: own === undefined ? limit : Math.min(limit, own),
    });
    return count === undefined ? (records[0] ?? null) : records;
  }

  async first(count?: unknown): Promise<R | R[] | null> {
    const records = await load.loadFirst(
      this.#source,
      this.#state,
      count === undefined ? 1 : checkCount(count, 'first'),
    );
    return count === undefined ? (records[0] ?? null) : records;
  }

  async last(count?: unknown): Promise<R | R[] | null> {
    const records = await load.loadLast(this.#source, this.#state, count === undefined ? 1 : checkCount(count, 'last'));
    return count === undefined ? (records[0] ?? null) : records;
  }

  async exists(conditions?: unknown): Promise<boolean> {
    const query = conditions === undefined ? this : this.where(conditions);
    return load.anyRow(await query.#source.ready(), query.#state);
  }

  async pluck(...names: string[]): Promise<unknown[]> {
    return plucking.pluck(await this.#source.ready(), this.#state, names);
  }

  async ids(): Promise<unknown[]> {
    return plucking.ids(await this.#source.ready(), this.#state);
  }

  async count(name?: string): Promise<number> {
    return calculations.count(await this.#source.ready(), this.#state, name);
  }

  async sum(name: string): Promise<unknown> {
    return calculations.sum(await this.#source.ready(), this.#state, name);
  }

  async average(name: string): Promise<number | string | null> {
    return calculations.average(await this.#source.ready(), this.#state, name);
  }

  async minimum(name: string): Promise<unknown> {
    return calculations.extreme(await this.#source.ready(), this.#state, name, 'min');
  }

  async maximum(name: string): Promise<unknown> {
    return calculations.extreme(await this.#source.ready(), this.#state, name, 'max');
  }

  async insertAll(rows: readonly unknown[]): Promise<number> {
    if (this.#state.where.length > 0)
      throw new InvalidQuery('insertAll is called on a model, not on a query with conditions.');
    return bulk.insertAll(await this.#source.ready(), rows);
  }

  async updateAll(values: unknown, options?: unknown): Promise<number> {
    return bulk.updateAll(await this.#source.ready(), this.#state, values, options);
  }

  async deleteAll(options?: unknown): Promise<number> {
    return bulk.deleteAll(await this.#source.ready(), this.#state, options);
  }

  toSQL(): { sql: string; binds: readonly Scalar[] } {
    const ready = this.#source.known;
    if (ready === undefined) {
      throw new InvalidQuery(`${this.#source.modelName} has no open connection yet, so its SQL is not known.`, {
        hint: 'Await connect(…) first.',
      });
    }
    const { attributes, connection } = ready;
    const { sql, binds } = compile(selectStatement(this.#state, attributes), connection.dialect);
    return { sql, binds };
  }

  /** Awaiting it by accident is the commonest mistake with a query: printing or serialising one says so. */
  toJSON(): never {
    throw new InvalidQuery(`A query on ${this.#source.modelName} was turned into JSON before it was sent.`, {
      hint: 'Await it first.',
    });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { attributes, modelName } = this.#source;
    return `Relation(${modelName}${attributes === undefined ? '' : `, ${JSON.stringify(attributes.tableName)}`}; await it to send it)`;
  }
}

/** Records answer `id` with their key, also a key of several columns. */
function keyOfRecord(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'primaryKey' in record ? record.primaryKey : undefined;
}
