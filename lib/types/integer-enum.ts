import { InvalidValue } from '../errors/query.ts';
import { type BigintType, bigintType, type IntegerType, integerRange, integerType } from './numbers.ts';
import type { CastSite, Scalar, Type } from './type.ts';
import { castWord } from './words.ts';

/** One of a few words, each kept as a number of its own. */
export interface IntegerEnumType extends Type<string> {
  readonly kind: 'integer enum';
  readonly values: readonly string[];
  readonly storage: IntegerType | BigintType;
}

/** @param numbers - at least one, safe integers, no two the same */
export function integerEnumType(numbers: ReadonlyMap<string, number>): IntegerEnumType {
  const words = new Map([...numbers].map(([word, number]) => [number, word]));
  return Object.freeze({
    kind: 'integer enum',
    values: Object.freeze([...numbers.keys()]),
    storage: storageFor([...numbers.values()]),
    plain: undefined,
    mutable: false,
    cast: (value: unknown, site: CastSite) =>
      castWord(value, { has: (word) => numbers.has(word), [Symbol.iterator]: () => numbers.keys() }, site),
    deserialize(raw: Scalar) {
      const word = words.get(
        typeof raw === 'boolean' ? Number(raw) : typeof raw === 'number' ? raw : Number(String(raw)),
      );
      if (word !== undefined) return word;
      const known = [...numbers].map(([each, number]) => `${number} (${each})`).join(', ');
      throw new InvalidValue(`The database holds ${String(raw).slice(0, 40)} in an enum that knows only ${known}.`, {
        hint: 'Add the number to the enum, or mend the row.',
      });
    },
    // A word that is none was refused by the cast, and a null never gets here.
    serialize: (value: string) => numbers.get(value) ?? null,
    equals: (a: string, b: string) => a === b,
  });
}

/** The smallest type that every database has. */
function storageFor(among: readonly number[]): IntegerType | BigintType {
  const types = [integerType('smallint'), integerType('integer')];
  const type = types.find((each) => {
    const [min, max] = integerRange(each);
    return among.every((number) => number >= min && number <= max);
  });
  return Object.freeze({ ...(type ?? bigintType()), among: Object.freeze([...among]) });
}
