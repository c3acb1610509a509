import { FrozenRecord, RecordDestroyed } from '../errors/record.ts';
import { lifeKey, type RecordState } from './state.ts';

/**
 * Before the program assigns something. What the library itself writes (counters, keys that become NULL) does not come by
 * here.
 *
 * @param label - `User.name`
 * @throws RecordDestroyed (`AR_RECORD_DESTROYED`), FrozenRecord (`AR_RECORD_FROZEN`)
 */
export function requireThawed(record: RecordState, label: string): void {
  const life = record[lifeKey];
  if (life === undefined || (!life.isDestroyed && !life.isFrozen)) return;
  if (life.isFrozen) throw frozenRecord(record, `${label} cannot be assigned`);
  throw new RecordDestroyed(`This ${record.constructor.name} has been destroyed, so ${label} cannot be assigned.`, {
    hint: 'Make a new record of its attributes: dup().',
  });
}

export function frozenRecord(record: RecordState, what: string): FrozenRecord {
  return new FrozenRecord(`This ${record.constructor.name} is frozen: ${what}.`, {
    hint: 'Load it again, or make a new record of its attributes: dup().',
  });
}
