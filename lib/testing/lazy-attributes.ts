import { InvalidQuery } from '../errors/query.ts';

/** Values; functions of the other values that give them; undefined for what is left out. */
export type Lazy<A> = { readonly [K in keyof A]?: A[K] | ((others: Readonly<Required<A>>) => A[K]) | undefined };

/**
 * Calls the functions among the values, each once, when it is asked for: by another one, or at the end.
 *
 * @param owner - for the error
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where functions ask for one another
 */
export function resolved<A extends object>(owner: string, lazy: Readonly<Record<string, unknown>>): A {
  const values: Record<string, unknown> = {};
  const underWay: string[] = [];
  const others = Object.create(null);
  const settle = (name: string): unknown => {
    if (Object.hasOwn(values, name)) return values[name];
    const given = lazy[name];
    if (typeof given !== 'function') return given;
    if (underWay.includes(name)) {
      throw new InvalidQuery(
        `Attributes in the factory of ${owner} need one another: ${[...underWay, name].join(' → ')}.`,
      );
    }
    underWay.push(name);
    try {
      const value: unknown = given(others);
      values[name] = value;
      return value;
    } finally {
      underWay.pop();
    }
  };
  for (const name of Object.keys(lazy))
    Object.defineProperty(others, name, { get: () => settle(name), enumerable: true });
  for (const name of Object.keys(lazy)) {
    const value = settle(name);
    if (value !== undefined) values[name] = value;
  }
  return values as A;
}
