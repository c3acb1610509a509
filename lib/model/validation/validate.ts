import { checkParents } from '../../associations/writing/autosave.ts';
import { isParentWaiting, planOf, prepareParents } from '../../associations/writing/save-hooks.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { RecordInvalid } from '../../errors/record.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { CallbackSet } from '../../record/callbacks/callback.ts';
import { requireNoLoop } from '../../record/callbacks/chain.ts';
import { withCallbacks } from '../../record/callbacks/run.ts';
import { changedAttributes } from '../../record/changes.ts';
import { checkColumns } from '../../record/column-rules.ts';
import { RecordErrors } from '../../record/errors.ts';
import { errorsOf } from '../../record/errors-of.ts';
import { lifeKey, linksKey, type RecordState } from '../../record/state.ts';
import type { ValidationRequest } from '../../record/validation/rule.ts';
import { runRules } from '../../record/validation/run.ts';
import { readValue } from '../../record/values.ts';
import type { Associations, ReadySource, Source } from '../../relation/source.ts';
import { AsyncScope } from '../../support/async-scope.ts';
import { describeValue } from '../../types/type.ts';
import { callbacksOf } from '../callbacks/registered.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { fillDefaults } from '../saving/fill-defaults.ts';
import { keysToMake } from '../saving/filled-in.ts';
import { type ModelRules, rulesOf } from './rules.ts';

/** The records whose rules the running code is part of. */
const underValidation = new AsyncScope<true>();

/**
 * Asks the model's rules, and gives what they find; `record.errors` is empty meanwhile but for what functions of the
 * application add to it.
 *
 * @param before - what callbacks have found before; it is kept
 * @throws RecordInvalid (`AR_RECORD_INVALID`) for a rule that is strict; InvalidQuery (`AR_QUERY_INVALID`) for one that
 *   validates its own record again
 */
export async function askRules(
  source: Source<RecordState>,
  record: RecordState,
  rules: ModelRules,
  request: ValidationRequest,
  before?: RecordErrors,
): Promise<RecordErrors> {
  if (underValidation.current(record) === true) {
    throw new InvalidQuery(`A rule of ${source.modelName} has saved or validated the very record that it judges.`, {
      hint: 'That would ask the rule again, without end. Change attributes in the rule, or save other records.',
    });
  }
  const errors = errorsOf(record);
  errors.clear();
  // Apart from the record's own: two saves of it at once must not see half of each other's.
  const found = new RecordErrors();
  const awaited = new Set([...request.awaited, ...keysOfWaitingParents(record, source.associations)]);
  const broken = await underValidation.run(record, true, () =>
    runRules(rules.all, { ...request, record, awaited, errors: found }, found),
  );
  for (const problem of [...(before ?? []), ...errors]) if (!isKnown(found, problem)) found.append(problem);
  if (broken !== undefined) refuse(asModel(source.model), record, found);
  return found;
}

const isKnown = (
  found: RecordErrors,
  { attribute, type, message }: { attribute: string; type: string; message: string },
) => found.where(attribute, type).some((each) => each.message === message);

/** @throws RecordInvalid (`AR_RECORD_INVALID`) where anything was found */
export function refuse(model: ModelClass, record: RecordState, found: RecordErrors): void {
  const errors = errorsOf(record);
  errors.replace(found);
  if (!errors.isEmpty) throw new RecordInvalid(model.name, record, errors);
}

/**
 * Has a record judged, with the callbacks for that around it; `record.errors` is what they see and may change.
 *
 * @param judge - gives what is wrong; it is given what callbacks have said before
 */
export async function judged(
  source: Source<RecordState>,
  record: RecordState,
  callbacks: CallbackSet | undefined,
  judge: (before: RecordErrors) => Promise<RecordErrors>,
): Promise<RecordErrors> {
  if (callbacks?.of('validation') === undefined) return judge(new RecordErrors());
  requireNoLoop(record, 'validation', source.modelName);
  const errors = errorsOf(record);
  errors.clear();
  await withCallbacks(callbacks, 'validation', record, async () => {
    errors.replace(await judge(RecordErrors.copyOf(errors)));
  });
  return RecordErrors.copyOf(errors);
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what can be no context */
export function checkContext(context: unknown): void {
  if (context === undefined || (typeof context === 'string' && context !== '')) return;
  throw new InvalidQuery(`A context of validations is a text, not ${describeValue(context)}.`, {
    hint: "Write record.isValid('publish') for the rules with on: 'publish'.",
  });
}

/** All that is wrong with a record as it is, before anything is sent. It also becomes `record.errors`. */
export async function problemsOf(
  source: Source<RecordState>,
  record: RecordState,
  request: ValidationRequest,
): Promise<RecordErrors> {
  const ready = await source.ready();
  await prepareParents(source.associations);
  fillDefaults(record);
  const found = await judged(source, record, callbacksOf(asModel(source.model)), (before) =>
    problemsNow(source, record, ready, request, before),
  );
  errorsOf(record).replace(found);
  return found;
}

async function problemsNow(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  request: ValidationRequest,
  before: RecordErrors,
): Promise<RecordErrors> {
  const { associations } = source;
  const rules = rulesOf(source, record, ready);
  const found = rules === undefined ? before : await askRules(source, record, rules, request, before);
  const given = new Set([
    ...request.awaited,
    ...keysOfWaitingParents(record, associations),
    ...leftToSave(record, ready),
  ]);
  const isNew = record[lifeKey]?.isNew === true;
  const written = (isNew ? ready.attributes.all : changedAttributes(record, ready.attributes)).filter(
    (each) => !given.has(each),
  );
  checkColumns(record, checkParents(record, associations, written, found), found);
  return found;
}

/** The foreign keys that take the key of a record which is saved before this one. */
function keysOfWaitingParents(record: RecordState, associations: Associations): readonly Attribute[] {
  if (record[linksKey] === undefined) return [];
  return planOf(associations)
    .belongsTo.filter((each) => isParentWaiting(record, each))
    .flatMap(({ foreignKey, typeAttribute }) =>
      typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute],
    );
}

/** What a save fills in itself. */
function leftToSave(record: RecordState, { attributes }: ReadySource): readonly Attribute[] {
  if (record[lifeKey]?.isNew !== true) return [];
  const moments = [attributes.createdAt, attributes.updatedAt].filter((each) => each !== undefined);
  return [...keysToMake(record, attributes), ...moments.filter((each) => readValue(record, each) === null)];
}
