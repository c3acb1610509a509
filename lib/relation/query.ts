import type { DefinitionOf, EnumScopeName, RecordOf } from '../record/definition-types.ts';
import type { Subquery } from './operators.ts';
import type { QueryBatches } from './query-batches.ts';
import type { QueryConditions } from './query-conditions.ts';
import type { Grouped } from './query-grouped.ts';
import type { QueryReading } from './query-reading.ts';
import type { QueryShape } from './query-shape.ts';
import type { Name, Selected, Selection } from './query-types.ts';
import type { QueryWriting } from './query-writing.ts';

/**
 * A query on a model. It is immutable: each method gives a new one. It is sent when it is awaited, and again each time.
 *
 * ```ts
 * const adults = User.where({ age: gte(18) });
 * await adults.order('name').limit(10);   // SELECT … FROM users WHERE age >= ? ORDER BY name LIMIT 10
 * await adults.count();                   // SELECT COUNT(*) AS value FROM users WHERE age >= ?
 * ```
 *
 * @typeParam M - the model class
 * @typeParam R - the type of its records; `select` narrows it
 */
export interface Query<M, R = RecordOf<M>>
  extends Subquery<M>,
    QueryConditions<M>,
    QueryShape<M>,
    QueryReading<M, R>,
    QueryBatches<M, R>,
    QueryWriting<M, R>,
    PromiseLike<R[]> {
  /**
   * Loads only these columns, and expressions by alias. The type of the records then lacks the others; at run time
   * reading one is a MissingAttribute (`AR_ATTRIBUTE_MISSING`).
   *
   * ```ts
   * const [user] = await User.select('id', { initial: sql<string>`substr(name, 1, 1)` });
   * user?.initial;   // SELECT id, substr(name, 1, 1) AS initial FROM users
   * ```
   */
  select<const S extends readonly Selection<DefinitionOf<M>>[]>(
    ...selection: S
  ): Query<M, Selected<DefinitionOf<M>, R, S[number]>>;

  /** Figures for groups of rows: `User.group('role').count()` sends `SELECT role, COUNT(*) … GROUP BY role`. */
  group<const K extends readonly [Name<DefinitionOf<M>>, ...Name<DefinitionOf<M>>[]]>(
    ...names: K
  ): Grouped<DefinitionOf<M>, K>;
}

/** The scopes that a class declares: `static scopes = { adults: (users: Query<typeof User>) => … }`. */
export type ScopesOf<M> = M extends { readonly scopes: infer S } ? S : {};

type ScopeMethods<M, R> = {
  // biome-ignore lint/suspicious/noExplicitAny: a scope takes the query of its own model, whichever that is
  [K in keyof ScopesOf<M>]: ScopesOf<M>[K] extends (query: any, ...args: infer A) => unknown
    ? (...args: A) => Relation<M, R>
    : never;
};
type EnumScopeMethods<M, R> = { [K in EnumScopeName<DefinitionOf<M>>]: () => Relation<M, R> };

/** The methods that change the type of the records, with scopes kept: they have to stand first in the intersection. */
interface Narrowing<M, R> {
  select<const S extends readonly Selection<DefinitionOf<M>>[]>(
    ...selection: S
  ): Relation<M, Selected<DefinitionOf<M>, R, S[number]>>;
}

/** A query with the model's scopes as methods. */
export type Relation<M, R = RecordOf<M>> = Narrowing<M, R> & Query<M, R> & ScopeMethods<M, R> & EnumScopeMethods<M, R>;
