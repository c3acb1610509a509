import { joinTableSpec } from '../associations/join-table.ts';
import { loadOnto } from '../associations/loading/furnish.ts';
import { recount } from '../associations/upkeep/counter-cache.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import type { TableSpec } from '../sql/ddl/spec.ts';
import { gettersKey, type ModelClass } from './model-class.ts';
import { sourceOf } from './relation-class.ts';

// What the statics of `querying-associations.ts` do. The types are there; here the run time.

/** Loads associations of a record, or of a list of them; with `missing` those that are not loaded. Gives what it was given. */
export async function loadAssociations(
  model: ModelClass,
  given: object,
  associations: readonly unknown[],
  missing: boolean,
): Promise<object> {
  return loadOnto(sourceOf(model), given, associations, missing);
}

/** Counts associated rows anew, and writes the counters. */
export async function resetCounters(model: ModelClass, key: unknown, names: readonly unknown[]): Promise<void> {
  await recount(sourceOf(model), key, names);
}

/**
 * The join tables of a model's hasAndBelongsToMany. An association that is declared wrongly is none of them: that is said
 * when it is used.
 */
export function joinTables(model: ModelClass): readonly TableSpec[] {
  const { associations } = sourceOf(model);
  const tables: TableSpec[] = [];
  for (const name of Object.keys(model[gettersKey] ?? {})) {
    const reflection = soundly(() => associations.find(name));
    if (reflection?.declaration.kind === 'hasAndBelongsToMany') tables.push(joinTableSpec(reflection));
  }
  return tables;
}

function soundly<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof InvalidDefinition) return undefined;
    throw error;
  }
}
