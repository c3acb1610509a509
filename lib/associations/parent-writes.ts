import type { Outcome, Row } from '../adapters/contract.ts';
import { transactionScope } from '../connection/transaction.ts';
import type { Attribute } from '../record/attribute.ts';
import { attributeChanged, originalValue } from '../record/changes.ts';
import { linkAt } from '../record/links.ts';
import { heldBy, nothingHeld, settle } from '../record/settle.ts';
import { writeInTransaction } from '../record/snapshot.ts';
import { lifeKey, type RecordState } from '../record/state.ts';
import { isLoaded } from '../record/values.ts';
import { added, amountOf, incrementNode } from '../relation/counters.ts';
import { keyPredicate } from '../relation/load.ts';
import type { Associations, ReadySource } from '../relation/source.ts';
import { compile } from '../sql/compile.ts';
import { type AssignmentNode, bindNode, columnNode, type Predicate, type SelectStatement } from '../sql/nodes.ts';
import type { Scalar, Type } from '../types/type.ts';
import {
  currentOf,
  hasParents,
  type ParentAssociation,
  type ParentRow,
  parentAssociations,
  parentRow,
  rowName,
  storedOf,
} from './parent-rows.ts';

// What writing a record writes to the rows that it belongs to: their counters, and the moments that it touches.

/** What is done to a record. */
export type RowEvent = 'create' | 'update' | 'destroy' | 'touch';

/** One UPDATE of one row. */
interface ParentWrite {
  readonly row: ParentRow;
  readonly amounts: Map<Attribute, number>;
  readonly moments: Set<Attribute>;
  /** The records of that row that the program has come by. */
  readonly records: Set<RecordState>;
}

/**
 * Writes a row together with those that it belongs to, each of them in one UPDATE, in the transaction that the caller has
 * opened.
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
  if (writes.length === 0) return write();
  await sendAll(record, associations, writes);
  let outcome: Outcome;
  try {
    outcome = await write();
  } catch (error) {
    if (await canGoOn(writes)) await takeBack(writes);
    throw error;
  }
  if (event !== 'create' && outcome.affectedRows === 0) await takeBack(writes);
  return outcome;
}

/** Whether writing the record would also write to what it belongs to, so that it needs a transaction. */
export async function needsParents(record: RecordState, associations: Associations, event: RowEvent): Promise<boolean> {
  if (!hasParents(associations)) return false;
  return planned(record, await parentAssociations(associations), event).length > 0;
}

/** After `touch` of a record: the moments of what it belongs to. */
export async function touchParents(record: RecordState, associations: Associations): Promise<void> {
  if (!hasParents(associations)) return;
  const writes = planned(record, await parentAssociations(associations), 'touch');
  await sendAll(record, associations, writes);
}

/** Rows that are about to be deleted with a record: to count and touch there would be for nothing. */
const deletedWith = new WeakMap<RecordState, string>();

/** @param row - the name of the row with which the record is destroyed */
export function destroyedWith(record: RecordState, row: string): void {
  deletedWith.set(record, row);
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
    if (event === 'create') note(parentRow(parent, currentOf(record)), 1);
    else if (event === 'destroy') note(parentRow(parent, storedOf(record)), -1);
    else if (event === 'touch') note(parentRow(parent, storedOf(record)), 0);
    else noteUpdate(record, parent, note);
  }
  // Always in the same order, so that two transactions do not wait for each other.
  return [...writes.values()].sort((a, b) => (a.row.name < b.row.name ? -1 : 1));
}

function noteUpdate(
  record: RecordState,
  parent: ParentAssociation,
  note: (row: ParentRow | undefined, amount: number) => void,
): void {
  const { foreignKey, typeAttribute, declaration } = parent.reflection;
  const attributes = typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
  const isMoved = attributes.some((attribute) => attributeChanged(record, attribute));
  if (!isMoved && declaration.touch === false) return;
  const before = parentRow(parent, storedOf(record));
  const after = parentRow(parent, currentOf(record));
  const isSame = before?.name === after?.name;
  if (!isSame) note(before, -1);
  note(after, isSame ? 0 : 1);
}

/** The record of a row that the program has, if the association has it loaded. */
function parentInMemory(record: RecordState, { reflection, step, values, name }: ParentRow): RecordState | undefined {
  const link = linkAt(record, reflection.index);
  const parent = link?.isLoaded === true ? link.one : null;
  return parent !== null && parent !== undefined && isRecordOf(parent, step, name, values) ? parent : undefined;
}

function isRecordOf(parent: RecordState, { source, to }: ParentRow['step'], name: string, values: readonly unknown[]) {
  const { model } = source;
  if (typeof model !== 'function' || !(parent instanceof model) || values.length !== to.length) return false;
  if (parent[lifeKey]?.isNew === true || parent[lifeKey]?.isDestroyed === true) return false;
  return (
    to.every((attribute) => isLoaded(parent, attribute)) && rowName(source, to, to.map(currentOf(parent))) === name
  );
}

async function sendAll(record: RecordState, associations: Associations, writes: readonly ParentWrite[]): Promise<void> {
  // No row is touched twice, also where rows belong to each other in a circle.
  const seen = new Set<string>(writes.map(({ row }) => row.name));
  const own = associations.all[0]?.owner;
  const keys = own?.attributes?.keys ?? [];
  if (own !== undefined && record[lifeKey]?.isNew !== true && keys.every((key) => isLoaded(record, key)))
    seen.add(rowName(own, keys, keys.map(currentOf(record))));
  const now = new Date();
  for (const write of writes) await send(write, now, seen);
}

