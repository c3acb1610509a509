import type { Association, AssociationKind } from '../record/association.ts';
import type { RecordOf, TargetIn, ToMany, ValueOf } from '../record/definition-types.ts';
import type { Alias } from '../schema/alias.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { Collection } from './collection-types.ts';
import type { Reference } from './reference-types.ts';

/**
 * The attributes and associations of a record. Every key is there: to look at what each is would be to enter a circle.
 *
 * @typeParam P - the record of the class above, of whose attributes there may be aliases
 */
export type Properties<D, P> = { -readonly [K in keyof D]: PropertyOf<D[K], D, P> };
type PropertyOf<A, D, P> = A extends AnyColumn
  ? ValueOf<A>
  : A extends ToMany
    ? Collection<TargetIn<A>>
    : A extends Association<unknown, 'belongsTo', unknown>
      ? Reference<TargetIn<A>>
      : A extends Association<unknown, AssociationKind, unknown>
        ? Reference<TargetIn<A>, RecordOf<TargetIn<A>> | null>
        : A extends Alias<infer N>
          ? N extends keyof D
            ? ValueOf<D[N]>
            : N extends keyof P
              ? P[N]
              : never
          : never;
