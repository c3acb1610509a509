import type { BaseMember } from '../../record/base-members.ts';
import type {
  AssociationName,
  AttributeName,
  AttributeValue,
  DefinitionOf,
  IsUndeclared,
  RecordOf,
  Simplify,
  TargetOf,
  ToMany,
} from '../../record/definition-types.ts';

// Nothing in these types looks through a record's members: a class reads them while it is itself inferred.

/** An attribute, or by `postsAttributes` what may be given of associated records. */
type Entry<D, Own> = (AttributeName<D> & string) | Own | Nested<D>;
type Nested<D> = [AssociationName<D>] extends [never]
  ? never
  : {
      readonly [K in AssociationName<D> as `${K & string}Attributes`]?: readonly Entry<
        DefinitionOf<TargetOf<D, K>>,
        'destroy'
      >[];
    };

/** Setters of the class: neither columns nor associations, nor what every record has. */
type OwnName<M> = Exclude<Extract<keyof RecordOf<M>, string>, BaseMember | keyof DefinitionOf<M>>;

/**
 * What a body may say: the names of attributes, and lists of them for associated records.
 *
 * ```ts
 * static permitted = ['name', { postsAttributes: ['id', 'title', 'destroy'] }] as const satisfies PermitList<typeof User>;
 * ```
 */
export type PermitList<M> =
  IsUndeclared<DefinitionOf<M>> extends true ? readonly string[] : readonly Entry<DefinitionOf<M>, OwnName<M>>[];

/** Where `with` keeps the list of the class above: `permitted` itself stays to be declared anew, with other names. */
export declare const inheritedPermitted: unique symbol;
/** The list of a class, or the one that it has from above; unknown where there is none. */
export type ListOf<M> = M extends { readonly permitted: infer L }
  ? L
  : M extends { readonly [inheritedPermitted]: infer L }
    ? L
    : unknown;
/** A class that `permit` needs no list for. */
export type WithList =
  | { readonly permitted: readonly unknown[] }
  | { readonly [inheritedPermitted]: readonly unknown[] };
/** The list that a class goes by. */
export type OwnList<M> = ListOf<M> extends infer L extends readonly unknown[] ? L : never;

/** The attributes that a list names. */
export type PermittedName<L extends readonly unknown[]> = Extract<L[number], string>;
type NestedIn<L extends readonly unknown[]> = Exclude<L[number], string>;
type KeyIn<E> = E extends unknown ? keyof E : never;
type ListIn<E, K> = E extends unknown ? (K extends keyof E ? E[K] : never) : never;

export interface PermitOptions<R> {
  /** What is to be said of names outside of the list: nothing, or UnpermittedAttributes. */
  readonly unpermitted?: 'ignore' | 'error';
  /** Attributes that have to be there: AttributesRequired names those that are not. */
  readonly required?: readonly R[];
}

type Value<D, K> = K extends keyof D ? AttributeValue<D[K], D> : unknown;

/** What `permit` gives: those of the named attributes that the body has, with values of their types. */
export type Permitted<M, L extends readonly unknown[], R = never> = Simplify<
  { [K in Exclude<PermittedName<L>, R>]?: Value<DefinitionOf<M>, K> } & {
    [K in Extract<PermittedName<L>, R>]: Value<DefinitionOf<M>, K>;
  } & PermittedNested<DefinitionOf<M>, NestedIn<L>>
>;
type PermittedNested<D, E> = {
  [K in KeyIn<E>]?: K extends `${infer A}Attributes`
    ? A extends keyof D
      ? D[A] extends ToMany
        ? PermittedRecord<D, A, ListIn<E, K>>[]
        : PermittedRecord<D, A, ListIn<E, K>>
      : unknown
    : unknown;
};
type PermittedRecord<D, A, L> = L extends readonly unknown[]
  ? Simplify<
      {
        [K in PermittedName<L>]?: K extends 'destroy' ? boolean : Value<DefinitionOf<TargetOf<D, A>>, K>;
      } & PermittedNested<DefinitionOf<TargetOf<D, A>>, NestedIn<L>>
    >
  : never;
