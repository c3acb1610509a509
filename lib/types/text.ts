import { type CastSite, rejectValue, type Scalar, type Type } from './type.ts';
import { castWord } from './words.ts';

/** Text of at most `length` characters, or as long as the database allows. */
export interface TextType extends Type<string> {
  readonly kind: 'string' | 'text';
  /** The most characters (code points, as databases count them); undefined for `text`. */
  readonly length: number | undefined;
  /** It holds ASCII only: MySQL then counts one byte for a character, and keeps upper and lower case apart. */
  readonly isAscii?: boolean;
}

/** Numbers and booleans become their text, so that a comparison never makes the database coerce its column instead. */
export function castText(value: unknown, site: CastSite): string {
  if (typeof value === 'string') return wellFormed(value, site);
  if (
    (typeof value === 'number' && Number.isFinite(value)) ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
  ) {
    return String(value);
  }
  throw rejectValue(value, 'a string', site);
}

/** A lone surrogate has no form in UTF-8: the driver would silently store U+FFFD instead. */
function wellFormed(value: string, site: CastSite): string {
  if (!value.isWellFormed()) throw rejectValue(value, 'well-formed text (this has half a surrogate pair)', site);
  return value;
}

function deserializeText(raw: Scalar): string {
  if (typeof raw === 'string') return raw;
  return raw instanceof Uint8Array
    ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8')
    : String(raw);
}

const identical = (a: string, b: string) => a === b;
const asItIs = (value: string) => value;

function textType(kind: 'string' | 'text', length: number | undefined): TextType {
  return Object.freeze({
    kind,
    length,
    plain: 'string',
    mutable: false,
    cast: castText,
    deserialize: deserializeText,
    serialize: asItIs,
    equals: identical,
  });
}

export const stringType = (length: number): TextType => textType('string', length);
export const longTextType: TextType = textType('text', undefined);

/** One of a few words. */
export interface EnumType extends Type<string> {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

export function enumType(values: readonly string[]): EnumType {
  const known = new Set(values);
  return Object.freeze({
    kind: 'enum',
    values: Object.freeze([...values]),
    plain: 'string',
    mutable: false,
    cast: (value: unknown, site: CastSite) => castWord(value, known, site),
    deserialize: deserializeText,
    serialize: asItIs,
    equals: identical,
  });
}
