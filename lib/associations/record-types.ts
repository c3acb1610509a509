import type { Association, AssociationKind } from '../record/association.ts';
import type { BesideValue, RecordOf, TargetIn, ToMany, ValueOf } from '../record/definition-types.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { Collection } from './collection-types.ts';
import type { Reference } from './reference-types.ts';

/**
 * The attributes and associations of a record; `All` is the whole definition of its class. Every key is there: to look at what each is would be
 * to enter a circle.
 */
export type Properties<D, All = D> = { -readonly [K in keyof D]: PropertyOf<D[K], All> };
type PropertyOf<A, D> = A extends AnyColumn
  ? ValueOf<A>
  : A extends ToMany
    ? Collection<TargetIn<A>>
    : A extends Association<unknown, 'belongsTo', unknown>
      ? Reference<TargetIn<A>>
      : A extends Association<unknown, AssociationKind, unknown>
        ? Reference<TargetIn<A>, RecordOf<TargetIn<A>> | null>
        : BesideValue<A, D>;
