import { type CastSite, type Encoding, rejectValue, type Scalar, type Type } from './type.ts';

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
