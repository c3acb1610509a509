import { linkAt } from '../record/links.ts';
import { lifeKey, linksKey, type RecordState } from '../record/state.ts';
import type { Associations, Reflection } from '../relation/source.ts';

// What saving and destroying a record have to do for its associations, beside their own statement. `lib/model/save.ts`
// calls these in its transaction:
//
//   save:     saveParents → INSERT or UPDATE → saveChildren → countSaved → touchAfterSave
//   destroy:  destroyDependents → detachAll → DELETE → countDestroyed → touchAfterDestroy

/** What the save has done: made a row or changed it, and which attributes were what before. */
export interface Saved {
  readonly created: boolean;
  /** Before and after of each attribute that was written, by name (`previousChanges` of the record). */
  readonly previous: Readonly<Record<string, readonly [unknown, unknown]>>;
}

/** The associations of a model by what a write has to do for them: worked out once. */
interface WritePlan {
  readonly belongsTo: readonly Reflection[];
  readonly required: readonly Reflection[];
  /** Those whose records are saved after their owner: direct ones first, since others go through them. */
  readonly children: readonly Reflection[];
  readonly joinTables: readonly Reflection[];
  readonly countsOrTouches: boolean;
  readonly transactionForDestroy: boolean;
}

const plans = new WeakMap<Associations, WritePlan>();

export function planOf(associations: Associations): WritePlan {
  let plan = plans.get(associations);
  if (plan === undefined) {
    plan = makePlan(associations.all);
    plans.set(associations, plan);
  }
  return plan;
}

function makePlan(all: readonly Reflection[]): WritePlan {
  const belongsTo = all.filter(({ declaration: { kind } }) => kind === 'belongsTo');
  const others = all.filter(({ declaration: { kind } }) => kind !== 'belongsTo');
  const isThrough = ({ declaration: { through } }: Reflection) => through !== undefined;
  const joinTables = all.filter(({ declaration: { kind } }) => kind === 'hasAndBelongsToMany');
  const countsOrTouches = belongsTo.some(
    ({ declaration: { counterCache, touch } }) => counterCache !== false || touch !== false,
  );
  return {
    belongsTo,
    required: belongsTo.filter(({ isRequired }) => isRequired),
    children: [...others.filter((each) => !isThrough(each)), ...others.filter(isThrough)],
    joinTables,
    countsOrTouches,
    transactionForDestroy:
      countsOrTouches || joinTables.length > 0 || all.some(({ declaration: { dependent } }) => dependent !== undefined),
  };
}

/** Whether any save of the model may send more than its own statement, whatever its records hold. */
export function needsTransactionForSave(associations: Associations): boolean {
  return planOf(associations).countsOrTouches;
}

/** Whether destroying a record of the model may send more than its own statement. */
export function needsTransactionForDestroy(associations: Associations): boolean {
  return planOf(associations).transactionForDestroy;
}

/** Whether this record holds others that its save has to look at. */
export function hasToSaveOthers(record: RecordState, associations: Associations): boolean {
  if (record[linksKey] === undefined) return false;
  const { belongsTo, children } = planOf(associations);
  return belongsTo.some((each) => isParentWaiting(record, each)) || children.some((each) => isWaiting(record, each));
}

/** A record that this one refers to, and that has to be saved before it, or whose key has to be taken over. */
export function isParentWaiting(record: RecordState, { index, declaration: { autosave } }: Reflection): boolean {
  const link = linkAt(record, index);
  if (link === undefined || link.one === null || !link.isLoaded) return false;
  if (autosave === true || link.pending !== undefined) return true;
  return link.one[lifeKey]?.isNew === true && autosave !== false;
}

/** Records that have to be saved, or let go of, after this one. */
export function isWaiting(record: RecordState, { index, declaration: { autosave } }: Reflection): boolean {
  const link = linkAt(record, index);
  if (link === undefined) return false;
  if (link.pending !== undefined || link.replaced !== undefined || link.doomed !== undefined) return true;
  return link.replacesAll || (autosave === true && link.isLoaded);
}

// ---- To be filled in from dependents.ts, counter-cache.ts and touch.ts: replace each body by a call. ----

/**
 * Before the DELETE of `destroy()` (not of `delete()`), in its transaction: by `dependent` the records of hasMany and
 * hasOne are destroyed, deleted or nullified, or their being there is an error.
 *
 * @throws DeleteRestricted (`AR_DELETE_RESTRICTED`)
 */
export async function destroyDependents(_record: RecordState, _associations: Associations): Promise<void> {}

/** After INSERT or UPDATE: the counters of what the record belongs to, and of what it belonged to before. */
export async function countSaved(_record: RecordState, _associations: Associations, _saved: Saved): Promise<void> {}

/** After a DELETE that has found its row. */
export async function countDestroyed(_record: RecordState, _associations: Associations): Promise<void> {}

/** After INSERT or UPDATE: the moments of what the record belongs to, and of what it belonged to before. */
export async function touchAfterSave(_record: RecordState, _associations: Associations, _saved: Saved): Promise<void> {}

/** After a DELETE that has found its row. */
export async function touchAfterDestroy(_record: RecordState, _associations: Associations): Promise<void> {}
