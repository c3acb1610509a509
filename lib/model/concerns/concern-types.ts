import type { DefaultsOf, DefinitionOf, inheritedDefaults, RecordOf } from '../../record/definition-types.ts';
import type { inheritedScopes, ScopesOf } from '../../relation/query.ts';

// What `use` makes of the classes that it is given, one after the other. Nothing here looks into a definition.

/** The columns and associations of concerns. */
export type ConcernDefinition<C> = C extends readonly [infer First, ...infer Others]
  ? DefinitionOf<First> & ConcernDefinition<Others>
  : unknown;

/** What their records have, their methods among it. */
export type ConcernRecord<C> = C extends readonly [infer First, ...infer Others]
  ? RecordOf<First> & ConcernRecord<Others>
  : unknown;

type ConcernScopes<C> = C extends readonly [infer First, ...infer Others]
  ? ScopesOf<First> & ConcernScopes<Others>
  : unknown;

type ConcernDefaults<C> = C extends readonly [infer First, ...infer Others]
  ? DefaultsOf<First> & InheritedDefaults<First> & ConcernDefaults<Others>
  : unknown;
type InheritedDefaults<M> = M extends { readonly [inheritedDefaults]: infer F } ? F : unknown;

/** Their statics, but for those that the model has anyway. */
export type ConcernStatics<M, C> = C extends readonly [infer First, ...infer Others]
  ? Omit<First, keyof M | 'definition' | 'validations' | 'defaults' | 'scopes' | 'defaultScope'> &
      ConcernStatics<M, Others>
  : unknown;

/** `scopes` stays to be overridden: what the concerns and the classes above declare is there all the same. */
export interface InheritedScopes<M, C> {
  readonly scopes: object;
  readonly [inheritedScopes]: ScopesOf<M> & ConcernScopes<C>;
  readonly [inheritedDefaults]: DefaultsOf<M> & ConcernDefaults<C>;
}
