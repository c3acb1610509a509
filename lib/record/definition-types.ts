import type { Alias } from '../schema/alias.ts';
import type { AnyColumn, Column } from '../schema/column.ts';
import type { Store } from '../schema/store.ts';
import type { VirtualColumn } from '../schema/virtual-column.ts';
import type { Association, AssociationKind, Polymorphic } from './association.ts';
import type { BaseMember } from './base-members.ts';
import type { Trusted } from './untrusted.ts';

// What the types of a model follow from: its definition, as BaseModel.with took it. Nothing here constrains the
// definition's type, and no instance type filters keys by their values: models that refer to each other in circles
// could not be inferred otherwise.

export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The record of a model class. */
export type RecordOf<M> = M extends { readonly prototype: unknown } ? M['prototype'] : never;

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

/** The attributes that have a column, and the aliases of such. */
export type ColumnName<D> = {
  [K in keyof D]: D[K] extends AnyColumn
    ? K
    : D[K] extends Alias<infer N>
      ? D[N & keyof D] extends AnyColumn
        ? K
        : never
      : never;
}[keyof D];
// biome-ignore lint/suspicious/noExplicitAny: any column whose second argument says that it may be left out
type OptionalName<D> = { [K in keyof D]: D[K] extends Column<any, true, any, any> | Alias ? K : never }[keyof D];
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

/** The type of an attribute, also where the name is an alias. */
export type Value<D, K extends keyof D> = ValueIn<D[K], D>;
type ValueIn<C, D> = C extends AnyColumn ? ValueOf<C> : C extends Alias<infer N> ? ValueOf<D[N & keyof D]> : never;

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/** The primary key: of one column its value, of several an object, of a bare class any scalar. */
export type KeyOf<D> = [KeyName<D>] extends [never]
  ? number | bigint | string
  : IsUnion<KeyName<D>> extends true
    ? { [K in KeyName<D>]: ValueOf<D[K]> }
    : ValueOf<D[KeyName<D>]>;

/** `type`, where it tells the class of a row: each class has its own. */
// biome-ignore lint/suspicious/noExplicitAny: whatever else the column is
type TypeName<D> = D extends { type: Column<infer V, any, any, any> } ? (string extends V ? 'type' : never) : never;
type RequiredColumn<D> = Exclude<ColumnName<D>, OptionalName<D> | TypeName<D>>;

/** The associations of a model, by name. */
export type AssociationName<D> = {
  [K in keyof D]: D[K] extends Association<unknown, AssociationKind, unknown> ? K : never;
}[keyof D];
export type ToMany = Association<unknown, 'hasMany', unknown>;
/** Those that lead to many records. */
export type ToManyName<D> = { [K in keyof D]: D[K] extends ToMany ? K : never }[keyof D];
/** The class of the associated records; of a polymorphic association a union. */
export type TargetOf<D, K> = K extends keyof D ? TargetIn<D[K]> : never;
/** The same, of an association's own type. */
export type TargetIn<A> =
  A extends Association<infer T, AssociationKind, unknown> ? (T extends Polymorphic<infer One> ? One : T) : never;
/** Those that lead to one table, which a polymorphic one does not: they can be joined. */
export type JoinableName<D> = {
  [K in keyof D]: D[K] extends Association<unknown, AssociationKind, unknown>
    ? D[K] extends Association<Polymorphic<unknown>, AssociationKind, unknown>
      ? never
      : K
    : never;
}[keyof D];
/** Those that lead to several tables. */
export type PolymorphicName<D> = {
  [K in keyof D]: D[K] extends Association<Polymorphic<unknown>, AssociationKind, unknown> ? K : never;
}[keyof D];
/** Those of them that lead to one record at most. */
export type JoinableOneName<D> = Exclude<JoinableName<D>, ToManyName<D>>;

/** What stands for an association among the attributes of a new record. */
type AssociationValue<A> = A extends ToMany
  ? readonly RecordOf<TargetIn<A>>[]
  : A extends Association<unknown, 'belongsTo', unknown>
    ? RecordOf<TargetIn<A>>
    : RecordOf<TargetIn<A>> | null;

/** The columns of a foreign key: those that the association names, or `authorId` (and `authorType`) for `author`. */
type KeyNames<K, F> = [F] extends [never] ? `${K & string}Id` | `${K & string}Type` : F | `${K & string}Type`;
/** The columns that an associated record can stand for. */
type ForeignKeyName<D> = {
  [K in keyof D]: D[K] extends Association<unknown, 'belongsTo' | 'belongsToOptional', infer F>
    ? KeyNames<K, F>
    : never;
}[keyof D];
type RequiredName<D, F> = Exclude<RequiredColumn<D>, ForeignKeyName<D> | F>;

/** What a definition has beside columns and associations. */
type Beside = Alias | VirtualColumn<unknown> | Store<string, string>;
/** The type of such a property, in the definition that it stands in. */
export type BesideValue<A, D> =
  A extends Alias<infer N>
    ? OwnValue<D[N & keyof D]>
    : A extends VirtualColumn<infer V>
      ? V
      : A extends Store<infer N, infer K>
        ? StoredValue<OwnValue<D[N & keyof D]>, K>
        : never;
type OwnValue<A> = A extends VirtualColumn<infer V> ? V : ValueOf<A>;
/** What stands under a key of an object; null where it may be missing. never for a key that no object has. */
type StoredValue<J, K> = unknown extends J
  ? unknown
  : [K & KeyIn<J>] extends [never]
    ? never
    : J extends unknown
      ? K extends keyof J
        ? Exclude<J[K], undefined> | (IsSure<J, K> extends true ? never : null)
        : null
      : never;
