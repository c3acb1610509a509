import { InvalidDefinition } from '../errors/definition.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';

/** What a problem was about, by name: `{ count: 80 }`. Messages name them as `{count}`. */
export type ProblemDetails = Readonly<Record<string, unknown>>;

/** A text with `{count}` and other details in braces, or a function of the details, which may ask who is reading. */
export type Message = string | ((details: ProblemDetails) => string);

/** The words for each type of problem, and for the sentences that are made of them. */
export const defaultMessages = {
  blank: "can't be blank",
  present: 'must be blank',
  taken: 'has already been taken',
  missing: 'must exist',
  referenced: 'is still referred to by other rows',
  too_long: 'is too long',
  too_long_characters: 'is too long (at most {count} characters)',
  too_long_bytes: 'is too long (at most {count} bytes)',
  too_long_items: 'is too long (at most {count} items)',
  too_short_characters: 'is too short (at least {count} characters)',
  too_short_bytes: 'is too short (at least {count} bytes)',
  too_short_items: 'is too short (at least {count} items)',
  wrong_length_characters: 'is of the wrong length (should be {count} characters)',
  wrong_length_bytes: 'is of the wrong length (should be {count} bytes)',
  wrong_length_items: 'is of the wrong length (should be {count} items)',
  out_of_range: 'is out of range',
  out_of_range_between: 'is out of range ({min} to {max})',
  out_of_range_digits: 'has more than {count} digits before the point',
  check: 'is not allowed',
  invalid: 'is invalid',
  not_a_number: 'is not a number',
  not_an_integer: 'must be an integer',
  odd: 'must be odd',
  even: 'must be even',
  equal_to: 'must be equal to {count}',
  other_than: 'must be other than {count}',
  greater_than: 'must be greater than {count}',
  greater_than_or_equal_to: 'must be greater than or equal to {count}',
  less_than: 'must be less than {count}',
  less_than_or_equal_to: 'must be less than or equal to {count}',
  inclusion: 'is not included in the list',
  exclusion: 'is reserved',
  confirmation: "doesn't match {other}",
  accepted: 'must be accepted',
  /** A whole sentence, of an attribute's name and its message. */
  full: '{attribute} {message}',
  /** The same about a record of an association. */
  full_associated: '{attribute}: {message}',
} as const satisfies Readonly<Record<string, string>>;

export type MessageKey = keyof typeof defaultMessages;
/** Messages by key; and names of attributes, as people are to read them. */
export type MessageTable = { readonly [K in MessageKey]?: Message } & {
  readonly attributes?: Readonly<Record<string, string>> | ((attribute: string) => string | undefined);
};

let current: MessageTable = {};

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a key that there is not */
export function setMessages(table: MessageTable): void {
  for (const [key, value] of Object.entries(table)) {
    if (key !== 'attributes' && !Object.hasOwn(defaultMessages, key)) {
      throw new InvalidDefinition(`There is no message ${JSON.stringify(key)}.`, {
        hint: didYouMean(key, Object.keys(defaultMessages)),
      });
    }
    const isFit =
      typeof value === 'function' || (key === 'attributes' ? typeof value === 'object' : typeof value === 'string');
    if (!isFit) {
      throw new InvalidDefinition(`The message ${JSON.stringify(key)} is neither text nor a function.`, {
        hint: "Write { blank: 'must be filled in' }.",
      });
    }
  }
  current = { ...table };
}

/** The messages as they are now. */
export function messageTable(): MessageTable {
  return { ...defaultMessages, ...current };
}

export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(defaultMessages, key);
}

/** The text of a message: that of `setMessages`, or the library's own. */
export function messageText(key: MessageKey, details: ProblemDetails = {}): string {
  return fillIn(current[key] ?? defaultMessages[key], details);
}

/** Puts the details into a message. What it names and is not there stays as it is. */
export function fillIn(message: Message, details: ProblemDetails): string {
  if (typeof message === 'function') return message(details);
  if (!message.includes('{')) return message;
  return message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(details, name) ? shown(details[name]) : whole,
  );
}

function shown(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  try {
    return String(value);
  } catch {
    // JSON from outside may say { "toString": 1 }: to name a wrong value must not be an error of its own.
    return describeValue(value);
  }
}

/** The name of an attribute where `setMessages` has one. */
export function givenName(attribute: string): string | undefined {
  const { attributes } = current;
  if (typeof attributes === 'function') return attributes(attribute);
  return attributes !== undefined && Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
}
