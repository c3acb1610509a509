import type { DefinitionOf, RecordOf } from '../record/definition-types.ts';
import type { Relation } from '../relation/query.ts';
import type { Direction, Name, Selected, Selection, Where } from '../relation/query-types.ts';
import type { Sql } from '../sql/template.ts';
import { type AnyClass, all } from './query-of.ts';

/** Conditions and shape, on the model itself: `User.where(…)` is `User.all().where(…)`. `Query` documents them. */
export abstract class ShapeStatics {
  /** All records, as a query to add to; scopes are called on it: `User.all().adults()`. */
  static all<M extends AnyClass>(this: M): Relation<M> {
    return all(this);
  }

  /** {@link Query.where} */
  static where<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Relation<M> {
    return all(this).where(conditions);
  }

  /** {@link Query.order} */
  static order<M extends AnyClass>(this: M, name: Name<DefinitionOf<M>> | Sql, direction?: Direction): Relation<M>;
  static order<M extends AnyClass>(
    this: M,
    directions: { readonly [K in Name<DefinitionOf<M>>]?: Direction },
  ): Relation<M>;
  static order<M extends AnyClass>(this: M, name: never, direction?: Direction): Relation<M> {
    return all(this).order(name, direction);
  }

  /** {@link Query.limit} */
  static limit<M extends AnyClass>(this: M, count: number): Relation<M> {
    return all(this).limit(count);
  }

  /** {@link Query.offset} */
  static offset<M extends AnyClass>(this: M, count: number): Relation<M> {
    return all(this).offset(count);
  }

  /** {@link Query.distinct} */
  static distinct<M extends AnyClass>(this: M, on?: boolean): Relation<M> {
    return all(this).distinct(on);
  }

  /** {@link Query.select} */
  static select<M extends AnyClass, const S extends readonly Selection<DefinitionOf<M>>[]>(
    this: M,
    ...selection: S
  ): Relation<M, Selected<DefinitionOf<M>, RecordOf<M>, S[number]>> {
    return all(this).select(...selection);
  }
}
