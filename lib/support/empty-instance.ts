/**
 * An object of some class (a Map, a Promise, a record) without properties of its own. Where names and values are wanted
 * it would pass for `{}` and mean nothing at all. So would an object with symbols for names, which nobody reads.
 */
export function isEmptyInstance(value: object): boolean {
  if (Object.getOwnPropertySymbols(value).length > 0) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && Object.keys(value).length === 0;
}
