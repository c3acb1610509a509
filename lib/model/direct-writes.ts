import { InvalidQuery, InvalidValue } from '../errors/query.ts';
import { RecordDestroyed, RecordNotPersisted } from '../errors/record.ts';
import type { Attribute } from '../record/attribute.ts';
import { attributeChanged } from '../record/changes.ts';
import { heldBy, settle } from '../record/settle.ts';
import { lifeKey, type RecordState } from '../record/state.ts';
import { computedError, isLoaded, readValue } from '../record/values.ts';
import { touched } from '../relation/bulk.ts';
import { added, amountOf, incrementNode, opposite } from '../relation/counters.ts';
import { requireFit } from '../relation/insert-rows.ts';
import type { ReadySource } from '../relation/source.ts';
import { compile } from '../sql/compile.ts';
import { bindNode, columnNode, conjunction, type Expression } from '../sql/nodes.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import type { Scalar, Type } from '../types/type.ts';
import { ready as readyOf } from './metadata.ts';
import type { ModelClass } from './model-class.ts';
import { gone, keyOf, requireWritable } from './save.ts';

// Writes to one row past the save pipeline: one UPDATE, no validations, no callbacks, and no other column than asked.

interface ColumnWrite {
  readonly attribute: Attribute;
  readonly value: Expression;
  /** What the row has then, where the program knows it; otherwise the database is asked, if it can tell. */
  readonly after: Scalar | undefined;
}

/** `user.increment('visits')`, and with its opposite `user.decrement('visits')`. */
export async function incrementRecord(
  model: ModelClass,
  record: RecordState,
  what: 'increment' | 'decrement',
  name: unknown,
  by: unknown,
  options: unknown,
): Promise<void> {
  const pending = readyFor(model, record, what);
  const ready = pending instanceof Promise ? await pending : pending;
  const { dialect } = ready.connection;
  const attribute = unchanged(ready, record, name, what);
  const given = amountOf(attribute, by, dialect, what);
  const amount = what === 'increment' ? given : opposite(attribute, given);
  const asks = dialect.features.updateReturning === true || !isLoaded(record, attribute);
  const after = asks
    ? undefined
    : (attribute.type as Type).serialize(added(attribute, readValue(record, attribute), amount), dialect);
  const write = { attribute, value: incrementNode(attribute, amount), after };
  await send(model, record, ready, [write, ...stamps(ready, options, what)]);
}

