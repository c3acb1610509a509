import { InvalidQuery } from '../../errors/query.ts';
import { RecordNotFound } from '../../errors/record.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import type { NestedChange } from '../../record/link.ts';
import { ensureLink } from '../../record/links.ts';
import { isRecord, lifeKey, linksKey, type RecordState } from '../../record/state.ts';
import { keyPredicate, loadRecords } from '../../relation/load.ts';
import type { Associations, Reflection, Source } from '../../relation/source.ts';
import { keyIn } from '../loading/memory-keys.ts';
import { ownedState } from '../loading/owned-state.ts';
import { loadWithNested } from '../loading/preload.ts';
import { isCurrent, linkBack } from '../loading/wiring.ts';
import { stepTo } from '../writing/expect-record.ts';
import { directStep, isNew, keyText, linkTo, onRollback, takeKey, type Writing } from '../writing/ownership.ts';
import { release } from '../writing/release.ts';

// The records that nested attributes are meant for: found, changed and saved with their owner.

type Change = NestedChange<RecordState>;

/** Whether attributes wait for associated records that are there. */
export function hasNested(record: RecordState): boolean {
  return record[linksKey]?.some((link) => link?.nested !== undefined) === true;
}

/**
 * Before a record is saved: finds the records that attributes were given for, in one statement for each association, and
 * assigns them. Those that the record belongs to are saved here, since they come first.
 *
 * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) for keys of records that are not the owner's
 */
export async function prepareNested(record: RecordState, associations: Associations, writing: Writing): Promise<void> {
  if (!hasNested(record)) return;
  for (const reflection of associations.all) {
    const changes = record[linksKey]?.[reflection.index]?.nested;
    if (changes === undefined) continue;
    const unfound = changes.filter((change) => change.record === undefined);
    if (unfound.length > 0) await find(record, reflection, unfound);
    if (reflection.declaration.kind === 'belongsTo') await prepareParent(record, reflection, changes, writing);
  }
}

async function find(record: RecordState, reflection: Reflection, changes: readonly Change[]): Promise<void> {
  const found = reflection.isCollection
    ? await findMany(record, reflection, changes)
    : await findOne(record, reflection);
  const [first] = found;
  const keys = first === undefined ? [] : (targetOf(reflection, first).attributes?.keys ?? []);
  const byKey = new Map(found.map((each) => [keyIn(each, keys), each]));
  const missing = changes.filter(({ key }) =>
    key === undefined ? first === undefined : !byKey.has(keyText(keys, key)),
  );
  if (missing.length > 0) throw notHis(reflection, missing);
  for (const change of changes) {
    const meant = change.key === undefined ? first : byKey.get(keyText(keys, change.key));
    if (meant === undefined) continue;
    if (!change.destroy) assignTo(meant, change.attributes);
    change.record = meant;
  }
}

const targetOf = (reflection: Reflection, record: RecordState): Source =>
  reflection.variants === undefined ? reflection.target : stepTo(reflection, record).source;

/** The rows with those keys among the owner's: by the key that the owner has in the database. */
async function findMany(
  record: RecordState,
  reflection: Reflection,
  changes: readonly Change[],
): Promise<RecordState[]> {
  const keys = changes.flatMap(({ key }) => (key === undefined ? [] : [key]));
  // A record that is not there yet has none, whatever key it was given.
  if (isNew(record) || keys.length === 0) return [];
  const { target, inverse } = reflection;
  const { attributes } = await target.ready();
  const state = ownedState(record, reflection, originalValue);
  if (state.none) return [];
  const where = [...state.where, keyPredicate(attributes.keys, keys)];
  const rows = await loadRecords(target, { ...state, where, includes: [] });
  const held = new Map(
    (ensureLink(record, reflection.index).many ?? [])
      .filter((each) => !isNew(each))
      .map((each) => [keyIn(each, attributes.keys), each]),
  );
  return rows.flatMap((row) => {
    if (typeof row !== 'object' || row === null || !isRecord(row)) return [];
    if (inverse !== undefined && !inverse.isCollection) linkBack(row, inverse, record);
    return [held.get(keyIn(row, attributes.keys)) ?? row];
  });
}

async function findOne(record: RecordState, reflection: Reflection): Promise<RecordState[]> {
  if (isNew(record) || !isStillHis(record, reflection)) return [];
  if (!isCurrent(record, reflection)) await loadWithNested([record], reflection, {});
  const { one } = ensureLink(record, reflection.index);
  return one === null || isNew(one) ? [] : [one];
}

