import { type CastSite, type Encoding, rejectValue, type Scalar, type Type } from './type.ts';

export interface BooleanType extends Type<boolean> {
  readonly kind: 'boolean';
}

const words = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
]);

export const booleanType: BooleanType = Object.freeze({
  kind: 'boolean',
  plain: undefined,
  mutable: false,
  cast(value: unknown, site: CastSite) {
    const known = words.get(value);
    if (known === undefined) throw rejectValue(value, 'true or false', site);
    return known;
  },
  // TINYINT(1) may hold 2, and BIT(1) is a byte: whatever is not zero is true.
  deserialize(raw: Scalar) {
    if (typeof raw === 'boolean') return raw;
    if (typeof raw === 'number') return raw !== 0;
    if (typeof raw === 'bigint') return raw !== 0n;
    if (typeof raw === 'string')
      return raw === 't' || raw === 'true' || (raw !== 'f' && raw !== 'false' && Number(raw) !== 0);
    return raw?.some((byte) => byte !== 0) === true;
  },
  serialize: (value: boolean, encoding: Encoding) => (encoding.booleans === 'native' ? value : value ? 1 : 0),
  equals: (a: boolean, b: boolean) => a === b,
});
