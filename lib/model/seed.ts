import { InvalidQuery } from '../errors/query.ts';
import { RecordNotFound } from '../errors/record.ts';
import type { DefinitionOf, RecordOf, SomeAttributes, SomeColumns } from '../record/definition-types.ts';
import { shared } from '../support/shared.ts';
import { describeValue } from '../types/type.ts';
import { BaseModel } from './base-model.ts';
import { asModel } from './model-class.ts';
import type { AnyClass } from './query-of.ts';
import { relationOf } from './relation-class.ts';

/** @internal What seeds have done in this process. */
export const seeded = shared('seeded', () => ({ created: 0, updated: 0, unchanged: 0 }));

/**
 * A record that shall be there: found by some of its attributes and brought up to date, or created. To do so twice
 * changes nothing, so that `seeds.ts` can be run at any time. Default scopes do not hide records from it.
 *
 * @param model - its class
 * @param by - the attributes that tell it from all others
 * @param attributes - what else it shall have
 * @returns the record
 * @throws SoleRecordExceeded (`AR_SOLE_RECORD`) where several have those attributes
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for nothing to find it by, and what `save` throws
 * @example
 * ```ts
 * const ada = await seed(User, { email: 'ada@example.com' }, { name: 'Ada' });
 * // SELECT … FROM users WHERE email = ? LIMIT 2
 * // INSERT INTO users (email, name) VALUES (?, ?)
 * ```
 */
export async function seed<M extends AnyClass>(
  model: M,
  by: SomeColumns<DefinitionOf<M>>,
  attributes?: SomeAttributes<DefinitionOf<M>>,
): Promise<RecordOf<M>> {
  if (typeof model !== 'function' || !(model.prototype instanceof BaseModel)) {
    throw new InvalidQuery(`seed takes a model class first, not ${describeValue(model)}.`, {
      hint: "Such as seed(User, { email: 'ada@example.com' }, { name: 'Ada' }).",
    });
  }
  if (typeof by !== 'object' || by === null || Object.keys(by).length === 0) {
    throw new InvalidQuery(`seed finds a record by an object of attributes, not ${describeValue(by)}.`, {
      hint: "Give those that tell it from all others: seed(User, { email: 'ada@example.com' }, { name: 'Ada' }).",
    });
  }
  const record = (await existing(model, by)) ?? (await relationOf(asModel(model), true).findOrInitializeBy(by));
  if (!(record instanceof BaseModel)) throw new InvalidQuery(`seed takes a model, not ${model.name}.`);
  if (attributes !== undefined) Reflect.apply(record.assign, record, [attributes]);
  const what = record.isNewRecord ? 'created' : record.hasChanged() ? 'updated' : 'unchanged';
  await record.save();
  seeded[what]++;
  // A record of this very class, which the run-time query does not tell.
  return record as unknown as RecordOf<M>;
}

/** Also a record that default scopes hide: a second one could not be made beside it, or would be made each time. */
async function existing(model: object, by: object): Promise<unknown> {
  try {
    return await relationOf(asModel(model), false).findSoleBy(by);
  } catch (error) {
    if (error instanceof RecordNotFound) return undefined;
    throw error;
  }
}
