import type { Relation } from '../relation/query.ts';
import { asModel } from './model-class.ts';
import { relationOf } from './relation-class.ts';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of a constructor are contravariant; none is ever passed
export type AnyClass = abstract new (...args: any) => object;

/**
 * The query for all records of a class, with its default scope unless told otherwise. Its run-time class has exactly the
 * methods that `Relation` describes.
 */
export function all<M extends AnyClass>(model: M, defaultScope = true): Relation<M> {
  return relationOf(asModel(model), defaultScope) as unknown as Relation<M>;
}
