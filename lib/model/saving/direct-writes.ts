import { needsParents, touchParents } from '../../associations/upkeep/parent-writes.ts';
import { allOrNothing } from '../../connection/all-or-nothing.ts';
import { hideSensitive } from '../../connection/events.ts';
import { InvalidQuery, InvalidValue } from '../../errors/query.ts';
import { RecordDestroyed, RecordNotPersisted } from '../../errors/record.ts';
import { ValueOutOfRange } from '../../errors/statement.ts';
import { withOwnNames } from '../../record/aliases.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { CallbackSet } from '../../record/callbacks/callback.ts';
import { requireNoLoop } from '../../record/callbacks/chain.ts';
import { queueCommit } from '../../record/callbacks/commit.ts';
import { runAfter } from '../../record/callbacks/run.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import { heldBy, nothingHeld, settle } from '../../record/settle.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { versionPredicate } from '../../record/statements.ts';
import { refuseUntrusted } from '../../record/untrusted.ts';
import { computedError, isLoaded, readOnlyError } from '../../record/values.ts';
import { touched } from '../../relation/bulk.ts';
import { added, amountOf, incrementNode, opposite } from '../../relation/counters.ts';
import { requireFit } from '../../relation/insert-rows.ts';
import { isEncrypted, refuseEncrypted } from '../../relation/refuse-encrypted.ts';
import type { ReadySource } from '../../relation/source.ts';
import { type Compiled, compile } from '../../sql/compile.ts';
import type { Dialect } from '../../sql/dialect.ts';
import { bindNode, columnNode, conjunction, type Expression, type Predicate } from '../../sql/nodes.ts';
import { isEmptyInstance } from '../../support/empty-instance.ts';
import { storageOf } from '../../types/column-type.ts';
import { bigintRange, integerRange } from '../../types/numbers.ts';
import { longTextType } from '../../types/text.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { callbacksOf } from '../callbacks/registered.ts';
import { nextVersion, refuseUnwritten, versionScalar } from '../locking/lock-version.ts';
import { ready as readyOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';
import { sourceOf } from '../relation-class.ts';
import { gone, keyOf, requireWritable } from './row-key.ts';
import { inTurn } from './turns.ts';

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
  if (attribute.readOnly) throw readOnlyError(attribute);
  const given = amountOf(attribute, by, dialect, what);
  const amount = what === 'increment' ? given : opposite(attribute, given);
  const others = stamps(ready, options, what);
  await inTurn(record, ready, () => {
    const asks = dialect.features.updateReturning === true || !isLoaded(record, attribute);
    const after = asks
      ? undefined
      : (attribute.type as Type).serialize(added(attribute, originalValue(record, attribute), amount), dialect);
    const value = incrementNode(attribute, amount);
    const limits = limitsOf(attribute, value, dialect);
    const guard = limits && { predicate: limits, refuse: outOfRange(attribute) };
    return send(model, record, ready, [{ attribute, value, after }, ...others], guard);
  });
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
  if (attribute.readOnly) throw readOnlyError(attribute);
  refuseEncrypted(attribute, 'toggle cannot turn it');
  if (attribute.type.kind !== 'boolean')
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}; toggle needs a boolean.`);
  const others = stamps(ready, options, 'toggle');
  const value: Expression = {
    kind: 'raw',
    parts: ['NOT COALESCE(', ', FALSE)'],
    values: [columnNode(attribute.column)],
  };
  await inTurn(record, ready, () => {
    const asks = dialect.features.updateReturning === true || !isLoaded(record, attribute);
    const after = asks
      ? undefined
      : (attribute.type as Type).serialize(originalValue(record, attribute) !== true, dialect);
    return send(model, record, ready, [{ attribute, value, after }, ...others]);
  });
}

/** That the new value is one which `save` would take; undefined where the column's own type sees to it. */
function limitsOf(attribute: Attribute, value: Expression, { features }: Dialect): Predicate | undefined {
  const type = storageOf(attribute.type);
  const wider = !features.unsigned && (type.kind === 'tinyint' || ('unsigned' in type && type.unsigned));
  if (features.enforcesLength && !wider) return undefined;
  const between = (min: number | bigint, max: number | bigint): Predicate => ({
    kind: 'raw',
    parts: ['(', `) BETWEEN ${min} AND ${max}`],
    values: [value],
  });
  switch (type.kind) {
    case 'id':
    case 'key':
    case 'integer':
    case 'smallint':
    case 'tinyint':
      return between(...integerRange(type));
    case 'bigint':
      // A signed one overflows by itself, everywhere.
      return type.unsigned ? between(...bigintRange(type)) : undefined;
    case 'decimal':
      return { kind: 'raw', parts: ['ABS(', `) < 1e${type.precision - type.scale}`], values: [value] };
    case 'float':
      return between(-greatestFloat, greatestFloat);
    case 'double':
      return between(-Number.MAX_VALUE, Number.MAX_VALUE);
    default:
      return undefined;
  }
}

const greatestFloat = 3.4028234663852886e38;

/** `user.touch('lastSeenAt')`: and what it belongs to with `touch`. */
export async function touchRecord(model: ModelClass, record: RecordState, names: readonly unknown[]): Promise<void> {
  const pending = readyFor(model, record, 'touch');
  const ready = pending instanceof Promise ? await pending : pending;
  const moment = names.map((name) => ready.attributes.get(name)).find(({ readOnly }) => readOnly);
  if (moment !== undefined) throw readOnlyError(moment);
  const writes = moments(ready, touched(ready.attributes, names, 'touch'));
  const { associations } = sourceOf(model);
  const callbacks = touchingCallbacks(model);
  if (callbacks !== undefined) requireNoLoop(record, 'touch', model.name);
  const isMore = callbacks !== undefined || (await needsParents(record, associations, 'touch'));
  if (!isMore) return sendTouch(model, record, ready, writes);
  await allOrNothing(
    ready.connection,
    async () => {
      // In the order of a save: two at once do not wait for each other.
      await touchParents(record, associations, () => sendTouch(model, record, ready, writes));
      if (callbacks === undefined) return;
      queueCommit(callbacks, record, ready.connection, 'update');
      await runAfter(callbacks.after('touch'), record, model.name);
    },
    { join: true },
  );
}

function touchingCallbacks(model: ModelClass): CallbackSet | undefined {
  const callbacks = callbacksOf(model);
  return callbacks?.onTouch === true ? callbacks : undefined;
}

/** Whoever has loaded the record before is told that it was changed since, as after a save. */
async function sendTouch(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  writes: readonly ColumnWrite[],
): Promise<void> {
  const { lockVersion } = ready.attributes;
  if (lockVersion === undefined) return send(model, record, ready, writes);
  await inTurn(record, ready, () => {
    const version = originalValue(record, lockVersion);
    const next = columnWrite(lockVersion, nextVersion(version), ready.connection.dialect);
    const predicate = versionPredicate(lockVersion, version ?? 0);
    const expected = versionScalar(version, lockVersion, ready.connection.dialect);
    const refuse = () => refuseUnwritten(model, record, ready, 'touch', expected);
    return send(model, record, ready, [...writes, next], { predicate, refuse });
  });
}

/** `user.updateColumns({ age: 37 })`. */
export async function writeColumns(model: ModelClass, record: RecordState, given: unknown): Promise<void> {
  const pending = readyFor(model, record, 'updateColumns');
  const ready = pending instanceof Promise ? await pending : pending;
  const { attributes, connection } = ready;
  refuseUntrusted(given, 'updateColumns');
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isEmptyInstance(given))
    throw new InvalidQuery('updateColumns takes an object of values by attribute.');
  const writes = Object.entries(withOwnNames(attributes, given)).map(([name, value]): ColumnWrite => {
    const attribute = attributes.get(name);
    if (attribute.computed) throw computedError(attribute);
    if (attribute.readOnly) throw readOnlyError(attribute);
    const cast: unknown = value === null ? null : attribute.type.cast(value, attribute);
    if (cast === null && !attribute.nullable)
      throw new InvalidValue(`updateColumns: ${attribute.label} is required and cannot be null.`);
    attribute.typeRule?.checkRecord(record, cast);
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
  const after = value === null ? null : type.serialize(value, encoding);
  // Encrypted again it would be another text than the one that is remembered.
  const isSent = isEncrypted(attribute) && after !== null;
  return {
    attribute,
    value: isSent ? bindNode(after, longTextType, true) : bindNode(value, type, attribute.sensitive),
    after,
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

/** What has to be true of the row beside its key, and what is said where it is not. */
interface Guard {
  readonly predicate: Predicate;
  readonly refuse: (statement: Compiled) => unknown;
}

async function send(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  writes: readonly ColumnWrite[],
  guard?: Guard,
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
      where: guard === undefined ? where : conjunction([where, guard.predicate]),
      returning: asked.map(({ attribute }) => attribute.column),
    },
    dialect,
  );
  // What was assigned while an increment waited for its turn stays a change.
  const before = writes.map(({ attribute, value }) =>
    value.kind !== 'bind' && attributeChanged(record, attribute) ? nothingHeld : heldBy(record, attribute),
  );
  const write = writeInTransaction(connection, record)?.setting(
    record,
    writes.map(({ attribute }) => attribute),
  );
  const outcome = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  const [row] = outcome.rows;
  if (outcome.affectedRows === 0 && row === undefined) {
    if (guard !== undefined && (await isThere(ready, where))) await guard.refuse(statement);
    throw gone(model, record, attributes);
  }
  writes.forEach(({ attribute, after }, index) => {
    const raw = after ?? row?.[attribute.column];
    const held = before[index];
    // An attribute that was not selected, of a database that does not tell, stays unread.
    if (held === undefined || (raw === undefined && after === undefined)) return;
    settle(record, attribute, raw ?? null, held);
  });
  write?.applied();
}

async function isThere({ attributes, connection }: ReadySource, where: Predicate): Promise<boolean> {
  const one = { expression: { kind: 'raw' as const, parts: ['1'], values: [] }, alias: 'one' };
  const statement = compile(
    {
      kind: 'select',
      distinct: false,
      columns: [one],
      from: { table: attributes.tableName },
      where,
      order: [],
      limit: undefined,
      offset: undefined,
    },
    connection.dialect,
  );
  return (await connection.run(statement, { prepared: false, bigints: false }, 'read')).rows.length > 0;
}

const outOfRange =
  ({ label, column }: Attribute) =>
  ({ sql, binds, sensitive }: Compiled): never => {
    throw new ValueOutOfRange(`${label} would be out of range; the row was left as it is.`, {
      sql,
      binds: hideSensitive(binds, sensitive),
      cause: undefined,
      columns: [column],
    });
  };
