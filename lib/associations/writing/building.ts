import { InvalidQuery } from '../../errors/query.ts';
import { ownName } from '../../record/aliases.ts';
import { isRecord, type RecordState } from '../../record/state.ts';
import { writeValue } from '../../record/values.ts';
import { stepState } from '../../relation/associated-rows.ts';
import { equalities } from '../../relation/find-or-create.ts';
import { wherePredicate } from '../../relation/query-state.ts';
import type { Reflection, Source } from '../../relation/source.ts';

/**
 * A new record of the associated model, with the given attributes and those that the association's scope is sure of: of
 * `where({ published: true })` that it is published.
 */
export function buildRecord(owner: RecordState, reflection: Reflection, given: unknown): RecordState {
  const { target } = reflection;
  const attributes = given === undefined ? {} : given;
  const record = made(target, attributes);
  for (const [name, value] of Object.entries(scopedValues(owner, reflection))) {
    const attribute = target.attributes?.find(name);
    if (attribute === undefined || attribute.key || isGiven(attributes, target, name)) continue;
    writeValue(record, attribute, value);
  }
  return record;
}

function isGiven(attributes: unknown, target: Source, name: string): boolean {
  return Object.keys(Object(attributes)).some((given) => ownName(target.attributes, given) === name);
}

/** A new record of a model. */
export function made(source: Source, attributes: unknown): RecordState {
  // What is no object of attributes is refused by the constructor, with the model's name.
  const record = source.initialize(attributes as object);
  if (typeof record === 'object' && record !== null && isRecord(record)) return record;
  throw new InvalidQuery(`${source.modelName} does not make records.`);
}

function scopedValues(owner: RecordState, reflection: Reflection): Record<string, unknown> {
  const { target } = reflection;
  const last = reflection.steps.at(-1);
  if (last === undefined || target.attributes === undefined) return {};
  const where = wherePredicate(stepState(last, reflection.needsOwner ? owner : undefined), target.attributes);
  return where === undefined ? {} : equalities(where, target.attributes);
}
