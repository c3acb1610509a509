import type { Attribute } from '../record/attribute.ts';

/** A word of an enum that has a scope and a predicate. */
export interface ScopedWord {
  readonly word: string;
  /** `draft`, `statusDraft`, `draftPost`. */
  readonly scope: string;
  /** `isDraft`, `isStatusDraft`, `isDraftPost`. */
  readonly predicate: string;
}

/** The words of an attribute that asked for scopes; none where it is no enum, or did not ask. */
export function scopedWords({ type, definition }: Attribute): readonly ScopedWord[] {
  const naming = definition?.enumScopes ?? false;
  if (naming === false || (type.kind !== 'enum' && type.kind !== 'integer enum')) return [];
  const { prefix = '', suffix = '' } = naming === true ? {} : naming;
  return type.values.map((word) => {
    const scope = `${prefix}${prefix === '' ? word : capitalized(word)}${capitalized(suffix)}`;
    return { word, scope, predicate: `is${capitalized(scope)}` };
  });
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
