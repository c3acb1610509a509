import type { QueryLimits } from '../../adapters/contract.ts';
import { InvalidQuery } from '../../errors/query.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { RecordState } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import { hasOneTable, inPickedOrder, stepState } from '../../relation/associated-rows.ts';
import { type Include, mergedIncludes } from '../../relation/include.ts';
import type { QueryState } from '../../relation/query-state.ts';
import type { Reflection, Source, Step } from '../../relation/source.ts';
import type { Identities } from './identities.ts';
import { joinedLimits } from './load-limits.ts';
import { type LoadedRows, loadRows } from './load-rows.ts';
import { loadStatement } from './load-statement.ts';
import { type MemoryKey, memoryKey, tuple, valueFor } from './memory-keys.ts';
import { isTextual, textMatcher } from './text-keys.ts';
import { foreignKeyOf, wire } from './wiring.ts';

/** Keys in one statement: MySQL reads a whole table rather than look a longer list up in its index. */
const mostKeys = 10_000;
/** A key of several columns is a condition of its own. */
const mostTuples = 500;

export interface LoadRequest {
  /** What is asked for beside the association's own scope. */
  readonly narrow?: ((state: QueryState, target: Source) => QueryState) | undefined;
  /** The records of this load so far: the same row is the same object. */
  readonly identities?: Identities | undefined;
  /** Nobody asked for more than one record's: the others are loaded with it. */
  readonly automatic?: boolean;
  /** Whether an owner still waits for what is loaded for it. */
  readonly accepts?: ((owner: RecordState) => boolean) | undefined;
  /** Of the query that this is a part of. */
  readonly limits?: QueryLimits | undefined;
}

/** What a scope of an association has asked to be loaded with its records. */
export interface Further {
  readonly records: readonly RecordState[];
  readonly includes: readonly Include[];
  readonly target: Source;
}

/**
 * Loads an association for all of these records, in one statement for each model that it leads to. What its scopes
 * include is left to the caller.
 */
export async function loadAssociation(
  owners: readonly RecordState[],
  reflection: Reflection,
  request: LoadRequest = {},
): Promise<readonly Further[]> {
  for (const source of [reflection.owner, ...reflection.models]) {
    if (source.attributes === undefined) await source.ready();
  }
  const further: Further[] = [];
  const asked = { ...request, accepts: acceptance(owners, reflection, request) };
  for (const { path, group } of byPath(owners, reflection)) {
    if (path !== undefined) further.push(...(await loadPath(group, reflection, path, asked)));
    else for (const owner of group) give(owner, reflection, [], asked);
  }
  return further.filter(({ includes, records }) => includes.length > 0 && records.length > 0);
}

/** Not for an owner that refers to another record by now than to the one that was looked for. */
function acceptance(
  owners: readonly RecordState[],
  reflection: Reflection,
  { accepts }: LoadRequest,
): LoadRequest['accepts'] {
  if (reflection.declaration.kind !== 'belongsTo') return accepts;
  const keys = new Map(owners.map((owner) => [owner, foreignKeyOf(owner, reflection)]));
  return (owner) =>
    Object.is(keys.get(owner), foreignKeyOf(owner, reflection)) && (accepts === undefined || accepts(owner));
}

interface PathGroup {
  /** undefined where the owner refers to nothing that is known. */
  readonly path: readonly Step[] | undefined;
  readonly group: readonly RecordState[];
}

function byPath(owners: readonly RecordState[], reflection: Reflection): readonly PathGroup[] {
  const { variants, typeAttribute } = reflection;
  if (variants === undefined || typeAttribute === undefined) return [{ path: reflection.steps, group: owners }];
  const groups = new Map<Step | undefined, RecordState[]>();
  for (const owner of owners) {
    const step = variants.get(String(readValue(owner, typeAttribute)));
    const group = groups.get(step);
    if (group === undefined) groups.set(step, [owner]);
    else group.push(owner);
  }
  return [...groups].map(([step, group]) => ({ path: step === undefined ? undefined : [step], group }));
}

/** Owners that have the same key. */
interface OwnerGroup {
  readonly parts: readonly MemoryKey[];
  readonly values: readonly unknown[];
  readonly owners: RecordState[];
}

async function loadPath(
  owners: readonly RecordState[],
  reflection: Reflection,
  path: readonly Step[],
  request: LoadRequest,
): Promise<readonly Further[]> {
  const [first] = path;
  if (first === undefined) return [];
  const further: Further[] = [];
  if (reflection.needsOwner && owners.length > 1) {
    for (const owner of owners) further.push(...(await loadPath([owner], reflection, path, request)));
    return further;
  }
  const groups = new Map<MemoryKey, OwnerGroup>();
  for (const owner of new Set(owners)) {
    const values = first.from.map((attribute, index) =>
      valueFor(readValue(owner, attribute), attribute, first.to[index] as Attribute),
    );
    const parts = partsOf(values, first.to);
    const key = joined(parts);
    const group = groups.get(key);
    if (key === undefined) give(owner, reflection, [], request);
    else if (group === undefined) groups.set(key, { parts, values, owners: [owner] });
    else group.owners.push(owner);
  }
  const most = first.from.length === 1 ? mostKeys : mostTuples;
  const all = [...groups.values()];
  for (let start = 0; start < all.length; start += most)
    further.push(await loadGroups(all.slice(start, start + most), first, reflection, path, request));
  return further;
}

