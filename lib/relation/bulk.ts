import { CapabilityMissing, EveryRowRequired, InvalidQuery } from '../errors/query.ts';
import { withOwnNames } from '../record/aliases.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import { computedError } from '../record/values.ts';
import { compile } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import { type AssignmentNode, bindNode, columnNode, type Predicate, type SelectStatement } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import type { Type } from '../types/type.ts';
import { checkCapabilities } from './capabilities.ts';
import { amountOf, incrementNode } from './counters.ts';
import { requireFit } from './insert-rows.ts';
import { readsTable } from './named-tables.ts';
import {
  conditionsBySource,
  isNone,
  isOneTable,
  type QueryState,
  selectStatement,
  wherePredicate,
} from './query-state.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';
import type { ReadySource } from './source.ts';

const textual = { prepared: false, bigints: false };

/** Writes to every row of a query in one statement; tells how many there were. */
export async function updateAll(
  ready: ReadySource,
  state: QueryState,
  values: unknown,
  options: unknown,
): Promise<number> {
  const { attributes } = ready;
  requireConditions(state, attributes, options, 'updateAll', 'values, ');
  const entries = entriesOf(attributes, values, 'updateAll takes an object of values by attribute.');
  if (entries.length === 0) throw new InvalidQuery('updateAll was given no values.');
  const set = entries.map(([name, value]) => assignment(attributes.get(name), value, 'updateAll'));
  const { updatedAt } = attributes;
  if (updatedAt !== undefined && !entries.some(([name]) => name === updatedAt.name))
    set.push(assignment(updatedAt, new Date(), 'updateAll'));
  return update(ready, state, expressionsFirst(set));
}

/** MySQL shows an expression what the assignments before it have written: it is to see the row as it was. */
export function expressionsFirst(set: readonly AssignmentNode[]): readonly AssignmentNode[] {
  const isPlain = ({ value }: AssignmentNode) => value.kind === 'bind' || value.kind === 'excluded';
  return [...set.filter((each) => !isPlain(each)), ...set.filter(isPlain)];
}

function entriesOf(attributes: AttributeSet, values: unknown, message: string): [string, unknown][] {
  refuseUntrusted(values, message.split(' ', 1)[0] ?? '');
  if (typeof values !== 'object' || values === null || Array.isArray(values) || isEmptyInstance(values))
    throw new InvalidQuery(message);
  return Object.entries(withOwnNames(attributes, values));
}

async function update(ready: ReadySource, state: QueryState, set: readonly AssignmentNode[]): Promise<number> {
  const { connection, attributes } = ready;
  const { dialect } = connection;
  const where = rowsPredicate(ready, state, dialect);
  if (isNone(state)) return 0;
  const statement = compile({ kind: 'update', table: attributes.tableName, set, where }, dialect);
  return (await connection.run(statement, { ...textual, limits: state.limits }, 'write')).affectedRows;
}

/** A column with the value, or expression, that it is to get. */
export function assignment(attribute: Attribute, value: unknown, what: string): AssignmentNode {
  if (attribute.computed) throw computedError(attribute);
  const fragment = Sql.nodeOf(value);
  if (fragment !== undefined) refuseEncrypted(attribute, 'an expression would be written as it is, for all to read');
  if (fragment !== undefined) return { column: attribute.column, value: fragment };
  const cast: unknown = value === null ? null : attribute.type.cast(value, attribute);
  attribute.typeRule?.checkKnown(cast);
  if (cast !== null) requireFit(attribute, cast, `${what}: `);
  return { column: attribute.column, value: bindNode(cast, attribute.type as Type, attribute.sensitive) };
}

/** Sets `updatedAt`, and the named moments, of every row to now. */
export async function touchAll(ready: ReadySource, state: QueryState, given: readonly unknown[]): Promise<number> {
  const last = given.at(-1);
  const options = typeof last === 'object' && last !== null ? last : undefined;
  requireConditions(state, ready.attributes, options, 'touchAll', '');
  const names = options === undefined ? given : given.slice(0, -1);
  const now = new Date();
  const set = touched(ready.attributes, names, 'touchAll').map((attribute) => assignment(attribute, now, 'touchAll'));
  return update(ready, state, set);
}

