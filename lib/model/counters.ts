import { castKey, keyPredicate } from '../relation/load.ts';
import { stateKey, withKey } from '../relation/query-base.ts';
import { ready } from './metadata.ts';
import type { ModelClass } from './model-class.ts';
import { relationOf } from './relation-class.ts';

/** Adds to counters of the rows with these keys. */
export async function updateCountersOf(
  model: ModelClass,
  given: unknown,
  counters: unknown,
  options: unknown,
): Promise<number> {
  const { attributes } = await ready(model);
  const { keys, modelName } = attributes;
  const wanted: readonly unknown[] = Array.isArray(given) ? given : [given];
  const where = keyPredicate(
    keys,
    wanted.map((key) => castKey(modelName, keys, key)),
  );
  const rows = relationOf(model, false);
  return rows[withKey]({ where: [...rows[stateKey].where, where] }).updateCounters(counters, options);
}