async function loadGroups(
  groups: readonly OwnerGroup[],
  first: Step,
  reflection: Reflection,
  path: readonly Step[],
  request: LoadRequest,
): Promise<Further> {
  const last = path.at(-1) ?? first;
  const target = last.source;
  const ready = await target.ready();
  const owner = reflection.needsOwner ? groups[0]?.owners[0] : undefined;
  const own = oneOf(reflection, stepState(last, owner), groups.length);
  const narrowed = request.narrow === undefined ? own : request.narrow(own, target);
  const state = { ...narrowed, limits: joinedLimits(narrowed.limits, request.limits) };
  requireWholeLock(reflection, state, groups.length);
  const count = groups.reduce((sum, { owners }) => sum + owners.length, 0);
  // With other tables beside it a row may come several times.
  const isDirect = path.length === 1 && hasOneTable(state);
  const rows = await loadRows({
    ready,
    target,
    state,
    ...loadStatement(
      ready,
      path,
      groups.map(({ values }) => values),
      state,
    ),
    keys: first.to,
    isDirect,
    identities: request.identities,
    batch: request.automatic === true ? { association: reflection.label, records: count } : undefined,
  });
  const keyOf = await matching(first, groups, rows, state.limits);
  const found = new Map<MemoryKey, RecordState[]>();
  for (let index = 0; index < rows.records.length; index++) {
    const record = rows.records[index] as RecordState;
    const key = keyOf(rows.keys[index] ?? []);
    const list = found.get(key);
    if (list === undefined) found.set(key, [record]);
    else list.push(record);
  }
  for (const { parts, owners } of groups) {
    const list = found.get(keyOf(parts)) ?? [];
    // Of rows that come for one owner only none comes twice.
    const records = isDirect ? list : [...new Set(list)];
    for (const each of owners) give(each, reflection, records, request);
  }
  return { records: rows.records, includes: mergedIncludes(state.includes, state.eager, 'includes'), target };
}

function partsOf(values: readonly unknown[], attributes: readonly Attribute[]): MemoryKey[] {
  return values.map((value, index) => memoryKey(value, attributes[index] as Attribute));
}

function give(
  owner: RecordState,
  reflection: Reflection,
  found: readonly RecordState[],
  { accepts, narrow }: LoadRequest,
): void {
  if (accepts === undefined || accepts(owner)) wire(owner, reflection, found, narrow !== undefined);
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for a lock on so many rows for each owner: these are numbered, and no lock goes through that */
function requireWholeLock({ label, declaration, isCollection }: Reflection, state: QueryState, owners: number): void {
  if (state.lock === undefined || (state.limit === undefined && state.offset === undefined)) return;
  if (!isCollection && declaration.pick === undefined && owners < 2) return;
  throw new InvalidQuery(`${label} is loaded with a limit for each record, so its rows cannot be locked.`, {
    hint: 'Load them first, and lock them by their keys: where({ id: keys }).lock().',
  });
}

/** One key of its parts; undefined where one of them is NULL. */
function joined(parts: readonly MemoryKey[]): MemoryKey {
  if (parts.length === 1) return parts[0];
  return parts.includes(undefined) ? undefined : tuple(parts);
}

/** Of several rows a hasOne means one; for several owners they are told apart in memory, unless it picks. */
export function oneOf(reflection: Reflection, state: QueryState, owners: number): QueryState {
  const { declaration, isCollection } = reflection;
  if (isCollection || declaration.kind === 'belongsTo') return state;
  const ordered = inPickedOrder(reflection, state);
  return declaration.pick === undefined && owners > 1 ? ordered : { ...ordered, limit: 1 };
}

/** What keys are compared by: text as the database compares it. */
async function matching(
  first: Step,
  groups: readonly OwnerGroup[],
  rows: LoadedRows,
  limits: QueryLimits | undefined,
): Promise<(parts: readonly MemoryKey[]) => MemoryKey> {
  const textual = first.to
    .map((attribute, index) => ({ attribute, index }))
    .filter(({ attribute }) => isTextual(attribute));
  if (textual.length === 0) return joined;
  const matchers = new Map<number, (text: string) => string>();
  const ready = await first.source.ready();
  for (const { attribute, index } of textual) {
    const wanted = textsAt(
      index,
      groups.map(({ parts }) => parts),
    );
    matchers.set(index, await textMatcher(ready, attribute, wanted, textsAt(index, rows.keys), limits));
  }
  return (parts) =>
    joined(parts.map((part, index) => (typeof part === 'string' ? (matchers.get(index)?.(part) ?? part) : part)));
}

function textsAt(index: number, keys: readonly (readonly MemoryKey[])[]): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const key of keys) {
    const part = key[index];
    if (typeof part === 'string') texts.add(part);
  }
  return texts;
}
