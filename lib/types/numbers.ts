import { InvalidValue } from '../errors/query.ts';
import { type CastSite, rejectValue, type Scalar, type Type } from './type.ts';

const whole = /^[+-]?\d{1,40}$/;

/** Whole numbers that JavaScript holds exactly; reading one that it cannot hold throws. */
export interface IntegerType extends Type<number> {
  readonly kind: 'id' | 'integer' | 'smallint' | 'tinyint' | 'key';
  readonly unsigned: boolean;
  /** The only numbers that there are, for the numbers of an enum. */
  readonly among?: readonly number[];
}

const ranges = {
  tinyint: [-128, 127, 255],
  smallint: [-32768, 32767, 65535],
  integer: [-2147483648, 2147483647, 4294967295],
  id: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  key: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

function toInteger(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value === 'string' && !whole.test(value)) return undefined;
  if (typeof value !== 'string' && typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function deserializeInteger(raw: Scalar): number {
  const number = typeof raw === 'boolean' ? Number(raw) : toInteger(raw);
  if (number === undefined) {
    throw new InvalidValue(`The database holds ${String(raw)}, which a number cannot hold exactly.`, {
      hint: 'Declare the column as column.bigint().',
    });
  }
  return number;
}

/** The smallest and largest value of the column type, also for the message of a failed save. */
export function integerRange(type: IntegerType): readonly [number, number] {
  const [min, max, unsignedMax] = ranges[type.kind];
  return type.unsigned ? [0, unsignedMax] : [min, max];
}

export function integerType(kind: IntegerType['kind'], unsigned = false): IntegerType {
  return Object.freeze({
    kind,
    unsigned,
    plain: 'integer',
    mutable: false,
    cast(value: unknown, site: CastSite) {
      const number = toInteger(value);
      // -0 is a number of its own in JavaScript only: comparisons must not see a change where the database sees none.
      if (number !== undefined) return number === 0 ? 0 : number;
      throw rejectValue(value, 'a whole number', site);
    },
    deserialize: deserializeInteger,
    serialize: (value: number) => value,
    equals: (a: number, b: number) => a === b,
  });
}

/** 64-bit whole numbers. */
export interface BigintType extends Type<bigint> {
  readonly kind: 'bigint';
  readonly unsigned: boolean;
  /** The only numbers that there are, for the numbers of an enum. */
  readonly among?: readonly number[];
}

const signedRange = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const unsignedRange = [0n, 2n ** 64n - 1n] as const;

export function bigintRange(type: BigintType): readonly [bigint, bigint] {
  return type.unsigned ? unsignedRange : signedRange;
}

export function bigintType(unsigned = false): BigintType {
  return Object.freeze({
    kind: 'bigint',
    unsigned,
    plain: undefined,
    mutable: false,
    cast(value: unknown, site: CastSite) {
      if (typeof value === 'bigint') return value;
      if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
      if (typeof value === 'string' && whole.test(value)) return BigInt(value.startsWith('+') ? value.slice(1) : value);
      throw rejectValue(value, 'a bigint or a safe whole number', site);
    },
    deserialize(raw: Scalar) {
      if (typeof raw === 'bigint') return raw;
      if (typeof raw === 'number') {
        if (Number.isSafeInteger(raw)) return BigInt(raw);
        throw new InvalidValue(`The driver has rounded a big integer to ${raw}.`, {
          hint: 'Select it through a model that declares the column as column.bigint().',
        });
      }
      return BigInt(String(raw));
    },
    serialize: (value: bigint) => value,
    equals: (a: bigint, b: bigint) => a === b,
  });
}

/** Binary floating point; NaN and infinities are refused, because not every database can hold them. */
export interface FloatType extends Type<number> {
  readonly kind: 'float' | 'double';
}

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function castFloat(value: unknown, site: CastSite): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'bigint' || (typeof value === 'string' && numeral.test(value))
        ? Number(value)
        : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw rejectValue(value, 'a finite number', site);
}

const deserializeFloat = (raw: Scalar) => (typeof raw === 'number' ? raw : Number(raw));
// -0 and 0 are different values of a float column.
const sameFloat = (a: number, b: number) => Object.is(a, b);

const doubleType: FloatType = Object.freeze({
  kind: 'double',
  plain: 'number',
  mutable: false,
  cast: castFloat,
  deserialize: deserializeFloat,
  serialize: (value: number) => value,
  equals: sameFloat,
});

/**
 * The shortest number with the same 32 bits: 0.1, where the bits read as 0.10000000149011612. Whatever the database
 * keeps or prints, the program then sees the same number before a save and after.
 */
function shortest(number: number): number {
  const narrow = Math.fround(number);
  // Too large for 32 bits: saving says so. And a zero keeps its sign.
  if (!Number.isFinite(narrow) || narrow === 0) return narrow === 0 ? narrow : number;
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(narrow.toPrecision(digits));
    if (Math.fround(candidate) === narrow) return candidate;
  }
  return Number(narrow.toPrecision(9));
}

const singleType: FloatType = Object.freeze({
  kind: 'float',
  plain: undefined,
  mutable: false,
  cast: (value: unknown, site: CastSite) => shortest(castFloat(value, site)),
  deserialize: (raw: Scalar) => shortest(deserializeFloat(raw)),
  // The 32 bits themselves: a condition with 0.1 has to meet the column's 0.10000000149011612.
  serialize: (value: number) => (Number.isFinite(Math.fround(value)) ? Math.fround(value) : value),
  equals: sameFloat,
});

export const floatType = (kind: 'float' | 'double'): FloatType => (kind === 'double' ? doubleType : singleType);
