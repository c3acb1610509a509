import { hasNested, prepareNested, saveNested } from '../associations/nested/nested-records.ts';
import { checkDependents, destroyDependents } from '../associations/upkeep/dependents.ts';
import { needsParents, writeWithParents } from '../associations/upkeep/parent-writes.ts';
import { checkParents, saveChildren, saveParents } from '../associations/writing/autosave.ts';
import { detachAll } from '../associations/writing/join-rows.ts';
import {
  hasToSaveOthers,
  needsTransactionForDestroy,
  needsTransactionForSave,
  prepareParents,
} from '../associations/writing/save-hooks.ts';
import { transactionScope } from '../connection/transaction.ts';
import {
  ReadOnlyRecord,
  RecordDestroyed,
  RecordInvalid,
  RecordNotFound,
  RecordNotPersisted,
} from '../errors/record.ts';
import { ConstraintViolation } from '../errors/statement.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { changedAttributes, changesApplied, changesOf, originalValue, restoreOriginals } from '../record/changes.ts';
import { beginInsert, claiming, claimOf, endInsert, endOfInsert } from '../record/claims.ts';
import { checkColumns } from '../record/column-rules.ts';
import type { RecordErrors } from '../record/errors.ts';
import { errorsOf } from '../record/errors-of.ts';
import { forgetLinks } from '../record/links.ts';
import { SaveRun } from '../record/save-run.ts';
import { writeInTransaction } from '../record/snapshot.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey } from '../record/state.ts';
import { rawForDatabase, readValue } from '../record/values.ts';
import { everyChange, saveWithoutStatement, virtualSave, withVirtual } from '../record/virtual-save.ts';
import type { Associations, ReadySource, Source } from '../relation/source.ts';
import type { Scalar, Type } from '../types/type.ts';
import { addConstraintErrors } from './constraint-errors.ts';
import { fillDefaults } from './fill-defaults.ts';
import { isEmpty, isLeftToDatabase, keysToMake, makeKeys, readGenerated, stamp, takeGenerated } from './filled-in.ts';
import { ready as readyOf } from './metadata.ts';
import { asModel, type ModelClass } from './model-class.ts';
import type { SaveOptions } from './save-options.ts';
import { knownRules, type ModelRules, rulesOf } from './validation/rules.ts';
import { askRules, refuse } from './validation/validate.ts';

const prepared = { prepared: true, bigints: true };

/**
 * Saves a record, in this order: guard; records that it belongs to; defaults, validations; generated key and timestamps, what the
 * columns can hold, INSERT or UPDATE of what changed, values that the database made, changes applied; records that belong to it;
 * counters and moments of others. A lone statement is its own transaction.
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
  if (record[lifeKey]?.isDestroyed === true) {
    throw new RecordDestroyed(`This ${model.name} has been destroyed and cannot be saved.`, {
      hint: 'Make a new record of its attributes.',
    });
  }
  requireWritable(model, record);
  const ready = await readyOf(model);
  const { associations } = source;
  const preparing = prepareParents(associations);
  if (preparing !== undefined) await preparing;
  const claim = run === undefined && record[lifeKey]?.isNew === true ? claimOf(record) : undefined;
  if (claim !== undefined && transactionScope.current(ready.connection) === undefined) await claim;
  const isMore =
    hasToSaveOthers(record, associations) ||
    hasNested(record) ||
    (needsTransactionForSave(associations) &&
      isToBeWritten(record, ready.attributes) &&
      (await needsParents(record, associations, record[lifeKey]?.isNew === true ? 'create' : 'update')));
  if (!isMore) return writeRecord(source, record, ready, options);
  const save = () => saveWithOthers(source, record, ready, run ?? new SaveRun(), options);
  if (run !== undefined || transactionScope.current(ready.connection) !== undefined) await save();
  else await claiming(record, save);
}

const isToBeWritten = (record: RecordState, attributes: AttributeSet) =>
  record[lifeKey]?.isNew === true || changedAttributes(record, attributes).length > 0;

/** All in one transaction; inside of another one it is part of that. */
async function saveWithOthers(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  run: SaveRun,
  options: SaveOptions | undefined,
): Promise<void> {
  const { associations } = source;
  // Records may refer to each other in circles: the save of this one is under way, or it may have changed since.
  if (!run.begin(record)) return run.isUnderWay(record) ? undefined : writeRecord(source, record, ready, options);
  const { connection } = ready;
  await connection.transaction(
    async () => {
      await prepareNested(record, associations, { connection, run });
      await saveParents(record, associations, { connection, run });
      await writeRecord(source, record, ready, options);
      // One that refers to itself has its own key only now.
      if ((await run.inserted(record)) && isToBeWritten(record, ready.attributes))
        await writeRecord(source, record, ready, { validate: false });
      await saveNested(record, associations, { connection, run });
      await saveChildren(record, associations, { connection, run });
      run.end(record);
    },
    { join: true },
  );
}

