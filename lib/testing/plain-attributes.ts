import { InvalidQuery } from '../errors/query.ts';
import { describeValue } from '../types/type.ts';

/** An object written in braces, of whatever realm: test runners have several. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * @param what - the beginning of the error
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for what are no attributes: nothing of a promise, say, would be taken over
 */
export function requireAttributes(given: unknown, what: string, hint: string): void {
  if (!isPlain(given)) throw new InvalidQuery(`${what}, not ${describeValue(given)}.`, { hint });
}

/** With lists and objects of its own, so that what one record changes in them is not in the next. */
export function ownCopy<T extends object>(attributes: T): T {
  return Object.assign({}, attributes, Object.fromEntries(Object.entries(attributes).map(copied)));
}

const copied = ([name, value]: readonly [string, unknown]): [string, unknown] => [name, copyOf(value)];

/** Records, dates and functions are themselves. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(copied)) : value;
}
