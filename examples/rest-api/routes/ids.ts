import { BadRequest } from '../errors.ts';

/** A key as a URL has it: digits only. `Number` would also take `1e3`, `0x1f` and an empty text. */
export function idOf(text: unknown): number {
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw new BadRequest(`${JSON.stringify(text)} is no id.`);
}
