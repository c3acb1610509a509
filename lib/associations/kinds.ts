import { InvalidQuery } from '../errors/query.ts';
import type { RecordState } from '../record/state.ts';
import { readValue } from '../record/values.ts';
import { namesOfKind } from '../relation/kinds.ts';
import type { Reflection } from '../relation/source.ts';

/**
 * Whether a to-one association leads to a record of that model, as the record stands: by its type attribute, so that nothing
 * is loaded.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for a model that it never leads to
 */
export function leadsTo(record: RecordState, reflection: Reflection, model: unknown): boolean {
  const names = namesOfKind(reflection, [model]);
  const { typeAttribute, foreignKey } = reflection;
  if (typeAttribute === undefined) {
    throw new InvalidQuery(`${reflection.label} leads to one model, so there is nothing to ask.`, {
      hint: 'is and as are for polymorphic associations.',
    });
  }
  const type = readValue(record, typeAttribute);
  return names.some((name) => name === type) && foreignKey.every((key) => readValue(record, key) !== null);
}
