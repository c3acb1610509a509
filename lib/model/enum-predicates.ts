import { InvalidDefinition } from '../errors/definition.ts';
import type { AttributeSet } from '../record/attribute.ts';
import type { RecordState } from '../record/state.ts';
import { readValue } from '../record/values.ts';
import { scopedWords } from './enum-words.ts';

/** `isAdmin()` for each word of an enum that asked for it. */
export function defineEnumPredicates(prototype: object, attributes: AttributeSet): void {
  for (const attribute of attributes.all) {
    for (const { word, predicate: name } of scopedWords(attribute)) {
      if (Object.hasOwn(prototype, name)) continue;
      if (name in prototype && !isPredicate(prototype, name)) {
        throw new InvalidDefinition(
          `The predicate ${name}() of ${attribute.label} would hide a member of every record.`,
          {
            hint: "Leave out { scopes: true }, choose another word, or name them otherwise: { scopes: { prefix: '…' } }.",
          },
        );
      }
      function predicate(this: RecordState): boolean {
        return readValue(this, attribute) === word;
      }
      enumPredicates.add(predicate);
      Object.defineProperty(prototype, name, { value: predicate, configurable: true, writable: true });
    }
  }
}

/** Looked up without calling it: what is there may be a getter. */
function isPredicate(prototype: object, name: string): boolean {
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const descriptor = Object.getOwnPropertyDescriptor(each, name);
    if (descriptor !== undefined) return typeof descriptor.value === 'function' && enumPredicates.has(descriptor.value);
  }
  return false;
}

const enumPredicates = new WeakSet<object>();

export function isEnumPredicate(value: unknown): boolean {
  return typeof value === 'function' && enumPredicates.has(value);
}