/** The validations, and then the INSERT or UPDATE, if there is something to write. */
function writeRecord(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  options: SaveOptions | undefined,
): Promise<void> {
  fillDefaults(record);
  const rules = options?.validate === false ? undefined : rulesOf(source, record, ready);
  // Handed on as it is: a lone save of a model without validations is to cost no turn more than its statement.
  if (rules === undefined) return sendRecord(source, record, ready, options, undefined);
  return validateAndSend(source, record, ready, options, rules);
}

async function validateAndSend(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  options: SaveOptions | undefined,
  rules: ModelRules,
): Promise<void> {
  const request = { context: options?.context, awaited: new Set<Attribute>(), underWay: new Set<RecordState>() };
  const isNew = record[lifeKey]?.isNew === true;
  let found = await askRules(source, record, rules, request);
  if (isNew && !found.isEmpty) {
    // Another save of this record may have made its row meanwhile, which uniqueness then took for somebody else's.
    await endOfInsert(record, transactionScope.current(ready.connection));
    if (record[lifeKey]?.isNew !== true) found = await askRules(source, record, rules, request);
  }
  await sendRecord(source, record, ready, options, found);
}

/** @param found - what validations have found: it is told together with what the columns cannot hold */
function sendRecord(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  options: SaveOptions | undefined,
  found: RecordErrors | undefined,
): Promise<void> {
  return record[lifeKey]?.isNew === true
    ? insertRecord(source, record, ready, options, found)
    : updateRecord(asModel(source.model), record, ready, source.associations, found);
}

/** @throws ReadOnlyRecord (`AR_RECORD_READ_ONLY`) */
export function requireWritable(model: ModelClass, record: RecordState): void {
  if (record[lifeKey]?.isReadOnly !== true) return;
  throw new ReadOnlyRecord(`This ${model.name} was loaded by a query with readonly().`, {
    hint: 'Load it again without readonly() to change it.',
  });
}

/** Two saves of a new record at once make one row: the second goes on from where the first has ended. */
async function insertRecord(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  options: SaveOptions | undefined,
  found: RecordErrors | undefined,
): Promise<void> {
  const { attributes } = ready;
  const scope = transactionScope.current(ready.connection);
  const other = endOfInsert(record, scope);
  if (other !== undefined) {
    await other;
    return writeRecord(source, record, ready, options);
  }
  const inserting = beginInsert(record, scope);
  try {
    const keys = keysToMake(record, attributes);
    if (keys.length > 0) await makeKeys(record, keys);
    const stamped = stamp(record, [attributes.createdAt, attributes.updatedAt].filter(isEmpty(record)));
    await sendInsert(source, record, ready, keys.length === 0 ? stamped : [...keys, ...stamped], found);
  } finally {
    endInsert(record, inserting);
  }
}

