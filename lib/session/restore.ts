import { restoreOriginals } from '../record/changes.ts';
import type { Link } from '../record/link.ts';
import { forget } from '../record/links.ts';
import { linksKey, type RecordState } from '../record/state.ts';
import { isWaiting } from './adopt.ts';
import { sourceFor } from './identity-map.ts';
import { isDestroyed, isNew, type Unit } from './unit.ts';

/**
 * After the rollback of the transactions, which has given back to the records what their writes had changed: what was added
 * is forgotten, what was deleted is there again, and what was assigned is taken back.
 */
export function restoreUnit(unit: Unit): void {
  for (const record of unit.gone) if (!isDestroyed(record)) unit.attach(record);
  unit.gone.clear();
  unit.deleted.clear();
  for (const record of [...unit.born, ...unit.added]) unit.forget(record);
  for (const record of [...unit.known.records]) {
    // What was committed inside of another transaction is rolled back with that one.
    if (isNew(record)) unit.forget(record);
    else {
      restore(record);
      // By the key that it has again.
      unit.known.put(record);
    }
  }
  unit.known.expire();
}

function restore(record: RecordState): void {
  const { attributes } = sourceFor(record);
  if (attributes !== undefined) restoreOriginals(record, attributes);
  for (const link of record[linksKey] ?? []) if (link !== undefined && isOutOfDate(link)) forget(link);
}

/** It holds what the database does not. */
function isOutOfDate(link: Link<RecordState>): boolean {
  return isWaiting(link) || (link.one !== null && isNew(link.one)) || link.many?.some(isNew) === true;
}
