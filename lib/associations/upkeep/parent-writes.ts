import type { Outcome } from '../../adapters/contract.ts';
import { transactionScope } from '../../connection/transaction.ts';
import type { Attribute } from '../../record/attribute.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import type { RecordState } from '../../record/state.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import { isStopped } from '../../relation/gathering.ts';
import { markOf } from '../../relation/removal.ts';
import type { Associations } from '../../relation/source.ts';
import {
  currentOf,
  hasParents,
  type ParentAssociation,
  type ParentRow,
  parentAssociations,
  parentRow,
  storedOf,
} from './parent-rows.ts';
import { type ParentWrite, parentInMemory, tellTouched, updateParent, updateParents } from './parent-updates.ts';

// What writing a record writes to the rows that it belongs to: their counters, and the moments that it touches.

/** What is done to a record. */
export type RowEvent = 'create' | 'update' | 'destroy' | 'touch';

/**
 * Writes a row together with those that it belongs to, each of them in one UPDATE, in the transaction that the caller has
 * opened. {@link tellParents} is to follow.
 *
 * The other rows come first, always: the foreign key of a row that is inserted would lock them for reading, and two at
 * once could then not have them for writing (a deadlock, on MySQL). Where the row then turns out not to be there, as one
 * that somebody else has deleted, nothing is counted.
 *
 * @param write - sends the INSERT, UPDATE or DELETE
 */
export async function writeWithParents(
  record: RecordState,
  associations: Associations,
  event: 'create' | 'update' | 'destroy',
  write: () => Promise<Outcome>,
): Promise<Outcome> {
  if (!hasParents(associations)) return write();
  const writes = planned(record, await parentAssociations(associations), event);
  toTell.delete(record);
  if (writes.length === 0) return write();
  const touched = await updateParents(record, associations, writes);
  let outcome: Outcome;
  try {
    outcome = await write();
  } catch (error) {
    if (await canGoOn(writes)) await takeBack(record, writes);
    throw error;
  }
  if (outcome.affectedRows === 0 && outcome.rows.length === 0) await takeBack(record, writes);
  if (touched.length > 0) toTell.set(record, touched);
  return outcome;
}

/** What was touched with a record that has been written, and has callbacks for that. */
const toTell = new WeakMap<RecordState, readonly ParentWrite[]>();

/**
 * When a record has been written and shows it: the callbacks of what was touched with it, which may well save the record
 * again.
 */
export async function tellParents(record: RecordState): Promise<void> {
  const touched = toTell.get(record);
  if (touched === undefined) return;
  toTell.delete(record);
  for (const parent of touched) await tellTouched(parent);
}

/** Whether writing the record would also write to what it belongs to, so that it needs a transaction. */
export async function needsParents(record: RecordState, associations: Associations, event: RowEvent): Promise<boolean> {
  if (!hasParents(associations)) return false;
  return planned(record, await parentAssociations(associations), event).length > 0;
}

/**
 * With `touch` of a record: the moments of what it belongs to.
 *
 * @param touch - sends the UPDATE of the record itself
 */
export async function touchParents(
  record: RecordState,
  associations: Associations,
  touch: () => Promise<void>,
): Promise<void> {
  if (!hasParents(associations)) return touch();
  const writes = planned(record, await parentAssociations(associations), 'touch');
  const touched = await updateParents(record, associations, writes);
  await touch();
  for (const parent of touched) await tellTouched(parent);
}

/** Rows that are about to be deleted with a record: to count and touch there would be for nothing. */
const deletedWith = new WeakMap<RecordState, string>();

/** @param row - the name of the row with which the record is destroyed */
export async function destroyedWith(record: RecordState, row: string, destroy: () => Promise<void>): Promise<void> {
  deletedWith.set(record, row);
  try {
    await destroy();
  } finally {
    deletedWith.delete(record);
  }
}

function planned(record: RecordState, parents: readonly ParentAssociation[], event: RowEvent): readonly ParentWrite[] {
  const writes = new Map<string, ParentWrite>();
  const note = (row: ParentRow | undefined, amount: number) => {
    if (row === undefined || deletedWith.get(record) === row.name) return;
    const counts = row.counter !== undefined && amount !== 0;
    if (!counts && row.moments.length === 0) return;
    let write = writes.get(row.name);
    if (write === undefined) {
      write = { row, amounts: new Map(), moments: new Set(), records: new Set() };
      writes.set(row.name, write);
    }
    if (counts) write.amounts.set(row.counter, (write.amounts.get(row.counter) ?? 0) + amount);
    for (const moment of row.moments) write.moments.add(moment);
    const parent = parentInMemory(record, row);
    if (parent !== undefined) write.records.add(parent);
  };
  for (const parent of parents) {
    if (event === 'create') note(parentRow(parent, currentOf(record)), isThere(record, parent, readValue) ? 1 : 0);
    else if (event === 'destroy') note(parentRow(parent, storedOf(record)), -1);
    else if (event === 'touch') note(parentRow(parent, storedOf(record)), 0);
    else noteUpdate(record, parent, note);
  }
  // Rows beside each other always in the same order, so that two transactions do not wait for each other.
  return [...writes.values()].sort((a, b) => (a.row.name < b.row.name ? -1 : 1));
}

/** Whether a row is to be counted: one that is marked as deleted is not. */
function isThere(
  record: RecordState,
  { reflection }: ParentAssociation,
  read: (record: RecordState, attribute: Attribute) => unknown,
): boolean {
  const mark = markOf(record, reflection.owner.attributes);
  return mark === undefined || !isLoaded(record, mark) || read(record, mark) === null;
}

function noteUpdate(
  record: RecordState,
  parent: ParentAssociation,
  note: (row: ParentRow | undefined, amount: number) => void,
): void {
  const { foreignKey, typeAttribute, declaration } = parent.reflection;
  const attributes = typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
  const wasThere = isThere(record, parent, originalValue);
  const isStillThere = isThere(record, parent, readValue);
  const isMoved = wasThere !== isStillThere || attributes.some((attribute) => attributeChanged(record, attribute));
  if (!isMoved && declaration.touch === false) return;
  const before = parentRow(parent, storedOf(record));
  const after = parentRow(parent, currentOf(record));
  const isSame = before?.name === after?.name;
  if (!isSame) note(before, wasThere ? -1 : 0);
  note(after, Number(isStillThere) - (isSame ? Number(wasThere) : 0));
}

/** What has been counted for a row that was not written after all. A moment stays: to be touched is no count. */
async function takeBack(record: RecordState, writes: readonly ParentWrite[]): Promise<void> {
  for (const write of writes) {
    const amounts = new Map([...write.amounts].map(([attribute, amount]) => [attribute, -amount]));
    await updateParent({ ...write, amounts, moments: new Set() }, record);
  }
}

/**
 * Whether a transaction can be committed after a statement of it has failed: the application may catch the error. If not,
 * nothing has to be taken back, and nothing could be.
 */
async function canGoOn([write]: readonly ParentWrite[]): Promise<boolean> {
  if (write === undefined || isStopped()) return false;
  const { connection } = await write.row.step.source.ready();
  const transaction = transactionScope.current(connection);
  if (transaction === undefined || !transaction.isOpen || !transaction.connection.usable) return false;
  return connection.dialect.features.transactionsFail !== true && transaction.connection.transactionState !== 'none';
}
