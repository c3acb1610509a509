import { InvalidQuery } from '../errors/query.ts';
import { describeValue } from '../types/type.ts';

/** What `includes` was told to load with the records: one association, a scope for it, and what to load with its records. */
export interface Include {
  readonly name: string;
  readonly scope: ((query: never) => unknown) | undefined;
  readonly nested: readonly Include[];
}

/**
 * `includes('posts', { comments: 'author' }, { posts: (posts) => posts.published() })`, as a list in which each
 * association comes once.
 */
export function includeTree(given: readonly unknown[], what: string, depth = 0): readonly Include[] {
  if (depth > deepest)
    throw new InvalidQuery(`${what} names associations more than ${deepest} deep.`, {
      hint: 'Does the object contain itself?',
    });
  const merged = new Map<string, Include>();
  for (const each of given.flatMap((item) => includesOf(item, what, depth))) {
    const existing = merged.get(each.name);
    merged.set(each.name, existing === undefined ? each : combined(existing, each, what));
  }
  return [...merged.values()];
}

/** More than anybody writes down. */
const deepest = 100;

function includesOf(item: unknown, what: string, depth: number): readonly Include[] {
  if (typeof item === 'string') return [{ name: item, scope: undefined, nested: [] }];
  if (Array.isArray(item)) return item.flatMap((each: unknown) => includeTree([each], what, depth + 1));
  if (typeof item !== 'object' || item === null || Object.getPrototypeOf(item) !== Object.prototype) {
    throw new InvalidQuery(`${what} takes names of associations, or an object of them, not ${describeValue(item)}.`, {
      hint: `Write ${what}('posts', { comments: 'author' }).`,
    });
  }
  return Object.entries(item).map(([name, value]: [string, unknown]): Include => {
    if (isScope(value)) return { name, scope: value, nested: [] };
    return { name, scope: undefined, nested: includeTree([value], what, depth + 1) };
  });
}

function isScope(value: unknown): value is (query: never) => unknown {
  return typeof value === 'function';
}

function combined(one: Include, other: Include, what: string): Include {
  if (one.scope !== undefined && other.scope !== undefined)
    throw new InvalidQuery(`${what} has two scopes for "${one.name}".`, { hint: 'Write one function that does both.' });
  return {
    name: one.name,
    scope: one.scope ?? other.scope,
    nested: mergedIncludes(one.nested, other.nested, what),
  };
}

/** Two lists in one, in which each association comes once. */
export function mergedIncludes(
  first: readonly Include[],
  second: readonly Include[],
  what: string,
): readonly Include[] {
  const merged = new Map(first.map((each) => [each.name, each]));
  for (const each of second) {
    const existing = merged.get(each.name);
    merged.set(each.name, existing === undefined ? each : combined(existing, each, what));
  }
  return [...merged.values()];
}

/** Refuses names that the model and those behind it do not have. */
export function checkIncludes(includes: readonly Include[], names: NamedAssociations): void {
  for (const { name, nested } of includes) {
    const reflection = names.get(name);
    if (nested.length === 0) continue;
    const targets = reflection.models.map(({ associations }) => associations);
    // Of several models each has to know only what it has.
    for (const each of nested) {
      if (targets.length > 1 && targets.some((target) => target.find(each.name) !== undefined)) continue;
      const [first] = targets;
      if (first !== undefined) checkIncludes([each], first);
    }
  }
}

/** The associations of a model, as far as names are concerned. */
interface NamedAssociations {
  find(name: string): unknown;
  get(name: unknown): { readonly models: readonly { readonly associations: NamedAssociations }[] };
}
