import type { Link } from '../../record/link.ts';
import { ensureLink, outdate } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import type { Reflection } from '../../relation/source.ts';
import { expectRecords } from './expect-record.ts';
import { belongsAlready, directStep, giveKey, isNew, onRollback, rowKeyOf, takeOwner } from './ownership.ts';
import { requireReleasable } from './release.ts';
import { requireWritable } from './through-rows.ts';

// What a collection holds in memory: what was loaded, and what waits for its owner's save.

/** Puts records into a collection that its owner's save will write. */
export function expectLater(owner: RecordState, reflection: Reflection, members: readonly RecordState[]): void {
  const link = ensureLink(owner, reflection.index);
  // Nothing in the database belongs to an owner that is not there.
  if (isNew(owner)) link.isLoaded = true;
  const known = isNew(owner) || link.isLoaded;
  const pending = link.pending ?? new Set();
  let index: ((record: RecordState) => boolean) | undefined;
  const isThere = (member: RecordState) => {
    // A new record is itself only, and many may be built one by one: no index for each.
    if (isNew(member)) return link.many?.includes(member) === true;
    index ??= indexOf(reflection, link.many ?? []);
    return index(member);
  };
  for (const member of members) {
    link.replaced?.delete(member);
    if (pending.has(member)) continue;
    if (known && isThere(member) && !isNew(owner)) continue;
    if (!isThere(member)) {
      pending.add(member);
      if (known) link.many = pushed(link.many, member);
    }
    giveKey(owner, reflection, member);
  }
  if (pending.size > 0) link.pending = pending;
}

/** The list itself grows: whoever was given it was given a copy. */
function pushed(many: RecordState[] | undefined, member: RecordState): RecordState[] {
  if (many === undefined) return [member];
  many.push(member);
  return many;
}

/** Takes records out of memory; gives those that have a row. */
export function dropFromMemory(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
): readonly RecordState[] {
  const link = ensureLink(owner, reflection.index);
  const isOut = indexOf(reflection, members);
  for (const member of [...(link.pending ?? [])]) {
    if (!isOut(member)) continue;
    link.pending?.delete(member);
    takeOwner(owner, reflection, member);
  }
  if (link.pending?.size === 0) link.pending = undefined;
  if (link.many !== undefined) link.many = link.many.filter((each) => !isOut(each));
  if (!link.isLoaded) outdate(link);
  return members.filter((each) => !isNew(each));
}

/** Makes these the records, for the owner's save to write: `user.assign({ posts: [ … ] })`. */
export function setInMemory(owner: RecordState, reflection: Reflection, given: unknown): void {
  requireWritable(reflection);
  const members = distinct(reflection, expectRecords(reflection, given));
  const link = ensureLink(owner, reflection.index);
  const isWhole = isNew(owner) || (link.isLoaded && !link.isNarrowed);
  const isGiven = indexOf(reflection, members);
  const before = link.many ?? [];
  const out = before.filter((each) => !isGiven(each));
  const goes = isNew(owner) ? [] : out.filter((each) => !isNew(each));
  if (isWhole && goes.length > 0) requireReleasable(reflection);
  const isThere = indexOf(reflection, isWhole && !isNew(owner) ? before.filter((each) => !isNew(each)) : []);
  for (const member of out) if (isNew(member) || isNew(owner)) takeOwner(owner, reflection, member);
  if (!isWhole) link.replacesAll = true;
  else if (goes.length > 0) link.replaced = new Set([...(link.replaced ?? []), ...goes]);
  for (const member of members) link.replaced?.delete(member);
  const waiting = members.filter((each) => !isThere(each));
  link.pending = waiting.length === 0 ? undefined : new Set(waiting);
  link.many = members;
  link.isLoaded = true;
  link.isNarrowed = false;
  for (const member of waiting) giveKey(owner, reflection, member);
}

/** Each row once. */
export function distinct(reflection: Reflection, members: readonly RecordState[]): RecordState[] {
  const keys = reflection.target.attributes?.keys ?? [];
  return [...new Map(members.map((each) => [rowKeyOf(each, keys), each])).values()];
}

/** A test for records of the same rows. */
export function indexOf(reflection: Reflection, members: readonly RecordState[]): (record: RecordState) => boolean {
  const keys = reflection.target.attributes?.keys ?? [];
  const index = new Set(members.map((each) => rowKeyOf(each, keys)));
  return (record) => index.has(rowKeyOf(record, keys));
}

/** Those that the database does not have in the association yet, as far as the program knows. */
export function notYetThere(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
): readonly RecordState[] {
  const step = directStep(reflection);
  // Where there is a table in between, that is asked.
  if (step === undefined) return members;
  return members.filter((each) => !belongsAlready(owner, step, each));
}

/**
 * After records were added to a saved owner.
 *
 * @param areMade - their rows have just been inserted
 */
export function noteAdded(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
  connection: object,
  areMade = false,
): void {
  const link = ensureLink(owner, reflection.index);
  for (const member of members) link.pending?.delete(member);
  if (link.pending?.size === 0) link.pending = undefined;
  if (!link.isLoaded) {
    outdate(link);
    return;
  }
  // Of what has its row only now there is no other object, and many may come one by one: no index for each.
  const isThere = areMade
    ? (each: RecordState) => link.many?.includes(each) === true
    : indexOf(reflection, link.many ?? []);
  const added = members.filter((each) => !isThere(each));
  link.many = [...(link.many ?? []), ...added];
  const gone = new Set(added);
  onRollback(connection, () => {
    if (link.many !== undefined) link.many = link.many.filter((each) => !gone.has(each));
  });
}

/**
 * Takes records out of memory because rows were let go of: where that is rolled back, what the program had built and not
 * saved waits again.
 */
export function dropWithRows(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
  connection: object,
): void {
  const { pending } = ensureLink(owner, reflection.index);
  const waiting = [...(pending ?? [])];
  dropFromMemory(owner, reflection, members);
  const left = new Set(ensureLink(owner, reflection.index).pending);
  const dropped = waiting.filter((each) => !left.has(each));
  if (dropped.length > 0) onRollback(connection, () => expectLater(owner, reflection, dropped));
}

/** Makes these the loaded records, or forgets them where it is not known which they are. */
export function replaceLoaded(link: Link<RecordState>, members: RecordState[] | undefined, connection: object): void {
  const { many, isLoaded, isNarrowed } = link;
  link.many = members;
  link.isLoaded = members !== undefined;
  link.isNarrowed = false;
  onRollback(connection, () => {
    if (link.many === members) Object.assign(link, { many, isLoaded, isNarrowed });
    // More has happened since: the next use asks.
    else Object.assign(link, { many: undefined, isLoaded: false, isNarrowed: false });
  });
}
