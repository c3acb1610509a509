import { InvalidQuery } from '../../errors/query.ts';
import { RecordDestroyed } from '../../errors/record.ts';
import { isRecord, lifeKey, type RecordState } from '../../record/state.ts';
import { isRecordOf } from '../../relation/record-of.ts';
import type { Reflection, Source, Step } from '../../relation/source.ts';
import { withArticle } from '../../support/naming.ts';
import { describeValue } from '../../types/type.ts';

/**
 * The value as a record that the association can hold. Only an object of the class is one: nothing that was parsed from
 * JSON can pass for it.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) naming both classes, RecordDestroyed (`AR_RECORD_DESTROYED`)
 */
export function expectRecord(reflection: Reflection, value: unknown): RecordState {
  const sources = targetsOf(reflection);
  if (!isRecord(value) || !sources.some((source) => isRecordOf(value, source))) {
    const given = isRecord(value) ? withArticle(value.constructor.name) : describeValue(value);
    throw new InvalidQuery(
      `${reflection.label} takes ${sources.map(({ modelName }) => withArticle(modelName)).join(' or ')}, not ${given}.`,
      { hint: isRecord(value) ? undefined : 'Give a record: one that was loaded, created or made with new.' },
    );
  }
  if (value[lifeKey]?.isDestroyed === true) {
    throw new RecordDestroyed(
      `This ${value.constructor.name} has been destroyed, so ${reflection.label} cannot take it.`,
    );
  }
  return value;
}

/** The same for a list, each record once. @throws InvalidQuery for what is no array */
export function expectRecords(reflection: Reflection, values: unknown): RecordState[] {
  if (!Array.isArray(values)) {
    throw new InvalidQuery(`${reflection.label} takes an array of records, not ${describeValue(values)}.`);
  }
  return [...new Set(values.map((value: unknown) => expectRecord(reflection, value)))];
}

/** The models that an association leads to: of a polymorphic one all of them. */
function targetsOf(reflection: Reflection): readonly Source[] {
  const { variants } = reflection;
  return variants === undefined ? [reflection.target] : [...variants.values()].map(({ source }) => source);
}

/** The way to a record: of a polymorphic belongsTo the one to its kind. */
export function stepTo(reflection: Reflection, record: RecordState): Step {
  const { variants } = reflection;
  const steps = variants === undefined ? reflection.steps : [...variants.values()];
  const step = variants === undefined ? steps[0] : steps.find(({ source }) => isRecordOf(record, source));
  if (step !== undefined) return step;
  throw new InvalidQuery(`${reflection.label} does not lead to ${withArticle(record.constructor.name)}.`);
}

/** @throws RecordDestroyed (`AR_RECORD_DESTROYED`) where the owner is no longer there to belong to */
export function requireAlive(owner: RecordState, { label, owner: { modelName } }: Reflection): void {
  if (owner[lifeKey]?.isDestroyed !== true) return;
  throw new RecordDestroyed(`This ${modelName} has been destroyed, so nothing is written to ${label}.`);
}
