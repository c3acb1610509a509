import type { RecordState } from '../../record/state.ts';
import { isLoaded } from '../../record/values.ts';
import type { Include } from '../../relation/include.ts';
import type { QueryState } from '../../relation/query-state.ts';
import { isRecordOf } from '../../relation/record-of.ts';
import type { Reflection, Source } from '../../relation/source.ts';
import { keyIn, type MemoryKey } from './memory-keys.ts';

/** The records of one load, so that the same row is the same object wherever it comes up. */
export class Identities {
  readonly #byModel = new Map<object, Map<MemoryKey, RecordState>>();
  /** The models whose rows may come up again; undefined for all. */
  readonly #models: ReadonlySet<object> | undefined;
  readonly #loaded = new Map<Reflection, Set<RecordState>>();

  constructor(models?: ReadonlySet<object>) {
    this.#models = models;
  }

  /** Whether rows of the model may come up more than once. */
  knows({ family }: Source): boolean {
    return this.#models === undefined || this.#models.has(family);
  }

  #of({ family }: Source): Map<MemoryKey, RecordState> {
    let records = this.#byModel.get(family);
    if (records === undefined) {
      records = new Map();
      this.#byModel.set(family, records);
    }
    return records;
  }

  find(source: Source, key: MemoryKey): RecordState | undefined {
    const record = key === undefined ? undefined : this.#of(source).get(key);
    // Another query of the load may have found the row while it was of another class.
    return record === undefined || isRecordOf(record, source) ? record : undefined;
  }

  add(source: Source, key: MemoryKey, record: RecordState): void {
    if (key !== undefined) this.#of(source).set(key, record);
  }

  /** Notes that an association is loaded for these; with `once` only those for which it has not been are given. */
  notYet(reflection: Reflection, owners: readonly RecordState[], once: boolean): readonly RecordState[] {
    const loaded = this.#loaded.get(reflection) ?? new Set();
    this.#loaded.set(reflection, loaded);
    const wanted = once ? owners.filter((owner) => !loaded.has(owner)) : owners;
    for (const owner of wanted) loaded.add(owner);
    return wanted;
  }

  /** Remembers records that are there, of those that have all of their attributes. */
  addAll(source: Source, records: readonly RecordState[]): void {
    const { keys = [], all = [] } = source.attributes ?? {};
    if (keys.length === 0 || !this.knows(source)) return;
    for (const record of records) {
      if (all.every((attribute) => isLoaded(record, attribute))) this.add(source, keyIn(record, keys), record);
    }
  }
}

/** Whether the records of a query are whole, so that they can stand for the same rows of another one. */
export function isWhole(state: QueryState): boolean {
  return (
    state.selection === undefined && state.figures.length === 0 && !state.readonly && !state.strict && !state.alone
  );
}

/**
 * The models that come up in several places of what is loaded, the first one included: only of those the same row can
 * come twice. undefined where a scope may ask for more than is known yet.
 */
export function repeatedModels(source: Source, includes: readonly Include[]): ReadonlySet<object> | undefined {
  const seen = new Set<object>([source.family]);
  const repeated = new Set<object>();
  const visit = (from: Source, list: readonly Include[]): boolean =>
    list.every(({ name, scope, nested }) => {
      const reflection = from.associations.find(name);
      const isPlain = scope === undefined && reflection?.declaration.scope === undefined;
      if (reflection === undefined || !isPlain || reflection.variants !== undefined) return false;
      const { target } = reflection;
      if (seen.has(target.family)) repeated.add(target.family);
      seen.add(target.family);
      // What a default scope includes is not known yet either.
      return target.state().includes.length === 0 && visit(target, nested);
    });
  return visit(source, includes) ? repeated : undefined;
}
