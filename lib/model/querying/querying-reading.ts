import type {
  AverageOf,
  DefinitionOf,
  KeyOf,
  NumericName,
  OrderedName,
  RecordOf,
  SumOf,
  ValueOf,
} from '../../record/definition-types.ts';
import type { ColumnPath, Name, Plucked, Where } from '../../relation/query-types.ts';
import type { Sql } from '../../sql/template.ts';
import type { Scalar } from '../../types/type.ts';
import { type AnyClass, all } from '../query-of.ts';
import { BatchStatics } from './querying-batches.ts';

/** What sends a query, on the model itself. `Query` documents the methods. */
export abstract class ReadingStatics extends BatchStatics {
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

  /** {@link Query.findByOrFail} */
  static findByOrFail<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Promise<RecordOf<M>> {
    return all(this).findByOrFail(conditions);
  }

  /** {@link Query.findSoleBy} */
  static findSoleBy<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Promise<RecordOf<M>> {
    return all(this).findSoleBy(conditions);
  }

  /** {@link Query.sole} */
  static sole<M extends AnyClass>(this: M): Promise<RecordOf<M>> {
    return all(this).sole();
  }

  /** {@link Query.firstOrFail} */
  static firstOrFail<M extends AnyClass>(this: M): Promise<RecordOf<M>> {
    return all(this).firstOrFail();
  }

  /** {@link Query.lastOrFail} */
  static lastOrFail<M extends AnyClass>(this: M): Promise<RecordOf<M>> {
    return all(this).lastOrFail();
  }

  /** {@link Query.takeOrFail} */
  static takeOrFail<M extends AnyClass>(this: M): Promise<RecordOf<M>> {
    return all(this).takeOrFail();
  }

  /** {@link Query.second} */
  static second<M extends AnyClass>(this: M): Promise<RecordOf<M> | null> {
    return all(this).second();
  }

  /** {@link Query.third} */
  static third<M extends AnyClass>(this: M): Promise<RecordOf<M> | null> {
    return all(this).third();
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

  /** {@link Query.isEmpty} */
  static isEmpty<M extends AnyClass>(this: M): Promise<boolean> {
    return all(this).isEmpty();
  }

  /** {@link Query.many} */
  static many<M extends AnyClass>(this: M): Promise<boolean> {
    return all(this).many();
  }

  /** {@link Query.one} */
  static one<M extends AnyClass>(this: M): Promise<boolean> {
    return all(this).one();
  }

  /** {@link Query.pick} */
  static pick<
    M extends AnyClass,
    const K extends readonly [ColumnPath<DefinitionOf<M>>, ...ColumnPath<DefinitionOf<M>>[]],
  >(this: M, ...names: K): Promise<Plucked<DefinitionOf<M>, K> | null> {
    return all(this).pick(...names);
  }

  /** {@link Query.pluck} */
  static pluck<
    M extends AnyClass,
    const K extends readonly [ColumnPath<DefinitionOf<M>>, ...ColumnPath<DefinitionOf<M>>[]],
  >(this: M, ...names: K): Promise<Plucked<DefinitionOf<M>, K>[]> {
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
  static minimum<M extends AnyClass, K extends OrderedName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<ValueOf<DefinitionOf<M>[K]> | null> {
    return all(this).minimum(name);
  }

  /** {@link Query.maximum} */
  static maximum<M extends AnyClass, K extends OrderedName<DefinitionOf<M>>>(
    this: M,
    name: K,
  ): Promise<ValueOf<DefinitionOf<M>[K]> | null> {
    return all(this).maximum(name);
  }

  /** {@link Query.toSQL} */
  static toSQL<M extends AnyClass>(this: M): { sql: string; binds: readonly Scalar[] } {
    return all(this).toSQL();
  }
}
