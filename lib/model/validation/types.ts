import type { Association, AssociationKind } from '../../record/association.ts';
import type { BaseMember } from '../../record/base-members.ts';
import type { DefinitionOf, RecordOf, ValueOf } from '../../record/definition-types.ts';
import type { RecordErrors } from '../../record/errors.ts';
import type { StandardSchema } from '../../record/validation/standard-schema.ts';
import type { Relation } from '../../relation/query.ts';
import type { Where } from '../../relation/query-types.ts';
import type { AnyColumn } from '../../schema/column.ts';
import type { AnyClass } from '../query-of.ts';

// Nothing in these types looks through a whole definition or record: a class reads them while it is itself inferred.

/** What a message that is a function is told. */
export interface ProblemFacts {
  readonly attribute: string;
  readonly type: string;
  readonly value: unknown;
  readonly [detail: string]: unknown;
}

/** The options that every rule has. */
export interface RuleOptions<R> {
  /** Only then: for new records, for those that have a row, or where `validate`, `isValid` or `save` names the context. */
  readonly on?: 'create' | 'update' | (string & {}) | readonly string[];
  /** Only where this says true. */
  readonly if?: (record: R) => unknown;
  /** Only where this says false. */
  readonly unless?: (record: R) => unknown;
  /**
   * `true`: null passes, also where the rule would ask about it. `false`: null is `blank`. Unless told otherwise null is
   * left to the column (`.nullable()`) and to `presence`.
   */
  readonly allowNull?: boolean;
  /** In place of the rule's own: text, in which `{count}`, `{value}` and the like are filled in, or a function. */
  readonly message?: string | ((record: R, problem: ProblemFacts) => string);
  /** Rejects at once, and also from `isValid`: for what only a mistake of the program can break. */
  readonly strict?: boolean;
}

interface LengthOptions<R> extends RuleOptions<R> {
  readonly min?: number;
  readonly max?: number;
  readonly is?: number;
}
interface FormatOptions<R> extends RuleOptions<R> {
  readonly with?: RegExp;
  readonly without?: RegExp;
}
/** A value, that of another attribute, or what a function gives. null there means: nothing to compare with. */
type Operand<V, R> =
  | V
  | { readonly attribute: Extract<keyof R, string> }
  | ((record: R) => V | null | undefined | Promise<V | null | undefined>);
interface ComparisonOptions<V, R> extends RuleOptions<R> {
  readonly equalTo?: Operand<V, R>;
  readonly otherThan?: Operand<V, R>;
  readonly greaterThan?: Operand<V, R>;
  readonly greaterThanOrEqualTo?: Operand<V, R>;
  readonly lessThan?: Operand<V, R>;
  readonly lessThanOrEqualTo?: Operand<V, R>;
  /** The same as `greaterThanOrEqualTo`. */
  readonly min?: Operand<V, R>;
  /** The same as `lessThanOrEqualTo`. */
  readonly max?: Operand<V, R>;
}
interface NumericalityOptions<R> extends ComparisonOptions<number | bigint | string, R> {
  readonly integer?: boolean;
  readonly odd?: boolean;
  readonly even?: boolean;
}
interface MembershipOptions<V, R> extends RuleOptions<R> {
  readonly in: readonly V[] | ((record: R) => readonly V[] | Promise<readonly V[]>);
}
interface ConfirmationOptions<R> extends RuleOptions<R> {
  /** The property that repeats the value: `passwordConfirmation` for `password`, unless named. */
  readonly with?: Extract<keyof R, string>;
  readonly caseSensitive?: boolean;
}
interface AcceptanceOptions<V, R> extends RuleOptions<R> {
  readonly accept?: V | readonly V[];
}

/** A value may be there once, or once for each value of other attributes. */
export interface UniquenessOptions<M> extends RuleOptions<RecordOf<M>> {
  /** Attributes together with which it is unique. */
  readonly scope?: Extract<keyof DefinitionOf<M>, string> | readonly Extract<keyof DefinitionOf<M>, string>[];
  /** `false` takes `Ada` and `ada` for one. Unless told otherwise the column's collation decides, as for its index. */
  readonly caseSensitive?: boolean;
  /** Only among the rows that meet these. */
  readonly conditions?:
    | Where<DefinitionOf<M>>
    | (M extends AnyClass ? (query: Relation<M>, record: RecordOf<M>) => unknown : never);
}

/** Gives a message where something is wrong, or adds to `errors` itself. */
export type CustomRule<V, R> = (
  value: V,
  record: R,
  errors: RecordErrors,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that only adds to `errors` returns nothing
) => string | undefined | null | void | Promise<string | undefined | null | void>;

