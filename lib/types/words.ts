import { InvalidValue } from '../errors/query.ts';
import { nearest } from '../support/suggest.ts';
import { type CastSite, rejectValue } from './type.ts';

/** A word of an enum. @throws InvalidValue (`AR_VALUE_INVALID`) with the words that there are, and the one that was probably meant */
export function castWord(
  value: unknown,
  known: { has(word: string): boolean } & Iterable<string>,
  site: CastSite,
): string {
  if (typeof value === 'string' && known.has(value)) return value;
  const words = [...known];
  const { message } = rejectValue(value, `one of ${words.map((word) => `"${word}"`).join(', ')}`, site);
  const meant = typeof value === 'string' && !site.sensitive ? nearest(value.slice(0, 64), words) : undefined;
  throw new InvalidValue(message, { hint: meant === undefined ? undefined : `Did you mean "${meant}"?` });
}
