import type { Outcome } from '../adapters/contract.ts';
import { RecordNotFound } from '../errors/record.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { originalValue } from '../record/changes.ts';
import type { RecordState } from '../record/state.ts';
import { isLoaded } from '../record/values.ts';
import { ConditionQuery } from './condition-query.ts';
import { QueryBase, sourceKey, stateKey, withKey } from './query-base.ts';
import { conditionsOfScopes, type QueryState } from './query-state.ts';
import type { ReadySource, Source } from './source.ts';

// Models whose rows are not deleted when their records are destroyed, but marked. A model class says so under `removalKey`;
// `destroyRecord` asks `beginRemoval` before anything else is done, and sends what it gives in place of the DELETE.

/** Static of a model class. */
export const removalKey: unique symbol = Symbol('removal');

export interface Removal {
  /** The attribute that is null while the row counts as there. */
  readonly attribute: string;
  /** Sends what marks the row, in place of its DELETE; a row that is marked already counts as one that is gone. */
  readonly mark: (record: RecordState, ready: ReadySource, moment: Date) => Promise<Outcome>;
}

/** How rows of a model are removed; undefined where they are deleted. */
export function removalOf(model: object): Removal | undefined {
  const removal: Removal | undefined = Reflect.get(model, removalKey);
  return removal;
}

/** Records whose rows are to be deleted all the same. */
const forGood = new WeakSet<RecordState>();

export const isRemovedForGood = (record: RecordState): boolean => forGood.has(record);

export async function removingForGood(record: RecordState, destroy: () => Promise<void>): Promise<void> {
  forGood.add(record);
  try {
    await destroy();
  } finally {
    forGood.delete(record);
  }
}

/** A record whose mark is being taken off. Its UPDATE finds only a row that has one: another may have restored it. */
export interface Restoring {
  readonly mark: Attribute;
  /** The UPDATE has found none. */
  hasMissed: boolean;
}

const restored = new WeakMap<RecordState, Restoring>();

export const restoringOf = (record: RecordState): Restoring | undefined => restored.get(record);

/** @returns whether there was a row with the mark */
export async function restoringRow(record: RecordState, mark: Attribute, save: () => Promise<void>): Promise<boolean> {
  const restoring: Restoring = { mark, hasMissed: false };
  restored.set(record, restoring);
  try {
    await save();
    return true;
  } catch (error) {
    if (restoring.hasMissed && error instanceof RecordNotFound) return false;
    throw error;
  } finally {
    restored.delete(record);
  }
}

/** The moment at which a record was last begun to be removed; and the one at which it is to be, with what it belongs to. */
const moments = new WeakMap<RecordState, Date>();
const given = new WeakMap<RecordState, Date>();

/** Sends what marks the row of a record. */
export type MarkRow = (ready: ReadySource) => Promise<Outcome>;

/** What is sent in place of the DELETE of a record's row; undefined where it is deleted. */
export function beginRemoval(record: RecordState): MarkRow | undefined {
  const removal = removalOf(record.constructor);
  if (removal === undefined || isRemovedForGood(record)) return undefined;
  const moment = given.get(record) ?? new Date();
  given.delete(record);
  moments.set(record, moment);
  return (ready) => removal.mark(record, ready, moment);
}

/** Whether the row of a record that is being destroyed stays, marked. */
export const keepsRow = (record: RecordState): boolean =>
  removalOf(record.constructor) !== undefined && !isRemovedForGood(record);

/** The attribute that marks rows of a record's class; undefined where they are deleted. */
export function markOf(record: RecordState, attributes: AttributeSet | undefined): Attribute | undefined {
  const name = removalOf(record.constructor)?.attribute;
  return name === undefined ? undefined : attributes?.find(name);
}

/** Whether the row of a record is marked already, so that what it belongs to has heard of it. */
export function isMarked(record: RecordState, attributes: AttributeSet): boolean {
  const attribute = markOf(record, attributes);
  return attribute !== undefined && isLoaded(record, attribute) && originalValue(record, attribute) !== null;
}

/** Destroys a record as the one that it belongs to is destroyed: at the same moment, or for good. */
export async function removedTogether(
  owner: RecordState,
  record: RecordState,
  destroy: () => Promise<void>,
): Promise<void> {
  if (isRemovedForGood(owner)) return removingForGood(record, destroy);
  const moment = keepsRow(owner) ? moments.get(owner) : undefined;
  if (moment !== undefined) given.set(record, moment);
  try {
    await destroy();
  } finally {
    given.delete(record);
  }
}

/** Default scopes that leave marked rows out. */
const hiding = new WeakSet<object>();

/** Says of a default scope that it leaves out the rows that are marked as removed. */
export function hidesRemoved<S extends object>(scope: S): S {
  hiding.add(scope);
  return scope;
}

const isHiding = (scope: unknown) => typeof scope === 'function' && hiding.has(scope);

/** A query on rows that are marked as removed, too. */
export function withRemoved(state: QueryState): QueryState {
  const hidden = hiddenBy(state);
  return hidden.length === 0 ? state : { ...state, where: state.where.filter((each) => !hidden.includes(each)) };
}

/** The conditions that leave marked rows out. */
function hiddenBy(state: QueryState): QueryState['where'] {
  return conditionsOfScopes(state, isHiding);
}

/** The conditions of a model that leave its marked rows out. */
export const conditionsOnRemoved = (source: Source): QueryState['where'] =>
  removalOf(source.model) === undefined ? [] : hiddenBy(source.state());

/** The same, as a program has it. */
export function includingRemoved<Q>(query: Q): Q {
  if (!(query instanceof QueryBase)) return query;
  return query[withKey]({ where: withRemoved(query[stateKey]).where });
}

/** Only the rows that are marked as removed. */
export function onlyRemoved<Q>(query: Q): Q {
  const all = includingRemoved(query);
  if (!(all instanceof ConditionQuery)) return all;
  const name = removalOf(all[sourceKey].model)?.attribute;
  return name === undefined ? all : all.whereNot({ [name]: null });
}
