import type {
  AssociationName,
  AverageOf,
  DefinitionOf,
  EnumScopeName,
  JoinableName,
  RecordOf,
  SumOf,
  TargetOf,
} from '../record/definition-types.ts';
import type {
  Checked,
  CheckedEach,
  ColumnOf,
  ComparedName,
  Counted,
  Existing,
  Figure,
  HasOptions,
  Loaded,
  SummedName,
} from './association-types.ts';
import type { Subquery } from './operators.ts';
import type { QueryBatches } from './query-batches.ts';
import type { QueryConditions } from './query-conditions.ts';
import type { Grouped } from './query-grouped.ts';
import type { QueryReading } from './query-reading.ts';
import type { QueryShape } from './query-shape.ts';
import type { Name, Selected, Selection } from './query-types.ts';
import type { QueryWriting } from './query-writing.ts';

// The compiler compares queries often, and comparing two of them method by method is by far the dearest thing that it is
// asked to do here. What is said about M and R (`in out`, `out`) lets it compare those alone. The two members under
// symbols, which no query has at run time, come first, so that it finds the difference at once where it does go through
// the members; and the second one is required, so that a Query is no Narrowing without a look at the methods.
declare const queryTypes: unique symbol;
declare const narrowingTypes: unique symbol;
/** On a class that `use` made: the scopes of its concerns, and of the classes above it. */
export declare const inheritedScopes: unique symbol;

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
 * @typeParam R - the type of its records; `select` narrows it, `includes` and `withCount` add to it
 */
export interface Query<in out M, out R = RecordOf<M>>
  extends Subquery<M>,
    QueryConditions<M>,
    QueryShape<M>,
    QueryReading<M, R>,
    QueryBatches<M, R>,
    QueryWriting<M, R>,
    PromiseLike<R[]> {
  /** @internal */
  readonly [queryTypes]?: (model: M) => readonly [M, R];

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

  /**
   * Loads associations with the records, each by one statement for all of them; through several models one for each. The
   * type of the records then has them loaded, so that they are read without `await`. A function narrows or orders what is
   * loaded; its `limit` counts for each record by itself.
   *
   * @param associations - names; by name what to load with those, a list of that, or a function of the query
   * @throws UnknownAssociation (`AR_ASSOCIATION_UNKNOWN`), before any SQL is sent
   * @example
   * ```ts
   * const users = await User.includes('profile', { posts: ['tags', { comments: 'user' }] });
   * users[0]?.posts.at(0)?.comments.length;
   * // SELECT … FROM users
   * // SELECT … FROM posts WHERE user_id IN (?, ?)
   * // SELECT … FROM comments WHERE post_id IN (?, ?) …
   * await User.includes({ posts: (posts) => posts.order('createdAt', 'desc').limit(3) });
   * ```
   */
  includes<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Query<M, R & Loaded<DefinitionOf<M>, I[number]>>;

  /** The same as {@link Query.includes}. */
  preload<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Query<M, R & Loaded<DefinitionOf<M>, I[number]>>;

  /**
   * Loads associations in the statement of the query itself, by LEFT JOIN, so that conditions in `sql` can name their
   * columns. Better where there is one record for each; for many, `includes` sends less over the wire.
   *
   * ```ts
   * await Post.eagerLoad('author');   // SELECT posts.id, …, author.id, … FROM posts LEFT JOIN users author ON …
   * ```
   * @throws UnknownAssociation (`AR_ASSOCIATION_UNKNOWN`); InvalidQuery (`AR_QUERY_INVALID`) for a polymorphic one
   */
  eagerLoad<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Query<M, R & Loaded<DefinitionOf<M>, I[number]>>;

  /**
   * Gives each record the number of its associated rows, counted in the same statement: `postsCount`.
   *
   * ```ts
   * const [user] = await User.withCount('posts', { comments: (comments) => comments.where({ spam: false }) });
   * user?.postsCount;   // SELECT users.*, (SELECT COUNT(*) FROM posts WHERE posts.user_id = users.id) AS posts_count …
   * ```
   */
  withCount<const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Query<M, R & Counted<A[number]>>;

  /** Gives each record whether there is any associated row: `withExists('posts')` adds `postsExist`. */
  withExists<const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Query<M, R & Existing<A[number]>>;

  /**
   * Gives each record the sum of a column of its associated rows, in the column's own type; null where there is none.
   *
   * ```ts
   * const [user] = await User.withSum('posts', 'votes');
   * user?.postsSumVotes;   // SELECT users.*, (SELECT SUM(votes) FROM posts WHERE posts.user_id = users.id) …
   * ```
   */
  withSum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Query<M, R & Figure<A, 'Sum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;

  /** Gives each record the average of a column of its associated rows: `withAverage('posts', 'votes')` adds `postsAverageVotes`. */
  withAverage<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Query<M, R & Figure<A, 'Average', C, AverageOf<ColumnOf<DefinitionOf<M>, A, C>>>>;

  /** Gives each record the smallest value among its associated rows: `withMinimum('posts', 'votes')` adds `postsMinimumVotes`. */
  withMinimum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Query<M, R & Figure<A, 'Minimum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;

  /** Gives each record the largest value among its associated rows: `withMaximum('posts', 'votes')` adds `postsMaximumVotes`. */
  withMaximum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Query<M, R & Figure<A, 'Maximum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;

  /**
   * Rows that have associated rows: EXISTS, so that no row comes twice.
   *
   * @param scope - narrows which associated rows count
   * @param options - `count`: how many there have to be
   * @example
   * ```ts
   * User.whereHas('posts', (posts) => posts.where({ title: 'Notes' }));
   * // WHERE EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id AND posts.title = ?)
   * User.whereHas('posts', undefined, { count: gte(3) });
   * // WHERE (SELECT COUNT(*) FROM posts WHERE posts.user_id = users.id) >= ?
   * ```
   */
  whereHas<const K extends JoinableName<DefinitionOf<M>>>(
    name: K,
    scope?: NoInfer<AssociationScope<TargetOf<DefinitionOf<M>, K>>>,
    options?: HasOptions,
  ): this;

  /** Rows that have no such associated rows: `NOT EXISTS (…)`. */
  whereDoesntHave<const K extends JoinableName<DefinitionOf<M>>>(
    name: K,
    scope?: NoInfer<AssociationScope<TargetOf<DefinitionOf<M>, K>>>,
  ): this;

  /** Figures for groups of rows: `User.group('role').count()` sends `SELECT role, COUNT(*) … GROUP BY role`. */
  group<const K extends readonly [Name<DefinitionOf<M>>, ...Name<DefinitionOf<M>>[]]>(
    ...names: K
  ): Grouped<DefinitionOf<M>, K>;
}

