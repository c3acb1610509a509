import { QueryBase, sourceKey, stateKey, withKey } from './query-base.ts';
import { checkCount, part } from './query-state.ts';
import { orderPart, selectionPart } from './shape.ts';
import { wherePredicateOf } from './where.ts';

/** Conditions and shape: each method gives another query. `query-shape.ts` documents them. */
export class ShapingQuery<R = unknown> extends QueryBase<R> {
  all(): this {
    return this;
  }

  where(conditions: unknown): this {
    const predicate = part(this[sourceKey], (attributes) => wherePredicateOf(attributes, conditions));
    return this[withKey]({ where: [...this[stateKey].where, predicate] });
  }

  order(given: unknown, direction: unknown = 'asc'): this {
    return this[withKey]({
      order: [...this[stateKey].order, part(this[sourceKey], (attributes) => orderPart(attributes, given, direction))],
    });
  }

  limit(count: unknown): this {
    return this[withKey]({ limit: checkCount(count, 'limit') });
  }

  offset(count: unknown): this {
    return this[withKey]({ offset: checkCount(count, 'offset') });
  }

  select(...selection: unknown[]): this {
    return this[withKey]({ selection: part(this[sourceKey], (attributes) => selectionPart(attributes, selection)) });
  }

  distinct(on: unknown = true): this {
    return this[withKey]({ distinct: on !== false });
  }
}
