/** What withoutTransaction makes of what its function gives: a query becomes a promise of its rows. */
export type Sent<T> = T extends PromiseLike<infer V> ? Promise<V> : T;

/** A query that was given back unsent is sent now: whoever awaits it later may be in a transaction again. */
export function sentHere(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || result instanceof Promise) return result;
  if (!('then' in result) || typeof result.then !== 'function') return result;
  const { then } = result;
  return new Promise((resolve, reject) => {
    then.call(result, resolve, reject);
  });
}
