import type { ColumnType } from '../types/column-type.ts';

declare const virtualValue: unique symbol;

/** What the declaration of a virtual attribute says, as data. */
export interface VirtualDefinition {
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly default: unknown;
  readonly hasDefault: boolean;
  readonly sensitive: boolean;
}

/**
 * An attribute with a type and without a column, as models declare it: `column.boolean().default(false).virtual()`.
 *
 * @typeParam T - the type of the attribute
 */
export class VirtualColumn<T> {
  declare readonly [virtualValue]: T;
  /** @internal */
  readonly definition: VirtualDefinition;

  /** @internal */
  constructor(definition: VirtualDefinition) {
    this.definition = Object.freeze(definition);
  }
}
