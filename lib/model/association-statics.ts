import type { ModelClass } from './model-class.ts';

// What the statics of `querying-associations.ts` do. The types are there; here the run time.

/** Loads associations of a record, or of a list of them; with `missing` those that are not loaded. Gives what it was given. */
export async function loadAssociations(
  model: ModelClass,
  given: object,
  associations: readonly unknown[],
  missing: boolean,
): Promise<object> {
  throw new Error(`to do: load ${missing ? 'what is missing of ' : ''}${associations.length} on ${model.name}`, {
    cause: given,
  });
}

/** Counts associated rows anew, and writes the counters. */
export async function resetCounters(model: ModelClass, key: unknown, names: readonly unknown[]): Promise<void> {
  throw new Error(`to do: reset ${names.length} counters of ${model.name}`, { cause: key });
}
