import { allOrNothing } from '../../connection/all-or-nothing.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { ensureLink, outdate } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import type { HowSaved, Reflection } from '../../relation/source.ts';
import { admit } from './admit.ts';
import { buildRecord } from './building.ts';
import {
  distinct,
  dropFromMemory,
  dropWithRows,
  expectLater,
  indexOf,
  noteAdded,
  notYetThere,
  replaceLoaded,
  setInMemory,
} from './collection-memory.ts';
import { expectRecords, requireAlive } from './expect-record.ts';
import { directStep, giveKey, isNew, onRollback, type Writing } from './ownership.ts';
import { requireSaved } from './reference-writing.ts';
import { currentMembers, release, requireOwnerKnown, requireReleasable } from './release.ts';
import { requireWritable } from './through-rows.ts';

// Writing to a to-many association. What belongs to a new owner waits in memory and is saved with it; a saved owner's is
// written at once, all of it or nothing.

/** Whatever the association leads by has its columns known, and can be written. */
async function prepare(owner: RecordState, reflection: Reflection): Promise<Writing> {
  requireAlive(owner, reflection);
  const { connection } = await reflection.owner.ready();
  for (const model of reflection.models) if (model.attributes === undefined) await model.ready();
  requireWritable(reflection);
  return { connection };
}

export function buildMember(owner: RecordState, reflection: Reflection, attributes: unknown): RecordState {
  requireAlive(owner, reflection);
  requireWritable(reflection);
  const record = buildRecord(owner, reflection, attributes);
  expectLater(owner, reflection, [record]);
  return record;
}

export async function createMember(
  owner: RecordState,
  reflection: Reflection,
  attributes: unknown,
  options?: HowSaved,
): Promise<RecordState> {
  const writing = { ...(await prepare(owner, reflection)), options };
  requireSaved(owner, reflection, 'create');
  const record = buildRecord(owner, reflection, attributes);
  if (directStep(reflection) === undefined)
    await inTransaction(writing, () => admit(owner, reflection, [record], writing));
  else {
    giveKey(owner, reflection, record);
    await reflection.target.save(record, undefined, options);
  }
  noteAdded(owner, reflection, [record], writing.connection, true);
  return record;
}

export async function addMembers(owner: RecordState, reflection: Reflection, given: unknown): Promise<void> {
  const writing = await prepare(owner, reflection);
  const members = distinct(reflection, expectRecords(reflection, given));
  if (isNew(owner)) return expectLater(owner, reflection, members);
  const missing = notYetThere(owner, reflection, members);
  if (missing.length > 0) await inTransaction(writing, () => admit(owner, reflection, missing, writing));
  noteAdded(owner, reflection, members, writing.connection);
}

export async function removeMembers(owner: RecordState, reflection: Reflection, given: unknown): Promise<void> {
  const writing = await prepare(owner, reflection);
  const members = distinct(reflection, expectRecords(reflection, given));
  if (isNew(owner)) return void dropFromMemory(owner, reflection, members);
  const rows = members.filter((each) => !isNew(each));
  if (rows.length > 0) {
    requireReleasable(reflection);
    requireOwnerKnown(reflection, rows);
    await inTransaction(writing, () => release(owner, reflection, rows, writing));
  }
  const link = ensureLink(owner, reflection.index);
  const isOut = indexOf(reflection, members);
  if (link.isLoaded) {
    const { isNarrowed } = link;
    replaceLoaded(
      link,
      (link.many ?? []).filter((each) => !isOut(each)),
      writing.connection,
    );
    link.isNarrowed = isNarrowed;
  }
  dropWithRows(owner, reflection, members, writing.connection);
}

export async function setMembers(owner: RecordState, reflection: Reflection, given: unknown): Promise<void> {
  const writing = await prepare(owner, reflection);
  const members = distinct(reflection, expectRecords(reflection, given));
  if (isNew(owner)) return setInMemory(owner, reflection, members);
  const link = ensureLink(owner, reflection.index);
  await inTransaction(writing, async () => {
    const isWhole = link.isLoaded && !link.isNarrowed;
    const before = isWhole ? (link.many ?? []).filter((each) => !isNew(each)) : await currentMembers(owner, reflection);
    const isWanted = indexOf(reflection, members);
    const isThere = indexOf(reflection, before);
    const out = before.filter((each) => !isWanted(each));
    if (out.length > 0) requireReleasable(reflection);
    await release(owner, reflection, out, writing);
    await admit(
      owner,
      reflection,
      members.filter((each) => !isThere(each)),
      writing,
    );
  });
  const isWanted = indexOf(reflection, members);
  dropWithRows(
    owner,
    reflection,
    [...(link.pending ?? [])].filter((each) => !isWanted(each)),
    writing.connection,
  );
  const { pending } = link;
  link.pending = undefined;
  onRollback(writing.connection, () => expectLater(owner, reflection, [...(pending ?? [])]));
  replaceLoaded(link, members, writing.connection);
}

export async function clearMembers(owner: RecordState, reflection: Reflection): Promise<void> {
  const writing = await prepare(owner, reflection);
  const link = ensureLink(owner, reflection.index);
  if (isNew(owner)) return void dropFromMemory(owner, reflection, [...(link.many ?? [])]);
  requireReleasable(reflection);
  // Whole and in memory: those records are let go of, so that they know.
  const isWhole = link.isLoaded && !link.isNarrowed && directStep(reflection) !== undefined;
  const members = isWhole ? (link.many ?? []).filter((each) => !isNew(each)) : undefined;
  await inTransaction(writing, () => release(owner, reflection, members, writing));
  dropWithRows(owner, reflection, [...(link.pending ?? [])], writing.connection);
  replaceLoaded(link, [], writing.connection);
}

/** After rows were written past the collection. */
export function forgetMembers(owner: RecordState, reflection: Reflection): void {
  const link = ensureLink(owner, reflection.index);
  link.isLoaded = false;
  link.isNarrowed = false;
  link.many = undefined;
  link.pending = undefined;
  link.replaced = undefined;
  link.replacesAll = false;
  outdate(link);
}

/** All of it, or nothing: inside of another transaction a savepoint. */
async function inTransaction({ connection }: Writing, write: () => Promise<unknown>): Promise<void> {
  await allOrNothing(connection, write);
}

/** New records of the collection that the database does not have yet. */
export function unsavedOf(owner: RecordState, { index }: Reflection): readonly RecordState[] {
  const { pending } = ensureLink(owner, index);
  return pending === undefined ? [] : [...pending].filter((each) => isNew(each));
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for a list of keys that is none */
export function expectKeys({ label }: Reflection, keys: unknown): readonly unknown[] {
  if (Array.isArray(keys)) return [...keys];
  throw new InvalidQuery(`${label} takes an array of keys.`);
}
