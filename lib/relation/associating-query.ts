import { figuresOfColumn, figuresOfEach } from './figures.ts';
import { checkIncludes, type Include, includeTree, mergedIncludes } from './include.ts';
import { sourceKey, stateKey, withKey } from './query-base.ts';
import { ShapingQuery } from './shaping-query.ts';
import type { Source } from './source.ts';

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

  eagerLoad(...associations: unknown[]): this {
    const added = includeTree(associations, 'eagerLoad');
    checkIncludes(added, this[sourceKey].associations);
    requireTables(added, this[sourceKey]);
    return this[withKey]({ eager: mergedIncludes(this[stateKey].eager, added, 'eagerLoad') });
  }

  withCount(...associations: unknown[]): this {
    const figures = figuresOfEach(this[sourceKey], this[stateKey], associations, 'withCount', 'Count');
    return this[withKey]({ figures });
  }

  withExists(...associations: unknown[]): this {
    const figures = figuresOfEach(this[sourceKey], this[stateKey], associations, 'withExists', 'Exist');
    return this[withKey]({ figures });
  }

  withSum(association: unknown, name: unknown, scope?: unknown): this {
    const given = [association, name, scope] as const;
    return this[withKey]({ figures: figuresOfColumn(this[sourceKey], this[stateKey], given, 'withSum', 'Sum') });
  }

  withAverage(association: unknown, name: unknown, scope?: unknown): this {
    const given = [association, name, scope] as const;
    return this[withKey]({
      figures: figuresOfColumn(this[sourceKey], this[stateKey], given, 'withAverage', 'Average'),
    });
  }

  withMinimum(association: unknown, name: unknown, scope?: unknown): this {
    const given = [association, name, scope] as const;
    return this[withKey]({
      figures: figuresOfColumn(this[sourceKey], this[stateKey], given, 'withMinimum', 'Minimum'),
    });
  }

  withMaximum(association: unknown, name: unknown, scope?: unknown): this {
    const given = [association, name, scope] as const;
    return this[withKey]({
      figures: figuresOfColumn(this[sourceKey], this[stateKey], given, 'withMaximum', 'Maximum'),
    });
  }

  strictLoading(setting: unknown = true): this {
    return this[withKey]({ strict: setting !== false });
  }

  withoutBatching(): this {
    return this[withKey]({ alone: true });
  }
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for an association that leads to several tables */
function requireTables(includes: readonly Include[], source: Source): void {
  for (const { name, nested } of includes) {
    const { target } = source.associations.get(name);
    requireTables(nested, target);
  }
}
