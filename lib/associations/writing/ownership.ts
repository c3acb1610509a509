import type { Connection } from '../../connection/connection.ts';
import { transactionScope } from '../../connection/transaction.ts';
import type { Attribute } from '../../record/attribute.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import { ensureLink, forget } from '../../record/links.ts';
import type { SaveRun } from '../../record/save-run.ts';
import { assignForTransaction } from '../../record/snapshot.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue, sameValue, writeValue } from '../../record/values.ts';
import type { HowSaved, Reflection, Step } from '../../relation/source.ts';
import { type MemoryKey, memoryKey, tuple, valueFor } from '../loading/memory-keys.ts';
import { foreignKeyOf } from '../loading/wiring.ts';
import { stepTo } from './expect-record.ts';

// Foreign keys and links of two records that belong together.

/** Where the statements of a write go, and the save that it is part of. */
export interface Writing {
  readonly connection: Connection;
  readonly run?: SaveRun | undefined;
  /** How a record that is made there is saved. */
  readonly options?: HowSaved | undefined;
}

export const isNew = (record: RecordState): boolean => record[lifeKey]?.isNew === true;

/** Calls `undo` where what is under way is rolled back. Outside of a transaction nothing is. */
export function onRollback(connection: object, undo: () => void): void {
  transactionScope.current(connection)?.onRollback(undo);
}

/** Assigns a value unless the attribute has it; where `writing` is given only for as long as its transaction lives. */
function assign(record: RecordState, attribute: Attribute, value: unknown, writing?: Writing): void {
  if (isLoaded(record, attribute) && sameValue(readValue(record, attribute), value, attribute)) return;
  if (writing === undefined) writeValue(record, attribute, value);
  else assignForTransaction(writing.connection, record, attribute, value);
}

/** What one side of a step holds, as the other side takes it. */
function keyValues(record: RecordState, from: readonly Attribute[], to: readonly Attribute[]): readonly unknown[] {
  return from.map((attribute, index) => {
    const other = to[index];
    const value = readValue(record, attribute);
    return other === undefined || value === null ? value : valueFor(value, attribute, other);
  });
}

// ---- belongsTo ----

/** Gives a record the foreign key, and kind, of what it belongs to; null takes both away. */
export function takeKey(
  record: RecordState,
  reflection: Reflection,
  target: RecordState | null,
  writing?: Writing,
): void {
  const step = target === null ? undefined : stepTo(reflection, target);
  const values = target === null || step === undefined ? [] : keyValues(target, step.to, step.from);
  const keys = step?.from ?? reflection.foreignKey;
  // Of a key of several columns a part may be the record's own: what it shares with others of one tenant, say.
  const own = keys.length === 1 ? keys : keys.filter((each) => each.nullable && !each.key);
  if (target === null) for (const attribute of own) assign(record, attribute, null, writing);
  else for (const [index, attribute] of keys.entries()) assign(record, attribute, values[index] ?? null, writing);
  const { typeAttribute } = reflection;
  if (typeAttribute !== undefined) assign(record, typeAttribute, step?.fromType?.value ?? null, writing);
}

/** Makes `target` what is loaded for a to-one association; a new one waits to be saved with the record. */
export function linkTo(record: RecordState, reflection: Reflection, target: RecordState | null): void {
  const link = ensureLink(record, reflection.index);
  link.isLoaded = true;
  link.isNarrowed = false;
  link.one = target;
  link.pending = target !== null && isNew(target) ? new Set([target]) : undefined;
  link.key = foreignKeyOf(record, reflection);
}

// ---- hasOne and hasMany: the foreign key is on the other side ----

/** The only step of an association without anything in between. */
export function directStep({ steps }: Reflection): Step | undefined {
  return steps.length === 1 ? steps[0] : undefined;
}

/** The owner's key as rows that belong to it have it; undefined while a part of it is missing. */
export function ownerKey(owner: RecordState, step: Step): readonly unknown[] | undefined {
  const values = keyValues(owner, step.from, step.to);
  return values.some((value) => value === null || value === undefined) ? undefined : values;
}

