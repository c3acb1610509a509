import { InvalidQuery } from '../../errors/query.ts';

/** How long something is valid. */
export interface Expiry {
  /** In seconds from now. */
  readonly expiresIn?: number;
  readonly expiresAt?: Date;
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
  if (typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0)
    return Date.now() + Math.round(expiresIn * 1000);
  throw new InvalidQuery(`The expiresIn of ${what} is a number of seconds greater than 0.`);
}

export const isOver = (expiry: unknown): boolean =>
  expiry !== null && (typeof expiry !== 'number' || Date.now() >= expiry);
