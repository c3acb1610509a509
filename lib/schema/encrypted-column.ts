import { InvalidDefinition } from '../errors/definition.ts';
import { envelopeLength } from '../secrets/cipher.ts';
import { didYouMean } from '../support/suggest.ts';
import { type ColumnType, storageOf } from '../types/column-type.ts';
import { type EncryptedType, encryptedType } from '../types/encrypted.ts';
import { normalizedType } from '../types/normalize.ts';
import { longTextType, type TextType } from '../types/text.ts';

/** How an attribute is encrypted. */
export interface EncryptedOptions {
  /**
   * The same value always becomes the same text. It can then be looked up, and be unique; who reads the table sees which
   * rows have the same value.
   */
  readonly deterministic?: boolean;
  /** Text is made lower case, so that it is found however it is written. Needs `deterministic`. */
  readonly downcase?: boolean;
  /** Rows that were never encrypted are read as they are, while those are still to be encrypted. */
  readonly supportUnencryptedData?: boolean;
  /**
   * What the values are encrypted for: their table and column, `'users.email'`. Only to be given where the table or the
   * column has another name now than when they were encrypted.
   */
  readonly context?: string;
}

/** What the types of a model know of an encrypted column. */
export interface EncryptedTrait<O> {
  encrypted: O extends { readonly deterministic: true } ? 'deterministic' : 'random';
}

const known = ['deterministic', 'downcase', 'supportUnencryptedData', 'context'];
/** Those that have no one form, or whose values the database or another table has to see. */
const refused: Readonly<Record<string, string>> = {
  id: 'is counted up by the database',
  key: 'refers to another table',
  plain: 'has values that only the database knows',
  encrypted: 'is encrypted already',
};

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) */
export function encryptedTypeOf(type: ColumnType, options: EncryptedOptions): EncryptedType {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidDefinition(`encrypted has no option "${unknown}".`, { hint: didYouMean(unknown, known) });
  const why = refused[type.kind];
  if (why !== undefined) throw new InvalidDefinition(`A column of type ${type.kind} cannot be encrypted: it ${why}.`);
  const { deterministic = false, downcase = false, supportUnencryptedData = false, context } = options;
  const stored = storageOf(type);
  if (deterministic && stored.kind === 'json') {
    throw new InvalidDefinition('JSON cannot be encrypted deterministically: the same document has several texts.', {
      hint: 'Leave deterministic out, and keep what has to be found in a column of its own.',
    });
  }
  if (downcase && (!deterministic || (type.kind !== 'string' && type.kind !== 'text')))
    throw new InvalidDefinition('downcase is for text that is encrypted with { deterministic: true }.');
  if (context !== undefined && (typeof context !== 'string' || context === ''))
    throw new InvalidDefinition('The context of encrypted is the name of a table and a column.', {
      hint: "Write { context: 'users.email' }.",
    });
  const inner = downcase ? normalizedType(type, (value: string) => value.toLowerCase(), false) : type;
  const column = { storage: storageFor(inner, !supportUnencryptedData), holdsBytes: stored.kind === 'binary' };
  return encryptedType(inner, column, {
    isDeterministic: deterministic,
    allowsPlain: supportUnencryptedData,
    context,
  });
}

/** MySQL has an index over at most 3072 bytes. */
const longestString = 3072;
/** Numbers, moments, words: more than the longest of them needs. */
const shortContent = 136;

/** As wide as the longest text can become. Base64 is ASCII, which MySQL has to know for its indexes. */
function storageFor(inner: ColumnType, isAscii: boolean): TextType {
  const content = largestContent(inner);
  const length = content === undefined ? undefined : envelopeLength(content);
  if (length === undefined || length > longestString) return Object.freeze({ ...longTextType, isAscii });
  return Object.freeze({ ...longTextType, kind: 'string', length, isAscii });
}

/** In bytes; undefined where there is no limit. */
function largestContent(inner: ColumnType): number | undefined {
  const stored = storageOf(inner);
  switch (stored.kind) {
    case 'string':
      return stored.length === undefined ? undefined : stored.length * 4;
    case 'binary':
      return stored.length;
    case 'enum':
      return Math.max(...stored.values.map((word) => Buffer.byteLength(word)));
    case 'text':
    case 'json':
      return undefined;
    default:
      return shortContent;
  }
}
