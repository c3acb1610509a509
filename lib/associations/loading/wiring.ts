import { ensureLink } from '../../record/links.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import type { Reflection } from '../../relation/source.ts';
import { keyIn, type MemoryKey, memoryKey } from './memory-keys.ts';

/** Gives an owner what was found for it, and what was found its owner: no side is asked for again. */
export function wire(
  owner: RecordState,
  reflection: Reflection,
  found: readonly RecordState[],
  isNarrowed: boolean,
): void {
  const link = ensureLink(owner, reflection.index);
  link.isLoaded = true;
  link.isNarrowed = isNarrowed;
  if (reflection.isCollection) link.many = withPending(owner, reflection, found, link.pending);
  else {
    link.one = found[0] ?? null;
    link.key = foreignKeyOf(owner, reflection);
  }
  const { inverse } = reflection;
  if (inverse === undefined || inverse.isCollection) return;
  if (reflection.isCollection) for (const record of found) linkBack(record, inverse, owner);
  else if (link.one !== null) linkBack(link.one, inverse, owner);
}

/**
 * What was found, and what the program has made since: of a row that it has made or changed its own record. One that
 * has been saved meanwhile and was not found does not belong there.
 */
function withPending(
  owner: RecordState,
  { target }: Reflection,
  found: readonly RecordState[],
  pending: ReadonlySet<RecordState> | undefined,
): RecordState[] {
  if (pending === undefined) return [...found];
  const keys = target.attributes?.keys ?? [];
  if (keys.length === 0) return [...found, ...pending];
  const isNew = (record: RecordState) => record[lifeKey]?.isNew === true;
  const own = new Map([...pending].filter((each) => !isNew(each)).map((each) => [keyIn(each, keys), each]));
  const unsaved = [...pending].filter((each) => isNew(each) || isNew(owner));
  return [...found.map((each) => own.get(keyIn(each, keys)) ?? each), ...unsaved];
}

/** Sets the other side, where nothing is there yet: what the program has assigned stays. */
export function linkBack(record: RecordState, inverse: Reflection, owner: RecordState): void {
  const link = ensureLink(record, inverse.index);
  if (link.isLoaded && isCurrent(record, inverse)) return;
  link.isLoaded = true;
  link.one = owner;
  link.key = foreignKeyOf(record, inverse);
}

/** The foreign key of a belongsTo as it is now, with the kind where it has several; undefined for the other associations. */
export function foreignKeyOf(record: RecordState, reflection: Reflection): MemoryKey {
  if (reflection.declaration.kind !== 'belongsTo') return undefined;
  const { typeAttribute, foreignKey } = reflection;
  const [only] = foreignKey;
  if (typeAttribute === undefined && foreignKey.length === 1 && only !== undefined) {
    return isLoaded(record, only) ? memoryKey(readValue(record, only), only) : undefined;
  }
  const attributes = typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
  // Without its foreign key a record cannot have lost its belonging.
  return attributes.every((attribute) => isLoaded(record, attribute)) ? keyIn(record, attributes) : undefined;
}

/** Whether what is loaded is still what the record refers to: its foreign key may have been assigned since. */
export function isCurrent(record: RecordState, reflection: Reflection): boolean {
  const link = ensureLink(record, reflection.index);
  if (!link.isLoaded) return false;
  if (reflection.declaration.kind !== 'belongsTo') return true;
  return Object.is(link.key, foreignKeyOf(record, reflection));
}