/** @param filledIn - what the save has assigned itself */
function sendInsert(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  filledIn: readonly Attribute[],
  found: RecordErrors | undefined,
): Promise<void> {
  const { associations } = source;
  const model = asModel(source.model);
  const { attributes, connection, statements } = ready;
  const { dialect } = connection;
  const written: Attribute[] = [];
  const missing: Attribute[] = [];
  const values: Scalar[] = [];
  return sendChecked(model, record, ready, associations, filledIn, attributes.all, found, async () => {
    for (const attribute of attributes.all) {
      const value = attribute.computed ? null : rawForDatabase(record, attribute, dialect);
      if (value === null && isLeftToDatabase(record, attribute)) missing.push(attribute);
      else {
        written.push(attribute);
        values.push(value);
      }
    }
    const changes = changesOf(record, everyChange(record, attributes));
    const virtual = virtualSave(record, attributes);
    const told =
      dialect.features.reportsInsertId === true && missing.length === 1 && missing[0]?.autoIncrement === true;
    const returning = told || !dialect.features.returning ? [] : missing;
    const write = writeInTransaction(connection, record)?.saving(record, attributes.every, filledIn, missing);
    const insert = () => connection.run(statements.insert(written, values, returning), prepared, 'write');
    const outcome = await (needsTransactionForSave(associations)
      ? writeWithParents(record, associations, 'create', insert)
      : insert());
    takeGenerated(record, missing, outcome, returning.length > 0);
    changesApplied(record, written, values, dialect);
    virtual?.applied(record);
    const life = lifeOf(record);
    life.isNew = false;
    write?.applied();
    const unread = returning.length > 0 ? [] : missing.filter((attribute) => !attribute.autoIncrement);
    if (unread.length > 0) await readGenerated(record, ready, unread);
    for (const attribute of missing) {
      const value = readValue(record, attribute);
      if (value !== null) changes[attribute.name] = [null, value];
    }
    life.previousChanges = Object.freeze(changes);
    write?.applied();
  });
}

async function updateRecord(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  associations: Associations,
  found: RecordErrors | undefined,
): Promise<void> {
  const { attributes, connection, statements } = ready;
  record[lifeKey]?.errors?.clear();
  const changed = changedAttributes(record, attributes);
  if (changed.length === 0) {
    if (found !== undefined) refuse(model, record, found);
    saveWithoutStatement(record, attributes, connection);
    return;
  }
  const { updatedAt } = attributes;
  const stamped = updatedAt === undefined || changed.includes(updatedAt) ? [] : stamp(record, [updatedAt]);
  const written = stamped.length === 0 ? changed : changedAttributes(record, attributes);
  // Two saves of one millisecond: nothing is to be written there, and nobody has assigned it.
  if (written.length === changed.length) restoreOriginals(record, attributes, stamped);
  const { dialect } = connection;
  await sendChecked(model, record, ready, associations, stamped, written, found, async () => {
    const saved = withVirtual(record, attributes, written);
    const values = saved.map((attribute) => rawForDatabase(record, attribute, dialect));
    const changes = changesOf(record, saved);
    const key = keyOf(model, record, attributes, ready);
    const write = writeInTransaction(connection, record)?.saving(record, saved, stamped);
    const sent = values.slice(0, written.length);
    const update = () => connection.run(statements.update(written, [...sent, ...key]), prepared, 'write');
    const outcome = await (needsTransactionForSave(associations)
      ? writeWithParents(record, associations, 'update', update)
      : update());
    if (outcome.affectedRows === 0) throw gone(model, record, attributes);
    changesApplied(record, saved, values, dialect);
    lifeOf(record).previousChanges = Object.freeze(changes);
    write?.applied();
  });
}

/**
 * Checks what the columns can hold, and sends. A violated constraint is an error of the record, as if it had been checked
 * before. Where nothing was written, the attributes that save itself has filled in are taken back: the next attempt has
 * another time.
 */
async function sendChecked(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  associations: Associations,
  filledIn: readonly Attribute[],
  written: readonly Attribute[],
  found: RecordErrors | undefined,
  send: () => Promise<void>,
): Promise<void> {
  try {
    const errors = errorsOf(record);
    errors.replace(found);
    checkColumns(record, checkParents(record, associations, written, errors), errors);
    if (!errors.isEmpty) throw new RecordInvalid(model.name, record, errors);
    await send();
  } catch (error) {
    restoreOriginals(record, ready.attributes, filledIn);
    if (!(error instanceof ConstraintViolation)) throw error;
    const errors = errorsOf(record);
    await addConstraintErrors(record, ready, error, errors, knownRules(ready)?.unique);
    throw new RecordInvalid(model.name, record, errors, error);
  }
}

