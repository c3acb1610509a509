import type { Outcome } from '../adapters/contract.ts';
import {
  ReadOnlyRecord,
  RecordDestroyed,
  RecordInvalid,
  RecordNotFound,
  RecordNotPersisted,
} from '../errors/record.ts';
import { ConstraintViolation } from '../errors/statement.ts';
import { type Attribute, type AttributeSet, makesKey } from '../record/attribute.ts';
import { changedAttributes, changesApplied, changesOf, originalValue, restoreOriginals } from '../record/changes.ts';
import { checkColumns } from '../record/column-rules.ts';
import { RecordErrors } from '../record/errors.ts';
import { writeInTransaction } from '../record/snapshot.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey } from '../record/state.ts';
import { rawForDatabase, readValue, writeValue } from '../record/values.ts';
import type { ReadySource } from '../relation/source.ts';
import type { Scalar, Type } from '../types/type.ts';
import { addConstraintErrors } from './constraint-errors.ts';
import { ready as readyOf } from './metadata.ts';
import type { ModelClass } from './model-class.ts';

const prepared = { prepared: true, bigints: true };

/**
 * Saves a record, in this order: guard, generated key and timestamps, what the columns can hold, INSERT or UPDATE of
 * what changed, values that the database made, changes applied. A lone statement is its own transaction.
 */
export async function saveRecord(model: ModelClass, record: RecordState): Promise<void> {
  if (record[lifeKey]?.isDestroyed === true) {
    throw new RecordDestroyed(`This ${model.name} has been destroyed and cannot be saved.`, {
      hint: 'Make a new record of its attributes.',
    });
  }
  requireWritable(model, record);
  const ready = await readyOf(model);
  const isNew = record[lifeKey]?.isNew === true;
  if (isNew) await insertRecord(model, record, ready);
  else await updateRecord(model, record, ready);
}

/** @throws ReadOnlyRecord (`AR_RECORD_READ_ONLY`) */
export function requireWritable(model: ModelClass, record: RecordState): void {
  if (record[lifeKey]?.isReadOnly !== true) return;
  throw new ReadOnlyRecord(`This ${model.name} was loaded by a query with readonly().`, {
    hint: 'Load it again without readonly() to change it.',
  });
}

