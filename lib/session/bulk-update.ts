import type { Outcome } from '../adapters/contract.ts';
import type { Attribute } from '../record/attribute.ts';
import { versionPredicate } from '../record/statements.ts';
import { amountOf, incrementNode } from '../relation/counters.ts';
import type { ParentUpdate, RowDelete, RowUpdate } from '../relation/gathering.ts';
import { keyPredicate } from '../relation/load.ts';
import type { ReadySource } from '../relation/source.ts';
import { compile } from '../sql/compile.ts';
import {
  type AssignmentNode,
  bindNode,
  columnNode,
  conjunction,
  type Expression,
  type Predicate,
  type Statement,
} from '../sql/nodes.ts';
import type { Scalar, Type } from '../types/type.ts';
import {
  canStandInCase,
  mostBinds,
  mostDifferent,
  mostRows,
  raw,
  roomFor,
  rowsWithKeys,
  sameScalars,
  valueByKey,
} from './bulk-rows.ts';

/** A statement has not met all of its rows: which one it has missed is seen when they are written one by one. */
export class NotAllMet extends Error {}

/** Parts of a list. */
export function partsOf<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < list.length; start += size) parts.push(list.slice(start, start + size));
  return parts;
}

/** Whether the change of a row can be one of many of an UPDATE. */
export function isUpdatable({ ready, written, values }: RowUpdate): boolean {
  const { maxStatementBytes } = ready.connection.dialect.features;
  return written.every(canStandInCase) && isSmall(values, maxStatementBytes);
}

/** Large texts and bytes go by themselves: a statement has to stay below what the server takes. */
function isSmall(values: readonly Scalar[], limit: number | undefined): boolean {
  if (limit === undefined) return true;
  const most = limit / (4 * mostDifferent);
  return values.every((value) => {
    if (typeof value === 'string') return value.length * 6 < most;
    return !(value instanceof Uint8Array) || value.byteLength * 2 < most;
  });
}

/** Changes rows, each to values of its own in the same columns: `SET name = CASE id WHEN ? THEN ? … END WHERE id IN (…)`. */
export async function updateTogether(writes: readonly RowUpdate[]): Promise<Outcome[]> {
  const [first] = writes;
  if (first === undefined) return [];
  const { ready, written } = first;
  const { keys } = ready.attributes;
  const isAlike = written.map((_, index) =>
    writes.every(({ values }) => sameScalars(values[index] ?? null, first.values[index] ?? null)),
  );
  const different = isAlike.filter((same) => !same).length;
  const binds = keys.length + different * (keys.length + 1);
  const most = roomFor(binds, different === 0 ? mostRows : mostDifferent, room(ready, written.length));
  for (const part of partsOf(writes, most)) {
    const set = written.map((attribute, index): AssignmentNode => {
      const { column, sensitive } = attribute;
      if (isAlike[index] === true) return { column, value: raw(first.values[index] ?? null, sensitive) };
      const rows = part.map(({ key, values }) => ({ key, value: raw(values[index] ?? null, sensitive) }));
      return { column, value: valueByKey(keys, rows, columnNode(column)) };
    });
    const where = rowsOf(part, ready, first.version);
    await meetAll(ready, { kind: 'update', table: ready.attributes.tableName, set, where }, part.length);
  }
  return writes.map(() => oneRow);
}

/** Deletes rows by their keys: `DELETE … WHERE id IN (…)`. */
export async function deleteTogether(writes: readonly RowDelete[]): Promise<Outcome[]> {
  const [first] = writes;
  if (first === undefined) return [];
  const { ready } = first;
  const most = roomFor(ready.attributes.keys.length, mostRows, room(ready, 0));
  for (const part of partsOf(writes, most)) {
    const where = rowsOf(part, ready, first.version);
    await meetAll(ready, { kind: 'delete', table: ready.attributes.tableName, where }, part.length);
  }
  return writes.map(() => oneRow);
}

