import type { Outcome } from '../../adapters/contract.ts';
import { InvalidDefinition } from '../../errors/definition.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { MissingAttribute } from '../../errors/record.ts';
import type { Attribute } from '../../record/attribute.ts';
import { attributeChanged, changesApplied, originalValue } from '../../record/changes.ts';
import { assignForTransaction, writeInTransaction } from '../../record/snapshot.ts';
import { isRecord, lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue, writeValue } from '../../record/values.ts';
import { keyPredicate, loadRecords } from '../../relation/load.ts';
import type { ReadySource, Reflection, Step } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { bindNode, conjunction, type Predicate } from '../../sql/nodes.ts';
import type { Type } from '../../types/type.ts';
import { ownedState } from '../loading/owned-state.ts';
import { hasParents } from '../upkeep/parent-rows.ts';
import { tellParents, writeWithParents } from '../upkeep/parent-writes.ts';
import { JoinRows } from './join-rows.ts';
import { directStep, forgetOwner, isRowOf, nullableKey, ownerKey, type Writing } from './ownership.ts';
import { removeThrough, requireWritable } from './through-rows.ts';

/** Keys in one statement. */
const mostKeys = 1000;
const textual = { prepared: false, bigints: false };

const deletes = ({ declaration: { dependent } }: Reflection) => dependent === 'deleteAll' || dependent === 'delete';

/**
 * Before anything is sent: whether records can be let go of.
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where their rows have no key to be named by, or their foreign key cannot be
 *   NULL, and nothing says what to do instead
 */
export function requireReleasable(reflection: Reflection): void {
  requireWritable(reflection);
  const step = directStep(reflection);
  const { label, declaration } = reflection;
  if (step === undefined) return;
  const { attributes, modelName } = step.source;
  if (attributes?.keys.length === 0) {
    throw new InvalidQuery(
      `${label} cannot let go of a record: ${modelName} has no primary key, so its row cannot be named.`,
      {
        hint: `Say by conditions which rows are meant, ${label.slice(label.indexOf('.') + 1)}.where({ … }), with updateAll or deleteAll.`,
      },
    );
  }
  if (declaration.dependent === 'destroy' || deletes(reflection)) return;
  if (nullableKey(step).length > 0) return;
  throw new InvalidQuery(
    `${label} cannot let go of a record: ${step.to.map((each) => each.label).join(' and ')} cannot be NULL.`,
    {
      hint: `Say what becomes of it ({ dependent: 'destroy' }, say), make the column nullable(), or give the record another owner.`,
    },
  );
}

/**
 * Before anything is sent: whether it is known to whom records belong.
 * @throws MissingAttribute (`AR_ATTRIBUTE_MISSING`) where their foreign key was not selected
 */
export function requireOwnerKnown(reflection: Reflection, members: readonly RecordState[]): void {
  const step = directStep(reflection);
  if (step === undefined) return;
  const keys = step.toType === undefined ? step.to : [...step.to, step.toType.attribute];
  for (const member of members) {
    const unknown = keys.find((each) => !isStoredKnown(member, each));
    if (unknown === undefined) continue;
    throw new MissingAttribute(
      `${unknown.label} was not selected, so that it is not known whether the record belongs to ${reflection.label}.`,
      { hint: `Add '${unknown.name}' to select(…), or reload() the record.` },
    );
  }
}

/** Whether the record holds what the database has, whatever has been assigned since. */
function isStoredKnown(record: RecordState, attribute: Attribute): boolean {
  const originals = record[lifeKey]?.originals;
  return originals?.has(attribute.column) === true
    ? originals.get(attribute.column) !== undefined
    : isLoaded(record, attribute);
}

/**
 * Takes records out of an association, in the database: by `dependent` they are destroyed, deleted or lose their foreign
 * key; where there is something in between, that goes.
 *
 * @param members - undefined for all of them
 */
export async function release(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[] | undefined,
  writing: Writing,
): Promise<void> {
  const { declaration, target } = reflection;
  if (members?.length === 0) return;
  if (declaration.through !== undefined) return removeThrough(owner, reflection, members, writing);
  if (declaration.kind === 'hasAndBelongsToMany') {
    const rows = new JoinRows(owner, reflection, writing);
    return rows.delete(members?.map((member) => rows.keyOf(member)));
  }
  const step = directStep(reflection);
  if (step === undefined) throw new InvalidDefinition(`${reflection.label} leads nowhere.`);
  requireReleasable(reflection);
  requireOwnerKnown(reflection, members ?? []);
  const own = (members ?? (await currentMembers(owner, reflection))).filter((each) => isRowOf(owner, step, each));
  if (declaration.dependent === 'destroy') for (const member of own) await target.destroy(member);
  else if (deletes(reflection)) await deleteMembers(owner, reflection, step, own);
  else await nullify(owner, reflection, step, own);
  for (const member of own) forgetOwner(owner, reflection, member);
}

