import { keyIn } from '../associations/loading/memory-keys.ts';
import { isCurrent } from '../associations/loading/wiring.ts';
import { keyText } from '../associations/writing/ownership.ts';
import { planOf } from '../associations/writing/save-hooks.ts';
import { originalValue } from '../record/changes.ts';
import { linkAt } from '../record/links.ts';
import { linksKey, type RecordState } from '../record/state.ts';
import { isLoaded } from '../record/values.ts';
import type { Reflection, Source } from '../relation/source.ts';
import { isNew } from './unit.ts';
import type { Work } from './work.ts';

/** What has to be written before what. */
export interface Dependencies {
  readonly records: ReadonlySet<RecordState>;
  /** Records that have to come before a record. */
  readonly before: ReadonlyMap<RecordState, ReadonlySet<RecordState>>;
  /** What a record stands among: the table of its class. */
  readonly groupOf: (record: RecordState) => object;
  /** Groups that come before a group where they can: a foreign key may lead there that no association has loaded. */
  readonly groupsBefore: ReadonlyMap<object, ReadonlySet<object>>;
}

/** Records that can be written at the same time; those that wait for each other in a circle one after another. */
export interface Level {
  readonly records: readonly RecordState[];
  readonly isCircle: boolean;
}

/** Brings records in order: in as few levels as there can be, so that each statement is about many rows. */
export function levelsOf(dependencies: Dependencies): Level[] {
  const first = sorted(dependencies.records, dependencies, true);
  if (first.left.size === 0) return first.levels;
  // Tables that refer to each other in a circle: there only the records themselves are brought in order.
  const second = sorted(first.left, dependencies, false);
  const circle = second.left.size === 0 ? [] : [{ records: [...second.left], isCircle: true }];
  return [...first.levels, ...second.levels, ...circle];
}

/** A record, or the end of a group: it comes after all records of the group, and before those of other groups. */
class Node {
  readonly record: RecordState | undefined;
  readonly next: Node[] = [];
  waitsFor = 0;
  level = 0;

  constructor(record?: RecordState) {
    this.record = record;
  }

  comesBefore(other: Node): void {
    this.next.push(other);
    other.waitsFor++;
  }
}

function sorted(
  records: ReadonlySet<RecordState>,
  dependencies: Dependencies,
  withGroups: boolean,
): { readonly levels: Level[]; readonly left: ReadonlySet<RecordState> } {
  const nodes = nodesOf(records, dependencies, withGroups);
  const levels: RecordState[][] = [];
  const left = new Set(records);
  const free = nodes.filter(({ waitsFor }) => waitsFor === 0);
  for (const { record, next, level } of free) {
    if (record !== undefined) {
      left.delete(record);
      const list = levels[level] ?? [];
      levels[level] = list;
      list.push(record);
    }
    for (const each of next) {
      // What comes after a record is one level on; the end of a group is as far as the last of its records.
      each.level = Math.max(each.level, each.record === undefined ? level : level + 1);
      each.waitsFor--;
      if (each.waitsFor === 0) free.push(each);
    }
  }
  return { levels: levels.filter(Boolean).map((each) => ({ records: each, isCircle: false })), left };
}

function nodesOf(
  records: ReadonlySet<RecordState>,
  { before, groupOf, groupsBefore }: Dependencies,
  withGroups: boolean,
): Node[] {
  const byRecord = new Map([...records].map((record) => [record, new Node(record)]));
  const ends = new Map<object, Node>();
  for (const [record, node] of byRecord) {
    for (const other of before.get(record) ?? []) byRecord.get(other)?.comesBefore(node);
    if (!withGroups) continue;
    const group = groupOf(record);
    const end = ends.get(group) ?? new Node();
    ends.set(group, end);
    node.comesBefore(end);
  }
  if (withGroups)
    for (const [record, node] of byRecord)
      for (const group of groupsBefore.get(groupOf(record)) ?? []) ends.get(group)?.comesBefore(node);
  return [...byRecord.values(), ...ends.values()];
}

type Graph = Map<RecordState, Set<RecordState>>;

function note<K>(graph: Map<K, Set<K>>, of: K, other: K): void {
  const list = graph.get(of);
  if (list === undefined) graph.set(of, new Set([other]));
  else list.add(other);
}

/** Whose rows have to be there before others are written: those that they belong to. */
export function savingOrder({ saves, members, sources }: Work): Dependencies {
  const before: Graph = new Map();
  for (const record of saves) {
    for (const { owner } of members.get(record) ?? []) if (saves.has(owner)) note(before, record, owner);
    if (record[linksKey] === undefined) continue;
    const source = sources.get(record);
    for (const reflection of source === undefined ? [] : planOf(source.associations).belongsTo) {
      const parent = linkAt(record, reflection.index)?.one;
      if (parent === null || parent === undefined || parent === record) continue;
      if (isNew(parent) && saves.has(parent) && isCurrent(record, reflection)) note(before, record, parent);
    }
  }
  return { records: saves, before, groupOf: groupsOf(sources), groupsBefore: parentGroups(saves, sources) };
}

/** The other way round: rows that refer to others are deleted before those. */
export function deletingOrder({ deletes, sources }: Work): Dependencies {
  const before: Graph = new Map();
  const byKey = new Map<object, Map<unknown, RecordState>>();
  for (const record of deletes) {
    const source = sources.get(record);
    const keys = source?.attributes?.keys ?? [];
    if (source === undefined || keys.length === 0) continue;
    const family = byKey.get(source.family) ?? new Map<unknown, RecordState>();
    byKey.set(source.family, family.set(keyIn(record, keys), record));
  }
  for (const record of deletes) {
    const source = sources.get(record);
    for (const { foreignKey, models, declaration } of source === undefined
      ? []
      : planOf(source.associations).belongsTo) {
      if (declaration.polymorphic || !foreignKey.every((each) => isLoaded(record, each))) continue;
      const values = foreignKey.map((each) => originalValue(record, each));
      for (const target of models) {
        const parent = byKey.get(target.family)?.get(keyText(target.attributes?.keys ?? [], values));
        if (parent !== undefined && parent !== record) note(before, parent, record);
      }
    }
  }
  const groupsBefore = new Map<object, Set<object>>();
  for (const [child, parents] of parentGroups(deletes, sources))
    for (const parent of parents) note(groupsBefore, parent, child);
  return { records: deletes, before, groupOf: groupsOf(sources), groupsBefore };
}

const groupsOf = (sources: ReadonlyMap<RecordState, Source>) => (record: RecordState) =>
  sources.get(record)?.family ?? record.constructor;

/** The tables that tables refer to, by the associations of the models. */
function parentGroups(
  records: ReadonlySet<RecordState>,
  sources: ReadonlyMap<RecordState, Source>,
): Map<object, Set<object>> {
  const groups = new Map<object, Set<object>>();
  const models = new Set([...records].flatMap((record) => sources.get(record) ?? []));
  for (const source of models) {
    for (const reflection of source.associations.all) {
      const { kind, through } = reflection.declaration;
      if (through !== undefined || kind === 'hasAndBelongsToMany') continue;
      for (const target of targetsOf(reflection)) {
        if (target.family === source.family) continue;
        if (kind === 'belongsTo') note(groups, source.family, target.family);
        else note(groups, target.family, source.family);
      }
    }
  }
  return groups;
}

/** A polymorphic one leads to several. */
const targetsOf = (reflection: Reflection): readonly Source[] =>
  reflection.variants === undefined
    ? [reflection.target]
    : [...reflection.variants.values()].map(({ source }) => source);
