import { hasNested, prepareNested, saveNested } from '../../associations/nested/nested-records.ts';
import { needsParents, tellParents } from '../../associations/upkeep/parent-writes.ts';
import { saveChildren, saveParents } from '../../associations/writing/autosave.ts';
import { hasToSaveOthers, needsTransactionForSave, prepareParents } from '../../associations/writing/save-hooks.ts';
import { allOrNothing } from '../../connection/all-or-nothing.ts';
import type { Connection } from '../../connection/connection.ts';
import { transactionScope } from '../../connection/transaction.ts';
import { RecordDestroyed } from '../../errors/record.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import type { CallbackSet } from '../../record/callbacks/callback.ts';
import { requireNoLoop, rowWritten } from '../../record/callbacks/chain.ts';
import { queueCommit } from '../../record/callbacks/commit.ts';
import { withCallbacks } from '../../record/callbacks/run.ts';
import { changedAttributes } from '../../record/changes.ts';
import { beginInsert, claiming, claimOf, endInsert, endOfInsert } from '../../record/claims.ts';
import { RecordErrors } from '../../record/errors.ts';
import { errorsOf } from '../../record/errors-of.ts';
import { SaveRun } from '../../record/save-run.ts';
import { type Inserting, lifeKey, type RecordState } from '../../record/state.ts';
import type { ValidationRequest } from '../../record/validation/rule.ts';
import type { ReadySource, Source } from '../../relation/source.ts';
import { callbacksOf } from '../callbacks/registered.ts';
import { ready as readyOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { hashPasswords, hasPendingPassword } from '../secrets/passwords.ts';
import { type ModelRules, rulesOf } from '../validation/rules.ts';
import { askRules, judged, refuse } from '../validation/validate.ts';
import { fillDefaults } from './fill-defaults.ts';
import { requireWritable } from './row-key.ts';
import type { SaveOptions } from './save-options.ts';
import { insertRow, updateRow } from './write-row.ts';

/** A save that is under way. */
interface Saving {
  readonly source: Source<RecordState>;
  readonly model: ModelClass;
  readonly record: RecordState;
  readonly ready: ReadySource;
  readonly options: SaveOptions | undefined;
  /** Those that saving the record calls; undefined where there are none. */
  readonly callbacks: CallbackSet | undefined;
}

/**
 * Saves a record, in this order:
 *
 * 1. guard: it is neither destroyed nor read-only, and no callback of its own save has begun this one
 * 2. a transaction, where something beside the one statement can be sent; a lone statement is its own
 * 3. records that it belongs to
 * 4. defaults that follow from other attributes; beforeValidation, aroundValidation, the validations, afterValidation
 * 5. beforeSave, aroundSave, then beforeCreate and aroundCreate, or beforeUpdate and aroundUpdate
 * 6. generated key, timestamps, lock version; what the columns can hold; INSERT or UPDATE of what changed, with counters
 *    and moments of what it belongs to; values that the database made; changes applied; afterTouch of what it belongs to
 * 7. records that belong to it
 * 8. afterCreate or afterUpdate, afterSave
 * 9. after the outermost transaction: afterCommit or afterRollback
 *
 * @param run - the save that has led to this one
 */
export async function saveRecord(
  source: Source<RecordState>,
  record: RecordState,
  run?: SaveRun,
  options?: SaveOptions,
): Promise<void> {
  const model = asModel(source.model);
  requireAlive(model, record);
  requireWritable(model, record);
  const callbacks = savingCallbacks(model);
  if (callbacks !== undefined) requireNoLoop(record, 'save', model.name);
  const ready = await readyOf(model);
  const { associations } = source;
  const preparing = prepareParents(associations);
  if (preparing !== undefined) await preparing;
  const claim = run === undefined && record[lifeKey]?.isNew === true ? claimOf(record) : undefined;
  if (claim !== undefined && transactionScope.current(ready.connection) === undefined) await claim;
  const saving: Saving = { source, model, record, ready, options, callbacks };
  if (callbacks === undefined) {
    const others = mayWriteOthers(saving);
    if (others === false || (others !== true && !(await others))) return writeRecord(saving);
  }
  const save = () => saveWithOthers(saving, run ?? new SaveRun());
  if (run !== undefined || transactionScope.current(ready.connection) !== undefined) await save();
  else await claiming(record, save);
}

function requireAlive(model: ModelClass, record: RecordState): void {
  if (record[lifeKey]?.isDestroyed !== true) return;
  throw new RecordDestroyed(`This ${model.name} has been destroyed and cannot be saved.`, {
    hint: 'Make a new record of its attributes.',
  });
}

function savingCallbacks(model: ModelClass): CallbackSet | undefined {
  const callbacks = callbacksOf(model);
  return callbacks?.onSave === true ? callbacks : undefined;
}

/** Not async where there is nothing to ask: a lone save is to cost no turn more than its statement. */
function mayWriteOthers({ source: { associations }, record, ready }: Saving): boolean | Promise<boolean> {
  if (hasToSaveOthers(record, associations) || hasNested(record)) return true;
  if (!needsTransactionForSave(associations) || !isToBeWritten(record, ready.attributes)) return false;
  return needsParents(record, associations, record[lifeKey]?.isNew === true ? 'create' : 'update');
}

const isToBeWritten = (record: RecordState, attributes: AttributeSet) =>
  record[lifeKey]?.isNew === true ||
  changedAttributes(record, attributes).length > 0 ||
  hasPendingPassword(record, attributes);

/** All in one transaction; inside of another one it is part of that. */
async function saveWithOthers(saving: Saving, run: SaveRun): Promise<void> {
  const { source, record, ready, callbacks } = saving;
  const { associations } = source;
  // Records may refer to each other in circles: the save of this one is under way, or it may have changed since.
  if (!run.begin(record)) return run.isUnderWay(record) ? undefined : writeAndTell(saving);
  const { connection } = ready;
  const writing = { connection, run };
  await allOrNothing(
    connection,
    async () => {
      await prepareNested(record, associations, writing);
      await saveParents(record, associations, writing);
      const saveOthers = async () => {
        // One that refers to itself has its own key only now.
        if ((await run.inserted(record)) && isToBeWritten(record, ready.attributes))
          await writeAndTell({ ...saving, options: { validate: false } });
        await saveNested(record, associations, writing);
        await saveChildren(record, associations, writing);
      };
      if (callbacks !== undefined) await saveWithCallbacks(saving, callbacks, run, saveOthers);
      else {
        await writeAndTell(saving);
        await saveOthers();
      }
      run.end(record);
    },
    { join: true },
  );
}

/** @param saveOthers - is called once the record has its row */
async function saveWithCallbacks(
  saving: Saving,
  callbacks: CallbackSet,
  run: SaveRun,
  saveOthers: () => Promise<void>,
): Promise<void> {
  const { source, record, ready } = saving;
  const { connection } = ready;
  const claim = await claimed(record, connection);
  const event = claim === undefined ? 'update' : 'create';
  const parents = () => saveParents(record, source.associations, { connection, run });
  try {
    await validateWithCallbacks(saving, callbacks, parents);
    await withCallbacks(callbacks, 'save', record, () =>
      withCallbacks(callbacks, event, record, async () => {
        await parents();
        // What a callback has added to the errors is one.
        requireAlive(saving.model, record);
        await writeRow(saving, RecordErrors.copyOf(errorsOf(record)));
        rowWritten(record, 'save');
        if (claim !== undefined) endInsert(record, claim);
        queueCommit(callbacks, record, connection, event);
        await tellParents(record);
        await saveOthers();
      }),
    );
  } finally {
    if (claim !== undefined) endInsert(record, claim);
  }
}

/** Two saves of a new record at once make one row: the second goes on from where the first has ended. */
async function claimed(record: RecordState, connection: Connection): Promise<Inserting | undefined> {
  const scope = transactionScope.current(connection);
  while (record[lifeKey]?.isNew === true) {
    const other = endOfInsert(record, scope);
    if (other === undefined) {
      // Before the callbacks see it, and before what is sent has to stay as it is.
      fillDefaults(record);
      return beginInsert(record, scope);
    }
    await other;
  }
  return undefined;
}

/** @param prepare - is called before the rules are asked: callbacks may have given the record others to belong to */
async function validateWithCallbacks(
  { source, record, ready, options }: Saving,
  callbacks: CallbackSet,
  prepare: () => Promise<void>,
): Promise<void> {
  errorsOf(record).clear();
  if (options?.validate === false) return;
  const found = await judged(source, record, callbacks, async (before) => {
    await prepare();
    const rules = rulesOf(source, record, ready);
    return rules === undefined ? before : askRules(source, record, rules, requestOf(options), before);
  });
  refuse(asModel(source.model), record, found);
}

async function writeAndTell(saving: Saving): Promise<void> {
  await writeRecord(saving);
  await tellParents(saving.record);
}

/** Defaults and validations, and then the INSERT or UPDATE, if there is something to write. */
function writeRecord(saving: Saving): Promise<void> {
  const { source, record, ready, options } = saving;
  fillDefaults(record);
  const rules = options?.validate === false ? undefined : rulesOf(source, record, ready);
  // Handed on as it is: a lone save of a model without validations is to cost no turn more than its statement.
  if (rules === undefined) return sendRecord(saving, undefined);
  return validateAndSend(saving, rules);
}

async function validateAndSend(saving: Saving, rules: ModelRules): Promise<void> {
  const { source, record, ready, options } = saving;
  const isNew = record[lifeKey]?.isNew === true;
  let found = await askRules(source, record, rules, requestOf(options));
  if (isNew && !found.isEmpty) {
    // Another save of this record may have made its row meanwhile, which uniqueness then took for somebody else's.
    await endOfInsert(record, transactionScope.current(ready.connection));
    if (record[lifeKey]?.isNew !== true) found = await askRules(source, record, rules, requestOf(options));
  }
  await sendRecord(saving, found);
}

/** @param found - what validations have found: it is told together with what the columns cannot hold */
function sendRecord(saving: Saving, found: RecordErrors | undefined): Promise<void> {
  return saving.record[lifeKey]?.isNew === true ? insertOnce(saving, found) : writeRow(saving, found);
}

/** As {@link claimed}, where there is nothing but the INSERT to keep others from. */
async function insertOnce(saving: Saving, found: RecordErrors | undefined): Promise<void> {
  const { record, ready } = saving;
  const scope = transactionScope.current(ready.connection);
  const other = endOfInsert(record, scope);
  if (other !== undefined) {
    await other;
    return writeRecord(saving);
  }
  const claim = beginInsert(record, scope);
  try {
    await writeRow(saving, found);
  } finally {
    endInsert(record, claim);
  }
}

/** Passwords are hashed last, and not at all where the record is not going to be saved. */
function writeRow(saving: Saving, found: RecordErrors | undefined): Promise<void> {
  const { record, ready } = saving;
  const hashing = found?.isEmpty === false ? undefined : hashPasswords(record, ready.attributes);
  return hashing === undefined ? sendRow(saving, found) : sendHashed(saving, found, hashing);
}

async function sendHashed(
  saving: Saving,
  found: RecordErrors | undefined,
  hashing: Promise<() => void>,
): Promise<void> {
  const forgetPasswords = await hashing;
  await sendRow(saving, found);
  forgetPasswords();
}

function sendRow({ source, record, ready }: Saving, found: RecordErrors | undefined): Promise<void> {
  return record[lifeKey]?.isNew === true
    ? insertRow(source, record, ready, found)
    : updateRow(source, record, ready, found);
}

/** What the rules are asked with. */
const requestOf = (options: SaveOptions | undefined): ValidationRequest => ({
  context: options?.context,
  awaited: new Set<Attribute>(),
  underWay: new Set<RecordState>(),
});
