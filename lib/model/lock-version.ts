import { StaleObjectError } from '../errors/record.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { originalValue } from '../record/changes.ts';
import type { RecordState } from '../record/state.ts';
import { isLoaded, readValue, sameValue } from '../record/values.ts';
import type { ReadySource } from '../relation/source.ts';
import type { Scalar, Type } from '../types/type.ts';
import { instantiate } from './instantiate.ts';
import type { ModelClass } from './model-class.ts';
import { gone, keyOf } from './row-key.ts';

// Optimistic locking: every UPDATE of a record counts its lock version up, and finds its row by the version that the
// record was loaded with. Whoever comes second finds none.

/** The version after one. */
export function nextVersion(version: unknown): unknown {
  if (typeof version === 'bigint') return version + 1n;
  return typeof version === 'number' ? version + 1 : 1;
}

/** The version that the row is to have, for the WHERE of a write; undefined for a model without. */
export function lockVersionOf(record: RecordState, { attributes, connection }: ReadySource): Scalar | undefined {
  const { lockVersion } = attributes;
  return lockVersion === undefined
    ? undefined
    : versionScalar(readValue(record, lockVersion), lockVersion, connection.dialect);
}

/** A row without a version has had none since before there were any: that is 0. */
export function versionScalar(
  version: unknown,
  { type }: Attribute,
  dialect: ReadySource['connection']['dialect'],
): Scalar {
  return version === null ? 0 : (type as Type).serialize(version, dialect);
}

/**
 * For a write that has found no row.
 *
 * @param version - which the row was to have
 * @throws StaleObjectError (`AR_RECORD_STALE`) where the row is there, with another version
 */
export async function refuseStale(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  attempted: 'update' | 'destroy' | 'touch',
  version: Scalar,
): Promise<void> {
  const { attributes, connection, statements } = ready;
  const key = keyOf(model, record, attributes, ready);
  const options = { prepared: true, bigints: attributes.bigints };
  const [row] = (await connection.run(statements.find(key), options, 'read')).rows;
  if (row === undefined) return;
  const current = instantiate(model, row);
  // It has that version: there is another reason for which it was not written.
  if (lockVersionOf(current, ready) === version) return;
  const changed = changedMeanwhile(record, current, attributes);
  throw new StaleObjectError({ model: model.name, record, current, attempted, changed });
}

/** The same, where a row that is gone is an error too. */
export async function refuseUnwritten(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  attempted: 'update' | 'touch',
  version: Scalar | undefined,
): Promise<never> {
  if (version !== undefined) await refuseStale(model, record, ready, attempted, version);
  throw gone(model, record, ready.attributes);
}

function changedMeanwhile(record: RecordState, current: RecordState, { all }: AttributeSet): string[] {
  return all
    .filter((each) => isLoaded(record, each) && !sameValue(originalValue(record, each), readValue(current, each), each))
    .map(({ name }) => name);
}
