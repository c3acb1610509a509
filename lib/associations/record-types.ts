import type { Association, AssociationKind } from '../record/association.ts';
import type { RecordOf, ValueOf } from '../record/definition-types.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { Collection } from './collection-types.ts';
import type { Reference } from './reference-types.ts';

/** The attributes and associations of a record. Every key is there: to look at what each is would be to enter a circle. */
export type Properties<D> = { -readonly [K in keyof D]: PropertyOf<D[K]> };
type PropertyOf<A> = A extends AnyColumn
  ? ValueOf<A>
  : A extends Association<infer T, 'hasMany', unknown>
    ? Collection<T>
    : A extends Association<infer T, 'belongsTo', unknown>
      ? Reference<T>
      : A extends Association<infer T, AssociationKind, unknown>
        ? Reference<T, RecordOf<T> | null>
        : never;