/** The moments that a touch sets: `updatedAt` where there is one, and those that are named. */
export function touched(attributes: AttributeSet, names: readonly unknown[], what: string): readonly Attribute[] {
  const named = names.map((name) => attributes.get(name));
  for (const attribute of named) {
    if (attribute.computed) throw computedError(attribute);
    if (attribute.type.kind !== 'datetime')
      throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}; ${what} sets moments.`);
  }
  const { updatedAt } = attributes;
  const all = new Set(updatedAt === undefined ? named : [updatedAt, ...named]);
  if (all.size > 0) return [...all];
  throw new InvalidQuery(`${attributes.modelName} has no updatedAt, so ${what} needs the name of a moment.`);
}

/** Adds to counters of every row, each from what it is in the database. */
export async function updateCounters(
  ready: ReadySource,
  state: QueryState,
  counters: unknown,
  options: unknown,
): Promise<number> {
  const { attributes, connection } = ready;
  requireConditions(state, attributes, options, 'updateCounters', 'counters, ');
  const entries = entriesOf(attributes, counters, 'updateCounters takes an object of amounts by attribute.');
  if (entries.length === 0) throw new InvalidQuery('updateCounters was given no counters.');
  const set: AssignmentNode[] = entries.map(([name, by]) => {
    const attribute = attributes.get(name);
    const amount = amountOf(attribute, by, connection.dialect, 'updateCounters');
    return { column: attribute.column, value: incrementNode(attribute, amount) };
  });
  if (option(options, 'touch') === true) {
    const now = new Date();
    set.push(...touched(attributes, [], 'touch').map((attribute) => assignment(attribute, now, 'updateCounters')));
  }
  return update(ready, state, set);
}

/** Deletes every row of a query in one statement, without callbacks; tells how many there were. */
export async function deleteAll(
  ready: ReadySource,
  state: QueryState,
  options: unknown,
  what = 'deleteAll',
): Promise<number> {
  const { connection, attributes } = ready;
  requireConditions(state, attributes, options, what, '');
  const where = rowsPredicate(ready, state, connection.dialect);
  if (isNone(state)) return 0;
  const statement = compile({ kind: 'delete', table: attributes.tableName, where }, connection.dialect);
  return (await connection.run(statement, { ...textual, limits: state.limits }, 'write')).affectedRows;
}

function option(options: unknown, name: string): unknown {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, name)) return undefined;
  return Reflect.get(options, name);
}

/**
 * No condition is a mistake more often than an intention: then the whole table has to be asked for by name.
 *
 * @param before - what stands in front of the options in a call of that method
 */
export function requireConditions(
  state: QueryState,
  attributes: AttributeSet,
  options: unknown,
  what: string,
  before: string,
): void {
  // What a default scope asks for, nobody has asked for here.
  const where = wherePredicate({ ...state, where: conditionsBySource(state).own }, attributes);
  if ((where !== undefined && !holdsForEveryRow(where)) || state.limit !== undefined || isNone(state)) return;
  if (option(options, 'everyRow') === true) return;
  const isBy = what.endsWith('By');
  throw new EveryRowRequired(`${what} has no condition and would write to every row.`, {
    hint: isBy
      ? `Give it one; for every row there is ${what.replace(/By$/, 'All')}({ everyRow: true }).`
      : `Add where(…), or say so: ${what}(${before}{ everyRow: true }).`,
  });
}

/** `where({})` and `where({ id: not([]) })` are conditions in form only. */
function holdsForEveryRow(predicate: Predicate): boolean {
  if (predicate.kind === 'and') return predicate.operands.every(holdsForEveryRow);
  if (predicate.kind === 'or') return predicate.operands.some(holdsForEveryRow);
  if (predicate.kind === 'constant') return predicate.value;
  if (predicate.kind === 'not') return holdsForNoRow(predicate.operand);
  return predicate.kind === 'membership' && predicate.negated && predicate.values.length === 0;
}

function holdsForNoRow(predicate: Predicate): boolean {
  if (predicate.kind === 'and') return predicate.operands.some(holdsForNoRow);
  if (predicate.kind === 'or') return predicate.operands.every(holdsForNoRow);
  if (predicate.kind === 'constant') return !predicate.value;
  if (predicate.kind === 'not') return holdsForEveryRow(predicate.operand);
  return predicate.kind === 'membership' && !predicate.negated && predicate.values.length === 0;
}

function rowsPredicate(ready: ReadySource, state: QueryState, dialect: Dialect): Predicate | undefined {
  const { attributes } = ready;
  const statement = selectStatement(state, attributes);
  checkCapabilities(statement, attributes, dialect);
  const where = wherePredicate(state, attributes);
  const isWhole = state.limit === undefined && state.offset === undefined && isOneTable(state);
  if (isWhole && (where === undefined || !readsTable(where, attributes.tableName))) return where;
  const [key] = attributes.keys;
  if (key === undefined || (attributes.keys.length > 1 && !isWhole)) {
    throw new CapabilityMissing(
      `${attributes.modelName} has no key of one column, so a limited update or delete cannot name its rows.`,
      { hint: 'Leave out limit, offset and joins.' },
    );
  }
  const keyColumns = attributes.keys.map(({ column }) => ({ expression: columnNode(column), alias: undefined }));
  // Each row once: MySQL reads the rows before it writes any only where they are more than a part of the table.
  const asked = { ...state, distinct: isWhole, ...(isWhole ? { order: [], reversed: false } : {}) };
  const rows = { ...selectStatement(asked, attributes, keyColumns), lock: undefined };
  // Wrapped once more, because MySQL takes neither a LIMIT inside IN nor the table that is being written.
  const wrapped: SelectStatement = {
    kind: 'select',
    columns: keyColumns,
    distinct: false,
    from: { select: rows, alias: 'limited' },
    where: undefined,
    order: [],
    limit: undefined,
    offset: undefined,
  };
  const keys = attributes.keys.map(({ column }) => columnNode(column));
  if (keys.length === 1) return { kind: 'raw', parts: ['', ' IN (', ')'], values: [...keys, wrapped] };
  const separators = keys.slice(1).map(() => ', ');
  return { kind: 'raw', parts: ['(', ...separators, ') IN (', ')'], values: [...keys, wrapped] };
}
