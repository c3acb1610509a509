import { InvalidQuery } from '../../errors/query.ts';
import { linkAt } from '../../record/links.ts';
import { isRecord, type RecordState } from '../../record/state.ts';
import { readValue, writeValue } from '../../record/values.ts';
import { keyPredicate, loadRecords } from '../../relation/load.ts';
import type { Reflection, Source, Step } from '../../relation/source.ts';
import { valueFor } from '../loading/memory-keys.ts';
import { ownedState } from '../loading/owned-state.ts';
import { buildRecord } from './building.ts';
import { giveKey, isNew, keyText, linkTo, onRollback, rowKeyOf, type Writing } from './ownership.ts';

// Records of a hasMany through another model: to add one is to make a record of that model, to remove one to destroy it.

/** Keys in one statement. */
const mostKeys = 1000;

interface Between {
  readonly through: Reflection;
  readonly source: Reflection;
  /** The model in between. */
  readonly join: Source;
  /** From the model in between to the other side. */
  readonly step: Step;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where the way there is not one record of a model that refers to both */
export function requireWritable(reflection: Reflection): void {
  if (reflection.declaration.through !== undefined) betweenOf(reflection);
}

function betweenOf(reflection: Reflection): Between {
  const { through, source, label, declaration } = reflection;
  const step = reflection.steps.at(-1);
  const isPlain =
    declaration.kind === 'hasMany' &&
    through?.declaration.kind === 'hasMany' &&
    through.declaration.through === undefined &&
    source?.declaration.kind === 'belongsTo';
  if (through !== undefined && source !== undefined && step !== undefined && isPlain)
    return { through, source, join: through.target, step };
  throw new InvalidQuery(`${label} can only be read: it goes through ${through?.label} by ${source?.label}.`, {
    hint: `Write to ${through?.label} instead.`,
  });
}

/** The records in between that lead to these, or all that lead anywhere. */
async function rowsBetween(
  owner: RecordState,
  { through, step, join }: Between,
  members?: readonly RecordState[],
): Promise<RecordState[]> {
  const state = ownedState(owner, through);
  if (state.none) return [];
  const kind = step.fromType === undefined ? [] : [keyPredicate([step.fromType.attribute], [[step.fromType.value]])];
  const found: RecordState[] = [];
  const keys = members?.filter((each) => !isNew(each)).map((each) => keysFor(each, step));
  const starts = keys === undefined ? [0] : keys.map((_, index) => index).filter((index) => index % mostKeys === 0);
  for (const start of starts) {
    const among = keys === undefined ? [] : [keyPredicate(step.from, keys.slice(start, start + mostKeys))];
    const where = [...state.where, ...kind, ...among];
    for (const record of await loadRecords(join, { ...state, where, includes: [] }))
      if (typeof record === 'object' && record !== null && isRecord(record)) found.push(record);
  }
  return keys === undefined
    ? found.filter((each) => step.from.every((attribute) => readValue(each, attribute) !== null))
    : found;
}

function keysFor(member: RecordState, step: Step): readonly unknown[] {
  return step.to.map((attribute, index) => {
    const from = step.from[index];
    const value = readValue(member, attribute);
    return from === undefined || value === null ? value : valueFor(value, attribute, from);
  });
}

/** Saves the records that are new, and a record of the model in between for each that is not there yet. */
export async function addThrough(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
  writing: Writing,
): Promise<void> {
  const between = betweenOf(reflection);
  const { through, join, step } = between;
  const { run, options } = writing;
  for (const member of members) if (isNew(member)) await reflection.target.save(member, run, options);
  const keyOf = (record: RecordState) =>
    keyText(
      step.from,
      step.from.map((each) => readValue(record, each)),
    );
  const present = new Set((await rowsBetween(owner, between, members)).map(keyOf));
  for (const member of members) {
    const key = keyText(step.from, keysFor(member, step));
    if (present.has(key)) continue;
    present.add(key);
    const row = buildBetween(owner, between, member);
    await join.save(row, writing.run);
    noteRow(owner, through, row, writing);
  }
}

function buildBetween(owner: RecordState, { through, source, step }: Between, member: RecordState): RecordState {
  const row = buildRecord(owner, through, {});
  giveKey(owner, through, row);
  keysFor(member, step).forEach((value, index) => {
    const attribute = step.from[index];
    if (attribute !== undefined) writeValue(row, attribute, value);
  });
  if (step.fromType !== undefined) writeValue(row, step.fromType.attribute, step.fromType.value);
  linkTo(row, source, member);
  return row;
}

/** A new record of the model in between, for an owner and a member that may have no keys yet; not saved. */
export function rowBetween(owner: RecordState, reflection: Reflection, member: RecordState): RecordState {
  return buildBetween(owner, betweenOf(reflection), member);
}

/** The association with the records in between follows, where it is loaded. */
export function noteRow(owner: RecordState, through: Reflection, row: RecordState, { connection }: Writing): void {
  const link = linkAt(owner, through.index);
  if (link?.isLoaded !== true) return;
  link.many = [...(link.many ?? []), row];
  onRollback(connection, () => {
    if (link.many !== undefined) link.many = link.many.filter((each) => each !== row);
  });
}

/** Destroys the records in between; all of them, where no members are named. */
export async function removeThrough(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[] | undefined,
  { connection }: Writing,
): Promise<void> {
  const between = betweenOf(reflection);
  const { through, join } = between;
  const rows = await rowsBetween(owner, between, members);
  for (const row of rows) await join.destroy(row);
  const link = linkAt(owner, through.index);
  if (link?.many === undefined) return;
  const keys = join.attributes?.keys ?? [];
  const gone = new Set(rows.map((row) => rowKeyOf(row, keys)));
  const { many } = link;
  const left = many.filter((each) => !gone.has(rowKeyOf(each, keys)));
  const taken = many.filter((each) => gone.has(rowKeyOf(each, keys)));
  link.many = left;
  onRollback(connection, () => {
    // More has happened since: those that had gone are there again, at the end.
    if (link.many !== undefined) link.many = link.many === left ? many : [...link.many, ...taken];
  });
}
