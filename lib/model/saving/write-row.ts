import { writeWithParents } from '../../associations/upkeep/parent-writes.ts';
import { checkParents } from '../../associations/writing/autosave.ts';
import { needsTransactionForSave } from '../../associations/writing/save-hooks.ts';
import { RecordInvalid } from '../../errors/record.ts';
import { ConstraintViolation } from '../../errors/statement.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { changedAttributes, changesApplied, changesOf, restoreOriginals } from '../../record/changes.ts';
import { checkColumns } from '../../record/column-rules.ts';
import type { RecordErrors } from '../../record/errors.ts';
import { errorsOf } from '../../record/errors-of.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { isLoaded, rawForDatabase, readValue, requireNotReadOnly, writeValue } from '../../record/values.ts';
import { everyChange, saveWithoutStatement, virtualSave, withVirtual } from '../../record/virtual-save.ts';
import { sendWrite } from '../../relation/gathering.ts';
import { restoringOf } from '../../relation/removal.ts';
import type { Associations, ReadySource, Source } from '../../relation/source.ts';
import type { Scalar } from '../../types/type.ts';
import { countingUp, nextVersion, refuseUnwritten, versionScalar, versionToFind } from '../locking/lock-version.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { knownRules } from '../validation/rules.ts';
import { refuse } from '../validation/validate.ts';
import { addConstraintErrors } from './constraint-errors.ts';
import { isEmpty, isLeftToDatabase, keysToMake, makeKeys, readGenerated, stamp, takeGenerated } from './filled-in.ts';
import { keyOf } from './row-key.ts';
import { inTurn } from './turns.ts';

const prepared = { prepared: true, bigints: true };

/**
 * Writes the row of a new record.
 *
 * @param found - what is known to be wrong: it is told together with what the columns cannot hold
 */
export function insertRow(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  found: RecordErrors | undefined,
): Promise<void> {
  const keys = keysToMake(record, ready.attributes);
  if (keys.length > 0) return insertWithKeys(source, record, ready, found, keys);
  // Handed on as it is: a lone INSERT is to cost no turn more than its statement.
  return sendInsert(source, record, ready, fillIn(record, ready.attributes), found);
}

async function insertWithKeys(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  found: RecordErrors | undefined,
  keys: readonly Attribute[],
): Promise<void> {
  await makeKeys(record, keys);
  await sendInsert(source, record, ready, [...keys, ...fillIn(record, ready.attributes)], found);
}

/** Gives a new record its timestamps and its lock version, where it has none. */
function fillIn(record: RecordState, { createdAt, updatedAt, lockVersion }: AttributeSet): readonly Attribute[] {
  const stamped = stamp(record, [createdAt, updatedAt].filter(isEmpty(record)));
  if (lockVersion === undefined || readValue(record, lockVersion) !== null) return stamped;
  writeValue(record, lockVersion, lockVersion.type.kind === 'bigint' ? 0n : 0);
  return [...stamped, lockVersion];
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
    const alone = () => connection.run(statements.insert(written, values, returning), prepared, 'write');
    const insert = () => sendWrite(record, { kind: 'insert', ready, written, values, missing, alone });
    const outcome = await (needsTransactionForSave(associations)
      ? writeWithParents(record, associations, 'create', insert)
      : insert());
    // One that was sent with others has all that the database has filled in, whether it can return it or not.
    const isReturned = outcome.rows.length > 0;
    takeGenerated(record, missing, outcome, isReturned);
    changesApplied(record, written, values, dialect);
    virtual?.applied(record);
    const life = lifeOf(record);
    life.isNew = false;
    write?.applied();
    const unread = isReturned ? [] : missing.filter((attribute) => !attribute.autoIncrement);
    if (unread.length > 0) await readGenerated(record, ready, unread);
    for (const attribute of missing) {
      const value = readValue(record, attribute);
      if (value !== null) changes[attribute.name] = [null, value];
    }
    life.previousChanges = Object.freeze(changes);
    write?.applied();
  });
}

/** Writes what has changed to the row of a record. See {@link insertRow}. */
export function updateRow(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  found: RecordErrors | undefined,
): Promise<void> {
  const update = () => updateNow(source, record, ready, found);
  // Each has to find the version that the one before has made.
  return ready.attributes.lockVersion === undefined ? update() : inTurn(record, ready, update);
}

async function updateNow(
  source: Source<RecordState>,
  record: RecordState,
  ready: ReadySource,
  found: RecordErrors | undefined,
): Promise<void> {
  const { associations } = source;
  const model = asModel(source.model);
  const { attributes, connection, statements } = ready;
  record[lifeKey]?.errors?.clear();
  const changed = changedAttributes(record, attributes);
  if (changed.length === 0) {
    if (found !== undefined) refuse(model, record, found);
    saveWithoutStatement(record, attributes, connection);
    return;
  }
  requireNotReadOnly(changed);
  const { updatedAt, lockVersion } = attributes;
  const version = lockVersion === undefined ? undefined : versionToFind(record, lockVersion);
  const stamped = updatedAt === undefined || changed.includes(updatedAt) ? [] : stamp(record, [updatedAt]);
  if (lockVersion !== undefined) writeValue(record, lockVersion, nextVersion(version));
  const filledIn = lockVersion === undefined ? stamped : [...stamped, lockVersion];
  const written = filledIn.length === 0 ? changed : changedAttributes(record, attributes);
  // Two saves of one millisecond: nothing is to be written there, and nobody has assigned it.
  if (updatedAt !== undefined && !written.includes(updatedAt)) restoreOriginals(record, attributes, stamped);
  const { dialect } = connection;
  const send = () =>
    sendChecked(model, record, ready, associations, stamped, toCheck(record, attributes, written), found, async () => {
      const saved = withVirtual(record, attributes, written);
      const values = saved.map((attribute) => rawForDatabase(record, attribute, dialect));
      const changes = changesOf(record, saved);
      const key = keyOf(model, record, attributes, ready);
      const expected = lockVersion === undefined ? undefined : versionScalar(version, lockVersion, dialect);
      if (expected !== undefined) key.push(expected);
      const write = writeInTransaction(connection, record)?.saving(record, saved, filledIn);
      const restoring = restoringOf(record);
      const sent = values.slice(0, written.length);
      const alone = () =>
        connection.run(statements.update(written, [...sent, ...key], restoring?.mark), prepared, 'write');
      const row = expected === undefined ? key : key.slice(0, -1);
      const update = () =>
        restoring === undefined
          ? sendWrite(record, { kind: 'update', ready, written, values: sent, key: row, version: expected, alone })
          : alone();
      const outcome = await (needsTransactionForSave(associations)
        ? writeWithParents(record, associations, 'update', update)
        : update());
      if (outcome.affectedRows === 0 && restoring !== undefined) restoring.hasMissed = true;
      if (outcome.affectedRows === 0) await refuseUnwritten(model, record, ready, 'update', expected);
      changesApplied(record, saved, values, dialect);
      lifeOf(record).previousChanges = Object.freeze(changes);
      write?.applied();
    });
  return lockVersion === undefined ? send() : countingUp(record, lockVersion, version, send);
}

/** One that becomes a record of another class needs what that class requires, changed or not. */
function toCheck(record: RecordState, { all }: AttributeSet, written: readonly Attribute[]): readonly Attribute[] {
  const isOther = written.some(({ typeRule }) => typeRule !== undefined);
  return isOther ? all.filter((attribute) => isLoaded(record, attribute)) : written;
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
