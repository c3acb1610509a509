import type { Row } from '../../adapters/contract.ts';
import type { Attribute } from '../../record/attribute.ts';
import { isRecord, type RecordState } from '../../record/state.ts';
import { checkCapabilities } from '../../relation/capabilities.ts';
import { readingOptions, recordsOf, requireLockable } from '../../relation/load.ts';
import type { QueryState } from '../../relation/query-state.ts';
import type { ReadySource, Source } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import type { SelectStatement } from '../../sql/nodes.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { type Identities, isWhole } from './identities.ts';
import { type MemoryKey, memoryKey, tuple } from './memory-keys.ts';

interface RowLoad {
  readonly ready: ReadySource;
  readonly target: Source;
  readonly state: QueryState;
  readonly statement: SelectStatement;
  /** Where a row has the key of its owner. */
  readonly ownerColumns: readonly string[];
  /** The attributes that these columns are the values of. */
  readonly keys: readonly Attribute[];
  /** Each row comes for one owner only. */
  readonly isDirect: boolean;
  readonly identities: Identities | undefined;
  readonly batch: { readonly association: string; readonly records: number } | undefined;
}

export interface LoadedRows {
  readonly records: readonly RecordState[];
  /** Of each record the key of the owner that it was found for, part by part. */
  readonly keys: readonly (readonly MemoryKey[])[];
}

/** Sends the statement of a load, and makes records of its rows: of each row one, however often it comes. */
export async function loadRows(load: RowLoad): Promise<LoadedRows> {
  const { ready, target, state, statement, ownerColumns, isDirect, batch } = load;
  if (state.none) return { records: [], keys: [] };
  const { attributes, connection } = ready;
  requireLockable(ready, state);
  checkCapabilities(statement, attributes, connection.dialect);
  const { rows } = await connection.run(
    compile(statement, connection.dialect),
    { ...readingOptions(state, attributes), ...(batch === undefined ? {} : { batch }) },
    'read',
  );
  const keys = rows.map((row) => ownerColumns.map((column, index) => part(row[column], load.keys[index])));
  const identities = isWhole(state) && load.identities?.knows(target) === true ? load.identities : undefined;
  if (isDirect && identities === undefined) {
    const records = made(load, rows);
    if (target.callsWhenFound) await target.found(records);
    return { records, keys };
  }
  const known = new Map<MemoryKey, RecordState>();
  const fresh = new Map<MemoryKey, Row>();
  const rowKeys: readonly MemoryKey[] =
    attributes.keys.length === 0
      ? rows.map((_, index) => `row ${index}`)
      : rows.map((row) => rowKey(row, attributes.keys));
  rowKeys.forEach((key, index) => {
    const row = rows[index];
    const existing = identities?.find(target, key);
    if (existing !== undefined) known.set(key, existing);
    else if (row !== undefined && !fresh.has(key)) fresh.set(key, row);
  });
  const records = made(load, [...fresh.values()]);
  [...fresh.keys()].forEach((key, index) => {
    const record = records[index];
    if (record === undefined) return;
    known.set(key, record);
    identities?.add(target, key, record);
  });
  if (target.callsWhenFound) await target.found(records);
  return { records: rowKeys.flatMap((key) => known.get(key) ?? []), keys };
}

/** The key of a row, as the records of one load are known by. */
export function rowKey(row: Row, keys: readonly Attribute[]): MemoryKey {
  const parts = keys.map((key) => part(row[key.column], key));
  return parts.length === 1 ? parts[0] : tuple(parts);
}

function part(raw: Scalar | undefined, attribute: Attribute | undefined): MemoryKey {
  if (raw === null || raw === undefined || attribute === undefined) return undefined;
  return memoryKey((attribute.type as Type).deserialize(raw), attribute);
}

function made({ target, ready, state }: RowLoad, rows: readonly Row[]): readonly RecordState[] {
  return recordsOf(target, ready, state, rows).filter(isRecord);
}
