import { SoleRecordExceeded } from '../errors/record.ts';
import type { AnyClass } from '../model/query-of.ts';
import type { DefinitionOf, KeyOf, RecordOf } from '../record/definition-types.ts';
import type { RecordState } from '../record/state.ts';
import type { CheckedEach, Loaded } from '../relation/association-types.ts';
import type { Include } from '../relation/query.ts';
import { sourceKey } from '../relation/query-base.ts';
import type { OrderOptions } from '../relation/query-shape.ts';
import type { ColumnPath, Direction, Where } from '../relation/query-types.ts';
import type { QueryBuilder } from '../relation/relation.ts';
import type { Sql } from '../sql/template.ts';

/** What a query needs of its session. */
export interface Reading {
  /** Runs a query where the session's statements go, with what is pending written before. */
  read<T>(what: string, fn: () => Promise<T>): Promise<T>;
  /** The session's records for those that were loaded. */
  adopt(records: readonly RecordState[]): RecordState[];
  get(key: unknown): Promise<RecordState | null>;
}

/**
 * A query of a session: what it loads is part of the session. Immutable, as other queries are; sent by {@link all} and its
 * like. Made by `session.query(User)`.
 *
 * ```ts
 * const adults = session.query(User).filterBy({ age: gte(18) });
 * await adults.orderBy('name').limit(10).all();   // SELECT … FROM users WHERE age >= ? ORDER BY name LIMIT 10
 * await adults.count();                           // SELECT COUNT(*) AS value FROM users WHERE age >= ?
 * ```
 * @typeParam M - the model class
 * @typeParam R - the type of its records
 */
export class SessionQuery<in out M extends AnyClass, out R = RecordOf<M>> {
  readonly #reading: Reading;
  readonly #query: QueryBuilder<RecordState>;

  /** @internal */
  constructor(reading: Reading, query: QueryBuilder<RecordState>) {
    this.#reading = reading;
    this.#query = query;
  }

  #with<S = R>(query: QueryBuilder<RecordState>): SessionQuery<M, S> {
    return new SessionQuery<M, S>(this.#reading, query);
  }

  /**
   * Adds conditions; all of them have to hold. They are those of `where`: values, lists, null, operators, `sql`.
   *
   * @throws UnknownAttribute, InvalidQuery, before any SQL is sent
   */
  filterBy(conditions: Where<DefinitionOf<M>> | Sql): SessionQuery<M, R> {
    return this.#with(this.#query.where(conditions));
  }

  /** Orders by a column, or by several: `orderBy('name')`, `orderBy({ age: 'desc' })`. */
  orderBy(
    name: ColumnPath<DefinitionOf<M>> | Sql | { readonly [K in ColumnPath<DefinitionOf<M>>]?: Direction },
    direction?: Direction,
    options?: OrderOptions,
  ): SessionQuery<M, R> {
    return this.#with(this.#query.order(name, direction, options));
  }

  /** At most so many rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  limit(count: number): SessionQuery<M, R> {
    return this.#with(this.#query.limit(count));
  }

  /** Leaves out the first rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  offset(count: number): SessionQuery<M, R> {
    return this.#with(this.#query.offset(count));
  }

  /** Loads associations with the records, as `includes` of a model does; what is loaded is part of the session too. */
  includes<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): SessionQuery<M, R & Loaded<DefinitionOf<M>, I[number]>> {
    return this.#with(this.#query.includes(...associations));
  }

  /** All records: of a row that the session knows the very object that it has. */
  async all(): Promise<R[]> {
    return this.#load('query.all', (query) => query);
  }

  /** The first record by the query's order, or by key; null where there is none. */
  async first(): Promise<R | null> {
    const [record] = await this.#load('query.first', (query) => query.first(1));
    return record ?? null;
  }

  /**
   * The only record.
   *
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is none, SoleRecordExceeded (`AR_SOLE_RECORD`) for several
   */
  async one(): Promise<R> {
    const [record] = await this.#load('query.one', async (query) => [await query.sole()]);
    // It throws where there is none.
    return record as R;
  }

  /** The only record, or null. @throws SoleRecordExceeded (`AR_SOLE_RECORD`) for several */
  async oneOrNone(): Promise<R | null> {
    const [record, another] = await this.#load('query.oneOrNone', (query) => query.take(2));
    if (another !== undefined) throw new SoleRecordExceeded(this.#query[sourceKey].modelName);
    return record ?? null;
  }

  /** The record with that key, as `session.get` gives it: whatever the conditions of the query. */
  async get(key: KeyOf<DefinitionOf<M>>): Promise<R | null> {
    // Made by the model itself, as those of all() are.
    return (await this.#reading.get(key)) as R | null;
  }

  /** How many rows. */
  async count(): Promise<number> {
    return this.#reading.read('query.count', () => this.#query.count());
  }

  /** `for await (const user of session.query(User))`: all records, loaded at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void> {
    yield* await this.all();
  }

  async #load(
    what: string,
    send: (query: QueryBuilder<RecordState>) => PromiseLike<RecordState | RecordState[] | null>,
  ): Promise<R[]> {
    return this.#reading.read(what, async () => {
      const loaded = await send(this.#query);
      const records = loaded === null ? [] : Array.isArray(loaded) ? loaded : [loaded];
      // Records of the model, with what the query has loaded: TypeScript cannot see that through the untyped builder.
      return this.#reading.adopt(records) as R[];
    });
  }
}
