import { isRecord, type RecordState } from '../record/state.ts';
import type { Source } from './source.ts';

/** Whether a value is a record of the model: only an object of its class is, nothing that was parsed from JSON. */
export function isRecordOf(value: unknown, { model }: Source): value is RecordState {
  return typeof model === 'function' && value instanceof model && isRecord(value);
}
