import { isDeepStrictEqual, types } from 'node:util';
import { InvalidValue } from '../errors/query.ts';
import { parseExactJson, stringifyExactJson } from './exact-json.ts';
import { type CastSite, rejectValue, type Scalar, type Type } from './type.ts';

/** A JSON document. The text from the database is kept beside the value, so what was not touched is never rewritten. */
export interface JsonType extends Type<unknown> {
  readonly kind: 'json';
  /** Whole numbers past 2^53 are read as bigint, and bigints are written as numbers. */
  readonly exact: boolean;
}

const largestDepth = 200;

/** What JSON.stringify would drop or turn into something else without a word is refused. */
function check(value: unknown, site: CastSite, exact: boolean, depth: number): void {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw rejectValue(value, 'JSON with well-formed text', site);
      return;
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw rejectValue(value, 'JSON with finite numbers', site);
      return;
    case 'bigint':
      if (exact) return;
      throw rejectValue(value, 'JSON, which has no bigint unless the column is json({ exact: true }),', site);
    case 'object':
      break;
    default:
      throw rejectValue(value, `JSON, which has no ${typeof value},`, site);
  }
  if (value === null) return;
  if (depth > largestDepth) throw rejectValue(value, `JSON of at most ${largestDepth} levels without circles`, site);
  if (Array.isArray(value)) {
    for (const item of value) check(item, site, exact, depth + 1);
    return;
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw rejectValue(value, 'JSON with valid Dates', site);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    check(value.toJSON(''), site, exact, depth + 1);
    return;
  }
  if (isOpaque(value)) throw rejectValue(value, 'JSON (objects, arrays, text, numbers, booleans, null)', site);
  for (const [key, item] of Object.entries(value)) {
    // As JSON.stringify does: an undefined property is an absent one.
    if (item !== undefined) check(item, site, exact, depth + 1);
    if (!key.isWellFormed()) throw rejectValue(value, 'JSON with well-formed keys', site);
  }
}

/** JSON.stringify makes `{}` of these, or an object of numbered bytes. */
function isOpaque(value: object): boolean {
  return (
    types.isMap(value) ||
    types.isSet(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isArrayBufferView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isPromise(value)
  );
}

function parse(text: string, exact: boolean): unknown {
  try {
    return exact ? parseExactJson(text) : JSON.parse(text);
  } catch (cause) {
    throw new InvalidValue(`The database holds text that is no JSON: ${text.slice(0, 40)}`, { cause });
  }
}

/** undefined for what has become no JSON by a change in place: casting it again says why. */
function textOf(value: unknown, exact: boolean): string | undefined {
  try {
    return exact ? stringifyExactJson(value) : JSON.stringify(value);
  } catch {
    // A circle, or a bigint.
    return undefined;
  }
}

function makeType(exact: boolean): JsonType {
  return Object.freeze({
    kind: 'json',
    exact,
    plain: undefined,
    mutable: true,
    cast(value: unknown, site: CastSite) {
      if (value === undefined) throw rejectValue(value, 'a JSON value', site);
      check(value, site, exact, 0);
      return value;
    },
    deserialize(raw: Scalar) {
      if (typeof raw === 'string') return parse(raw, exact);
      return raw instanceof Uint8Array ? parse(Buffer.from(raw).toString('utf8'), exact) : raw;
    },
    serialize: (value: unknown) => (exact ? stringifyExactJson(value) : JSON.stringify(value)),
    equals(a: unknown, b: unknown) {
      if (isDeepStrictEqual(a, b)) return true;
      const [first, second] = [textOf(a, exact), textOf(b, exact)];
      if (first === undefined || second === undefined) return false;
      if (first === second) return true;
      return first.length === second.length && isDeepStrictEqual(parse(first, exact), parse(second, exact));
    },
  });
}

export const jsonType = makeType(false);
export const exactJsonType = makeType(true);
