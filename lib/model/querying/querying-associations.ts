import type {
  AverageOf,
  DefinitionOf,
  JoinableName,
  KeyOf,
  RecordOf,
  SumOf,
  TargetOf,
  ToManyName,
} from '../../record/definition-types.ts';
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
} from '../../relation/association-types.ts';
import type { AssociationScope, Include, Relation, ScopedName } from '../../relation/query.ts';
import type { TableSpec } from '../../sql/ddl/spec.ts';
import { joinTables, loadAssociations, resetCounters } from '../association-statics.ts';
import { asModel } from '../model-class.ts';
import { type AnyClass, all } from '../query-of.ts';
import { ConditionStatics } from './querying-conditions.ts';

/** Associations, on the model itself. `Query` documents the methods. */
export abstract class AssociationStatics extends ConditionStatics {
  /**
   * Whether loading an association on first use is refused (`true`: StrictLoadingViolation, `AR_STRICT_LOADING`) or warned
   * of (`'log'`). On a model, or on BaseModel for all: `static override strictLoading = true`.
   */
  static strictLoading: boolean | 'log' = false;

  /** What stands for this model in the kind of a polymorphic association: the singular of its table's name unless set. */
  static polymorphicName: string | undefined;

  /** @internal The tables between this model and others, for `createAll`. */
  static joinTables(): readonly TableSpec[] {
    return joinTables(asModel(this));
  }

  /** {@link Query.includes} */
  static includes<M extends AnyClass, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, RecordOf<M> & Loaded<DefinitionOf<M>, I[number]>>;
  static includes<M extends AnyClass>(this: M, ...associations: never[]): unknown {
    return all(this).includes(...associations);
  }

  /** {@link Query.includes} */
  static preload<M extends AnyClass, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, RecordOf<M> & Loaded<DefinitionOf<M>, I[number]>>;
  static preload<M extends AnyClass>(this: M, ...associations: never[]): unknown {
    return all(this).preload(...associations);
  }

  /** {@link Query.eagerLoad} */
  static eagerLoad<M extends AnyClass, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Relation<M, RecordOf<M> & Loaded<DefinitionOf<M>, I[number]>>;
  static eagerLoad<M extends AnyClass>(this: M, ...associations: never[]): unknown {
    return all(this).eagerLoad(...associations);
  }

  /** {@link Query.withCount} */
  static withCount<M extends AnyClass, const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    this: M,
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Relation<M, RecordOf<M> & Counted<A[number]>>;
  static withCount<M extends AnyClass>(this: M, ...associations: never[]): unknown {
    return all(this).withCount(...associations);
  }

  /** {@link Query.withExists} */
  static withExists<M extends AnyClass, const A extends readonly ScopedName<DefinitionOf<M>>[]>(
    this: M,
    ...associations: CheckedEach<DefinitionOf<M>, A>
  ): Relation<M, RecordOf<M> & Existing<A[number]>>;
  static withExists<M extends AnyClass>(this: M, ...associations: never[]): unknown {
    return all(this).withExists(...associations);
  }

