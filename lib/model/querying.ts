import type {
  AverageOf,
  ColumnName,
  DefinitionOf,
  KeyOf,
  NewAttributes,
  NumericName,
  RecordOf,
  SumOf,
  ValueOf,
} from '../record/definition-types.ts';
import type {
  Assignments,
  Direction,
  EveryRow,
  Name,
  Plucked,
  Relation,
  Selected,
  Selection,
  Where,
} from '../relation/query.ts';
import type { Sql } from '../sql/template.ts';
import type { Scalar } from '../types/type.ts';
import { asModel } from './model-class.ts';
import { relationOf } from './relation-class.ts';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of a constructor are contravariant; none is ever passed
export type AnyClass = abstract new (...args: any) => object;

/** The query for all records of a class. Its run-time class has exactly the methods that `Relation` describes. */
function all<M extends AnyClass>(model: M): Relation<M> {
  return relationOf(asModel(model)) as unknown as Relation<M>;
}

/** The methods of a query, on the model itself: `User.where(…)` is `User.all().where(…)`. `Query` documents them. */
export abstract class Querying {
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

  /** {@link Query.find} */
  static find<M extends AnyClass>(this: M, key: KeyOf<DefinitionOf<M>>): Promise<RecordOf<M>>;
  static find<M extends AnyClass>(this: M, keys: readonly KeyOf<DefinitionOf<M>>[]): Promise<RecordOf<M>[]>;
  static find<M extends AnyClass>(this: M, key: never): Promise<unknown> {
    return all(this).find(key);
  }

  /** {@link Query.findBy} */
  static findBy<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Promise<RecordOf<M> | null> {
    return all(this).findBy(conditions);
  }

  /** {@link Query.first} */
  static first<M extends AnyClass>(this: M): Promise<RecordOf<M> | null>;
  static first<M extends AnyClass>(this: M, count: number): Promise<RecordOf<M>[]>;
  static first<M extends AnyClass>(this: M, count?: number): Promise<unknown> {
    return count === undefined ? all(this).first() : all(this).first(count);
  }

  /** {@link Query.last} */
  static last<M extends AnyClass>(this: M): Promise<RecordOf<M> | null>;
  static last<M extends AnyClass>(this: M, count: number): Promise<RecordOf<M>[]>;
  static last<M extends AnyClass>(this: M, count?: number): Promise<unknown> {
    return count === undefined ? all(this).last() : all(this).last(count);
  }

  /** {@link Query.take} */
  static take<M extends AnyClass>(this: M): Promise<RecordOf<M> | null>;
  static take<M extends AnyClass>(this: M, count: number): Promise<RecordOf<M>[]>;
  static take<M extends AnyClass>(this: M, count?: number): Promise<unknown> {
    return count === undefined ? all(this).take() : all(this).take(count);
  }

  /** {@link Query.exists} */
  static exists<M extends AnyClass>(this: M, conditions?: Where<DefinitionOf<M>> | Sql): Promise<boolean> {
    return all(this).exists(conditions);
  }

  /** {@link Query.pluck} */
  static pluck<M extends AnyClass, const K extends readonly [Name<DefinitionOf<M>>, ...Name<DefinitionOf<M>>[]]>(
    this: M,
    ...names: K
  ): Promise<Plucked<DefinitionOf<M>, K>[]> {
    return all(this).pluck(...names);
  }

  /** {@link Query.ids} */
  static ids<M extends AnyClass>(this: M): Promise<KeyOf<DefinitionOf<M>>[]> {
    return all(this).ids();
  }

  /** {@link Query.count} */
  static count<M extends AnyClass>(this: M, name?: Name<DefinitionOf<M>>): Promise<number> {
    return all(this).count(name);
  }

  /** {@link Query.sum} */
  static sum<M extends AnyClass, K extends NumericName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<SumOf<DefinitionOf<M>[K]> | null> {
    return all(this).sum(name);
  }

  /** {@link Query.average} */
  static average<M extends AnyClass, K extends NumericName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<AverageOf<DefinitionOf<M>[K]> | null> {
    return all(this).average(name);
  }

  /** {@link Query.minimum} */
  static minimum<M extends AnyClass, K extends ColumnName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<ValueOf<DefinitionOf<M>[K]> | null> {
    return all(this).minimum(name);
  }

  /** {@link Query.maximum} */
  static maximum<M extends AnyClass, K extends ColumnName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<ValueOf<DefinitionOf<M>[K]> | null> {
    return all(this).maximum(name);
  }

  /** {@link Query.insertAll} */
  static insertAll<M extends AnyClass>(this: M, rows: readonly NewAttributes<DefinitionOf<M>>[]): Promise<number> {
    return all(this).insertAll(rows);
  }

  /** {@link Query.updateAll} */
  static updateAll<M extends AnyClass>(
    this: M,
    values: Assignments<DefinitionOf<M>>,
    options: EveryRow,
  ): Promise<number> {
    return all(this).updateAll(values, options);
  }

  /** {@link Query.deleteAll} */
  static deleteAll<M extends AnyClass>(this: M, options: EveryRow): Promise<number> {
    return all(this).deleteAll(options);
  }

  /** {@link Query.toSQL} */
  static toSQL<M extends AnyClass>(this: M): { sql: string; binds: readonly Scalar[] } {
    return all(this).toSQL();
  }
}
