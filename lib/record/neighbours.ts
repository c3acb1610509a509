import { isRecord, neighboursKey, type RecordState } from './state.ts';

/** What one record keeps alive of those that were loaded with it is bounded. */
const most = 1_000;

/**
 * Lets records that were loaded together know of each other: the first use of an association of one of them then loads
 * it for all.
 */
export function makeNeighbours(records: readonly unknown[]): void {
  if (records.length < 2) return;
  for (let start = 0; start < records.length; start += most) {
    const neighbours: RecordState[] = [];
    const end = Math.min(start + most, records.length);
    for (let index = start; index < end; index++) {
      const record = records[index];
      if (!isRecord(record)) continue;
      neighbours.push(record);
      record[neighboursKey] = neighbours;
    }
  }
}

/** The records that were loaded together with this one, itself among them. */
export function neighboursOf(record: RecordState): readonly RecordState[] {
  return record[neighboursKey] ?? [record];
}
