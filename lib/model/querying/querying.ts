import type {
  DefinitionOf,
  KeyOf,
  MomentName,
  RecordOf,
  RowAttributes,
  SomeAttributes,
  SomeColumns,
} from '../../record/definition-types.ts';
import type { InsertResult } from '../../relation/insert-result.ts';
import type { Assignments, EveryRow, Where } from '../../relation/query-types.ts';
import type { CounterOptions, Counters, UpsertOptions } from '../../relation/query-writing.ts';
import type { Sql } from '../../sql/template.ts';
import { updateCountersOf } from '../counters.ts';
import { asModel } from '../model-class.ts';
import { type AnyClass, all } from '../query-of.ts';
import { ReadingStatics } from './querying-reading.ts';

/** The methods of a query, on the model itself: shape, reading, and here writing. `Query` documents the methods. */
export abstract class Querying extends ReadingStatics {
  /** {@link Query.insertAll} */
  static insertAll<M extends AnyClass>(
    this: M,
    rows: readonly RowAttributes<DefinitionOf<M>>[],
  ): Promise<InsertResult<KeyOf<DefinitionOf<M>>>> {
    return all(this, false).insertAll(rows);
  }

  /** {@link Query.upsertAll} */
  static upsertAll<M extends AnyClass>(
    this: M,
    rows: readonly RowAttributes<DefinitionOf<M>>[],
    options?: UpsertOptions<DefinitionOf<M>>,
  ): Promise<InsertResult<KeyOf<DefinitionOf<M>>>> {
    return all(this, false).upsertAll(rows, options);
  }

  /** {@link Query.upsert} */
  static upsert<M extends AnyClass>(
    this: M,
    row: RowAttributes<DefinitionOf<M>>,
    options?: UpsertOptions<DefinitionOf<M>>,
  ): Promise<InsertResult<KeyOf<DefinitionOf<M>>>> {
    return all(this, false).upsert(row, options);
  }

  /** {@link Query.updateAll} */
  static updateAll<M extends AnyClass>(
    this: M,
    values: Assignments<DefinitionOf<M>>,
    options: EveryRow,
  ): Promise<number> {
    return all(this).updateAll(values, options);
  }

  /** {@link Query.touchAll} */
  static touchAll<M extends AnyClass>(
    this: M,
    ...namesAndOptions: [...names: MomentName<DefinitionOf<M>>[], options: EveryRow]
  ): Promise<number> {
    return all(this).touchAll(...namesAndOptions);
  }

  /**
   * Adds to counters of the row with that key, or of the rows with those keys. Gives how many rows there were.
   *
   * ```ts
   * await Post.updateCounters(1, { visits: 1, likes: -2 });
   * // UPDATE posts SET visits = COALESCE(visits, 0) + ?, likes = COALESCE(likes, 0) + ? WHERE id = ?
   * ```
   */
  static updateCounters<M extends AnyClass>(
    this: M,
    key: KeyOf<DefinitionOf<M>> | readonly KeyOf<DefinitionOf<M>>[],
    counters: Counters<DefinitionOf<M>>,
    options?: CounterOptions,
  ): Promise<number> {
    return updateCountersOf(asModel(this), key, counters, options);
  }

  /** {@link Query.deleteAll} */
  static deleteAll<M extends AnyClass>(this: M, options: EveryRow): Promise<number> {
    return all(this).deleteAll(options);
  }

  /** {@link Query.deleteBy} */
  static deleteBy<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Promise<number> {
    return all(this).deleteBy(conditions);
  }

  /** {@link Query.destroyAll} */
  static destroyAll<M extends AnyClass>(this: M, options: EveryRow): Promise<RecordOf<M>[]> {
    return all(this).destroyAll(options);
  }

  /** {@link Query.destroyBy} */
  static destroyBy<M extends AnyClass>(this: M, conditions: Where<DefinitionOf<M>> | Sql): Promise<RecordOf<M>[]> {
    return all(this).destroyBy(conditions);
  }

  /** {@link Query.findOrInitializeBy} */
  static findOrInitializeBy<M extends AnyClass>(
    this: M,
    conditions: SomeColumns<DefinitionOf<M>>,
    attributes?: SomeAttributes<DefinitionOf<M>>,
  ): Promise<RecordOf<M>> {
    return all(this).findOrInitializeBy(conditions, attributes);
  }

  /** {@link Query.findOrCreateBy} */
  static findOrCreateBy<M extends AnyClass>(
    this: M,
    conditions: SomeColumns<DefinitionOf<M>>,
    attributes?: SomeAttributes<DefinitionOf<M>>,
  ): Promise<RecordOf<M>> {
    return all(this).findOrCreateBy(conditions, attributes);
  }

  /** {@link Query.createOrFindBy} */
  static createOrFindBy<M extends AnyClass>(
    this: M,
    conditions: SomeColumns<DefinitionOf<M>>,
    attributes?: SomeAttributes<DefinitionOf<M>>,
  ): Promise<RecordOf<M>> {
    return all(this).createOrFindBy(conditions, attributes);
  }
}
