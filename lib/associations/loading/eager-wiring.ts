import type { QueryLimits, Row } from '../../adapters/contract.ts';
import { isRecord, type RecordState } from '../../record/state.ts';
import type { EagerRows } from '../../relation/eager-load.ts';
import type { EagerNode } from '../../relation/eager-plan.ts';
import { recordsOf } from '../../relation/load.ts';
import { type Identities, isWhole } from './identities.ts';
import { rowKey } from './load-rows.ts';
import { preload } from './preload.ts';
import { wire } from './wiring.ts';

/** What a load hands on to each of its parts. */
interface Shared {
  readonly identities: Identities;
  readonly limits: QueryLimits | undefined;
}

interface Owner {
  readonly record: RecordState;
  readonly row: Row;
}

/** Gives records what was loaded for them by joins, and those what was loaded for them in turn. */
export async function wireJoined(
  owners: readonly Owner[],
  nodes: readonly EagerNode[],
  joined: EagerRows,
  shared: Shared,
): Promise<void> {
  for (const node of nodes) {
    const found = joined.rows.get(node);
    const rows = new Set(owners.flatMap(({ row }) => [...(found?.get(row) ?? [])]));
    const made = await recordsOfNode(node, [...rows], shared.identities);
    for (const { record, row } of owners) {
      const records = [...(found?.get(row) ?? [])].flatMap((each) => made.get(each) ?? []);
      wire(record, node.reflection, records, node.isNarrowed);
    }
    const next = [...made].map(([row, record]) => ({ record, row }));
    await wireJoined(next, node.nested, joined, shared);
    await preload([...new Set(made.values())], node.state.includes, node.target, { ...shared, depth: 1 });
  }
}

/** Of each row its record: the one that this load has made of the same row before, where there is one. */
async function recordsOfNode(
  { target, state }: EagerNode,
  rows: readonly Row[],
  identities: Identities,
): Promise<ReadonlyMap<Row, RecordState>> {
  const ready = await target.ready();
  const shared = isWhole(state) && ready.attributes.keys.length > 0;
  const made = new Map<Row, RecordState>();
  const fresh: Row[] = [];
  for (const row of rows) {
    const existing = shared ? identities.find(target, rowKey(row, ready.attributes.keys)) : undefined;
    if (existing === undefined) fresh.push(row);
    else made.set(row, existing);
  }
  const records = recordsOf(target, ready, state, fresh);
  records.forEach((record, index) => {
    const row = fresh[index];
    if (row === undefined || typeof record !== 'object' || record === null || !isRecord(record)) return;
    made.set(row, record);
    if (shared) identities.add(target, rowKey(row, ready.attributes.keys), record);
  });
  if (target.callsWhenFound) await target.found(records);
  return made;
}
