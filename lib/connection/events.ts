import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { Compiled } from '../sql/compile.ts';

/** What subscribers of `active-record-ts:statement` receive, before and after each statement. */
export interface StatementEvent {
  /** The name of the connection. */
  readonly connection: string;
  readonly sql: string;
  /** The values; those of sensitive columns are `[hidden]`. */
  readonly binds: readonly unknown[];
  /** `performance.now()` when it was sent. */
  readonly startedAt: number;
  /**
   * The association that the statement loads automatically, such as `Post.author`, and for how many records: one of them
   * was asked for it, and those that were loaded together with that one get theirs by the same statement.
   */
  readonly batch?: { readonly association: string; readonly records: number };
  /** How many calls of `find(key)` of the same turn the statement answers, where there are several. */
  readonly coalesced?: number;
  /** Milliseconds; there once the statement has ended. */
  duration?: number;
  /** Rows read, or rows written; there once the statement has succeeded. */
  rows?: number;
  error?: unknown;
}

/** What subscribers of `active-record-ts:connection` receive. */
export interface ConnectionEvent {
  readonly connection: string;
  error?: unknown;
}

/**
 * Tracing channels of Node's diagnostics_channel: `tracing:active-record-ts:statement:start`, `…:asyncEnd`, `…:error`,
 * and the same for `connection`. With no subscriber they cost one property read per statement.
 */
export const statementChannel = tracingChannel<StatementEvent, StatementEvent>('active-record-ts:statement');
export const connectionChannel = tracingChannel<ConnectionEvent, ConnectionEvent>('active-record-ts:connection');

/** What was given, where no inspector sees it. */
class Unseen<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  static valueOf<T>(unseen: Unseen<T>): T {
    return unseen.#value;
  }
}

/**
 * Runs a function with its events. Node puts what it gives into the event: rows, secrets among them, or the driver's
 * connection with its password.
 */
export async function tracedApart<Event extends object, T>(
  traced: TracingChannel<Event, Event>,
  event: Event,
  run: () => Promise<T>,
): Promise<T> {
  return Unseen.valueOf(await traced.tracePromise(async () => new Unseen(await run()), event));
}

export function hideSensitive(binds: readonly unknown[], sensitive: readonly number[]): readonly unknown[] {
  return sensitive.length === 0 ? binds : binds.map((value, index) => (sensitive.includes(index) ? '[hidden]' : value));
}

/** Databases quote values in their messages ("Duplicate entry '…' for key"): those of sensitive columns are taken out. */
export function scrubSensitive(error: unknown, statement: Compiled): void {
  if (statement.sensitive.length === 0 || !(error instanceof Error)) return;
  const secrets = statement.sensitive.map((index) => statement.binds[index]);
  const scrub = (text: string) => secrets.reduce<string>((scrubbed, secret) => without(scrubbed, secret), text);
  const { message } = error;
  for (const key of Object.getOwnPropertyNames(error)) {
    const text: unknown = Reflect.get(error, key);
    if (typeof text !== 'string') continue;
    // The stack begins with the message; what follows are names of functions and files.
    Reflect.set(error, key, key === 'stack' ? text.replace(message, () => scrub(message)) : scrub(text));
  }
}

/** Plans quote values as conditions of a query do: those of sensitive columns are taken out of the text. */
export function hideInPlan(plan: string, { binds, sensitive }: Compiled): string {
  return sensitive.reduce((text, index) => {
    const secret = binds[index] ?? null;
    if (typeof secret === 'string') return without(without(text, secret), secret.replaceAll("'", "''"));
    if (secret instanceof Uint8Array) return without(text, Buffer.from(secret).toString('hex'));
    // Figures of the plan itself stand right behind an equals sign: rows=1.
    if (typeof secret === 'number' || typeof secret === 'bigint')
      return text.replace(new RegExp(`(?<![\\w.=])${String(secret).replace('.', '\\.')}(?![\\w.])`, 'g'), '[hidden]');
    return text;
  }, plan);
}

/** A short value may be part of any word: it is taken out only where it stands in quotes or parentheses by itself. */
function without(text: string, secret: unknown): string {
  if (typeof secret !== 'string' || secret === '') return text;
  if (secret.length > 3) return text.replaceAll(secret, '[hidden]');
  return text.replaceAll(`'${secret}'`, "'[hidden]'").replaceAll(`(${secret})`, '([hidden])');
}
