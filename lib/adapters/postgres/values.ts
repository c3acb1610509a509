import type { CustomTypesConfig } from 'pg';
import type { Scalar } from '../../types/type.ts';

// Numbers of the built-in types in pg_type, which never change.
const oids = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, oid: 26, float4: 700, float8: 701 } as const;

const asText = (text: string): Scalar => text;
const asNumber = (text: string): Scalar => Number(text);
/** Up to fifteen digits and a sign are always exact, and almost all there are. */
const asWhole = (text: string): Scalar =>
  text.length < 16 || Number.isSafeInteger(Number(text)) ? Number(text) : text;
const asBoolean = (text: string): Scalar => text === 't';
/** The session is pinned to bytea_output = hex: `\x00ff`. */
const asBytes = (text: string): Scalar => Buffer.from(text.slice(2), 'hex');

function parserOf(oid: number): (text: string) => Scalar {
  switch (oid) {
    case oids.int4:
    case oids.int2:
    case oids.oid:
    case oids.float8:
    case oids.float4:
      return asNumber;
    case oids.int8:
      return asWhole;
    case oids.bool:
      return asBoolean;
    case oids.bytea:
      return asBytes;
    default:
      return asText;
  }
}

/**
 * How values are read: everything that is not a plain number, a boolean or bytes stays the server's text. Moments,
 * decimals and JSON are cast when they are first read, and nothing is rounded on the way.
 */
export const valueTypes: CustomTypesConfig = {
  // Its declaration has an overload per known type, each naming that type's parser; at run time it is one look-up.
  getTypeParser: parserOf as CustomTypesConfig['getTypeParser'],
};

/** What is bound, in forms that the driver writes as they are. It makes text of numbers, which takes the sign of -0. */
export function toParameters(binds: readonly Scalar[]): unknown[] {
  return binds.map((bind) => (Object.is(bind, -0) ? '-0' : bind));
}