/** Destroys a record: what depends on it, its row, and then the counters and moments of others, in one transaction. */
export async function destroyRecord(source: Source<RecordState>, record: RecordState): Promise<void> {
  const { associations } = source;
  const model = asModel(source.model);
  const isThere = record[lifeKey]?.isNew !== true && record[lifeKey]?.isDestroyed !== true;
  if (!isThere || !needsTransactionForDestroy(associations)) return void (await deleteRecord(model, record));
  requireWritable(model, record);
  const { connection } = await readyOf(model);
  await checkDependents(associations);
  await connection.transaction(
    async () => {
      await destroyDependents(record, associations);
      await detachAll(record, associations);
      await deleteRecord(model, record, associations);
    },
    { join: true },
  );
}

/**
 * Deletes the row of a record. A row that is gone already is what was wanted.
 *
 * @param associations - given where what the record belongs to is to hear of it
 */
export async function deleteRecord(model: ModelClass, record: RecordState, associations?: Associations): Promise<void> {
  requireWritable(model, record);
  const ready = await readyOf(model);
  const life = record[lifeKey];
  const write = writeInTransaction(ready.connection, record)?.destroying(record);
  if (life?.isNew !== true && life?.isDestroyed !== true) {
    const statement = ready.statements.delete(keyOf(model, record, ready.attributes, ready));
    const send = () => ready.connection.run(statement, prepared, 'write');
    await (associations === undefined ? send() : writeWithParents(record, associations, 'destroy', send));
  }
  lifeOf(record).isDestroyed = true;
  write?.applied();
}

/** Reads the row of a record again; what was assigned and not saved is gone. */
export async function reloadRecord(model: ModelClass, record: RecordState): Promise<void> {
  const ready = await readyOf(model);
  if (record[lifeKey]?.isNew === true) {
    throw new RecordNotPersisted(`This ${model.name} has not been saved, so there is nothing to reload.`, {
      hint: 'Save it first.',
    });
  }
  const outcome = await ready.connection.run(
    ready.statements.find(keyOf(model, record, ready.attributes, ready)),
    { prepared: true, bigints: ready.attributes.bigints },
    'read',
  );
  const [row] = outcome.rows;
  if (row === undefined) throw gone(model, record, ready.attributes);
  record[rowKey] = row;
  record[cacheKey] = undefined;
  record[lifeKey] = undefined;
  forgetLinks(record);
}

/** The key under which the row is in the database, also where the attribute has been changed since. */
export function keyOf(model: ModelClass, record: RecordState, attributes: AttributeSet, ready: ReadySource): Scalar[] {
  if (attributes.keys.length === 0) {
    throw new RecordNotPersisted(`${model.name} has no primary key, so its row cannot be named.`, {
      hint: 'Declare one, or use updateAll and deleteAll with conditions.',
    });
  }
  return attributes.keys.map((attribute) => {
    const value = originalValue(record, attribute);
    if (value === null || value === undefined) {
      throw new RecordNotPersisted(`This ${model.name} has no ${attribute.name}, so its row cannot be named.`, {
        hint: `Select '${attribute.name}' with it.`,
      });
    }
    return (attribute.type as Type).serialize(value, ready.connection.dialect);
  });
}

/** The error about a row that is not there any more. */
export function gone(model: ModelClass, record: RecordState, attributes: AttributeSet): RecordNotFound {
  const keys = attributes.keys.map((attribute) => originalValue(record, attribute));
  return new RecordNotFound(
    `The row of this ${model.name} (${attributes.keys.map((key, index) => `${key.name} ${String(keys[index])}`).join(', ')}) is gone.`,
    { model: model.name, keys, hint: 'It was deleted after this record was loaded.' },
  );
}
