import type { DefinitionOf, KeyOf } from '../record/definition-types.ts';
import type { BatchOptions, EachOptions, QueryBatch } from './batch-options.ts';
import type { CursorPage } from './cursor-pages.ts';
import type { Page, PageOptions } from './pages.ts';
import type { Direction, Name } from './query-types.ts';

/** What `cursorPaginate` takes. */
export interface CursorPageOptions<D> {
  /** The cursor to go on behind: `endCursor` of a page. */
  readonly after?: string | null | undefined;
  /** The cursor to end in front of: `startCursor` of a page. */
  readonly before?: string | null | undefined;
  /** Records per page: 25 unless told otherwise. */
  readonly limit?: number | undefined;
  /** A name, or directions by name; the query's own order where it is left out. */
  readonly order?: Name<D> | { readonly [K in Name<D>]?: Direction } | undefined;
}

/** Reading piece by piece, and within limits. */
export interface QueryBatches<M, R> {
  /**
   * The records one by one, read in batches by key: `for await (const user of User.where({ active: true }))`. The same
   * as `findEach()`.
   */
  [Symbol.asyncIterator](): AsyncGenerator<R, void>;

  /**
   * The records one by one, read 1,000 at a time by key, so that any number of them takes little memory. Conditions and
   * limit of the query hold; an order has to be by key. With `{ cursor: true }` they come in the query's own order, by a
   * cursor that the database holds on a connection of its own; leaving the loop ends it.
   *
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for another order, and for a cursor inside a transaction
   * @example
   * ```ts
   * for await (const user of User.where({ age: null }).findEach({ size: 100 })) …
   * // SELECT … FROM users WHERE age IS NULL ORDER BY id LIMIT 100
   * // SELECT … FROM users WHERE age IS NULL AND id > ? ORDER BY id LIMIT 100
   * for await (const user of User.order('name').findEach({ cursor: true })) …
   * ```
   */
  findEach(options?: EachOptions<KeyOf<DefinitionOf<M>>>): AsyncGenerator<R, void>;

  /**
   * The records in lists, read by key.
   *
   * ```ts
   * for await (const users of User.all().findInBatches({ size: 500 })) await index.add(users);
   * ```
   */
  findInBatches(options?: BatchOptions<KeyOf<DefinitionOf<M>>>): AsyncGenerator<R[], void>;

  /**
   * The query in parts, each with a query (`relation`) for the next rows by key: to update or delete many rows in short
   * statements. Only the keys are read.
   *
   * ```ts
   * for await (const { relation } of User.where({ age: null }).inBatches({ size: 500 })) await relation.updateAll({ age: 0 });
   * // SELECT id FROM users WHERE age IS NULL ORDER BY id LIMIT 500
   * // UPDATE users SET age = ? … WHERE age IS NULL AND id >= ? AND id <= ?
   * ```
   */
  inBatches(
    options?: BatchOptions<KeyOf<DefinitionOf<M>>>,
  ): AsyncGenerator<QueryBatch<this, KeyOf<DefinitionOf<M>>>, void>;

  /**
   * A page of the records by its number, with the figures for links to the others.
   *
   * ```ts
   * const page = await User.order('name').paginate({ page: 2, perPage: 10 });
   * // SELECT COUNT(*) AS value FROM users
   * // SELECT … FROM users ORDER BY name, id LIMIT 10 OFFSET 10
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) unless both are whole numbers from 1 up
   */
  paginate(options?: PageOptions): Promise<Page<R>>;

  /**
   * A page of the records behind or in front of a cursor. However far in, it costs the same, and rows that come or go
   * meanwhile shift nothing. The key is part of the order, so that rows of the same rank have a place too.
   *
   * ```ts
   * const first = await User.all().cursorPaginate({ order: 'name', limit: 10 });
   * await User.all().cursorPaginate({ order: 'name', limit: 10, after: first.endCursor });
   * // SELECT … FROM users WHERE name > ? OR (name = ? AND id > ?) ORDER BY name, id LIMIT 11
   * ```
   * @throws InvalidValue (`AR_VALUE_INVALID`) for a cursor that is not one of this query
   */
  cursorPaginate(options?: CursorPageOptions<DefinitionOf<M>>): Promise<CursorPage<R>>;

  /**
   * The database's plan for the query, as text: `EXPLAIN SELECT …`. With `analyze` the query is carried out, and the plan
   * shows what really happened.
   *
   * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) for `analyze` on SQLite
   */
  explain(options?: { readonly analyze?: boolean }): Promise<string>;

  /**
   * The query with an AbortSignal. Aborting it ends the statement, on the server too; a signal that is aborted already
   * sends nothing.
   *
   * ```ts
   * await User.all().signal(request.signal);   // throws QueryAborted; its cause is the signal's reason
   * ```
   */
  signal(signal: AbortSignal): this;

  /**
   * The query with a time limit for each of its statements, the wait for a connection included. What takes longer is
   * ended, on the server too.
   *
   * ```ts
   * await User.where(sql`…`).timeout(500);   // throws QueryTimeout after half a second
   * ```
   */
  timeout(milliseconds: number): this;
}
