import { StaleObjectError } from '../../errors/record.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import { type Life, lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue, sameValue, writeValue } from '../../record/values.ts';
import { isMarked, keepsRow } from '../../relation/removal.ts';
import type { ReadySource } from '../../relation/source.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { instantiate } from '../instantiate.ts';
import type { ModelClass } from '../model-class.ts';
import { gone, keyOf } from '../saving/row-key.ts';

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
    : versionScalar(versionToFind(record, lockVersion), lockVersion, connection.dialect);
}

/** The versions from which writes that are under way go on. */
const underWay = new WeakMap<Life, unknown>();

/**
 * The version that the record has been loaded or written with, or that the program has assigned. Not one that another
 * write of the record is about to give it: that may fail, and then the row may have got it from somebody else.
 */
export function versionToFind(record: RecordState, attribute: Attribute): unknown {
  const life = record[lifeKey];
  return life !== undefined && underWay.has(life) ? underWay.get(life) : readValue(record, attribute);
}

/** Gives the record its next version while it is written, and takes that back where it was not. */
export async function countingUp(
  record: RecordState,
  attribute: Attribute,
  version: unknown,
  write: () => Promise<void>,
): Promise<void> {
  const life = lifeOf(record);
  const original = originalValue(record, attribute);
  underWay.set(life, version);
  try {
    await write();
  } catch (error) {
    // Not what was loaded: the program may have assigned one, from a form. Nor what another write has found out meanwhile.
    if (sameValue(original, originalValue(record, attribute), attribute)) writeValue(record, attribute, version);
    throw error;
  } finally {
    underWay.delete(life);
  }
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
 * @throws StaleObjectError (`AR_RECORD_STALE`) where the row is there, with another version; not where it is to be marked as
 *   deleted, and is
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
  // A transaction of MySQL sees the row as at its first read; only a locking read sees what the write has met.
  const statement = connection.inTransaction ? statements.lock(key, shared) : statements.find(key);
  const [row] = (await connection.run(statement, options, 'write')).rows;
  if (row === undefined) return;
  const current = instantiate(model, row);
  // Somebody else was quicker with what is wanted.
  if (attempted === 'destroy' && keepsRow(record) && isMarked(current, attributes)) return;
  // It has that version: there is another reason for which it was not written.
  if (lockVersionOf(current, ready) === version) return;
  const changed = changedMeanwhile(record, current, attributes);
  throw new StaleObjectError({ model: model.name, record, current, attempted, changed });
}

const shared = { strength: 'share', wait: 'wait' } as const;

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