type TextOf<V, Rule> = [Extract<V, string>] extends [never] ? never : Rule;
type NumberOf<V, Rule> = [Extract<V, string | number | bigint>] extends [never] ? never : Rule;
type SizedOf<V, Rule> = [Extract<V, string | Uint8Array | readonly unknown[]>] extends [never] ? never : Rule;
type ScalarOf<V> = Extract<V, string | number | bigint | boolean | Date>;

/** The rules about a value of type `V` of records of `R`. */
interface ValueRules<V, R> extends RuleOptions<R> {
  /** Not null, and not empty or of spaces only. false is a value. */
  readonly presence?: boolean | RuleOptions<R>;
  /** Null, empty or of spaces only. */
  readonly absence?: boolean | RuleOptions<R>;
  /** Of text in characters, of binary values in bytes, of lists in items. */
  readonly length?: SizedOf<V, LengthOptions<R>>;
  readonly format?: TextOf<V, RegExp | FormatOptions<R>>;
  readonly numericality?: NumberOf<V, boolean | NumericalityOptions<R>>;
  readonly inclusion?: readonly NonNullable<V>[] | MembershipOptions<NonNullable<V>, R>;
  readonly exclusion?: readonly NonNullable<V>[] | MembershipOptions<NonNullable<V>, R>;
  readonly confirmation?: boolean | ConfirmationOptions<R>;
  readonly acceptance?: boolean | AcceptanceOptions<V, R>;
  readonly comparison?: ComparisonOptions<ScalarOf<V>, R>;
  readonly custom?: CustomRule<V, R> | readonly CustomRule<V, R>[];
  readonly schema?: StandardSchema;
}
interface ColumnRules<V, M> extends ValueRules<V, RecordOf<M>> {
  readonly uniqueness?: boolean | UniquenessOptions<M>;
}
interface AssociationRules<V, R> extends RuleOptions<R> {
  /** At least one record is there: loads the association. */
  readonly presence?: boolean | RuleOptions<R>;
  readonly absence?: boolean | RuleOptions<R>;
  /** How many records: loads the association. */
  readonly length?: LengthOptions<R>;
  /** The records that are loaded, or wait to be saved, are valid themselves: their errors become errors of this one. */
  readonly associated?: boolean | RuleOptions<R>;
  readonly custom?: CustomRule<V, R> | readonly CustomRule<V, R>[];
}
interface WholeRules<R> extends RuleOptions<R> {
  readonly custom?: WholeRule<R> | readonly WholeRule<R>[];
  /** Is given all attributes; the first part of an issue's path names the attribute. */
  readonly schema?: StandardSchema;
}
type WholeRule<R> = (
  record: R,
  errors: RecordErrors,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that only adds to `errors` returns nothing
) => string | undefined | null | void | Promise<string | undefined | null | void>;

type SeveralOf<Rules> = Rules | readonly Rules[];
type RulesOf<M, K> = K extends keyof DefinitionOf<M>
  ? DefinitionOf<M>[K] extends AnyColumn
    ? SeveralOf<
        | ColumnRules<ValueOf<DefinitionOf<M>[K]>, M>
        | StandardSchema
        | CustomRule<ValueOf<DefinitionOf<M>[K]>, RecordOf<M>>
      >
    : DefinitionOf<M>[K] extends Association<unknown, AssociationKind, unknown>
      ? SeveralOf<AssociationRules<Awaited<PropertyOf<RecordOf<M>, K>>, RecordOf<M>>>
      : PropertyRules<PropertyOf<RecordOf<M>, K>, RecordOf<M>>
  : PropertyOf<RecordOf<M>, K> extends (...args: never) => unknown
    ? never
    : PropertyRules<PropertyOf<RecordOf<M>, K>, RecordOf<M>>;
/** Of what has no column of its own. */
type PropertyRules<V, R> = SeveralOf<ValueRules<V, R> | StandardSchema | CustomRule<V, R>>;
type PropertyOf<R, K> = K extends keyof R ? R[K] : never;

/**
 * The validations of a model, by attribute, association or property; under `$record` those of the record as a whole.
 *
 * ```ts
 * static validations = {
 *   name: { presence: true, length: { max: 80 } },
 *   email: { format: /@/, uniqueness: true, allowNull: true },
 * } satisfies Validations<typeof User>;
 * ```
 */
export type Validations<M> = {
  readonly [K in Exclude<keyof RecordOf<M>, BaseMember>]?: RulesOf<M, K>;
} & { readonly $record?: SeveralOf<WholeRules<RecordOf<M>> | StandardSchema | WholeRule<RecordOf<M>>> };