async function insertRecord(model: ModelClass, record: RecordState, ready: ReadySource): Promise<void> {
  const { attributes, connection, statements } = ready;
  const filledIn = [
    ...(await makeKeys(record, attributes)),
    ...stamp(record, [attributes.createdAt, attributes.updatedAt].filter(isEmpty(record))),
  ];
  const { dialect } = connection;
  const written: Attribute[] = [];
  const missing: Attribute[] = [];
  const values: Scalar[] = [];
  await sendChecked(model, record, ready, filledIn, attributes.all, async () => {
    for (const attribute of attributes.all) {
      const value = attribute.computed ? null : rawForDatabase(record, attribute, dialect);
      if (value === null && isLeftToDatabase(record, attribute)) missing.push(attribute);
      else {
        written.push(attribute);
        values.push(value);
      }
    }
    const changes = changesOf(record, changedAttributes(record, attributes));
    const told =
      dialect.features.reportsInsertId === true && missing.length === 1 && missing[0]?.autoIncrement === true;
    const returning = told || !dialect.features.returning ? [] : missing;
    const write = writeInTransaction(connection, record)?.saving(record, attributes.all, filledIn, missing);
    const outcome = await connection.run(statements.insert(written, values, returning), prepared, 'write');
    takeGenerated(record, missing, outcome, returning.length > 0);
    changesApplied(record, written, values, dialect);
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

/** What nobody gave a value is the database's to fill in; a null that was assigned is meant. */
function isLeftToDatabase(record: RecordState, attribute: Attribute): boolean {
  if (attribute.computed || attribute.autoIncrement) return true;
  return attribute.databaseDefault && record[lifeKey]?.originals?.has(attribute.column) !== true;
}

async function updateRecord(model: ModelClass, record: RecordState, ready: ReadySource): Promise<void> {
  const { attributes, connection, statements } = ready;
  record[lifeKey]?.errors?.clear();
  const changed = changedAttributes(record, attributes);
  if (changed.length === 0) {
    if (record[lifeKey] !== undefined) lifeOf(record).previousChanges = undefined;
    return;
  }
  const { updatedAt } = attributes;
  const stamped = updatedAt === undefined || changed.includes(updatedAt) ? [] : stamp(record, [updatedAt]);
  const written = stamped.length === 0 ? changed : changedAttributes(record, attributes);
  // Two saves of one millisecond: nothing is to be written there, and nobody has assigned it.
  if (written.length === changed.length) restoreOriginals(record, attributes, stamped);
  const { dialect } = connection;
  await sendChecked(model, record, ready, stamped, written, async () => {
    const values = written.map((attribute) => rawForDatabase(record, attribute, dialect));
    const changes = changesOf(record, written);
    const key = keyOf(model, record, attributes, ready);
    const write = writeInTransaction(connection, record)?.saving(record, written, stamped);
    const outcome = await connection.run(statements.update(written, [...values, ...key]), prepared, 'write');
    if (outcome.affectedRows === 0) throw gone(model, record, attributes);
    changesApplied(record, written, values, dialect);
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
  filledIn: readonly Attribute[],
  written: readonly Attribute[],
  send: () => Promise<void>,
): Promise<void> {
  try {
    const errors = errorsOf(record);
    errors.clear();
    checkColumns(record, written, errors);
    if (!errors.isEmpty) throw new RecordInvalid(model.name, record, errors);
    await send();
  } catch (error) {
    restoreOriginals(record, ready.attributes, filledIn);
    if (!(error instanceof ConstraintViolation)) throw error;
    const errors = errorsOf(record);
    await addConstraintErrors(record, ready, error, errors);
    throw new RecordInvalid(model.name, record, errors, error);
  }
}

/** Deletes the row of a record. A row that is gone already is what was wanted. */
export async function deleteRecord(model: ModelClass, record: RecordState): Promise<void> {
  requireWritable(model, record);
  const ready = await readyOf(model);
  const life = record[lifeKey];
  const write = writeInTransaction(ready.connection, record)?.destroying(record);
  if (life?.isNew !== true && life?.isDestroyed !== true) {
    await ready.connection.run(
      ready.statements.delete(keyOf(model, record, ready.attributes, ready)),
      prepared,
      'write',
    );
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

/** Gives a new record the keys that the library makes; tells which. */
async function makeKeys(record: RecordState, attributes: AttributeSet): Promise<readonly Attribute[]> {
  const made = attributes.keys.filter((attribute) => makesKey(attribute) && readValue(record, attribute) === null);
  if (made.length === 0) return none;
  const { v7 } = await import('uuid');
  for (const attribute of made) writeValue(record, attribute, v7());
  return made;
}

const none: readonly Attribute[] = [];

function stamp(record: RecordState, stamped: readonly Attribute[]): readonly Attribute[] {
  const now = new Date();
  for (const attribute of stamped) writeValue(record, attribute, now);
  return stamped;
}

const isEmpty =
  (record: RecordState) =>
  (attribute: Attribute | undefined): attribute is Attribute =>
    attribute !== undefined && readValue(record, attribute) === null;

/** The errors of a record, made when they are first asked for. */
export function errorsOf(record: RecordState): RecordErrors {
  const life = lifeOf(record);
  life.errors ??= new RecordErrors();
  return life.errors;
}

function takeGenerated(record: RecordState, missing: readonly Attribute[], outcome: Outcome, returned: boolean): void {
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

async function readGenerated(record: RecordState, ready: ReadySource, unread: readonly Attribute[]): Promise<void> {
  const { statements, connection, attributes } = ready;
  const key = attributes.keys.map((attribute) => rawForDatabase(record, attribute, connection.dialect));
  const { rows } = await connection.run(
    statements.read(unread, key),
    { prepared: true, bigints: attributes.bigints },
    'read',
  );
  takeGenerated(record, unread, { rows, affectedRows: 0, insertId: undefined }, true);
}

/** The error about a row that is not there any more. */
export function gone(model: ModelClass, record: RecordState, attributes: AttributeSet): RecordNotFound {
  const keys = attributes.keys.map((attribute) => originalValue(record, attribute));
  return new RecordNotFound(
    `The row of this ${model.name} (${attributes.keys.map((key, index) => `${key.name} ${String(keys[index])}`).join(', ')}) is gone.`,
    {
      model: model.name,
      keys,
      hint: 'It was deleted after this record was loaded.',
    },
  );
}
