import type { AnyColumn, Column } from '../schema/column.ts';
import type { BaseMember } from './base-members.ts';

// What the types of a model follow from: its definition, as BaseModel.with took it. Nothing here constrains the
// definition's type, and no instance type filters keys by their values: models that refer to each other in circles
// could not be inferred otherwise.

export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The record of a model class. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments of a constructor are contravariant; none is ever passed
export type RecordOf<M> = M extends abstract new (...args: any) => infer I ? I : never;

/** The definition of a model class; for a bare one, the columns that it declares. */
export type DefinitionOf<M> = M extends { readonly definition: infer D } ? D : BareDefinition<RecordOf<M>>;

/** `class User extends BaseModel { declare name: string }`: every field that is no method is a column. */
type BareDefinition<I> = {
  [K in Exclude<keyof I, BaseMember>]: I[K] extends (...args: never) => unknown
    ? null
    : Column<I[K], true, K extends 'id' ? true : false>;
};

/** A definition in which nothing is declared: nothing is checked then. */
export type IsUndeclared<D> = [keyof D] extends [never] ? true : false;

export type ColumnName<D> = { [K in keyof D]: D[K] extends AnyColumn ? K : never }[keyof D];
// biome-ignore lint/suspicious/noExplicitAny: any column whose second argument says that it may be left out
type OptionalName<D> = { [K in keyof D]: D[K] extends Column<any, true, any, any> ? K : never }[keyof D];
// biome-ignore lint/suspicious/noExplicitAny: any column that is part of the key
type KeyName<D> = { [K in keyof D]: D[K] extends Column<any, any, true, any> ? K : never }[keyof D];
// biome-ignore lint/suspicious/noExplicitAny: any column with that trait
type ColumnWith<Trait> = Column<any, any, any, Trait>;
type EnumScope<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ scopes: infer S extends string }> ? S : never;
}[keyof D];

/** The type of a column's attribute. */
// biome-ignore lint/suspicious/noExplicitAny: only the value is looked at
export type ValueOf<C> = C extends Column<infer V, any, any, any> ? V : never;

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/** The primary key: of one column its value, of several an object, of a bare class any scalar. */
export type KeyOf<D> = [KeyName<D>] extends [never]
  ? number | bigint | string
  : IsUnion<KeyName<D>> extends true
    ? { [K in KeyName<D>]: ValueOf<D[K]> }
    : ValueOf<D[KeyName<D>]>;

type RequiredName<D> = Exclude<ColumnName<D>, OptionalName<D>>;

/** What `new` and `create` take. */
export type NewAttributes<D> =
  IsUndeclared<D> extends true
    ? { [attribute: string]: unknown }
    : Simplify<
        { [K in RequiredName<D>]: ValueOf<D[K]> } & { [K in Exclude<ColumnName<D>, RequiredName<D>>]?: ValueOf<D[K]> }
      >;

/** Attributes to assign: any of them. */
export type SomeAttributes<D> = Partial<NewAttributes<D>>;

/** `User.create('Ada')` is allowed where `name` is a string column and no other column is required. */
// biome-ignore lint/suspicious/noExplicitAny: a string column, whatever its modifiers
export type NameShorthand<D> = D extends { name: Column<string, any, any, any> }
  ? [Exclude<RequiredName<D>, 'name'>] extends [never]
    ? string
    : never
  : never;

/** The attributes of a record. */
export type Properties<D> = { [K in keyof D]: ValueOf<D[K]> };

/** `record.isAdmin()` for `column.enum([…], { scopes: true })`. */
export type EnumPredicates<D> = { [S in EnumScope<D> as `is${Capitalize<S>}`]: () => boolean };
export type EnumScopeName<D> = EnumScope<D>;

/** Columns that have a sum. */
export type NumericName<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ numeric: true }>
    ? K
    : [Extract<ValueOf<D[K]>, number | bigint>] extends [never]
      ? never
      : K;
}[keyof D];
/** The sum of a column has its column's type. */
export type SumOf<C> = Exclude<ValueOf<C>, null>;
/** The average of numbers is a number, that of decimals and bigints text. */
export type AverageOf<C> = SumOf<C> extends number ? number : string;

/** Columns that can be counted up and down: numbers that are no key. */
export type CounterName<D> = IsUndeclared<D> extends true ? string : Exclude<NumericName<D>, KeyName<D>> & string;
/** What can be added to a column: its own kind of number, or an ordinary one. */
export type AmountOf<D, K> = K extends keyof D ? SumOf<D[K]> | number : number | bigint | string;
export type BooleanName<D> =
  IsUndeclared<D> extends true
    ? string
    : {
        [K in keyof D]: D[K] extends AnyColumn ? ([Exclude<ValueOf<D[K]>, null>] extends [boolean] ? K : never) : never;
      }[keyof D] &
        string;
/** Columns that hold a moment. */
export type MomentName<D> =
  IsUndeclared<D> extends true
    ? string
    : {
        [K in keyof D]: D[K] extends AnyColumn ? ([Extract<ValueOf<D[K]>, Date>] extends [never] ? never : K) : never;
      }[keyof D] &
        string;

/** Columns of text: what a full-text search looks through. */
export type TextName<D> =
  IsUndeclared<D> extends true
    ? string
    : { [K in keyof D]: NonNullable<ValueOf<D[K]>> extends string ? K : never }[ColumnName<D>];
/** Columns that have a smallest and a largest value: true and false have none. */
export type OrderedName<D> = {
  [K in keyof D]: NonNullable<ValueOf<D[K]>> extends boolean ? never : K;
}[ColumnName<D>];