/** Gives a record the key of its owner, as far as that has one. */
export function giveKey(owner: RecordState, reflection: Reflection, member: RecordState, writing?: Writing): void {
  const step = directStep(reflection);
  if (step === undefined) return;
  const values = ownerKey(owner, step);
  if (values !== undefined)
    for (const [index, attribute] of step.to.entries()) assign(member, attribute, values[index], writing);
  if (step.toType !== undefined) assign(member, step.toType.attribute, step.toType.value, writing);
  const { inverse } = reflection;
  if (inverse === undefined || inverse.isCollection) return;
  const link = ensureLink(member, inverse.index);
  const { isLoaded: wasLoaded, one, pending, key } = link;
  linkTo(member, inverse, owner);
  if (writing === undefined) return;
  const given = link.key;
  onRollback(writing.connection, () => {
    if (link.one === owner && link.key === given) Object.assign(link, { isLoaded: wasLoaded, one, pending, key });
  });
}

/** The attributes that let go of an owner by becoming NULL: those that can. Of a shared key a part may have to stay. */
export function nullableKey({ to, toType }: Step): readonly Attribute[] {
  const keys = to.filter((attribute) => attribute.nullable && !attribute.key);
  return keys.length > 0 && toType?.attribute.nullable === true ? [...keys, toType.attribute] : keys;
}

/** Takes the owner from a record, in memory. */
export function takeOwner(owner: RecordState, reflection: Reflection, member: RecordState): void {
  const step = directStep(reflection);
  if (step === undefined) return;
  const values = ownerKey(owner, step);
  const isHis =
    values !== undefined &&
    keyText(step.to, values) ===
      keyText(
        step.to,
        step.to.map((each) => readValue(member, each)),
      );
  if (isHis) for (const attribute of isNew(member) ? step.to : nullableKey(step)) assign(member, attribute, null);
  forgetOwner(owner, reflection, member);
}

/** What a record was told to belong to, where it is this owner. */
export function forgetOwner(owner: RecordState, { inverse }: Reflection, member: RecordState): void {
  if (inverse === undefined || inverse.isCollection) return;
  const link = ensureLink(member, inverse.index);
  if (link.one === owner) forget(link);
}

/** Whether the row of a record belongs to the owner, and nothing is to be written to let it. */
export function belongsAlready(owner: RecordState, step: Step, member: RecordState): boolean {
  return isRowOf(owner, step, member) && ![...step.to, ...kindOf(step)].some((each) => attributeChanged(member, each));
}

const kindOf = ({ toType }: Step): readonly Attribute[] => (toType === undefined ? [] : [toType.attribute]);

/** Whether the row of a record belongs to the owner, whatever has been assigned since. */
export function isRowOf(owner: RecordState, step: Step, member: RecordState): boolean {
  if (isNew(member)) return false;
  const values = ownerKey(owner, step);
  if (values === undefined) return false;
  if (step.toType !== undefined && originalValue(member, step.toType.attribute) !== step.toType.value) return false;
  return (
    keyText(step.to, values) ===
    keyText(
      step.to,
      step.to.map((each) => originalValue(member, each)),
    )
  );
}

/** Values of a key as one that can be compared. */
export function keyText(attributes: readonly Attribute[], values: readonly unknown[]): MemoryKey {
  const parts = values.map((value, index) => {
    const attribute = attributes[index];
    return attribute === undefined ? undefined : memoryKey(value, attribute);
  });
  return parts.length === 1 ? parts[0] : parts.includes(undefined) ? undefined : tuple(parts);
}

/** Records by row: the same row is found again in another object. A record without a row is itself. */
export function rowKeyOf(record: RecordState, keys: readonly Attribute[]): unknown {
  if (isNew(record) || keys.length === 0) return record;
  return (
    keyText(
      keys,
      keys.map((key) => originalValue(record, key)),
    ) ?? record
  );
}
