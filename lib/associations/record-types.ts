import type { Association, AssociationKind } from '../record/association.ts';
import type { BesideValue, RecordOf, TargetIn, ToMany, ValueOf } from '../record/definition-types.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { Collection } from './collection-types.ts';
import type { Reference } from './reference-types.ts';

/**
/**
 * The attributes and associations of a record. Every key is there: to look at what each is would be to enter a circle.
 *
 * @typeParam All - the whole definition of its class: an alias or a key of JSON may be of what the class above declares
 */
export type Properties<D, All> = { -readonly [K in keyof D]: PropertyOf<D[K], All> };
type PropertyOf<A, All> = A extends AnyColumn
  ? ValueOf<A>
  : A extends ToMany
    ? Collection<TargetIn<A>>
    : A extends Association<unknown, 'belongsTo', unknown>
      ? Reference<TargetIn<A>>
      : A extends Association<unknown, AssociationKind, unknown>
        ? Reference<TargetIn<A>, RecordOf<TargetIn<A>> | null>
        : BesideValue<A, All>;