/** The records that are there now, whatever has been loaded before. */
export async function currentMembers(owner: RecordState, reflection: Reflection): Promise<RecordState[]> {
  const state = ownedState(owner, reflection);
  if (state.none) return [];
  const records = await loadRecords(reflection.target, { ...state, includes: [], eager: [] });
  return records.filter((each): each is RecordState => typeof each === 'object' && each !== null && isRecord(each));
}

/** In statements of their own, without callbacks; the counters and moments of the owner follow. */
async function nullify(
  owner: RecordState,
  reflection: Reflection,
  step: Step,
  members: readonly RecordState[],
): Promise<void> {
  const ready = await reflection.target.ready();
  const { connection } = ready;
  const attributes = nullableKey(step);
  const set = attributes.map((each) => ({
    column: each.column,
    value: bindNode(null, each.type as Type, each.sensitive),
  }));
  const nulls = attributes.map(() => null);
  for (const chunk of chunksOf(members, reflection)) {
    const writes = chunk.map((member) => ({
      member,
      snapshot: writeInTransaction(connection, member)?.setting(member, attributes),
      // Where the program has given it another owner and not saved it, that stays a change.
      assigned: attributes
        .filter((each) => attributeChanged(member, each))
        .map((each) => ({ attribute: each, value: readValue(member, each) })),
    }));
    for (const member of chunk)
      for (const attribute of attributes) assignForTransaction(connection, member, attribute, null);
    const where = rowsOf(owner, step, chunk, ready);
    const statement = compile({ kind: 'update', table: ready.attributes.tableName, set, where }, connection.dialect);
    await send(reflection, chunk, 'update', () => connection.run(statement, textual, 'write'));
    for (const { member, snapshot, assigned } of writes) {
      changesApplied(member, attributes, nulls, connection.dialect);
      for (const { attribute, value } of assigned) writeValue(member, attribute, value);
      snapshot?.applied();
    }
  }
}

async function deleteMembers(
  owner: RecordState,
  reflection: Reflection,
  step: Step,
  members: readonly RecordState[],
): Promise<void> {
  const ready = await reflection.target.ready();
  const { connection } = ready;
  for (const chunk of chunksOf(members, reflection)) {
    const writes = chunk.map((member) => writeInTransaction(connection, member)?.destroying(member));
    const where = rowsOf(owner, step, chunk, ready);
    const statement = compile({ kind: 'delete', table: ready.attributes.tableName, where }, connection.dialect);
    await send(reflection, chunk, 'destroy', () => connection.run(statement, textual, 'write'));
    for (const [index, member] of chunk.entries()) {
      lifeOf(member).isDestroyed = true;
      writes[index]?.applied();
    }
  }
}

/** Many in one statement; one by one where each has to be told to what it belongs to. */
function chunksOf(members: readonly RecordState[], { target }: Reflection): RecordState[][] {
  const size = hasParents(target.associations) ? 1 : mostKeys;
  const chunks: RecordState[][] = [];
  for (let start = 0; start < members.length; start += size) chunks.push(members.slice(start, start + size));
  return chunks;
}

async function send(
  { target }: Reflection,
  chunk: readonly RecordState[],
  event: 'update' | 'destroy',
  write: () => Promise<Outcome>,
): Promise<void> {
  const [only] = chunk;
  if (only === undefined || !hasParents(target.associations)) return void (await write());
  await writeWithParents(only, target.associations, event, write);
  await tellParents(only);
}

/** Rows that have these keys, and still belong to the owner. */
function rowsOf(
  owner: RecordState,
  step: Step,
  members: readonly RecordState[],
  { attributes }: ReadySource,
): Predicate {
  const { keys } = attributes;
  const kind = step.toType;
  return conjunction([
    keyPredicate(step.to, [ownerKey(owner, step) ?? []])(attributes),
    ...(kind === undefined ? [] : [keyPredicate([kind.attribute], [[kind.value]])(attributes)]),
    keyPredicate(
      keys,
      members.map((each) => keys.map((key) => originalValue(each, key))),
    )(attributes),
  ]);
}
