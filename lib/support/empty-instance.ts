/**
 * An object of some class (a Map, a Promise, a record) without properties of its own. Where names and values are wanted
 * it would pass for `{}` and mean nothing at all.
 */
export function isEmptyInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && Object.keys(value).length === 0;
}
