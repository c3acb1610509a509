import { type CastSite, rejectValue, type Scalar, type Type } from './type.ts';

/** A column type that no builder matches (SET, YEAR, BIT, INET, …): the driver's plain value, both ways. */
export interface PlainType extends Type<Scalar> {
  readonly kind: 'plain';
  /** The database's own name of the type. */
  readonly sqlType: string;
}

/** Any scalar, as the driver gives and takes it. */
export function plainType(sqlType: string): PlainType {
  return Object.freeze({
    kind: 'plain',
    sqlType,
    plain: 'scalar',
    mutable: false,
    cast(value: unknown, site: CastSite): Scalar {
      return castScalar(value, site);
    },
    deserialize: (raw: Scalar) => raw,
    serialize: (value: Scalar) => value,
    equals: (a: Scalar, b: Scalar) =>
      a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b),
  });
}

/** A value of which only the value itself tells the type, as in the `sql` template. */
export function castScalar(value: unknown, site: CastSite): Scalar {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw rejectValue(value, 'well-formed text (this has half a surrogate pair)', site);
      return value;
    case 'bigint':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    case 'object':
      if (value === null || value instanceof Uint8Array) return value;
      break;
  }
  throw rejectValue(value, 'a string, number, bigint, boolean, bytes or null', site);
}
