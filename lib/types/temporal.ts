import { InvalidValue } from '../errors/query.ts';
import { timeOfPlain } from './plain-moment.ts';
import { type CastSite, type Encoding, rejectValue, type Scalar, type Type, zeroDay } from './type.ts';

const two = (value: number) => (value < 10 ? `0${value}` : String(value));
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const timePattern = /^(-?)(\d{2,3}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/;
const datetimePattern =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/;

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return day <= date.getUTCDate();
}

/** A calendar day as `YYYY-MM-DD`: no zone can shift it. */
export interface DateType extends Type<string> {
  readonly kind: 'date';
}

/** A date that is none must not become another date; and it is not the library's to say that it is NULL. */
function zeroDateError(text: string): InvalidValue {
  return new InvalidValue(`The database holds the date "${text.slice(0, 40)}", which is no day.`, {
    hint: "Mend the row, or connect with zeroDates: 'null' to read such dates as null.",
  });
}

export const dateType: DateType = Object.freeze({
  kind: 'date',
  plain: 'day',
  mutable: false,
  cast(value: unknown, site: CastSite) {
    const match = typeof value === 'string' ? datePattern.exec(value) : null;
    if (match !== null && Number(match[1]) > 0 && isDay(Number(match[1]), Number(match[2]), Number(match[3])))
      return match[0];
    throw rejectValue(value, "a day as 'YYYY-MM-DD'", site);
  },
  deserialize(raw: Scalar) {
    const text = String(raw);
    if (zeroDay.test(text)) throw zeroDateError(text);
    return text;
  },
  serialize: (value: string) => value,
  equals: (a: string, b: string) => a === b,
});

/** A time of day as `HH:MM:SS`, with up to six digits of a second. MySQL also keeps spans up to 838 hours. */
export interface TimeType extends Type<string> {
  readonly kind: 'time';
}

/** `10:30`, `10:30:00` and `10:30:00.000000` are one time. */
function canonicalTime(text: string): string | undefined {
  const match = timePattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', hours = '00', minutes = '00', seconds = '00', fraction = ''] = match;
  if (Number(minutes) > 59 || Number(seconds) > 59 || Number(hours) > 838) return undefined;
  const rest = fraction.replace(/0+$/, '');
  const zero = rest === '' && /^0+$/.test(hours + minutes + seconds);
  return `${zero ? '' : sign}${hours.length === 3 && hours.startsWith('0') ? hours.slice(1) : hours}:${minutes}:${seconds}${rest === '' ? '' : `.${rest}`}`;
}

/** PostgreSQL also knows the end of a day. */
const timeOfDay = /^(?:(?:[01]\d|2[0-3]):|24:00:00$)/;

export const timeType: TimeType = Object.freeze({
  kind: 'time',
  plain: undefined,
  mutable: false,
  cast(value: unknown, site: CastSite) {
    const time = typeof value === 'string' ? canonicalTime(value) : undefined;
    if (time === undefined) throw rejectValue(value, "a time as 'HH:MM:SS' or 'HH:MM:SS.ffffff'", site);
    return time;
  },
  deserialize: (raw: Scalar) => canonicalTime(String(raw)) ?? String(raw),
  serialize(value: string, encoding: Encoding) {
    if (encoding.times === 'day' && !timeOfDay.test(value)) {
      throw new InvalidValue(`The time ${value} is no time of day, which is all that the connected database keeps.`, {
        hint: 'Only MySQL and MariaDB keep spans; elsewhere keep seconds in a column.bigint().',
      });
    }
    return value;
  },
  equals: (a: string, b: string) => a === b,
});

/** A moment. The sessions of every connection are pinned to UTC, so the zones of server and program do not matter. */
export interface DatetimeType extends Type<Date> {
  readonly kind: 'datetime';
  /** Digits of a second that the column keeps, 0 to 6. */
  readonly precision: number;
}

/**
 * The text of moments that a Date cannot hold exactly (microseconds). Keyed by the Date that was read, so that a
 * condition or an assignment with it finds the very same moment again.
 */
const exactTexts = new WeakMap<Date, { readonly time: number; readonly text: string }>();

function parseDatetime(text: string): { date: Date; digits: string } | undefined {
  const match = datetimePattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', digits = '', , sign, zoneHours, zoneMinutes = '0'] = match;
  if (
    !isDay(Number(year), Number(month), Number(day)) ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 59
  ) {
    return undefined;
  }
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const zone = sign === undefined ? 0 : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  date.setUTCHours(Number(hour), Number(minute) - zone, Number(second), Number(digits.slice(0, 3).padEnd(3, '0')));
  return { date, digits };
}

