import type { Outcome } from '../../adapters/contract.ts';
import { type Attribute, type AttributeSet, makesKey } from '../../record/attribute.ts';
import { cacheKey, lifeKey, type RecordState, rowKey } from '../../record/state.ts';
import { rawForDatabase, readValue, writeValue } from '../../record/values.ts';
import type { ReadySource } from '../../relation/source.ts';

// The values of a record that its save fills in, and those that the database does.

/** What nobody gave a value is the database's to fill in; a null that was assigned is meant. */
export function isLeftToDatabase(record: RecordState, attribute: Attribute): boolean {
  if (attribute.computed || attribute.autoIncrement) return true;
  return attribute.databaseDefault && record[lifeKey]?.originals?.has(attribute.column) !== true;
}

/** The keys of a new record that the library makes, and that nobody gave it. */
export function keysToMake(record: RecordState, { keys }: AttributeSet): readonly Attribute[] {
  const made = keys.filter((attribute) => makesKey(attribute) && readValue(record, attribute) === null);
  return made.length === 0 ? none : made;
}

export async function makeKeys(record: RecordState, keys: readonly Attribute[]): Promise<void> {
  const { v7 } = await import('uuid');
  for (const attribute of keys) writeValue(record, attribute, v7());
}

const none: readonly Attribute[] = [];

export function stamp(record: RecordState, stamped: readonly Attribute[]): readonly Attribute[] {
  const now = new Date();
  for (const attribute of stamped) writeValue(record, attribute, now);
  return stamped;
}

export const isEmpty =
  (record: RecordState) =>
  (attribute: Attribute | undefined): attribute is Attribute =>
    attribute !== undefined && readValue(record, attribute) === null;

export function takeGenerated(
  record: RecordState,
  missing: readonly Attribute[],
  outcome: Outcome,
  returned: boolean,
): void {
  const [row] = outcome.rows;
  for (const attribute of missing) {
    const raw = returned ? row?.[attribute.column] : attribute.autoIncrement ? outcome.insertId : undefined;
    if (raw === undefined) continue;
    record[rowKey][attribute.column] = raw;
    record[lifeKey]?.originals?.delete(attribute.column);
    const cache = record[cacheKey];
    if (cache !== undefined) cache[attribute.column] = undefined;
  }
}

export async function readGenerated(
  record: RecordState,
  ready: ReadySource,
  unread: readonly Attribute[],
): Promise<void> {
  const { statements, connection, attributes } = ready;
  const key = attributes.keys.map((attribute) => rawForDatabase(record, attribute, connection.dialect));
  const { rows } = await connection.run(
    statements.read(unread, key),
    { prepared: true, bigints: attributes.bigints },
    'read',
  );
  takeGenerated(record, unread, { rows, affectedRows: 0, insertId: undefined }, true);
}
