import { isDeepStrictEqual, types } from 'node:util';
import { InvalidValue } from '../errors/query.ts';
import { type CastSite, type Encoding, rejectValue, type Scalar, type Type } from './type.ts';

/** A JSON document. The text from the database is kept beside the value, so what was not touched is never rewritten. */
export interface JsonType extends Type<unknown> {
  readonly kind: 'json';
}

const largestDepth = 200;

/** What JSON.stringify would drop or turn into something else without a word is refused. */
function check(value: unknown, site: CastSite, depth: number): void {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw rejectValue(value, 'JSON with well-formed text', site);
      return;
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw rejectValue(value, 'JSON with finite numbers', site);
      return;
    case 'object':
      break;
    default:
      throw rejectValue(value, `JSON, which has no ${typeof value},`, site);
  }
  if (value === null) return;
  if (depth > largestDepth) throw rejectValue(value, `JSON of at most ${largestDepth} levels without circles`, site);
  if (Array.isArray(value)) {
    for (const item of value) check(item, site, depth + 1);
    return;
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw rejectValue(value, 'JSON with valid Dates', site);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    check(value.toJSON(''), site, depth + 1);
    return;
  }
  if (isOpaque(value)) throw rejectValue(value, 'JSON (objects, arrays, text, numbers, booleans, null)', site);
  for (const [key, item] of Object.entries(value)) {
    // As JSON.stringify does: an undefined property is an absent one.
    if (item !== undefined) check(item, site, depth + 1);
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidValue(`The database holds text that is no JSON: ${text.slice(0, 40)}`, { cause });
  }
}

/** undefined for what has become no JSON by a change in place: casting it again says why. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // A circle, or a bigint.
    return undefined;
  }
}

export const jsonType: JsonType = Object.freeze({
  kind: 'json',
  plain: undefined,
  mutable: true,
  cast(value: unknown, site: CastSite) {
    if (value === undefined) throw rejectValue(value, 'a JSON value', site);
    check(value, site, 0);
    return value;
  },
  deserialize(raw: Scalar) {
    if (typeof raw === 'string') return parse(raw);
    return raw instanceof Uint8Array ? parse(Buffer.from(raw).toString('utf8')) : raw;
  },
  serialize: (value: unknown) => JSON.stringify(value),
  equals(a: unknown, b: unknown) {
    if (isDeepStrictEqual(a, b)) return true;
    const [first, second] = [textOf(a), textOf(b)];
    if (first === undefined || second === undefined) return false;
    return first === second || (first.length === second.length && isDeepStrictEqual(parse(first), parse(second)));
  },
});

/** Bytes. */
export interface BinaryType extends Type<Uint8Array> {
  readonly kind: 'binary';
  /** The most bytes; undefined for as many as the database allows. */
  readonly length: number | undefined;
}

export function binaryType(length: number | undefined): BinaryType {
  return Object.freeze({
    kind: 'binary',
    length,
    plain: undefined,
    mutable: true,
    cast(value: unknown, site: CastSite) {
      if (value instanceof Uint8Array) return value;
      throw rejectValue(value, 'a Uint8Array (or Buffer)', site);
    },
    // A copy: drivers hand out slices of their network buffers, and the raw bytes must survive a change in place.
    deserialize(raw: Scalar) {
      if (raw instanceof Uint8Array) return new Uint8Array(raw);
      return new Uint8Array(Buffer.from(String(raw), 'utf8'));
    },
    serialize: (value: Uint8Array) => value,
    equals: (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0,
  });
}

/** A UUID, always as lower-case text with hyphens in the program. */
export interface UuidType extends Type<string> {
  readonly kind: 'uuid';
}

const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function hyphenated(hex: string): string {
  const digits = hex.replaceAll('-', '').toLowerCase();
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

export const uuidType: UuidType = Object.freeze({
  kind: 'uuid',
  plain: undefined,
  mutable: false,
  cast(value: unknown, site: CastSite) {
    if (typeof value === 'string' && uuidPattern.test(value)) return hyphenated(value);
    throw rejectValue(value, 'a UUID', site);
  },
  deserialize(raw: Scalar) {
    return raw instanceof Uint8Array ? hyphenated(Buffer.from(raw).toString('hex')) : hyphenated(String(raw));
  },
  serialize: (value: string, encoding: Encoding) =>
    encoding.uuids === 'text' ? value : Buffer.from(value.replaceAll('-', ''), 'hex'),
  equals: (a: string, b: string) => a === b,
});
