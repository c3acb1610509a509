import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { Reflection, Source } from '../../relation/source.ts';
import { didYouMean } from '../../support/suggest.ts';

/**
 * The moments of the other side that a belongsTo sets: `updatedAt`, and the one that `touch` names.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where the other side has no such moment
 */
export function momentsOf(reflection: Reflection, target: Source): readonly Attribute[] {
  const { touch } = reflection.declaration;
  const { attributes } = target;
  if (touch === false || attributes === undefined) return [];
  const { updatedAt } = attributes;
  const moments = updatedAt === undefined ? [] : [updatedAt];
  if (touch === true) {
    if (updatedAt !== undefined) return moments;
    throw new InvalidDefinition(`${reflection.label} touches ${target.modelName}, which has no updatedAt.`, {
      hint: "Declare it, or name another moment: { touch: 'lastPostAt' }.",
    });
  }
  const named = attributes.find(touch);
  if (named?.type.kind === 'datetime' && !named.computed) {
    return moments.includes(named) ? moments : [...moments, named];
  }
  const datetimes = attributes.all.filter(({ type, computed }) => type.kind === 'datetime' && !computed);
  throw new InvalidDefinition(
    named === undefined
      ? `${reflection.label} touches "${touch}" of ${target.modelName}, which has no such attribute.`
      : `${reflection.label} touches ${named.label}, which is of type ${named.type.kind} and no moment that can be set.`,
    {
      hint: didYouMean(
        touch,
        datetimes.map(({ name }) => name),
      ),
    },
  );
}
