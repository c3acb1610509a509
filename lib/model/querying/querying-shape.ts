import type { DefinitionOf, RecordOf } from '../../record/definition-types.ts';
import type { Subquery } from '../../relation/operators.ts';
import type { Relation } from '../../relation/query.ts';
import type { Grouped } from '../../relation/query-grouped.ts';
import type { LockOptions, OrderOptions, ValueAt } from '../../relation/query-shape.ts';
import type { ColumnPath, Direction, Join, Name, Selected, Selection } from '../../relation/query-types.ts';
import type { Sql } from '../../sql/template.ts';
import { type AnyClass, all } from '../query-of.ts';
import { AssociationStatics } from './querying-associations.ts';

/** Shape, on the model itself. `Query` documents the methods; the rarer ones are called on `User.all()`. */
export abstract class ShapeStatics extends AssociationStatics {
  /** {@link Query.order} */
  static order<M extends AnyClass>(
    this: M,
    name: ColumnPath<DefinitionOf<M>> | Sql,
    direction?: Direction,
    options?: OrderOptions,
  ): Relation<M>;
  static order<M extends AnyClass>(
    this: M,
    directions: { readonly [K in ColumnPath<DefinitionOf<M>>]?: Direction },
  ): Relation<M>;
  static order<M extends AnyClass>(this: M, name: never, direction?: Direction, options?: OrderOptions): Relation<M> {
    return all(this).order(name, direction, options);
  }

  /** {@link Query.inOrderOf} */
  static inOrderOf<M extends AnyClass, K extends Name<DefinitionOf<M>>>(
    this: M,
    name: K,
    values: readonly ValueAt<DefinitionOf<M>, K>[],
  ): Relation<M> {
    return all(this).inOrderOf(name, values);
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

  /** {@link Query.group} */
  static group<M extends AnyClass, const K extends readonly [Name<DefinitionOf<M>>, ...Name<DefinitionOf<M>>[]]>(
    this: M,
    ...names: K
  ): Grouped<DefinitionOf<M>, K> {
    return all(this).group(...names);
  }

  /** {@link Query.joins} */
  static joins<M extends AnyClass>(
    this: M,
    ...associations: readonly [Join<DefinitionOf<M>>, ...Join<DefinitionOf<M>>[]]
  ): Relation<M>;
  static joins<M extends AnyClass>(
    this: M,
    table: string | readonly [table: string, alias: string],
    on: Sql,
  ): Relation<M>;
  static joins<M extends AnyClass>(this: M, ...given: [never, ...never[]]): Relation<M> {
    return all(this).joins(...given);
  }

  /** {@link Query.leftJoins} */
  static leftJoins<M extends AnyClass>(
    this: M,
    ...associations: readonly [Join<DefinitionOf<M>>, ...Join<DefinitionOf<M>>[]]
  ): Relation<M>;
  static leftJoins<M extends AnyClass>(
    this: M,
    table: string | readonly [table: string, alias: string],
    on: Sql,
  ): Relation<M>;
  static leftJoins<M extends AnyClass>(this: M, ...given: [never, ...never[]]): Relation<M> {
    return all(this).leftJoins(...given);
  }

  /** {@link Query.from} */
  static from<M extends AnyClass>(this: M, source: string | Subquery | Sql): Relation<M> {
    return all(this).from(source);
  }

  /** {@link Query.lock} */
  static lock<M extends AnyClass>(this: M, strength?: 'update' | 'share', options?: LockOptions): Relation<M> {
    return all(this).lock(strength, options);
  }

  /** {@link Query.readonly} */
  static readonly<M extends AnyClass>(this: M): Relation<M> {
    return all(this).readonly();
  }

  /** {@link Query.none} */
  static none<M extends AnyClass>(this: M): Relation<M> {
    return all(this).none();
  }
}
