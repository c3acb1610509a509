import { InvalidQuery } from '../errors/query.ts';
import { holderOf } from './accessors.ts';
import type { AttributeSet } from './attribute.ts';

/** The accessors that were defined for aliases, by prototype: what each stands for. */
const defined = new WeakMap<object, Map<string, string>>();

/**
 * Defines a getter and a setter for each alias, which go by those of its attribute: what the class does around them
 * holds for the alias, too. They are not enumerable, so that nothing is listed twice.
 */
export function defineAliases(
  prototype: object,
  { aliases }: AttributeSet,
  holdsAccessors: (prototype: object) => boolean,
): void {
  if (aliases.size === 0) return;
  const holder = holderOf(prototype, holdsAccessors);
  for (const [alias, name] of aliases) {
    if (aliasedBy(holder, alias) === name) continue;
    const own = defined.get(holder) ?? new Map<string, string>();
    defined.set(holder, own.set(alias, name));
    Object.defineProperty(holder, alias, {
      get(this: object): unknown {
        return Reflect.get(this, name, this);
      },
      set(this: object, value: unknown) {
        Reflect.set(this, name, value, this);
      },
      enumerable: false,
      configurable: true,
    });
  }
}

/** What the alias of a prototype, its own or from above, stands for; undefined where the name is no alias there. */
export function aliasedBy(prototype: object, name: string): string | undefined {
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, name)) return defined.get(each)?.get(name);
  }
  return undefined;
}

/**
 * The same values with each attribute under its own name.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where one is given under two names
 */
export function withOwnNames<T extends object>(
  attributes: AttributeSet | undefined,
  values: T,
): T | Record<string, unknown> {
  if (attributes === undefined) return values;
  const { aliases } = attributes;
  if (aliases.size === 0 || !Object.keys(values).some((name) => aliases.has(name))) return values;
  const named = new Map<string, unknown>();
  for (const [given, value] of Object.entries(values)) {
    const name = aliases.get(given) ?? given;
    if (named.has(name)) throw givenTwice(attributes, name);
    named.set(name, value);
  }
  return Object.fromEntries(named);
}

/** The name of the attribute that a name stands for; the name itself where it is no alias. */
export function ownName(attributes: AttributeSet | undefined, name: string): string {
  return attributes?.aliases.get(name) ?? name;
}

function givenTwice({ modelName, aliases }: AttributeSet, name: string): InvalidQuery {
  const others = [...aliases].flatMap(([alias, of]) => (of === name ? [`"${alias}"`] : []));
  return new InvalidQuery(
    `The attribute "${name}" of ${modelName} was given twice: its other name is ${others.join(' or ')}.`,
    {
      hint: 'Give it under one name.',
    },
  );
}
