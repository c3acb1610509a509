import type {
  AssociationName,
  ColumnName,
  DefinitionOf,
  IsUndeclared,
  JoinableName,
  JoinableOneName,
  RecordOf,
  TargetOf,
  Value,
  ValueOf,
} from '../record/definition-types.ts';
import type { rowKey } from '../record/state.ts';
import type { Alias } from '../schema/alias.ts';
import type { AnyColumn, Column } from '../schema/column.ts';
import type { Sql } from '../sql/template.ts';
import type { Operator, Subquery } from './operators.ts';

/** A value (or null), a list of values, an operator such as `gte(18)`, a query of one column, or `sql`. */
export type Condition<V> = V | readonly V[] | Operator<V> | Subquery | Sql;

/** What is encrypted anew each time can only be null, and of other encrypted text only equality can be asked. */
type ColumnCondition<C> =
  // biome-ignore lint/suspicious/noExplicitAny: whatever else the column is
  C extends Column<any, any, any, { encrypted: infer E }>
    ? E extends 'random'
      ? null | Operator<null>
      : ValueOf<C> | readonly ValueOf<C>[] | Operator<ValueOf<C>>
    : Condition<ValueOf<C>>;

/** Conditions by attribute or association; all of them have to hold. */
export type Where<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : {
        readonly [K in ColumnName<D> | AssociationName<D>]?: D[K] extends AnyColumn
          ? ColumnCondition<D[K]>
          : D[K] extends Alias
            ? Condition<Value<D, K>>
            : AssociationCondition<D, K>;
      };

/**
 * A record or several, `null` (there is none), `not(…)` of those, a query on the associated model, or conditions on the
 * associated record. A polymorphic association has no columns of one table to ask for.
 */
type AssociationCondition<D, K> =
  | RecordOf<TargetOf<D, K>>
  | readonly (RecordOf<TargetOf<D, K>> | null)[]
  | Operator<RecordOf<TargetOf<D, K>> | null>
  | Subquery<TargetOf<D, K>>
  | (K extends JoinableName<D> ? NestedWhere<DefinitionOf<TargetOf<D, K>>> : never)
  | null;
/** A record of another model has attributes of the same names, and still is no condition. */
type NestedWhere<D> = Where<D> & { readonly [rowKey]?: never };

export type Direction = 'asc' | 'desc';
export type Name<D> = IsUndeclared<D> extends true ? string : ColumnName<D>;

/** A column, or one of an association that leads to one record at most: `'author.name'`. */
export type ColumnPath<D> = IsUndeclared<D> extends true ? string : ColumnName<D> | JoinedColumn<D>;
type JoinedColumn<D> = {
  [K in JoinableOneName<D>]: `${K & string}.${Name<DefinitionOf<TargetOf<D, K>>> & string}`;
}[JoinableOneName<D>];

/** Associations to join: names, and by name what to join to them. */
export type Join<D> = [JoinableName<D>] extends [never]
  ? never
  : JoinableName<D> | { readonly [K in JoinableName<D>]?: JoinTarget<DefinitionOf<TargetOf<D, K>>> };
type JoinTarget<D> = Join<D> | readonly Join<D>[];

/** A column's name, or expressions by alias: `select('id', { initial: sql<string>`…` })`. */
export type Selection<D> = Name<D> | { readonly [alias: string]: Sql };
/** The record without the columns that were not selected, and with the expressions that were. */
export type Selected<D, R, S> = Omit<R, Exclude<ColumnName<D>, S>> & Aliases<Extract<S, object>>;
type Aliases<S> = [S] extends [never] ? unknown : { readonly [K in keyof S]: S[K] extends Sql<infer V> ? V : never };

/** One column: its values. Several: tuples. */
export type Plucked<D, K extends readonly unknown[]> = K extends readonly [infer Only]
  ? PluckedValue<D, Only>
  : { -readonly [I in keyof K]: PluckedValue<D, K[I]> };
type PluckedValue<D, K> = K extends keyof D
  ? Value<D, K>
  : K extends `${infer A}.${infer C}`
    ? A extends keyof D
      ? JoinedValue<DefinitionOf<TargetOf<D, A>>, C>
      : unknown
    : unknown;
/** null where there is no associated record. */
type JoinedValue<D, C> = C extends keyof D ? Value<D, C> | null : unknown;

/** What `updateAll` takes: values, or `sql` expressions. */
export type Assignments<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : { readonly [K in ColumnName<D>]?: Value<D, K> | Sql };

/** Says that a write without conditions is meant. */
export interface EveryRow {
  readonly everyRow: true;
}