/** Counts up, and touches, the rows that many records belong to: one value for each row, whatever number belongs to it. */
export async function updateParentsTogether(writes: readonly ParentUpdate[]): Promise<Outcome[]> {
  const [first] = writes;
  if (first === undefined) return [];
  const { ready, to } = first;
  const { dialect } = ready.connection;
  const counters = [...first.amounts.keys()];
  const parents = [...merged(writes)].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, parent]) => parent);
  const binds = to.length + counters.length * (to.length + 1);
  const now = writes.reduce((latest, each) => (each.now > latest ? each.now : latest), first.now);
  const isAlike = counters.every((each) => areAlike(each, parents));
  const most = roomFor(binds, isAlike ? mostRows : mostDifferent, room(ready, first.moments.size));
  for (const part of partsOf(parents, most)) {
    const set: AssignmentNode[] = counters.map((attribute) => ({
      column: attribute.column,
      value: counted(attribute, to, part, ready),
    }));
    for (const attribute of first.moments) {
      const type = attribute.type as Type;
      set.push({ column: attribute.column, value: bindNode(type.cast(now, attribute), type, attribute.sensitive) });
    }
    const where = keyPredicate(
      to,
      part.map(({ values }) => values),
    )(ready.attributes);
    const statement = compile({ kind: 'update', table: ready.attributes.tableName, set, where }, dialect);
    await send(ready, statement, part.length);
  }
  return writes.map(() => oneRow);
}

interface Parent {
  readonly values: readonly unknown[];
  readonly amounts: Map<Attribute, number>;
}

function merged(writes: readonly ParentUpdate[]): ReadonlyMap<string, Parent> {
  const parents = new Map<string, Parent>();
  for (const { name, values, amounts } of writes) {
    const parent = parents.get(name);
    if (parent === undefined) parents.set(name, { values, amounts: new Map(amounts) });
    else
      for (const [attribute, by] of amounts) parent.amounts.set(attribute, (parent.amounts.get(attribute) ?? 0) + by);
  }
  return parents;
}

const areAlike = (attribute: Attribute, [first, ...others]: readonly Parent[]): boolean =>
  others.every(({ amounts }) => amounts.get(attribute) === first?.amounts.get(attribute));

function counted(
  attribute: Attribute,
  to: readonly Attribute[],
  parents: readonly Parent[],
  { connection: { dialect } }: ReadySource,
): Expression {
  const amountFor = ({ amounts }: Parent) => amountOf(attribute, amounts.get(attribute) ?? 0, dialect, 'counterCache');
  const [first] = parents;
  if (first !== undefined && areAlike(attribute, parents)) return incrementNode(attribute, amountFor(first));
  const rows = parents.map((parent) => ({
    key: to.map((key, index): Scalar => (key.type as Type).serialize(parent.values[index], dialect)),
    value: bindNode(amountFor(parent), attribute.type as Type, attribute.sensitive),
  }));
  const zero: Expression = { kind: 'raw', parts: ['0'], values: [] };
  return {
    kind: 'raw',
    parts: ['COALESCE(', ', 0) + ', ''],
    values: [columnNode(attribute.column), valueByKey(to, rows, zero)],
  };
}

const oneRow: Outcome = { rows: [], affectedRows: 1, insertId: undefined };

/** What is left of the values that a statement can have, beside those of its rows. */
const room = ({ connection }: ReadySource, beside: number): number =>
  Math.max(1, Math.min(mostBinds, connection.dialect.features.maxBinds) - beside - 1);

function rowsOf(
  writes: readonly { readonly key: readonly Scalar[] }[],
  { attributes }: ReadySource,
  version: Scalar | undefined,
): Predicate {
  const rows = rowsWithKeys(
    attributes.keys,
    writes.map(({ key }) => key),
  );
  const { lockVersion } = attributes;
  if (lockVersion === undefined || version === undefined) return rows;
  return conjunction([rows, versionPredicate(lockVersion, version)]);
}

function meetAll(ready: ReadySource, statement: Statement, rows: number): Promise<void> {
  return send(ready, compile(statement, ready.connection.dialect), rows);
}

async function send({ connection }: ReadySource, statement: ReturnType<typeof compile>, rows: number): Promise<void> {
  const { affectedRows } = await connection.run(statement, { prepared: false, bigints: true }, 'write');
  if (affectedRows !== rows) throw new NotAllMet();
}
