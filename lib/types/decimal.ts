import { InvalidValue } from '../errors/query.ts';
import { type CastSite, rejectValue, type Scalar, type Type } from './type.ts';

/** Exact decimals, as text in canonical form: `scale` digits behind the point, no leading zeros, no `-0`. */
export interface DecimalType extends Type<string> {
  readonly kind: 'decimal';
  readonly precision: number;
  readonly scale: number;
}

const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;

/** The digits before and behind the point; undefined for text that is no number. */
function parse(text: string): { negative: boolean; integer: string; fraction: string } | undefined {
  const match = parts.exec(text);
  if (match === null) return undefined;
  const [, sign, before = '', behind = '', exponent] = match;
  if (before === '' && behind === '') return undefined;
  let digits = before + behind;
  let point = before.length + Number(exponent ?? 0);
  if (point < 0) {
    digits = '0'.repeat(-point) + digits;
    point = 0;
  }
  if (point > digits.length) digits = digits.padEnd(point, '0');
  const integer = digits.slice(0, point).replace(/^0+/, '') || '0';
  const fraction = digits.slice(point);
  return { negative: sign === '-', integer, fraction };
}

function canonical(text: string, scale: number): string | undefined {
  const number = parse(text);
  if (number === undefined) return undefined;
  const kept = number.fraction.slice(0, scale).padEnd(scale, '0');
  if (/[1-9]/.test(number.fraction.slice(scale))) return undefined;
  const zero = number.integer === '0' && !/[1-9]/.test(kept);
  const sign = number.negative && !zero ? '-' : '';
  return scale === 0 ? `${sign}${number.integer}` : `${sign}${number.integer}.${kept}`;
}

/** Whether the value has more digits before the point than the column can hold. */
export function decimalOverflows(value: string, type: DecimalType): boolean {
  // Values are canonical: `scale` digits behind the point.
  if (value.length <= type.precision) return false;
  const integer = value.replace(/^-/, '').split('.')[0] ?? '';
  return integer !== '0' && integer.length > type.precision - type.scale;
}

export function decimalType(precision: number, scale: number): DecimalType {
  const expected = `a decimal with at most ${scale} digits behind the point`;
  // As databases write it: most of the time of reading a record must not go to texts that are canonical already.
  const shape = new RegExp(scale === 0 ? '^(?:0|-?[1-9]\\d*)$' : `^(?:-?[1-9]\\d*|0)\\.\\d{${scale}}$`);
  return Object.freeze({
    kind: 'decimal',
    precision,
    scale,
    plain: undefined,
    mutable: false,
    cast(value: unknown, site: CastSite) {
      if (typeof value === 'string' && value.length <= 512 && shape.test(value)) return value;
      const text =
        typeof value === 'string'
          ? value.trim()
          : typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))
            ? String(value)
            : undefined;
      const exact = text === undefined || text.length > 512 ? undefined : canonical(text, scale);
      if (exact === undefined) throw rejectValue(value, expected, site);
      return exact;
    },
    deserialize(raw: Scalar) {
      if (typeof raw === 'string' && shape.test(raw)) return raw;
      // SQLite gives a REAL for a column of NUMERIC affinity: 15 digits are exact there, and the scale restores the text.
      const text = typeof raw === 'number' && !Number.isInteger(raw) ? raw.toFixed(scale) : String(raw);
      const exact = canonical(text, scale);
      if (exact !== undefined) return exact;
      if (parse(text) !== undefined) return text;
      throw new InvalidValue(`The database holds ${text}, which is no decimal.`);
    },
    serialize: (value: string) => value,
    equals: (a: string, b: string) => a === b,
  });
}
