import { concernOrigins, concernScopeKey, concernsKey, type ModelClass } from '../model-class.ts';

// What a class has by its concerns. `use.ts` puts them there.

/** The class and those above it, from the top down. */
export function lineOf(model: ModelClass): ModelClass[] {
  const line: ModelClass[] = [];
  for (let each: unknown = model; isModelClass(each); each = Object.getPrototypeOf(each)) line.unshift(each);
  return line;
}

const isModelClass = (value: unknown): value is ModelClass => typeof value === 'function' && 'connectionName' in value;

/** Of a layer, the default scope of the concern that it was made of. */
export const ownDefaultScope = (layer: ModelClass) =>
  Object.hasOwn(layer, concernScopeKey) ? layer[concernScopeKey] : undefined;

const none: readonly ModelClass[] = [];

/**
 * The concerns that `use` has given exactly that class, in order; a layer has one, and a class that stands in the program
 * none of its own. Those of a model are those of all classes of its line: a concern's own concerns come before it.
 */
export function concernsOf(model: ModelClass): readonly ModelClass[] {
  return Object.hasOwn(model, concernsKey) ? (model[concernsKey] ?? none) : none;
}

/**
 * The methods of that name that the concerns of a class have, of which `use` has copied none: those of `concernsOf` of that
 * class alone, each once, without what the class has from the classes above it.
 */
export function concernMethods(model: ModelClass, name: string): readonly ((...args: never) => unknown)[] {
  const inherited = new Set(lineOf(model).map((each) => Reflect.get(each.prototype, name)));
  const methods = concernsOf(model).map((concern): unknown => Reflect.get(concern.prototype, name));
  return methods.filter((each) => typeof each === 'function' && !inherited.has(each)) as (() => unknown)[];
}

/** Whether a class has a concern, by itself or from above. */
export function usesConcern(model: ModelClass, concern: unknown): boolean {
  return lineOf(model).some((each) => each === concern || concernOrigins.get(each) === concern);
}

const defaultScopes = new WeakMap<object, readonly unknown[]>();

/** The default scopes of the concerns of a model, from the top down: all of them apply. */
export function concernDefaultScopes(model: ModelClass): readonly unknown[] {
  let found = defaultScopes.get(model);
  if (found === undefined) {
    found = lineOf(model).flatMap((each) => ownDefaultScope(each) ?? []);
    defaultScopes.set(model, found);
  }
  return found;
}
