import type { QueryState } from './query-state.ts';
import type { Source } from './source.ts';

// Under symbols, so that a scope may have any name.
export const sourceKey: unique symbol = Symbol('source');
export const stateKey: unique symbol = Symbol('state');
export const withKey: unique symbol = Symbol('with');

/**
 * A query on a model, before it is sent: immutable, and sent each time it is awaited. The interfaces in `query*.ts`
 * document its methods with their types; the classes that build on this one (shaping, reading, writing) have each method
 * in the few lines that put the functions of this folder together.
 */
export class QueryBase<R = unknown> {
  readonly [sourceKey]: Source<R>;
  readonly #state: QueryState;

  constructor(source: Source<R>, state: QueryState) {
    this[sourceKey] = source;
    this.#state = state;
  }

  /** An accessor, because what a collection asks for follows from its owner at the time. */
  get [stateKey](): QueryState {
    return this.#state;
  }

  /** A query of the same class, so that scope methods stay. */
  [withKey](changes: Partial<QueryState>): this {
    const Same = this.constructor as new (source: Source<R>, state: QueryState) => this;
    return new Same(this[sourceKey], Object.freeze({ ...this[stateKey], ...changes }));
  }
}
