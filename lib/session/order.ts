import type { RecordState } from '../record/state.ts';

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
