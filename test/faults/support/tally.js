// What the rows of the scorecard count with.
import { channel } from 'node:diagnostics_channel';
import { ActiveRecordError } from 'active-record-ts';

/** Counts what was tried and what went wrong, and keeps the first few of the latter to be shown. */
export class Tally {
  tried = 0;
  wrong = 0;
  /** @type {string[]} */
  failures = [];

  /** @param {boolean} good @param {() => string} describe */
  check(good, describe) {
    this.tried++;
    if (good) return;
    this.wrong++;
    if (this.failures.length < 10) this.failures.push(describe());
  }
}

/** The SQL of every statement that is sent while `run` runs, and what it threw. */
export async function watch(run) {
  const sent = [];
  const started = channel('tracing:active-record-ts:statement:start');
  const note = ({ sql }) => sent.push(sql);
  started.subscribe(note);
  try {
    return { sent, value: await run(), error: undefined };
  } catch (error) {
    return { sent, value: undefined, error };
  } finally {
    started.unsubscribe(note);
  }
}

/** Whether an error is one of the library's own. */
export const isTyped = (error) => error instanceof ActiveRecordError;

/** A value in a line of the report. */
export function show(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function' || Object.is(value, -0)) return String(value);
  if (value instanceof Date) return `Date ${value.getTime()}`;
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 80);
  } catch {
    return String(value);
  }
}

/** A result that has to be nothing wrong at all. */
export const none = (tally, unit, note = '') => ({
  count: tally.wrong,
  of: tally.tried,
  target: 0,
  unit,
  note,
  failures: tally.failures,
});