/** `user.toggle('active')`. */
export async function toggleRecord(
  model: ModelClass,
  record: RecordState,
  name: unknown,
  options: unknown,
): Promise<void> {
  const pending = readyFor(model, record, 'toggle');
  const ready = pending instanceof Promise ? await pending : pending;
  const { dialect } = ready.connection;
  const attribute = unchanged(ready, record, name, 'toggle');
  if (attribute.computed) throw computedError(attribute);
  if (attribute.type.kind !== 'boolean')
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}; toggle needs a boolean.`);
  const asks = dialect.features.updateReturning === true || !isLoaded(record, attribute);
  const after = asks ? undefined : attribute.type.serialize(readValue(record, attribute) !== true, dialect);
  const value: Expression = {
    kind: 'raw',
    parts: ['NOT COALESCE(', ', FALSE)'],
    values: [columnNode(attribute.column)],
  };
  await send(model, record, ready, [{ attribute, value, after }, ...stamps(ready, options, 'toggle')]);
}

/** `user.touch('lastSeenAt')`. */
export async function touchRecord(model: ModelClass, record: RecordState, names: readonly unknown[]): Promise<void> {
  const pending = readyFor(model, record, 'touch');
  const ready = pending instanceof Promise ? await pending : pending;
  await send(model, record, ready, moments(ready, touched(ready.attributes, names, 'touch')));
}

/** `user.updateColumns({ age: 37 })`. */
export async function writeColumns(model: ModelClass, record: RecordState, given: unknown): Promise<void> {
  const pending = readyFor(model, record, 'updateColumns');
  const ready = pending instanceof Promise ? await pending : pending;
  const { attributes, connection } = ready;
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isEmptyInstance(given))
    throw new InvalidQuery('updateColumns takes an object of values by attribute.');
  const writes = Object.entries(given).map(([name, value]): ColumnWrite => {
    const attribute = attributes.get(name);
    if (attribute.computed) throw computedError(attribute);
    if (value === null && !attribute.nullable)
      throw new InvalidValue(`updateColumns: ${attribute.label} is required and cannot be null.`);
    const cast: unknown = value === null ? null : attribute.type.cast(value, attribute);
    if (cast !== null) requireFit(attribute, cast, 'updateColumns: ');
    return columnWrite(attribute, cast, connection.dialect);
  });
  if (writes.length === 0) throw new InvalidQuery('updateColumns was given no values.');
  await send(model, record, ready, writes);
}

function columnWrite(
  attribute: Attribute,
  value: unknown,
  encoding: ReadySource['connection']['dialect'],
): ColumnWrite {
  const type = attribute.type as Type;
  return {
    attribute,
    value: bindNode(value, type, attribute.sensitive),
    after: value === null ? null : type.serialize(value, encoding),
  };
}

/** At once where it can be, so that what is assigned while the statement is under way is told from what was before. */
function readyFor(model: ModelClass, record: RecordState, what: string): ReadySource | Promise<ReadySource> {
  const life = record[lifeKey];
  if (life?.isDestroyed === true) {
    throw new RecordDestroyed(`This ${model.name} has been destroyed, so ${what} has no row to write to.`, {
      hint: 'Make a new record of its attributes.',
    });
  }
  if (life?.isNew === true) {
    throw new RecordNotPersisted(`This ${model.name} has not been saved, so ${what} has no row to write to.`, {
      hint: 'Assign the value and save it.',
    });
  }
  requireWritable(model, record);
  return readyOf(model);
}

/** What was assigned to the attribute would be lost, or would undo the write with the next save. */
function unchanged({ attributes }: ReadySource, record: RecordState, name: unknown, what: string): Attribute {
  const attribute = attributes.get(name);
  if (!attributeChanged(record, attribute)) return attribute;
  throw new InvalidQuery(`${attribute.label} has a change that is not saved, which ${what} would lose.`, {
    hint: `Save it first, or take it back: restoreAttributes(['${attribute.name}']).`,
  });
}

function stamps(ready: ReadySource, options: unknown, what: string): ColumnWrite[] {
  if (options === undefined) return [];
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : ['?'];
  const touch: unknown = names.length === 1 ? Reflect.get(Object(options), 'touch') : undefined;
  if (names.some((name) => name !== 'touch') || (touch !== undefined && typeof touch !== 'boolean'))
    throw new InvalidQuery(`${what} has one option: { touch: true }.`);
  return touch === true ? moments(ready, touched(ready.attributes, [], what)) : [];
}

function moments({ connection }: ReadySource, attributes: readonly Attribute[]): ColumnWrite[] {
  const now = new Date();
  return attributes.map((attribute) => columnWrite(attribute, attribute.type.cast(now, attribute), connection.dialect));
}

async function send(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  writes: readonly ColumnWrite[],
): Promise<void> {
  const { attributes, connection } = ready;
  const { dialect } = connection;
  const key = keyOf(model, record, attributes, ready);
  const where = conjunction(
    attributes.keys.map((attribute, index) => ({
      kind: 'comparison',
      operator: '=',
      left: columnNode(attribute.column),
      right: bindNode(
        (attribute.type as Type).deserialize(key[index] ?? null),
        attribute.type as Type,
        attribute.sensitive,
      ),
    })),
  );
  const asked = dialect.features.updateReturning === true ? writes.filter(({ after }) => after === undefined) : [];
  const statement = compile(
    {
      kind: 'update',
      table: attributes.tableName,
      set: writes.map(({ attribute, value }) => ({ column: attribute.column, value })),
      where,
      returning: asked.map(({ attribute }) => attribute.column),
    },
    dialect,
  );
  const before = writes.map(({ attribute }) => heldBy(record, attribute));
  const outcome = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  const [row] = outcome.rows;
  if (outcome.affectedRows === 0 && row === undefined) throw gone(model, record, attributes);
  writes.forEach(({ attribute, after }, index) => {
    const raw = after ?? row?.[attribute.column];
    const held = before[index];
    // An attribute that was not selected, of a database that does not tell, stays unread.
    if (held === undefined || (raw === undefined && after === undefined)) return;
    settle(record, attribute, raw ?? null, held);
  });
}
