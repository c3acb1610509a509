import type { DefinitionOf, NewAttributes } from '../record/definition-types.ts';
import type { Assignments, EveryRow } from '../relation/query-types.ts';
import { type AnyClass, all } from './query-of.ts';
import { ReadingStatics } from './querying-reading.ts';

/** The methods of a query, on the model itself: shape, reading, and here writing. `Query` documents them. */
export abstract class Querying extends ReadingStatics {
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
}
