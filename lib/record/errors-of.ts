import { RecordErrors } from './errors.ts';
import { lifeOf, type RecordState } from './state.ts';

/** The errors of a record, made when they are first asked for. */
export function errorsOf(record: RecordState): RecordErrors {
  const life = lifeOf(record);
  life.errors ??= new RecordErrors();
  return life.errors;
}