/** `YYYY-MM-DD HH:MM:SS.fff`, in UTC: of fixed width, so that on SQLite text order is time order. */
function formatDatetime(date: Date, precision: number): string {
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const day = `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  if (precision === 0) return `${day} ${time}`;
  // Cut, never rounded: 23:59:59.999 must not become the next day.
  const fraction = String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(6, '0').slice(0, precision);
  return `${day} ${time}.${fraction}`;
}

function deserializeDatetime(raw: Scalar): Date {
  const text = String(raw);
  const time = timeOfPlain(text);
  if (time !== undefined) return new Date(time);
  const parsed = parseDatetime(text);
  if (parsed === undefined) {
    if (zeroDay.test(text)) throw zeroDateError(text);
    throw new InvalidValue(`The database holds the moment "${text.slice(0, 40)}", which no Date can be.`, {
      hint: "Mend the row, or declare the column with .as('string') to read it as text.",
    });
  }
  if (/[1-9]/.test(parsed.digits.slice(3))) {
    exactTexts.set(parsed.date, {
      time: parsed.date.getTime(),
      text: formatDatetime(parsed.date, 3) + parsed.digits.slice(3, 6).padEnd(3, '0'),
    });
  }
  return parsed.date;
}

export function datetimeType(precision: number): DatetimeType {
  return Object.freeze({
    kind: 'datetime',
    precision,
    plain: undefined,
    mutable: true,
    cast(value: unknown, site: CastSite) {
      const date = value instanceof Date ? value : typeof value === 'string' ? parseZoned(value) : undefined;
      if (date === undefined || Number.isNaN(date.getTime())) {
        throw rejectValue(value, "a Date (or ISO text with a zone, such as '2026-11-20T10:15:00Z')", site);
      }
      if (!hasYear(date)) throw rejectValue(value, 'a moment in the years 1 to 9999', site);
      return ownDate(date, precision);
    },
    deserialize: deserializeDatetime,
    serialize: (value: Date) => momentText(value, precision),
    // By what the column can hold: a digit that it drops is no difference.
    equals: (a: Date, b: Date) => momentText(a, precision) === momentText(b, precision),
  });
}

const hasYear = (date: Date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;

/** The text of a moment, with all digits of the text that the Date was read from. */
export function momentText(date: Date, precision: number): string {
  const exact = exactTexts.get(date);
  if (exact === undefined || exact.time !== date.getTime()) return formatDatetime(date, precision);
  return exact.text.slice(0, precision === 0 ? 19 : 20 + precision);
}

/**
 * A Date of the record's own, cut to the digits that the column keeps: what is read before a save is what is read after
 * it, and two records never share one Date.
 */
function ownDate(date: Date, precision: number): Date {
  const time = date.getTime();
  const unit = 10 ** Math.max(0, 3 - precision);
  const own = new Date(time - (((time % unit) + unit) % unit));
  const exact = exactTexts.get(date);
  if (precision > 3 && exact !== undefined && exact.time === time) {
    const text = exact.text.slice(0, 20 + precision).padEnd(26, '0');
    if (/[1-9]/.test(text.slice(23))) exactTexts.set(own, { time, text });
  }
  return own;
}

/** Text without a zone is refused: it would mean another moment on every machine. */
function parseZoned(text: string): Date | undefined {
  return /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? parseDatetime(text)?.date : undefined;
}

/** `column.datetime(6).as('string')`: the moment as UTC text with every digit. */
export interface DatetimeTextType extends Type<string> {
  readonly kind: 'datetime';
  readonly precision: number;
}

export function datetimeTextType(precision: number): DatetimeTextType {
  const canonicalText = (text: string): string | undefined => {
    const parsed = parseDatetime(text);
    if (parsed === undefined || !hasYear(parsed.date)) return undefined;
    const base = formatDatetime(parsed.date, 0);
    return precision === 0 ? base : `${base}.${parsed.digits.slice(0, precision).padEnd(precision, '0')}`;
  };
  return Object.freeze({
    kind: 'datetime',
    precision,
    plain: undefined,
    mutable: false,
    cast(value: unknown, site: CastSite) {
      // A Date too: that is what timestamps are given.
      const isDate = value instanceof Date && !Number.isNaN(value.getTime()) && hasYear(value);
      const text = typeof value === 'string' ? canonicalText(value) : isDate ? momentText(value, precision) : undefined;
      if (text === undefined) throw rejectValue(value, "a moment in UTC as 'YYYY-MM-DD HH:MM:SS.ffffff'", site);
      return text;
    },
    deserialize: (raw: Scalar) => canonicalText(String(raw)) ?? String(raw),
    serialize: (value: string) => value,
    equals: (a: string, b: string) => a === b,
  });
}
