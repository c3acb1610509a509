import { InvalidDefinition } from '../errors/definition.ts';
import { type IntegerEnumType, integerEnumType } from '../types/integer-enum.ts';
import { type EnumType, enumType } from '../types/text.ts';
import { describeValue } from '../types/type.ts';
import type { EnumNaming } from './column.ts';

/** The words of an enum, in the order of their declaration; with numbers where the column keeps those. */
export type EnumWords = readonly string[] | Readonly<Record<string, number>>;
/** The attribute's type. */
export type EnumWord<V> = V extends readonly (infer W)[] ? W : keyof V & string;

export interface EnumOptions<S> {
  /**
   * Whether each word is also a scope and a predicate. To name them otherwise: `{ prefix: 'status' }` makes
   * `statusDraft` and `isStatusDraft` of `draft`, `{ suffix: 'post' }` makes `draftPost` and `isDraftPost`.
   */
  readonly scopes?: S;
}

/** What the types of a model know of its enum: the names of the scopes. */
export type EnumTrait<W, S> = S extends true
  ? { scopes: W }
  : S extends EnumNaming
    ? { scopes: ScopeName<W & string, S> }
    : {};
type ScopeName<W extends string, S> = S extends { prefix: infer P extends string }
  ? Suffixed<`${P}${Capitalize<W>}`, S>
  : Suffixed<W, S>;
type Suffixed<N extends string, S> = S extends { suffix: infer X extends string } ? `${N}${Capitalize<X>}` : N;

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) */
export function enumTypeOf(given: unknown): EnumType | IntegerEnumType {
  if (Array.isArray(given)) return wordsType(given);
  if (typeof given === 'object' && given !== null) return numbersType(Object.entries(given));
  throw noWords();
}

const noWords = () =>
  new InvalidDefinition('An enum needs a list of at least one word, none of them empty.', {
    hint: "Write column.enum(['draft', 'published']), or with numbers column.enum({ draft: 0, published: 1 }).",
  });

function wordsType(words: readonly unknown[]): EnumType {
  const all = words.filter((word): word is string => typeof word === 'string' && word !== '');
  if (all.length === 0 || all.length !== words.length) throw noWords();
  if (new Set(all).size !== all.length) throw new InvalidDefinition('An enum lists a value twice.');
  return enumType(all);
}

function numbersType(entries: readonly (readonly [word: string, number: unknown])[]): IntegerEnumType {
  const numbers = new Map<string, number>();
  const words = new Map<number, string>();
  for (const [word, number] of entries) {
    if (word === '') throw noWords();
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
      throw new InvalidDefinition(
        `The number of "${word}" in an enum is ${describeValue(number)}, not a whole number.`,
        {
          hint: 'Write column.enum({ draft: 0, published: 1 }).',
        },
      );
    }
    // -0 is a number of its own in JavaScript only.
    const own = number === 0 ? 0 : number;
    const other = words.get(own);
    if (other !== undefined) {
      throw new InvalidDefinition(`The words "${other}" and "${word}" of an enum have the same number, ${own}.`, {
        hint: 'Give each word a number of its own.',
      });
    }
    words.set(own, word);
    numbers.set(word, own);
  }
  if (numbers.size === 0) throw noWords();
  return integerEnumType(numbers);
}

const identifier = /^[A-Za-z_$][\w$]*$/;

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) */
export function enumNaming(scopes: unknown): boolean | EnumNaming {
  if (scopes === undefined || typeof scopes === 'boolean') return scopes === true;
  const wrong = () =>
    new InvalidDefinition('The option scopes of an enum is true, or says how scopes are named.', {
      hint: "Write { scopes: true }, { scopes: { prefix: 'status' } } or { scopes: { suffix: 'post' } }.",
    });
  if (typeof scopes !== 'object' || scopes === null) throw wrong();
  const entries: [string, unknown][] = Object.entries(scopes);
  const isFine = ([name, value]: [string, unknown]) =>
    (name === 'prefix' || name === 'suffix') && typeof value === 'string' && identifier.test(value);
  if (entries.length === 0 || !entries.every(isFine)) throw wrong();
  return Object.freeze({ ...scopes });
}
