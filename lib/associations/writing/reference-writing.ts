import { allOrNothing } from '../../connection/all-or-nothing.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { RecordNotPersisted } from '../../errors/record.ts';
import { requireThawed } from '../../record/frozen.ts';
import { ensureLink } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import type { HowSaved, Reflection } from '../../relation/source.ts';
import { sameRecord } from '../same-record.ts';
import { writeLink } from './autosave.ts';
import { buildRecord } from './building.ts';
import { expectRecord, requireAlive } from './expect-record.ts';
import { forgetOwner, giveKey, isNew, linkTo, takeKey, takeOwner } from './ownership.ts';
import { requireReleasable } from './release.ts';

// Writing to a to-one association: in memory, until the record is saved.

/** `post.author.set(ada)`. @throws InvalidQuery (`AR_QUERY_INVALID`) for what the association cannot hold */
export function setReference(owner: RecordState, reflection: Reflection, given: unknown): void {
  if (given === null && reflection.isRequired) {
    throw new InvalidQuery(`${reflection.label} is required and cannot be null.`, {
      hint: 'Where there may be none, say belongsTo(…, { optional: true }).',
    });
  }
  if (reflection.declaration.kind === 'belongsTo') setParent(owner, reflection, given);
  else setChild(owner, reflection, given);
}

function setParent(owner: RecordState, reflection: Reflection, given: unknown): void {
  requireThawed(owner, reflection.label);
  const target = given === null ? null : expectRecord(reflection, given);
  takeKey(owner, reflection, target);
  linkTo(owner, reflection, target);
  const { inverse } = reflection;
  if (target === null || inverse === undefined || inverse.isCollection) return;
  const link = ensureLink(target, inverse.index);
  link.isLoaded = true;
  link.isNarrowed = false;
  link.one = owner;
}

/** The one that was there before is let go of when the owner is saved. */
function setChild(owner: RecordState, reflection: Reflection, given: unknown): void {
  requireOne(reflection);
  const child = given === null ? null : expectRecord(reflection, given);
  const link = ensureLink(owner, reflection.index);
  const before = link.one;
  if (link.isLoaded && !link.isNarrowed && before === child && link.pending === undefined) return;
  const isKnown = (link.isLoaded && !link.isNarrowed) || isNew(owner);
  if (isKnown && before !== null && !(child !== null && sameRecord(before, child))) {
    if (isNew(before)) takeOwner(owner, reflection, before);
    else {
      requireReleasable(reflection);
      link.replaced = new Set([...(link.replaced ?? []), before]);
      forgetOwner(owner, reflection, before);
    }
  }
  if (child !== null) link.replaced?.delete(child);
  if (!isKnown) link.replacesAll = true;
  link.isLoaded = true;
  link.isNarrowed = false;
  link.one = child;
  link.pending = child === null ? undefined : new Set([child]);
  if (child !== null) giveKey(owner, reflection, child);
}

/** @throws InvalidQuery for a hasOne of which it is not plain what setting it would mean */
function requireOne({ label, declaration, through }: Reflection): void {
  if (declaration.through !== undefined) {
    throw new InvalidQuery(`${label} can only be read: it goes through ${through?.label}.`, {
      hint: `Write to ${through?.label} instead.`,
    });
  }
  if (declaration.pick !== undefined) {
    throw new InvalidQuery(`${label} can only be read: it is one of several, by its order.`, {
      hint: 'Write to a hasMany of them, or create the record with its foreign key.',
    });
  }
}

/** `user.profile.build({ … })`: set, and not saved. */
export function buildReference(owner: RecordState, reflection: Reflection, attributes: unknown): RecordState {
  requireAlive(owner, reflection);
  requireOneClass(reflection, 'build');
  if (reflection.declaration.kind !== 'belongsTo') requireOne(reflection);
  const record = buildRecord(owner, reflection, attributes);
  setReference(owner, reflection, record);
  return record;
}

/** The same, saved: of a belongsTo the other record, of a hasOne with what it replaces. */
export async function createReference(
  owner: RecordState,
  reflection: Reflection,
  attributes: unknown,
  options?: HowSaved,
): Promise<RecordState> {
  requireAlive(owner, reflection);
  requireOneClass(reflection, 'create');
  const { connection } = await reflection.owner.ready();
  await reflection.target.ready();
  if (reflection.declaration.kind === 'belongsTo') {
    const record = buildRecord(owner, reflection, attributes);
    await reflection.target.save(record, undefined, options);
    setReference(owner, reflection, record);
    return record;
  }
  requireSaved(owner, reflection, 'create');
  requireOne(reflection);
  const link = ensureLink(owner, reflection.index);
  const { isLoaded, isNarrowed, one, pending, replaced, replacesAll } = link;
  const record = buildRecord(owner, reflection, attributes);
  try {
    setReference(owner, reflection, record);
    await allOrNothing(connection, () => writeLink(owner, reflection, { connection, options }));
  } catch (error) {
    Object.assign(link, { isLoaded, isNarrowed, one, pending, replaced, replacesAll });
    throw error;
  }
  return record;
}

function requireOneClass({ label, declaration }: Reflection, what: string): void {
  if (!declaration.polymorphic) return;
  throw new InvalidQuery(`${label} leads to several models, so ${what} does not know of which to make a record.`, {
    hint: `Make it yourself, and say set(record).`,
  });
}

/** @throws RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`) */
export function requireSaved(owner: RecordState, { label, owner: { modelName } }: Reflection, what: string): void {
  if (!isNew(owner)) return;
  throw new RecordNotPersisted(`This ${modelName} is not saved, so ${label}.${what} has nothing to refer to.`, {
    hint: `Save it first, or use ${what === 'create' ? 'build' : 'add'}: what it is given is saved with it.`,
  });
}
