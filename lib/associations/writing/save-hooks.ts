import { changedAttributes } from '../../record/changes.ts';
import { linkAt } from '../../record/links.ts';
import { lifeKey, linksKey, type RecordState } from '../../record/state.ts';
import type { Associations, Reflection, Source } from '../../relation/source.ts';
import { stepTo } from './expect-record.ts';

// What saving and destroying a record have to do for its associations, beside their own statement. `lib/model/saving/save.ts`
// calls these in its transaction:
//
//   save:     prepareNested → saveParents → writeWithParents(INSERT or UPDATE) → tellParents → saveNested → saveChildren
//   destroy:  destroyDependents → detachAll → writeWithParents(DELETE) → tellParents
//
// `writeWithParents` (parent-writes.ts) is called around the row's own statement, `destroyDependents` (dependents.ts)
// before it.

/** The associations of a model by what a write has to do for them: worked out once. */
export interface WritePlan {
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

const prepared = new WeakSet<Associations>();

/** Before a save asks for foreign keys: whatever they refer to has its columns known. Undefined where it has already. */
export function prepareParents(associations: Associations): Promise<void> | undefined {
  return prepared.has(associations) ? undefined : prepare(associations);
}

async function prepare(associations: Associations): Promise<void> {
  for (const { models } of planOf(associations).required)
    for (const model of models) if (model.attributes === undefined) await model.ready();
  prepared.add(associations);
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
export function hasToSaveOthers(record: RecordState, associations: Associations, seen?: Set<RecordState>): boolean {
  if (record[linksKey] === undefined) return false;
  const { belongsTo, children } = planOf(associations);
  return (
    belongsTo.some((each) => isParentWaiting(record, each, seen)) ||
    children.some((each) => isWaiting(record, each, seen))
  );
}

/** A record that this one refers to, and that has to be saved before it, or whose key has to be taken over. */
export function isParentWaiting(record: RecordState, reflection: Reflection, seen?: Set<RecordState>): boolean {
  const { autosave } = reflection.declaration;
  const link = linkAt(record, reflection.index);
  if (link === undefined || link.one === null || !link.isLoaded) return false;
  if (link.pending !== undefined) return true;
  if (autosave === true) return isUnsaved(link.one, stepTo(reflection, link.one).source, seen ?? new Set([record]));
  return link.one[lifeKey]?.isNew === true && autosave !== false;
}

/** Records that have to be saved, or let go of, after this one. */
export function isWaiting(record: RecordState, reflection: Reflection, seen?: Set<RecordState>): boolean {
  const { index, declaration } = reflection;
  const link = linkAt(record, index);
  if (link === undefined || declaration.autosave === false) return false;
  if (link.pending !== undefined || link.replaced !== undefined || link.doomed !== undefined) return true;
  if (link.replacesAll) return true;
  if (declaration.autosave !== true || !link.isLoaded) return false;
  const known = seen ?? new Set([record]);
  return (link.many ?? [link.one]).some((each) => each !== null && isUnsaved(each, reflection.target, known));
}

/** Whether a save of the record would send anything. Records refer to each other in circles: each is asked once. */
function isUnsaved(record: RecordState, source: Source, seen: Set<RecordState>): boolean {
  const { isDestroyed = false, isReadOnly = false, isFrozen = false } = record[lifeKey] ?? {};
  if (seen.has(record) || isDestroyed || isReadOnly || isFrozen) return false;
  seen.add(record);
  if (record[lifeKey]?.isNew === true) return true;
  if (source.attributes !== undefined && changedAttributes(record, source.attributes).length > 0) return true;
  return hasToSaveOthers(record, source.associations, seen);
}
