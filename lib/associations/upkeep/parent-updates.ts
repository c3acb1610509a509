import type { Row } from '../../adapters/contract.ts';
import { transactionScope } from '../../connection/transaction.ts';
import type { Attribute } from '../../record/attribute.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import { linkAt } from '../../record/links.ts';
import { heldBy, nothingHeld, settle } from '../../record/settle.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { isRecord, lifeKey, type RecordState } from '../../record/state.ts';
import { isLoaded } from '../../record/values.ts';
import { added, amountOf, incrementNode, opposite } from '../../relation/counters.ts';
import { sendWrite } from '../../relation/gathering.ts';
import { keyPredicate, loadRecords } from '../../relation/load.ts';
import { everything } from '../../relation/query-state.ts';
import { isRecordOf } from '../../relation/record-of.ts';
import type { Associations, ReadySource } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { type AssignmentNode, bindNode, columnNode, type SelectStatement } from '../../sql/nodes.ts';
import type { Scalar, Type } from '../../types/type.ts';
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

// The UPDATEs of rows that a record belongs to, and of those that these belong to in turn where they are touched.

/** One UPDATE of one row. */
export interface ParentWrite {
  readonly row: ParentRow;
  readonly amounts: Map<Attribute, number>;
  readonly moments: Set<Attribute>;
  /** The records of that row that the program has come by. */
  readonly records: Set<RecordState>;
}

/** The record of a row that the program has, if the association has it loaded. */
export function parentInMemory(
  record: RecordState,
  { reflection, step, values, name }: ParentRow,
): RecordState | undefined {
  const link = linkAt(record, reflection.index);
  const parent = link?.isLoaded === true ? link.one : null;
  return parent !== null && parent !== undefined && hasRow(parent, step, name, values) ? parent : undefined;
}

function hasRow(parent: RecordState, { source, to }: ParentRow['step'], name: string, values: readonly unknown[]) {
  if (!isRecordOf(parent, source) || values.length !== to.length) return false;
  if (parent[lifeKey]?.isNew === true || parent[lifeKey]?.isDestroyed === true) return false;
  return (
    to.every((attribute) => isLoaded(parent, attribute)) && rowName(source, to, to.map(currentOf(parent))) === name
  );
}

/**
 * Sends the UPDATEs, those of the uppermost rows first: whoever writes to a row has written to what it belongs to before,
 * so that two transactions do not wait for each other.
 *
 * @returns those that were touched and whose records have something to do then: {@link tellTouched}
 */
export async function updateParents(
  record: RecordState,
  associations: Associations,
  writes: readonly ParentWrite[],
): Promise<readonly ParentWrite[]> {
  const round = new Round(writes);
  const own = associations.all[0]?.owner;
  const keys = own?.attributes?.keys ?? [];
  if (
    own !== undefined &&
    keys.length > 0 &&
    record[lifeKey]?.isNew !== true &&
    keys.every((key) => isLoaded(record, key))
  )
    round.leaveOut(rowName(own, keys, keys.map(storedOf(record))));
  for (const write of writes) await round.send(write, record);
  return round.touched;
}

/** After all is written: the callbacks of a row that was touched, for the record that the program has, or for a new one. */
export async function tellTouched({ row, records }: ParentWrite): Promise<void> {
  const { source, to } = row.step;
  const [known] = records;
  const [record] =
    known === undefined
      ? await loadRecords(source, { ...everything, where: [keyPredicate(to, [row.values])], alone: true })
      : [known];
  if (isRecord(record)) await source.touched(record);
}

/** All UPDATEs that one write leads to. No row comes twice, also where rows belong to each other in a circle. */
class Round {
  readonly #writes: ReadonlyMap<string, ParentWrite>;
  readonly #begun = new Set<string>();
  readonly #now = new Date();
  readonly touched: ParentWrite[] = [];

  constructor(writes: readonly ParentWrite[]) {
    this.#writes = new Map(writes.map((write) => [write.row.name, write]));
  }

  leaveOut(row: string): void {
    this.#begun.add(row);
  }