/** Narrows an association: given its query, it returns one. */
export type AssociationScope<T> = (query: Relation<T>) => PromiseLike<unknown[]>;

/** What `includes` takes: an association's name; or by name what to load with it, or a function that narrows it. */
export type Include<D> = [AssociationName<D>] extends [never]
  ? never
  : AssociationName<D> | { readonly [K in AssociationName<D>]?: IncludeTarget<TargetOf<D, K>> };
type IncludeTarget<T> = Include<DefinitionOf<T>> | readonly Include<DefinitionOf<T>>[] | AssociationScope<T>;

/** What `withCount` takes: an association's name, or functions by name that narrow which rows count. */
export type ScopedName<D> = [JoinableName<D>] extends [never]
  ? never
  : JoinableName<D> | { readonly [K in JoinableName<D>]?: AssociationScope<TargetOf<D, K>> };

// No `infer`: to take the scopes out of the class, the compiler would compare them with a copy of themselves, and so infer
// what all of them return; scopes that use scopes of other models could then not be inferred in circles (TS7023).
/** The scopes that a class declares: `static scopes = { adults: (users: Query<typeof User>) => … }`. */
export type ScopesOf<M> = M extends { readonly scopes: object }
  ? M extends { readonly [inheritedScopes]: object }
    ? M['scopes'] & M[typeof inheritedScopes]
    : M['scopes']
  : {};

type ScopeMethods<in out M, out R> = {
  // biome-ignore lint/suspicious/noExplicitAny: a scope takes the query of its own model, whichever that is
  [K in keyof ScopesOf<M>]: ScopesOf<M>[K] extends (query: any, ...args: infer A) => void
    ? (...args: A) => Relation<M, R>
    : never;
};
type EnumScopeMethods<in out M, out R> = { [K in EnumScopeName<DefinitionOf<M>>]: () => Relation<M, R> };

/** The methods that change the type of the records, with scopes kept: they have to stand first in the intersection. */
interface Narrowing<in out M, out R> {
  /** @internal */
  readonly [narrowingTypes]: (model: M) => readonly [M, R];
  /** {@link Query.select} */
  select<const S extends readonly Selection<DefinitionOf<M>>[]>(
    ...selection: S
  ): Relation<M, Selected<DefinitionOf<M>, R, S[number]>>;
  /** {@link Query.includes} */
  includes<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, R & Loaded<DefinitionOf<M>, I[number]>>;
  /** {@link Query.includes} */
  preload<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, R & Loaded<DefinitionOf<M>, I[number]>>;
  /** {@link Query.eagerLoad} */
  eagerLoad<const I extends readonly Include<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, R & Loaded<DefinitionOf<M>, I[number]>>;
  /** {@link Query.withCount} */
  withCount<const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Relation<M, R & Counted<A[number]>>;
  /** {@link Query.withExists} */
  withExists<const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Relation<M, R & Existing<A[number]>>;
  /** {@link Query.withSum} */
  withSum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Relation<M, R & Figure<A, 'Sum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;
  /** {@link Query.withAverage} */
  withAverage<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Relation<M, R & Figure<A, 'Average', C, AverageOf<ColumnOf<DefinitionOf<M>, A, C>>>>;
  /** {@link Query.withMinimum} */
  withMinimum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Relation<M, R & Figure<A, 'Minimum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;
  /** {@link Query.withMaximum} */
  withMaximum<const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Relation<M, R & Figure<A, 'Maximum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>>;
}

/** A query with the model's scopes as methods. */
export type Relation<M, R = RecordOf<M>> = Narrowing<M, R> & Query<M, R> & ScopeMethods<M, R> & EnumScopeMethods<M, R>;