type KeyIn<J> = J extends object ? keyof J : never;
/** Not optional, and not one of any number of keys. */
type IsSure<J, K extends keyof J> = undefined extends J[K] ? false : string extends keyof J ? false : true;

export declare const inheritedDefaults: unique symbol;
/** `static defaults` of a model, as it declares them itself. */
export type DefaultsOf<M> = M extends { readonly defaults: infer F } ? F : unknown;
/** The attributes that they fill in, and those of the classes above and of concerns. */
export type DefaultedName<M> =
  | keyof DefaultsOf<M>
  | (M extends { readonly [inheritedDefaults]: infer F } ? keyof F : never);

/** What a row needs: all columns without a default. */
export type RowAttributes<D> =
  IsUndeclared<D> extends true
    ? { [attribute: string]: unknown }
    : Simplify<
        { [K in RequiredColumn<D>]: ValueOf<D[K]> } & {
          [K in Exclude<ColumnName<D>, RequiredColumn<D>>]?: Value<D, K>;
        }
      >;
/** Columns to write: any of them. */
export type SomeColumns<D> = Partial<RowAttributes<D>>;

/** What `new` takes: columns, and associated records in place of foreign keys. `F` has a default of its own. */
export type NewAttributes<D, F = never> =
  IsUndeclared<D> extends true
    ? { [attribute: string]: unknown }
    : { [K in RequiredName<D, F>]: ValueOf<D[K]> } & SomeAttributes<D>;

/** Every name that an attribute or a key of JSON has. */
export type AttributeName<D> = { [K in keyof D]: D[K] extends AnyColumn | Beside ? K : never }[keyof D];
/**
 * Attributes to assign: any of them. `new` takes this, so it is one mapped type and no intersection: the compiler would
 * read the keys of an intersection at once, and with them all getters, model after model around the circle.
 */
export type SomeAttributes<D> =
  IsUndeclared<D> extends true
    ? { [attribute: string]: unknown }
    : { -readonly [K in keyof D]?: AttributeValue<D[K], D> };
export type AttributeValue<A, D> = A extends AnyColumn
  ? ValueOf<A>
  : A extends Association<unknown, AssociationKind, unknown>
    ? AssociationValue<A>
    : BesideValue<A, D>;

/**
 * What `create` takes: the same, the key or the record of each required belongsTo, and attributes of associated records.
 * None of this may stand in the parameter of `new`: a hundred models in circles could not be inferred then.
 */
export type CreateAttributes<D, F = never> = NewAttributes<D, F> &
  RequiredReferences<D, F> &
  NestedAttributes<D> &
  Trusted;

/** Where a required belongsTo has a required foreign key, the key or the record has to be given. */
type RequiredReferences<D, F> = Intersect<
  {
    [K in keyof D]: D[K] extends Association<unknown, 'belongsTo', infer N>
      ? [KeyOrRecord<D, K, Extract<KeyNames<K, N>, Exclude<RequiredColumn<D>, F>>, RecordOf<TargetIn<D[K]>>>]
      : never;
  }[keyof D]
>;
type KeyOrRecord<D, K extends PropertyKey, F extends keyof D, R> = [F] extends [never]
  ? unknown
  : { [P in F]: ValueOf<D[P]> } | { [P in K]: R };
/** `[A] | [B]` becomes `A & B`; A and B may themselves be unions. */
type Intersect<U> = [U] extends [never]
  ? unknown
  : (U extends unknown ? (x: U) => void : never) extends (x: infer I extends readonly [unknown]) => void
    ? I[0]
    : never;

/** Attributes of associated records, given with those of the record: `postsAttributes`, `profileAttributes`. */
export type NestedAttributes<D> = {
  readonly [K in AssociationName<D> as `${K & string}Attributes`]?: D[K] extends ToMany
    ? readonly NestedRecord<DefinitionOf<TargetOf<D, K>>>[]
    : NestedRecord<DefinitionOf<TargetOf<D, K>>>;
};
/** With its key the record that is there, else a new one; with `destroy` it goes. */
type NestedRecord<D> = SomeAttributes<D> & NestedAttributes<D> & { readonly destroy?: boolean };
/** What `assign` and `update` take. */
export type AssignedAttributes<D> = SomeAttributes<D> & NestedAttributes<D> & Trusted;

/** `User.create('Ada')` is allowed where `name` is a string column and no other column is required. */
// biome-ignore lint/suspicious/noExplicitAny: a string column, whatever its modifiers
export type NameShorthand<D, F = never> = D extends { name: Column<string, any, any, any> }
  ? [Exclude<RequiredColumn<D>, 'name' | F>] extends [never]
    ? string
    : never
  : never;

/** `record.isAdmin()` for `column.enum([…], { scopes: true })`. */
export type EnumPredicates<D> = { [S in EnumScope<D> as `is${Capitalize<S>}`]: () => boolean };
export type EnumScopeName<D> = EnumScope<D>;

/** Attributes that are encrypted. */
export type EncryptedName<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ encrypted: 'random' | 'deterministic' }> ? K : never;
}[keyof D] &
  string;
/** Attributes that passwords are assigned to. */
export type PasswordName<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ digestOf: infer N extends string }> ? N : never;
}[keyof D];
/** Attributes that begin with random text. */
export type TokenName<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ secureToken: true }> ? K : never;
}[keyof D] &
  string;

/** Columns that have a sum. */
export type NumericName<D> = {
  [K in keyof D]: D[K] extends ColumnWith<{ numeric: true }>
    ? K
    : [Extract<ValueOf<D[K]>, number | bigint>] extends [never]
      ? never
      : D[K] extends ColumnWith<{ encrypted: unknown }>
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
