import type { BaseMember } from '../record/base-members.ts';
import type { DefinitionOf, RecordOf } from '../record/definition-types.ts';
import type { AnyColumn } from '../schema/column.ts';
import type { VirtualColumn } from '../schema/virtual-column.ts';

/**
 * Values of new records that follow from their other attributes, for those that were not given.
 *
 * ```ts
 * static defaults = {
 *   slug: (post) => post.title.toLowerCase().replaceAll(' ', '-'),
 * } satisfies Defaults<typeof Post>;
 * ```
 */
export type Defaults<M> = {
  readonly [K in Exclude<keyof RecordOf<M>, BaseMember>]?: DefaultOf<M, K>;
};
type DefaultOf<M, K> = K extends keyof DefinitionOf<M> & keyof RecordOf<M>
  ? DefinitionOf<M>[K] extends AnyColumn | VirtualColumn<unknown>
    ? (record: RecordOf<M>) => RecordOf<M>[K] | null | undefined
    : never
  : never;