  /** {@link Query.withSum} */
  static withSum<M extends AnyClass, const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    this: M,
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Relation<M, RecordOf<M> & Figure<A, 'Sum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>> {
    return all(this).withSum<A, C>(association, column);
  }

  /** {@link Query.withAverage} */
  static withAverage<M extends AnyClass, const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    this: M,
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & SummedName<DefinitionOf<M>, A>,
  ): Relation<M, RecordOf<M> & Figure<A, 'Average', C, AverageOf<ColumnOf<DefinitionOf<M>, A, C>>>> {
    return all(this).withAverage<A, C>(association, column);
  }

  /** {@link Query.withMinimum} */
  static withMinimum<M extends AnyClass, const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    this: M,
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Relation<M, RecordOf<M> & Figure<A, 'Minimum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>> {
    return all(this).withMinimum<A, C>(association, column);
  }

  /** {@link Query.withMaximum} */
  static withMaximum<M extends AnyClass, const A extends ScopedName<DefinitionOf<M>>, const C extends string>(
    this: M,
    association: A & NoInfer<Checked<DefinitionOf<M>, A>>,
    column: C & ComparedName<DefinitionOf<M>, A>,
  ): Relation<M, RecordOf<M> & Figure<A, 'Maximum', C, SumOf<ColumnOf<DefinitionOf<M>, A, C>>>> {
    return all(this).withMaximum<A, C>(association, column);
  }

  /** {@link Query.whereHas} */
  static whereHas<M extends AnyClass, const K extends JoinableName<DefinitionOf<M>>>(
    this: M,
    name: K,
    scope?: NoInfer<AssociationScope<TargetOf<DefinitionOf<M>, K>>>,
    options?: HasOptions,
  ): Relation<M> {
    return all(this).whereHas(name, scope, options);
  }

  /** {@link Query.whereDoesntHave} */
  static whereDoesntHave<M extends AnyClass, const K extends JoinableName<DefinitionOf<M>>>(
    this: M,
    name: K,
    scope?: NoInfer<AssociationScope<TargetOf<DefinitionOf<M>, K>>>,
  ): Relation<M> {
    return all(this).whereDoesntHave(name, scope);
  }

  /** {@link Query.whereMissing} */
  static whereMissing<M extends AnyClass>(
    this: M,
    ...names: readonly [JoinableName<DefinitionOf<M>>, ...JoinableName<DefinitionOf<M>>[]]
  ): Relation<M> {
    return all(this).whereMissing(...names);
  }

  /** {@link Query.withoutBatching} */
  static withoutBatching<M extends AnyClass>(this: M): Relation<M> {
    return all(this).withoutBatching();
  }

  /**
   * Loads associations of records that are there, each by one statement for all of them, as `includes` does. What was
   * loaded before is loaded again.
   *
   * ```ts
   * const loaded = await User.load(users, 'posts', { posts: 'comments' });   // the same records
   * loaded[0]?.posts.length;
   * ```
   * @param given - a record, or a list of them
   * @returns what was given, typed as loaded
   * @throws UnknownAssociation (`AR_ASSOCIATION_UNKNOWN`), before any SQL is sent
   */
  static load<M extends AnyClass, R extends RecordOf<M>, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    given: readonly R[],
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Promise<(R & Loaded<DefinitionOf<M>, I[number]>)[]>;
  static load<M extends AnyClass, R extends RecordOf<M>, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    given: R,
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Promise<R & Loaded<DefinitionOf<M>, I[number]>>;
  static load(given: object, ...associations: unknown[]): Promise<unknown> {
    return loadAssociations(asModel(this), given, associations, false);
  }

  /** The same as {@link load}, for those records that do not have them loaded yet. */
  static loadMissing<M extends AnyClass, R extends RecordOf<M>, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    given: readonly R[],
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Promise<(R & Loaded<DefinitionOf<M>, I[number]>)[]>;
  static loadMissing<M extends AnyClass, R extends RecordOf<M>, const I extends readonly Include<DefinitionOf<M>>[]>(
    this: M,
    given: R,
    ...associations: CheckedEach<DefinitionOf<M>, I>
  ): Promise<R & Loaded<DefinitionOf<M>, I[number]>>;
  static loadMissing(given: object, ...associations: unknown[]): Promise<unknown> {
    return loadAssociations(asModel(this), given, associations, true);
  }

  /**
   * Counts associated rows anew, and writes the counters of their `counterCache`.
   *
   * ```ts
   * await User.resetCounters(1, 'posts');   // UPDATE users SET posts_count = (SELECT COUNT(*) FROM posts …) WHERE id = ?
   * ```
   * @param key - of the row, or a list of keys
   * @throws InvalidQuery (`AR_QUERY_INVALID`) where the other side keeps no counter
   */
  static resetCounters<M extends AnyClass>(
    this: M,
    key: KeyOf<DefinitionOf<M>> | readonly KeyOf<DefinitionOf<M>>[],
    ...names: readonly [ToManyName<DefinitionOf<M>>, ...ToManyName<DefinitionOf<M>>[]]
  ): Promise<void> {
    return resetCounters(asModel(this), key, names);
  }
}
