import { InvalidQuery } from '../errors/query.ts';
import type { Predicate } from '../sql/nodes.ts';
import { isOfType } from './associated-rows.ts';
import type { Reflection, Source } from './source.ts';

/**
 * The stored names of models that a polymorphic association leads to: a model stands for itself and for those below it.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`), with the models that there are
 */
export function namesOfKind(reflection: Reflection, models: readonly unknown[]): readonly string[] {
  const { variants, label } = reflection;
  if (variants === undefined) {
    throw new InvalidQuery(`${label} leads to one model only.`, {
      hint: 'Kinds are asked for of polymorphic associations: belongsTo(polymorphic([…])), delegatedType([…]).',
    });
  }
  return models.flatMap((model) => {
    const names = [...variants].filter(([, { source }]) => isOrExtends(source.model, model)).map(([name]) => name);
    if (names.length > 0) return names;
    const kinds = [...variants.values()].map(({ source }) => source.modelName).join(', ');
    const given = typeof model === 'function' ? model.name : `a value of type ${typeof model}`;
    throw new InvalidQuery(`${label} does not lead to ${given}.`, { hint: `It leads to ${kinds}.` });
  });
}

function isOrExtends(model: object, wanted: unknown): boolean {
  if (model === wanted) return true;
  return typeof model === 'function' && typeof wanted === 'function' && model.prototype instanceof wanted;
}

/** `whereType('entryable', Message)`. */
export function kindCondition(source: Source, name: unknown, models: unknown): Predicate {
  const reflection = source.associations.get(name);
  const wanted: readonly unknown[] = Array.isArray(models) ? models : [models];
  if (wanted.length === 0) throw new InvalidQuery('whereType was given no model.');
  const names = namesOfKind(reflection, wanted);
  const { typeAttribute } = reflection;
  if (typeAttribute === undefined) throw new InvalidQuery(`${reflection.label} has no type attribute.`);
  const [only] = names;
  if (names.length === 1 && only !== undefined) return isOfType(typeAttribute, only);
  return { kind: 'or', operands: names.map((each) => isOfType(typeAttribute, each)) };
}