/**
 * Whether the keys that an association goes by are those in the database: with one that was only just assigned anybody's
 * row could be reached.
 */
export function isStillHis(record: RecordState, reflection: Reflection): boolean {
  if (isNew(record)) return false;
  const { declaration, typeAttribute } = reflection;
  const attributes = declaration.kind === 'belongsTo' ? reflection.foreignKey : (reflection.steps[0]?.from ?? []);
  return ![...attributes, ...(typeAttribute === undefined ? [] : [typeAttribute])].some((attribute) =>
    attributeChanged(record, attribute),
  );
}

function notHis({ label, declaration, models }: Reflection, missing: readonly Change[]): RecordNotFound {
  const keys = missing.flatMap(({ key }) => (key === undefined ? [] : [key.length === 1 ? key[0] : key]));
  const shown = keys.slice(0, 20).map(String).join(', ');
  return new RecordNotFound(
    keys.length === 0
      ? `${label} has no record that could be changed.`
      : `${label} has no record with the key ${shown}.`,
    {
      model: declaration.polymorphic ? label : (models[0]?.modelName ?? label),
      keys,
      hint: 'Nested attributes reach records of their owner only; those without a key make new ones.',
    },
  );
}

/** As the program assigns them, setters and nested attributes included. */
export function assignTo(record: RecordState, attributes: Readonly<Record<string, unknown>>): void {
  const assign: unknown = Reflect.get(record, 'assign');
  if (typeof assign !== 'function') throw new InvalidQuery(`${record.constructor.name} takes no attributes.`);
  Reflect.apply(assign, record, [attributes]);
}

/** What the record belongs to is saved before it; what is to go goes after it, and is let go of now. */
async function prepareParent(
  record: RecordState,
  reflection: Reflection,
  changes: readonly Change[],
  writing: Writing,
): Promise<void> {
  const link = ensureLink(record, reflection.index);
  for (const { record: parent, destroy } of changes) {
    if (parent === undefined) continue;
    if (!destroy) {
      await targetOf(reflection, parent).save(parent, writing.run);
      continue;
    }
    const { key } = link;
    takeKey(record, reflection, null, writing);
    linkTo(record, reflection, null);
    onRollback(writing.connection, () => {
      if (link.one !== null) return;
      link.one = parent;
      link.key = key;
    });
  }
}

/** After a record is saved: destroys and saves the records that attributes were given for. */
export async function saveNested(record: RecordState, associations: Associations, writing: Writing): Promise<void> {
  if (!hasNested(record)) return;
  for (const reflection of associations.all) {
    const link = record[linksKey]?.[reflection.index];
    const changes = link?.nested;
    if (link === undefined || changes === undefined) continue;
    // First what goes: what comes may want its place.
    const doomed = new Set(changes.flatMap((change) => (change.destroy ? (change.record ?? []) : [])));
    await destroyDoomed(record, reflection, doomed, writing);
    if (reflection.declaration.kind !== 'belongsTo') {
      letGo(record, reflection, doomed, writing);
      for (const { record: each } of changes) {
        if (each !== undefined && !doomed.has(each)) await reflection.target.save(each, writing.run);
      }
    }
    link.nested = undefined;
    onRollback(writing.connection, () => {
      link.nested = [...changes, ...(link.nested ?? [])];
    });
  }
}

/** Where there is something in between only that goes: what it leads to may belong to others, too. */
async function destroyDoomed(
  record: RecordState,
  reflection: Reflection,
  doomed: ReadonlySet<RecordState>,
  writing: Writing,
): Promise<void> {
  if (doomed.size === 0) return;
  if (reflection.declaration.kind !== 'belongsTo' && directStep(reflection) === undefined) {
    await release(record, reflection, [...doomed], writing);
    return;
  }
  for (const each of doomed) {
    if (each[lifeKey]?.isDestroyed !== true) await targetOf(reflection, each).destroy(each);
  }
}

function letGo(record: RecordState, { index }: Reflection, doomed: ReadonlySet<RecordState>, writing: Writing): void {
  if (doomed.size === 0) return;
  const link = ensureLink(record, index);
  const { many, one } = link;
  if (many !== undefined) link.many = many.filter((each) => !doomed.has(each));
  if (one !== null && doomed.has(one)) link.one = null;
  const { many: left, one: none } = link;
  onRollback(writing.connection, () => {
    if (link.many === left) link.many = many;
    if (link.one === none) link.one = one;
  });
}
