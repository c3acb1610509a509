import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { ModelClass } from '../model-class.ts';

/**
 * The attribute that a model goes by: an integer named `lockVersion`, or what `static lockingAttribute` names; undefined
 * where there is none.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a name that is no whole number's
 */
export function lockingAttribute(model: ModelClass, all: readonly Attribute[]): Attribute | undefined {
  const { lockingAttribute: name } = model;
  if (name === null) return undefined;
  const attribute = all.find((each) => each.name === name);
  const isCounter = attribute !== undefined && counters.includes(attribute.type.kind) && !attribute.computed;
  if (isCounter || name === 'lockVersion') return isCounter ? attribute : undefined;
  throw new InvalidDefinition(`The lockingAttribute of ${model.name}, ${JSON.stringify(name)}, is no integer of it.`, {
    hint: 'Declare it: column.integer().default(0); or say static lockingAttribute = null to go without.',
  });
}

const counters: readonly string[] = ['integer', 'smallint', 'bigint'];
