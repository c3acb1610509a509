import type { Attribute } from '../../record/attribute.ts';
import type { RecordErrors } from '../../record/errors.ts';
import type { Link } from '../../record/link.ts';
import { ensureLink } from '../../record/links.ts';
import type { SaveRun } from '../../record/save-run.ts';
import { lifeKey, linksKey, type RecordState } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import type { Associations, Reflection } from '../../relation/source.ts';
import { foreignKeyOf, isCurrent } from '../loading/wiring.ts';
import { admit } from './admit.ts';
import { stepTo } from './expect-record.ts';
import { isNew, onRollback, rowKeyOf, takeKey, type Writing } from './ownership.ts';
import { currentMembers, release } from './release.ts';
import { isParentWaiting, isWaiting, planOf } from './save-hooks.ts';

/** A writing that is part of a save. */
type SaveWriting = Writing & { readonly run: SaveRun };

/** Before a record is saved: the new records that it belongs to, whose keys it then takes over. */
export async function saveParents(
  record: RecordState,
  associations: Associations,
  writing: SaveWriting,
): Promise<void> {
  for (const reflection of planOf(associations).belongsTo) {
    if (!isParentWaiting(record, reflection)) continue;
    const link = ensureLink(record, reflection.index);
    const target = link.one;
    // A foreign key that was assigned since means another one.
    if (target === null || !isCurrent(record, reflection)) link.pending = undefined;
    else await saveParent(record, reflection, target, writing);
  }
}

async function saveParent(
  record: RecordState,
  reflection: Reflection,
  target: RecordState,
  writing: SaveWriting,
): Promise<void> {
  const { autosave } = reflection.declaration;
  const { source } = stepTo(reflection, target);
  if (autosave !== false && (isNew(target) || (autosave === true && isWritable(target))))
    await source.save(target, writing.run);
  if (!isNew(target)) return takeOver(record, reflection, target, writing);
  // They refer to each other: its key comes later, where the foreign key can be NULL until then.
  if (writing.run.isUnderWay(target)) {
    writing.run.whenInserted(target, async () => {
      takeOver(record, reflection, target, writing);
      if (!isNew(record)) await reflection.owner.save(record, writing.run);
    });
  }
}

const isWritable = (record: RecordState) =>
  record[lifeKey]?.isDestroyed !== true && record[lifeKey]?.isReadOnly !== true && record[lifeKey]?.isFrozen !== true;

function takeOver(record: RecordState, reflection: Reflection, target: RecordState, { connection }: Writing): void {
  const link = ensureLink(record, reflection.index);
  const { pending, key } = link;
  takeKey(record, reflection, target, { connection });
  link.pending = undefined;
  link.key = foreignKeyOf(record, reflection);
  const taken = link.key;
  onRollback(connection, () => {
    if (link.one !== target || link.key !== taken) return;
    link.pending = pending;
    link.key = key;
  });
}

/**
 * That the record belongs to what it has to belong to: the key is there. Whether it has a row the foreign key sees to.
 *
 * @returns the attributes that remain to be checked: a missing key is one error, not two
 */
export function checkParents(
  record: RecordState,
  associations: Associations,
  written: readonly Attribute[],
  errors: RecordErrors,
): readonly Attribute[] {
  const { required } = planOf(associations);
  if (required.length === 0) return written;
  let missing: Set<Attribute> | undefined;
  for (const { foreignKey, typeAttribute } of required) {
    const keys = typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
    if (!keys.some((each) => written.includes(each))) continue;
    const empty = keys.filter((each) => readValue(record, each) === null);
    const [first] = empty;
    if (first === undefined || empty.some((each) => missing?.has(each))) continue;
    // What the database fills in cannot be judged here.
    if (isNew(record) && empty.some((each) => each.databaseDefault || each.computed)) continue;
    // A validation has said as much.
    if (!errors.has(first.name)) errors.add(first.name, 'missing');
    missing = new Set([...(missing ?? []), ...empty]);
  }
  const remaining = missing;
  return remaining === undefined ? written : written.filter((each) => !remaining.has(each));
}

/** After a record is saved: what belongs to it is saved with its key, and what it has let go of goes. */
export async function saveChildren(
  record: RecordState,
  associations: Associations,
  writing: SaveWriting,
): Promise<void> {
  if (record[linksKey] === undefined) return;
  for (const reflection of planOf(associations).children) {
    if (isWaiting(record, reflection)) await writeLink(record, reflection, writing);
  }
}

/** Writes what waits in an association; where that fails, or is rolled back, it waits again. */
export async function writeLink(record: RecordState, reflection: Reflection, writing: Writing): Promise<void> {
  const link = ensureLink(record, reflection.index);
  const { pending, replaced, doomed, replacesAll } = link;
  const autosaved = reflection.declaration.autosave === true ? membersOf(link) : [];
  link.pending = undefined;
  link.replaced = undefined;
  link.doomed = undefined;
  link.replacesAll = false;
  const restore = () => {
    link.pending = union(pending, link.pending);
    link.replaced = union(replaced, link.replaced);
    link.doomed = union(doomed, link.doomed);
    link.replacesAll ||= replacesAll;
  };
  onRollback(writing.connection, restore);
  try {
    for (const each of doomed ?? []) if (!isNew(each)) await reflection.target.destroy(each);
    await release(
      record,
      reflection,
      await replacedMembers(record, reflection, link, { replaced, replacesAll }),
      writing,
    );
    await admit(record, reflection, [...(pending ?? [])].filter(isAlive), writing);
    await saveChanged(
      reflection,
      autosaved.filter((each) => pending?.has(each) !== true),
      writing,
    );
  } catch (error) {
    restore();
    throw error;
  }
}

const isAlive = (record: RecordState) => record[lifeKey]?.isDestroyed !== true;

/** What is there and was not given: those that are known, or whatever the database has. */
async function replacedMembers(
  record: RecordState,
  reflection: Reflection,
  link: Link<RecordState>,
  { replaced, replacesAll }: Pick<Link<RecordState>, 'replaced' | 'replacesAll'>,
): Promise<readonly RecordState[]> {
  if (!replacesAll) return [...(replaced ?? [])];
  const keys = reflection.target.attributes?.keys ?? [];
  const kept = new Set(membersOf(link).map((each) => rowKeyOf(each, keys)));
  return (await currentMembers(record, reflection)).filter((each) => !kept.has(rowKeyOf(each, keys)));
}

function membersOf(link: Link<RecordState>): readonly RecordState[] {
  return link.many ?? (link.one === null ? [] : [link.one]);
}

async function saveChanged(reflection: Reflection, members: readonly RecordState[], writing: Writing): Promise<void> {
  for (const member of members) if (isWritable(member)) await reflection.target.save(member, writing.run);
}

const union = <T>(one: Set<T> | undefined, other: Set<T> | undefined): Set<T> | undefined =>
  one === undefined ? other : new Set([...one, ...(other ?? [])]);
