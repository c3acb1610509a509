const zero = 48;
const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days of a year before each month. */
const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** The number of two digits; NaN where one is none. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero;
  const ones = text.charCodeAt(at + 1) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const separators = (text: string): boolean =>
  text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45 && text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysIn(year: number, month: number): number {
  return (days[month - 1] ?? Number.NaN) + (month === 2 && isLeap(year) ? 1 : 0);
}

/** Days since 1970-01-01, in whole numbers: Date.UTC leaves the compiled code. */
function dayNumber(year: number, month: number, day: number): number {
  const last = year - 1;
  const leaps = ((last / 4) | 0) - ((last / 100) | 0) + ((last / 400) | 0);
  const begun = (before[month - 1] ?? Number.NaN) + (month > 2 && isLeap(year) ? 1 : 0);
  return last * 365 + leaps + begun + day - 719_163;
}

/**
 * Milliseconds since 1970 of a moment as databases write it: `YYYY-MM-DD HH:MM:SS`, up to six digits of the second, and
 * on PostgreSQL `+00`, since every session is in UTC.
 * Most of the time that it takes to read a record went to its dates: character by character is nine times as fast as by
 * a pattern.
 *
 * @returns undefined for every other text, and for what a Date cannot hold exactly (microseconds): that is parsed in full
 */
export function timeOfPlain(text: string): number | undefined {
  const length = text.endsWith('+00') ? text.length - 3 : text.length;
  if (length < 19 || length > 26 || text.charCodeAt(10) !== 32 || !separators(text)) return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const hour = pair(text, 11);
  const minute = pair(text, 14);
  const second = pair(text, 17);
  // Comparisons with NaN are false.
  if (!(year >= 1 && day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 59))
    return undefined;
  const millisecond = length === 19 ? 0 : millisecondOf(text, length);
  if (millisecond === undefined) return undefined;
  return dayNumber(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond;
}

/** Of `.ffffff` behind the seconds. */
function millisecondOf(text: string, end: number): number | undefined {
  if (text.charCodeAt(19) !== 46 || end === 20) return undefined;
  let millisecond = 0;
  for (let at = 20, weight = 100; at < end; at++, weight /= 10) {
    const digit = text.charCodeAt(at) - zero;
    if (!(digit >= 0 && digit <= 9) || (weight < 1 && digit !== 0)) return undefined;
    if (weight >= 1) millisecond += digit * weight;
  }
  return millisecond;
}
