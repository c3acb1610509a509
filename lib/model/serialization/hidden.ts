import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { didYouMean } from '../../support/suggest.ts';
import { attributesOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';

/** What JSON has of a model unless it is told otherwise. */
export interface Shown {
  /** Without those that are sensitive or hidden. */
  readonly all: readonly Attribute[];
  readonly hidden: ReadonlySet<string>;
}

const known = new WeakMap<AttributeSet, Shown>();

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a `static hidden` that names what is no attribute */
export function shownOf(model: ModelClass): Shown {
  const attributes = attributesOf(model);
  let shown = known.get(attributes);
  if (shown === undefined) {
    const hidden = hiddenNames(model, attributes);
    shown = { all: attributes.every.filter(({ name, sensitive }) => !sensitive && !hidden.has(name)), hidden };
    known.set(attributes, shown);
  }
  return shown;
}

/** What a class hides stays hidden in those below it, which may hide more. */
function hiddenNames(model: ModelClass, attributes: AttributeSet): ReadonlySet<string> {
  const hidden = new Set<string>();
  for (let each: unknown = model; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    if (!Object.hasOwn(each, 'hidden')) continue;
    const list: unknown = Reflect.get(each, 'hidden');
    if (!Array.isArray(list)) {
      throw new InvalidDefinition(`The "hidden" of ${each.name} is no list of attributes.`, {
        hint: "Write static hidden = ['passwordDigest'] as const.",
      });
    }
    for (const name of list as readonly unknown[]) {
      const attribute = typeof name === 'string' ? attributes.findAny(name) : undefined;
      if (attribute === undefined) {
        throw new InvalidDefinition(`${each.name} hides ${JSON.stringify(name)}, which is no attribute of it.`, {
          hint: didYouMean(
            name,
            attributes.every.map((each) => each.name),
          ),
        });
      }
      // It may have been named by an alias.
      hidden.add(attribute.name);
    }
  }
  return hidden;
}