  async send(write: ParentWrite, child: RecordState): Promise<void> {
    const { row, moments } = write;
    if (this.#begun.has(row.name)) return;
    this.#begun.add(row.name);
    if (moments.size > 0) for (const above of await this.#above(write)) await this.send(above, child);
    await updateParent(write, child, this.#now);
    if (moments.size > 0 && row.step.source.callsWhenTouched) this.touched.push(write);
  }

  /** What the row belongs to, where its being touched is passed on. */
  async #above({ row, records }: ParentWrite): Promise<readonly ParentWrite[]> {
    const { associations } = row.step.source;
    if (!hasParents(associations)) return [];
    const parents = (await parentAssociations(associations)).filter(
      ({ reflection }) => reflection.declaration.touch !== false,
    );
    if (parents.length === 0) return [];
    const read = await readerOf(row, parents.flatMap(keysOf), records);
    return parents.flatMap((parent) => {
      const above = read === undefined ? undefined : parentRow(parent, read);
      if (above === undefined) return [];
      const planned = this.#writes.get(above.name);
      const inMemory = [...records].flatMap((each) => parentInMemory(each, above) ?? []);
      for (const each of inMemory) planned?.records.add(each);
      for (const moment of above.moments) planned?.moments.add(moment);
      return planned ?? { row: above, amounts: new Map(), moments: new Set(above.moments), records: new Set(inMemory) };
    });
  }
}

function keysOf({ reflection: { foreignKey, typeAttribute } }: ParentAssociation): readonly Attribute[] {
  return typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
}

/** What a row refers to: by a record of it, or by the row. undefined where there is none. */
async function readerOf(
  row: ParentRow,
  wanted: readonly Attribute[],
  records: ReadonlySet<RecordState>,
): Promise<((attribute: Attribute) => unknown) | undefined> {
  const record = [...records].find((each) => wanted.every((attribute) => isLoaded(each, attribute)));
  if (record !== undefined) return storedOf(record);
  const { connection, attributes } = await row.step.source.ready();
  const select: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [...new Set(wanted)].map(({ column }) => ({ expression: columnNode(column), alias: undefined })),
    from: { table: attributes.tableName },
    where: keyPredicate(row.step.to, [row.values])(attributes),
    order: [],
    limit: 1,
    offset: undefined,
  };
  const statement = compile(select, connection.dialect);
  const [found] = (await connection.run(statement, { prepared: true, bigints: true }, 'read')).rows;
  if (found === undefined) return undefined;
  return ({ column, type }) => {
    const raw = found[column];
    return raw === null || raw === undefined ? null : (type as Type).deserialize(raw);
  };
}

/** What an UPDATE writes to an attribute: something added, or a value. */
type Written = ReadonlyMap<Attribute, { readonly amount: unknown } | { readonly raw: Scalar }>;

/**
 * Sends one UPDATE, and lets the records that the program has show it.
 *
 * @param child - the record that is written
 */
export async function updateParent(
  { row, amounts, moments, records }: ParentWrite,
  child: RecordState,
  now = new Date(),
): Promise<void> {
  const { source, to } = row.step;
  const ready = await source.ready();
  const { connection, attributes } = ready;
  const { dialect } = connection;
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
    written.set(attribute, { raw: value === null ? null : type.serialize(value, dialect) });
  }
  if (set.length === 0) return;
  const where = keyPredicate(to, [row.values])(attributes);
  const tells = dialect.features.updateReturning === true && records.size > 0;
  const returning = tells ? [...amounts.keys()].map(({ column }) => column) : [];
  const memories = [...records].map((record) => remember(record, written, ready));
  const outcome = await sendWrite(child, {
    kind: 'parent',
    ready,
    name: row.name,
    to,
    values: row.values,
    amounts,
    moments,
    now,
    alone: () =>
      connection.run(
        compile({ kind: 'update', table: attributes.tableName, set, where, returning }, dialect),
        { prepared: true, bigints: true },
        'write',
      ),
  });
  const [found] = outcome.rows;
  if (outcome.affectedRows === 0 && found === undefined) return;
  for (const take of memories) take(found);
}

/**
 * Gives what takes over the new values, which are let go of on rollback: of a counter what was added, since others of the
 * same record may be counted at the same time, in other transactions.
 */
function remember(record: RecordState, written: Written, { connection }: ReadySource): (row: Row | undefined) => void {
  const { dialect } = connection;
  const selected = [...written].filter(([attribute]) => isLoaded(record, attribute));
  const moments = selected.filter(([, value]) => 'raw' in value).map(([attribute]) => attribute);
  const write = writeInTransaction(connection, record)?.setting(record, moments);
  const take = (attribute: Attribute, raw: Scalar) =>
    // What the program has assigned, also while the statement was under way, stays a change.
    settle(record, attribute, raw, attributeChanged(record, attribute) ? nothingHeld : heldBy(record, attribute));
  const count = (attribute: Attribute, amount: unknown) =>
    take(
      attribute,
      (attribute.type as Type).serialize(added(attribute, originalValue(record, attribute), amount), dialect),
    );
  let isCounted = false;
  let isUndone = false;
  const takeBack = () => {
    for (const [attribute, value] of selected)
      if ('amount' in value) count(attribute, opposite(attribute, value.amount));
  };
  transactionScope.current(connection)?.onRollback(() => {
    isUndone = true;
    if (isCounted) takeBack();
  });
  return (row) => {
    for (const [attribute, value] of selected) {
      if ('raw' in value) take(attribute, value.raw);
      else if (row?.[attribute.column] !== undefined) take(attribute, row[attribute.column] ?? null);
      else count(attribute, value.amount);
    }
    write?.applied();
    isCounted = true;
    // A rollback may have been quicker than that.
    if (isUndone) takeBack();
  };
}
