import { checkIncludes, includeTree, mergedIncludes } from './include.ts';
import { sourceKey, stateKey, withKey } from './query-base.ts';
import { ShapingQuery } from './shaping-query.ts';

/** What is loaded with the records, and how they load more. `query-associations.ts` documents the methods. */
export class AssociatingQuery<R = unknown> extends ShapingQuery<R> {
  includes(...associations: unknown[]): this {
    const added = includeTree(associations, 'includes');
    checkIncludes(added, this[sourceKey].associations);
    return this[withKey]({ includes: mergedIncludes(this[stateKey].includes, added, 'includes') });
  }

  preload(...associations: unknown[]): this {
    return this.includes(...associations);
  }

  strictLoading(setting: unknown = true): this {
    return this[withKey]({ strict: setting !== false });
  }

  withoutBatching(): this {
    return this[withKey]({ alone: true });
  }
}
