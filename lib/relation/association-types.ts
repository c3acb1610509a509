import type { Association } from '../record/association.ts';
import type {
  DefinitionOf,
  IsUndeclared,
  NumericName,
  OrderedName,
  RecordOf,
  TargetOf,
  ToMany,
} from '../record/definition-types.ts';
import type { Operator } from './operators.ts';

/**
 * A to-many association whose records are there: it can be read without `await`, as a list. What the type of a record
 * says for `includes('posts')`.
 *
 * ```ts
 * const user = await User.includes('posts').firstOrFail();
 * user.posts.map((post) => post.title);   // nothing is sent
 * for (const post of user.posts) post.title;
 * ```
 *
 * @typeParam R - the type of its records
 */
export interface LoadedCollection<R> extends Iterable<R>, PromiseLike<R[]> {
  /** How many records. */
  readonly length: number;
  /** The record at a position; from the end for negative ones. */
  at(index: number): R | undefined;
  map<V>(fn: (record: R, index: number) => V): V[];
  filter<S extends R>(test: (record: R, index: number) => record is S): S[];
  filter(test: (record: R, index: number) => boolean): R[];
  some(test: (record: R, index: number) => boolean): boolean;
  every(test: (record: R, index: number) => boolean): boolean;
  forEach(fn: (record: R, index: number) => void): void;
  reduce<V>(fn: (soFar: V, record: R, index: number) => V, initial: V): V;
  /** The records in an array of their own: to change it changes nothing here. */
  toArray(): R[];
  /** `toJSON` of each record, with the same options. */
  toJSON(options?: JsonArgument<R>): Record<string, unknown>[];
}

/** What the `toJSON` of a record takes. */
export type JsonArgument<R> = R extends { toJSON(options?: infer O): unknown } ? O : never;

/**
 * A to-one association whose record is there: `value` reads it without `await`. What the type of a record says for
 * `includes('author')`.
 *
 * ```ts
 * const post = await Post.includes('author').firstOrFail();
 * post.author.value.name;   // nothing is sent
 * ```
 *
 * @typeParam R - the type of the record, with null where there may be none
 */
export interface LoadedReference<R> extends PromiseLike<R> {
  /** The record. @throws NotLoaded (`AR_NOT_LOADED`) where the foreign key has been changed since it was loaded */
  readonly value: R;
}

/**
 * What `includes(I)` adds to the type of a record: I is `'posts'`, `{ posts: 'comments' }`, `{ posts: ['comments', …] }`
 * or `{ posts: (posts) => posts.published() }`.
 */
export type Loaded<D, I> = {
  readonly [K in IncludedName<D, I>]: LoadedAssociation<D[K], LoadedRecord<TargetOf<D, K>, NestedInclude<I, K>>>;
};
type IncludedName<D, I> = I extends keyof D ? I : keyof I & keyof D;
type NestedInclude<I, K> = I extends object
  ? K extends keyof I
    ? I[K] extends readonly (infer E)[]
      ? E
      : I[K]
    : never
  : never;
/**
 * `object` beside the result: any function matches at once. Else the compiler would compare the record with a copy of
 * itself, by all its members.
 */
type LoadedRecord<T, I> = [I] extends [never]
  ? RecordOf<T>
  : [I] extends [(query: never) => PromiseLike<(infer R)[]> | object]
    ? R
    : RecordOf<T> & Loaded<DefinitionOf<T>, I>;
type LoadedAssociation<A, R> = A extends ToMany
  ? LoadedCollection<R>
  : A extends Association<unknown, 'belongsTo', unknown>
    ? LoadedReference<R>
    : LoadedReference<R | null>;

/**
 * Refuses names that are no association, beside one that is: TypeScript itself looks for such only where nothing is
 * inferred. `unknown` where all is well.
 */
export type Checked<D, I> = I extends readonly unknown[]
  ? { readonly [N in keyof I]: Checked<D, I[N]> }
  : I extends (query: never) => unknown
    ? unknown
    : I extends object
      ? { readonly [K in keyof I]: K extends keyof D ? Checked<DefinitionOf<TargetOf<D, K>>, I[K]> : never }
      : unknown;

/**
 * The same, of a list of arguments. Each one is checked by itself: the compiler would compare two lists that stand in an
 * intersection by all methods that lists have.
 */
export type CheckedEach<D, I extends readonly unknown[]> = {
  readonly [N in keyof I]: I[N] & NoInfer<Checked<D, I[N]>>;
};

/** The association that `withCount('posts')` or `withCount({ posts: (posts) => posts.published() })` names. */
export type NamedIn<A> = A extends PropertyKey ? A : keyof A;

/** What `withCount` adds: `postsCount`. */
export type Counted<A> = { readonly [K in NamedIn<A> as `${K & string}Count`]: number };
/** What `withExists` adds: `postsExist`. */
export type Existing<A> = { readonly [K in NamedIn<A> as `${K & string}Exist`]: boolean };
/** What `withSum('posts', 'votes')` and its kin add: `postsSumVotes`. */
export type Figure<A, Word extends string, C, V> = {
  readonly [K in NamedIn<A> as `${K & string}${Word}${Capitalize<C & string>}`]: V | null;
};
/**
 * Columns of the associated model that have a sum. Each model by itself: while the compiler does not know yet which
 * association is meant, it goes by all of them.
 */
export type SummedName<D, A> = NumericIn<DefinitionOf<TargetOf<D, NamedIn<A>>>>;
export type ComparedName<D, A> = OrderedIn<DefinitionOf<TargetOf<D, NamedIn<A>>>>;
type NumericIn<T> = T extends unknown ? (IsUndeclared<T> extends true ? string : NumericName<T>) : never;
type OrderedIn<T> = T extends unknown ? (IsUndeclared<T> extends true ? string : OrderedName<T>) : never;
/** The column of the associated model. */
type ColumnIn<T, C> = T extends unknown ? (C extends keyof T ? T[C] : never) : never;
export type ColumnOf<D, A, C> = ColumnIn<DefinitionOf<TargetOf<D, NamedIn<A>>>, C>;

/** How many associated rows there have to be: one at least, unless told. */
export interface HasOptions {
  /** A number, or a comparison: `gte(3)`, `between(1, 5)`. */
  readonly count?: number | Operator<number>;
}
