import type { BaseMember } from '../../record/base-members.ts';
import type {
  AssociationName,
  AttributeName,
  DefinitionOf,
  IsUndeclared,
  RecordOf,
  TargetOf,
} from '../../record/definition-types.ts';

/**
 * What `toJSON` is to give.
 *
 * @typeParam D - the definition of the model
 * @typeParam N - the names of methods and getters
 */
export interface JsonOptions<D, N = string> {
  /** These attributes and no others; hidden ones have to be named here. */
  readonly only?: readonly JsonName<D>[];
  /** All attributes but these. */
  readonly except?: readonly JsonName<D>[];
  /** Methods without arguments and getters of the class, whose values are added under their names. */
  readonly methods?: readonly N[];
  /** Associations that are loaded: a name, a list, or by name what is to be given of their records. */
  readonly include?: JsonInclude<D>;
}

type JsonName<D> = IsUndeclared<D> extends true ? string : AttributeName<D>;
type JsonInclude<D> = [AssociationName<D>] extends [never]
  ? never
  : AssociationName<D> | IncludedOptions<D> | readonly (AssociationName<D> | IncludedOptions<D>)[];
type IncludedOptions<D> = { readonly [K in AssociationName<D>]?: true | OptionsOf<TargetOf<D, K>> };
type OptionsOf<T> = JsonOptions<DefinitionOf<T>, Exclude<Extract<keyof RecordOf<T>, string>, BaseMember>>;

/** The same where nothing is known of the model. */
export interface AnyJsonOptions {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly methods?: readonly string[];
  readonly include?: unknown;
}

/**
 * The name itself where it is a method without arguments, or a getter, that gives its value at once. Only what is named is
 * looked at: a method of the class that calls `toJSON` would otherwise need its own type to be inferred.
 */
export type JsonMethod<I, N> = N extends unknown
  ? string extends N
    ? string
    : N extends BaseMember
      ? never
      : N extends keyof I
        ? I[N] extends (...args: never) => unknown
          ? I[N] extends () => infer R
            ? R extends PromiseLike<unknown>
              ? never
              : N
            : never
          : I[N] extends PromiseLike<unknown>
            ? never
            : N
        : never
  : never;
