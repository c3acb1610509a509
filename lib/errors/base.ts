import type { ErrorCode } from './codes.ts';

export interface ErrorDetails {
  /** What to do about it: the second half of the message. */
  readonly hint?: string | undefined;
  /** The error that led to this one, usually the driver's. */
  readonly cause?: unknown;
}

/**
 * The root of every error that this library throws on purpose.
 *
 * ```ts
 * try {
 *   await User.find(42);
 * } catch (error) {
 *   if (error instanceof ActiveRecordError && error.code === 'AR_RECORD_NOT_FOUND') …
 * }
 * ```
 */
export abstract class ActiveRecordError extends Error {
  /** The stable code; `docs/errors.md` explains each. */
  abstract readonly code: ErrorCode;
  /** What to do about it; it stands in the message too. */
  readonly hint: string | undefined;

  constructor(what: string, details: ErrorDetails = {}) {
    const message = details.hint === undefined ? what : `${what} ${details.hint}`;
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    // On the instance it would be printed twice by inspectors; on the prototype subclasses of users keep their names.
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
  }
}
