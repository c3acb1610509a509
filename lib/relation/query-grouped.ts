import type { AverageOf, NumericName, OrderedName, SumOf, ValueOf } from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Operator } from './operators.ts';
import type { Name, Plucked } from './query-types.ts';

/** Grouped by one column: a Map from its values. By several: tuples with the figure last (a Map cannot find an array). */
export type GroupedBy<D, K extends readonly unknown[], V> = K extends readonly [unknown]
  ? Map<Plucked<D, K>, V>
  : [...Extract<Plucked<D, K>, unknown[]>, V][];

/**
 * A query whose rows are put into groups: `await User.group('role').count()` is a Map from role to number.
 *
 * @typeParam D - the model's definition
 * @typeParam K - the names of the grouped columns
 */
export interface Grouped<D, K extends readonly unknown[]> {
  /**
   * Only groups whose figure meets the condition.
   *
   * ```ts
   * await User.group('role').having(gt(5)).count();   // … GROUP BY role HAVING COUNT(*) > 5
   * ```
   */
  having(condition: Operator<number | bigint | string> | Sql): this;
  /** Rows for each group; with a column, those that have a value in it. */
  count(name?: Name<D>): Promise<GroupedBy<D, K, number>>;
  sum<N extends NumericName<D>>(name: N): Promise<GroupedBy<D, K, SumOf<D[N]> | null>>;
  average<N extends NumericName<D>>(name: N): Promise<GroupedBy<D, K, AverageOf<D[N]> | null>>;
  minimum<N extends OrderedName<D>>(name: N): Promise<GroupedBy<D, K, ValueOf<D[N]> | null>>;
  maximum<N extends OrderedName<D>>(name: N): Promise<GroupedBy<D, K, ValueOf<D[N]> | null>>;
}
