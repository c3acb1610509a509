import { InvalidQuery } from '../../errors/query.ts';
import { didYouMean } from '../../support/suggest.ts';

/** How long something is valid. */
export interface Expiry {
  /** In seconds from now. */
  readonly expiresIn?: number;
  readonly expiresAt?: Date;
}

/** A misspelt option would give a token that never expires. @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkOptions(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidQuery(`${what} takes its options as an object: { ${known[0]}: … }.`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidQuery(`${what} has no option "${unknown.slice(0, 40)}".`, { hint: didYouMean(unknown, known) });
}

/** The moment in milliseconds; null for what does not expire. @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function expiryOf({ expiresIn, expiresAt }: Expiry, what: string): number | null {
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw new InvalidQuery(`${what} takes expiresIn or expiresAt, not both.`);
  if (expiresAt !== undefined) {
    if (expiresAt instanceof Date && Number.isFinite(expiresAt.getTime())) return expiresAt.getTime();
    throw new InvalidQuery(`The expiresAt of ${what} is no Date.`);
  }
  if (expiresIn === undefined) return null;
  // What is beyond all numbers would be null in JSON, and that never expires.
  if (typeof expiresIn === 'number' && expiresIn > 0 && Number.isFinite(expiresIn * 1000))
    return Date.now() + Math.round(expiresIn * 1000);
  throw new InvalidQuery(`The expiresIn of ${what} is a number of seconds greater than 0.`);
}

export const isOver = (expiry: unknown): boolean =>
  expiry !== null && (typeof expiry !== 'number' || Date.now() >= expiry);
