import { ColumnsNotLoaded, InvalidDefinition } from '../errors/definition.ts';
import type { Attribute } from '../record/attribute.ts';
import type { Reflection, Source } from '../relation/source.ts';
import { associationList } from './steps.ts';

/** The association of the other side that says the same: the one that is named, or the only one that can be meant. */
export function findInverse(reflection: Reflection, targets: readonly Source[]): Reflection | undefined {
  const { declaration, label } = reflection;
  if (declaration.inverseOf === false) return undefined;
  const [target, another] = targets;
  if (target === undefined || another !== undefined) return undefined;
  if (declaration.inverseOf !== undefined) {
    const named = target.associations.find(declaration.inverseOf);
    if (named !== undefined) return named;
    throw new InvalidDefinition(
      `${label} names "${declaration.inverseOf}" as its inverse, but ${target.modelName} has ${associationList(target)}.`,
      { hint: 'Name one of them, or { inverseOf: false } for none.' },
    );
  }
  if (declaration.through !== undefined || declaration.kind === 'hasAndBelongsToMany') return undefined;
  const candidates = target.associations.all.filter((each) => isInverse(reflection, each));
  const [only] = candidates;
  return candidates.length === 1 ? only : undefined;
}

function isInverse(reflection: Reflection, candidate: Reflection): boolean {
  const { declaration } = candidate;
  if (declaration.inverseOf === false || declaration.through !== undefined) return false;
  if (declaration.kind === 'hasAndBelongsToMany') return false;
  const isBelongsTo = declaration.kind === 'belongsTo';
  if (isBelongsTo === (reflection.declaration.kind === 'belongsTo')) return false;
  if (!candidate.models.some((model) => model.isKin(reflection.owner))) return false;
  if (isBelongsTo && reflection.declaration.as !== undefined) return reflection.declaration.as === candidate.name;
  if (declaration.polymorphic || declaration.as !== undefined) return false;
  // What is narrowed need not have the record in it.
  if (declaration.scope !== undefined || declaration.pick !== undefined) return false;
  const keys = keyOf(candidate);
  return keys !== undefined && sameAttributes(keys, reflection.foreignKey);
}

/** A mistake in an association that only might be meant is reported when it is used itself. */
function keyOf(candidate: Reflection): readonly Attribute[] | undefined {
  try {
    return candidate.foreignKey;
  } catch (error) {
    if (error instanceof InvalidDefinition || error instanceof ColumnsNotLoaded) return undefined;
    throw error;
  }
}

function sameAttributes(one: readonly Attribute[], other: readonly Attribute[]): boolean {
  return one.length === other.length && one.every((each, index) => each.column === other[index]?.column);
}
