import { InvalidValue } from '../errors/query.ts';

/** What a driver takes and gives: everything else is made of these. */
export type Scalar = string | number | bigint | boolean | Uint8Array | null;

/** How the connected database wants values that have more than one form. */
export interface Encoding {
  /** MySQL and SQLite keep booleans as 0 and 1. */
  readonly booleans: 'native' | 'integer';
  /** MySQL keeps a UUID in BINARY(16). */
  readonly uuids: 'text' | 'bytes';
  /** MySQL's TIME is a span of up to 838 hours, also below zero; elsewhere it is a time of day. */
  readonly times: 'span' | 'day';
}

/** The form of values that no database asks for specially. */
export const neutralEncoding: Encoding = { booleans: 'native', uuids: 'text', times: 'span' };

/** Where a value was given, for the message when it does not fit. */
export interface CastSite {
  /** Such as `User.age`. */
  readonly label: string;
  /** The value must not stand in a message. */
  readonly sensitive: boolean;
}

/**
 * How values of one column type pass between the program and the database. Nothing here knows of SQL or of models, and
 * `null` never gets here: it is `null` on both sides.
 */
export interface Type<Value = unknown> {
  /** Which builder made it: DDL and error texts are chosen by it. */
  readonly kind: string;
  /**
   * Which of the driver's values are the attribute's value as they stand, so that nothing has to be kept beside them:
   * those with that `typeof`, `integer` for the numbers that are exact, `day` for text that is a date, `scalar` for all. Undefined where reading makes
   * another value.
   */
  readonly plain: 'string' | 'number' | 'integer' | 'day' | 'scalar' | undefined;
  /** The value can be changed in place (JSON, Date, bytes), so that assigned is not the only way to be changed. */
  readonly mutable: boolean;
  /** From the program: the value, or {@link InvalidValue}. Never guesses, never loses a digit. */
  cast(value: unknown, site: CastSite): Value;
  /** From the database, in any of the forms that the supported drivers give. */
  deserialize(raw: Scalar): Value;
  /** To the database. */
  serialize(value: Value, encoding: Encoding): Scalar;
  equals(a: Value, b: Value): boolean;
  /** `serialize` gives another value each time: two raw values tell nothing of whether the values are the same. */
  readonly isRandom?: boolean;
  /** The same type without what `normalize` has put in front of its cast; undefined where nothing is. */
  readonly bare?: Type;
}

/** The type whose cast changes nothing that was meant: for values that come from rows, or are computed from such. */
export function bareType(type: Type): Type {
  return type.bare ?? type;
}

/** `0000-00-00`, `2024-00-10`: what MySQL in a lax sql_mode takes for dates. */
export const zeroDay: RegExp = /^(?:0000-00-00|\d{4}-00-\d\d|\d{4}-\d\d-00)/;

/** Whether a driver's value is the attribute's value as it stands. */
export function isPlain(raw: unknown, plain: Type['plain']): raw is Scalar {
  // SQLite drivers may hand out an integer past 2^53 rounded, which then is no safe one.
  if (plain === 'integer') return Number.isSafeInteger(raw);
  if (plain === 'day') return typeof raw === 'string' && !zeroDay.test(raw);
  return plain === 'scalar' || (plain !== undefined && typeof raw === plain);
}

/** A value as it may stand in a message: short, on one line, and of its own kind. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
    case 'number':
    case 'boolean':
      return `the ${typeof value} ${String(value)}`;
    case 'bigint':
      return `the bigint ${value}`;
    case 'undefined':
      return 'undefined';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'an array';
      if (value instanceof Date)
        return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`;
      return `an object${constructorName(value)}`;
    default:
      return `a ${typeof value}`;
  }
}

function constructorName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || typeof prototype !== 'object') return '';
  const maker: unknown = Reflect.get(prototype, 'constructor');
  return typeof maker === 'function' && maker.name !== '' ? ` of class ${maker.name.slice(0, 40)}` : '';
}

/** The error about a value that does not fit. */
export function rejectValue(value: unknown, expected: string, site: CastSite): InvalidValue {
  const given =
    site.sensitive && value !== undefined && value !== null ? `a value of type ${typeof value}` : describeValue(value);
  const hint =
    value === undefined
      ? 'Leave the attribute out, or give null.'
      : typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
        ? 'If it came from outside (a request body, say), check it before it gets here.'
        : undefined;
  return new InvalidValue(`${site.label} takes ${expected}, not ${given}.`, { hint });
}
