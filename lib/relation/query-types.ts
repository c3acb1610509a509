import type { ColumnName, IsUndeclared, ValueOf } from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Operator, Subquery } from './operators.ts';

/** A value (or null), a list of values, an operator such as `gte(18)`, a query of one column, or `sql`. */
export type Condition<V> = V | readonly V[] | Operator<V> | Subquery | Sql;

/** Conditions by attribute; all of them have to hold. */
export type Where<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : { readonly [K in ColumnName<D>]?: Condition<ValueOf<D[K]>> };

export type Direction = 'asc' | 'desc';
export type Name<D> = IsUndeclared<D> extends true ? string : ColumnName<D>;

/** A column's name, or expressions by alias: `select('id', { initial: sql<string>`…` })`. */
export type Selection<D> = Name<D> | { readonly [alias: string]: Sql };
/** The record without the columns that were not selected, and with the expressions that were. */
export type Selected<D, R, S> = Omit<R, Exclude<ColumnName<D>, S>> & Aliases<Extract<S, object>>;
type Aliases<S> = [S] extends [never] ? unknown : { readonly [K in keyof S]: S[K] extends Sql<infer V> ? V : never };

/** One column: its values. Several: tuples. */
export type Plucked<D, K extends readonly unknown[]> = K extends readonly [infer Only]
  ? PluckedValue<D, Only>
  : { -readonly [I in keyof K]: PluckedValue<D, K[I]> };
type PluckedValue<D, K> = K extends keyof D ? ValueOf<D[K]> : unknown;

/** What `updateAll` takes: values, or `sql` expressions. */
export type Assignments<D> =
  IsUndeclared<D> extends true
    ? { readonly [attribute: string]: unknown }
    : { readonly [K in ColumnName<D>]?: ValueOf<D[K]> | Sql };

/** Says that a write without conditions is meant. */
export interface EveryRow {
  readonly everyRow: true;
}