/** Sends one UPDATE; then those of what the row belongs to in turn, where it has been touched. */
async function send({ row, amounts, moments, records }: ParentWrite, now: Date, seen: Set<string>): Promise<void> {
  const { source, to } = row.step;
  const ready = await source.ready();
  const { connection, attributes } = ready;
  const { dialect } = connection;
  const above = moments.size === 0 ? [] : await touchedAbove(source.associations);
  const set: AssignmentNode[] = [];
  const written = new Map<Attribute, { readonly amount: unknown } | { readonly raw: Scalar }>();
  for (const [attribute, by] of amounts) {
    if (by === 0) continue;
    const amount = amountOf(attribute, by, dialect, 'counterCache');
    set.push({ column: attribute.column, value: incrementNode(attribute, amount) });
    written.set(attribute, { amount });
  }
  for (const attribute of moments) {
    const type = attribute.type as Type;
    const value: unknown = type.cast(now, attribute);
    set.push({ column: attribute.column, value: bindNode(value, type, attribute.sensitive) });
    written.set(attribute, { raw: type.serialize(value, dialect) });
  }
  if (set.length === 0) return;
  const where = keyPredicate(to, [row.values])(attributes);
  const counters = records.size === 0 ? [] : [...amounts.keys()];
  const asked = [...new Set([...counters, ...above.flatMap(keysOf)])].map(({ column }) => column);
  const returning = dialect.features.updateReturning === true ? asked : [];
  const statement = compile({ kind: 'update', table: attributes.tableName, set, where, returning }, dialect);
  const memories = [...records].map((record) => remember(record, [...written.keys()], ready));
  const outcome = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  let [found]: readonly (Row | undefined)[] = outcome.rows;
  if (outcome.affectedRows === 0 && found === undefined) return;
  for (const memory of memories) memory(written, found);
  if (above.length === 0) return;
  if (returning.length === 0) found = await read(ready, above.flatMap(keysOf), where);
  if (found !== undefined) await touchAbove(above, found, [...records], now, seen);
}

/** Keeps what a record holds now; gives what takes over the new values, and lets go of them on rollback. */
function remember(record: RecordState, attributes: readonly Attribute[], { connection }: ReadySource) {
  const { dialect } = connection;
  const selected = attributes.filter((attribute) => isLoaded(record, attribute));
  // What the program has assigned stays a change.
  const before = selected.map((attribute) =>
    attributeChanged(record, attribute) ? nothingHeld : heldBy(record, attribute),
  );
  const write = writeInTransaction(connection, record)?.setting(record, selected);
  return (
    written: ReadonlyMap<Attribute, { readonly amount: unknown } | { readonly raw: Scalar }>,
    row: Row | undefined,
  ) => {
    selected.forEach((attribute, index) => {
      const value = written.get(attribute);
      const held = before[index];
      if (value === undefined || held === undefined) return;
      const told = 'raw' in value ? value.raw : row?.[attribute.column];
      const counted = 'amount' in value ? added(attribute, originalValue(record, attribute), value.amount) : undefined;
      settle(record, attribute, told ?? (attribute.type as Type).serialize(counted, dialect), held);
    });
    write?.applied();
  };
}

async function touchedAbove(associations: Associations): Promise<readonly ParentAssociation[]> {
  if (!hasParents(associations)) return [];
  const parents = await parentAssociations(associations);
  return parents.filter(({ reflection }) => reflection.declaration.touch !== false);
}

function keysOf({ reflection: { foreignKey, typeAttribute } }: ParentAssociation): readonly Attribute[] {
  return typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
}

async function read(
  { connection, attributes }: ReadySource,
  wanted: readonly Attribute[],
  where: Predicate,
): Promise<Row | undefined> {
  const select: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [...new Set(wanted)].map(({ column }) => ({ expression: columnNode(column), alias: undefined })),
    from: { table: attributes.tableName },
    where,
    order: [],
    limit: 1,
    offset: undefined,
  };
  const statement = compile(select, connection.dialect);
  return (await connection.run(statement, { prepared: true, bigints: true }, 'read')).rows[0];
}

async function touchAbove(
  above: readonly ParentAssociation[],
  found: Row,
  records: readonly RecordState[],
  now: Date,
  seen: Set<string>,
): Promise<void> {
  for (const parent of above) {
    const row = parentRow(parent, ({ column, type }) => {
      const raw = found[column];
      return raw === null || raw === undefined ? null : (type as Type).deserialize(raw);
    });
    if (row === undefined || seen.has(row.name)) continue;
    seen.add(row.name);
    const inMemory = records.flatMap((record) => parentInMemory(record, row) ?? []);
    const write = { row, amounts: new Map(), moments: new Set(row.moments), records: new Set(inMemory) };
    await send(write, now, seen);
  }
}

/** What has been counted for a row that was not written after all. A moment stays: to be touched is no count. */
async function takeBack(writes: readonly ParentWrite[]): Promise<void> {
  for (const write of writes) {
    const amounts = new Map([...write.amounts].map(([attribute, amount]) => [attribute, -amount]));
    await send({ ...write, amounts, moments: new Set() }, new Date(), new Set());
  }
}

/**
 * Whether a transaction can be committed after a statement of it has failed: the application may catch the error. If not,
 * nothing has to be taken back, and nothing could be.
 */
async function canGoOn([write]: readonly ParentWrite[]): Promise<boolean> {
  if (write === undefined) return false;
  const { connection } = await write.row.step.source.ready();
  const transaction = transactionScope.current(connection);
  if (transaction === undefined || !transaction.isOpen || !transaction.connection.usable) return false;
  return connection.dialect.features.transactionsFail !== true && transaction.connection.transactionState !== 'none';
}
