import { CapabilityMissing, EveryRowRequired, InvalidQuery, InvalidValue } from '../errors/query.ts';
import { type Attribute, type AttributeSet, makesKey } from '../record/attribute.ts';
import { defaultValue } from '../record/blank.ts';
import { columnProblem } from '../record/column-rules.ts';
import { computedError } from '../record/values.ts';
import { compile } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import {
  bindNode,
  columnNode,
  databaseDefault,
  type Expression,
  type InsertedValue,
  type Predicate,
} from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import type { Type } from '../types/type.ts';
import { checkCapabilities } from './capabilities.ts';
import { type QueryState, selectStatement, wherePredicate } from './query-state.ts';
import type { ReadySource } from './source.ts';

const textual = { prepared: false, bigints: false };
/** Large enough to make the round trip cheap, small enough for the server's packet limit with ordinary rows. */
const rowsPerStatement = 1000;

/** Inserts rows without making records of them: defaults and timestamps are filled in, callbacks and validations are not run. */
export async function insertAll(ready: ReadySource, given: readonly unknown[]): Promise<number> {
  const { connection, attributes } = ready;
  if (!Array.isArray(given)) throw new InvalidQuery('insertAll takes an array of attribute objects.');
  if (given.length === 0) return 0;
  const { dialect } = connection;
  const written = columnsToWrite(attributes, given);
  const makeKey = await keyMaker(written);
  const now = new Date();
  const rows = given.map((row, index) => insertedRow(attributes, written, row, index, dialect, now, makeKey));
  const sensitive = written.flatMap((attribute, index) => (attribute.sensitive ? [index] : []));
  const columns = written.map((attribute) => attribute.column);
  const size = Math.max(
    1,
    Math.min(rowsPerStatement, Math.floor(dialect.features.maxBinds / Math.max(1, columns.length))),
  );
  const insert = async () => {
    for (let start = 0; start < rows.length; start += size) {
      const chunk = rows.slice(start, start + size);
      const statement = {
        kind: 'insert' as const,
        table: attributes.tableName,
        columns,
        rows: chunk,
        sensitive,
        returning: [],
      };
      await connection.run(compile(statement, dialect), textual, 'write');
    }
  };
  // One statement is its own transaction.
  if (rows.length <= size) await insert();
  else await connection.transaction(insert, { join: true });
  return rows.length;
}

/** Columns that any row gives a value, and those that have a default of the program's. */
function columnsToWrite(attributes: AttributeSet, rows: readonly unknown[]): readonly Attribute[] {
  const given = new Set<string>();
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new InvalidQuery('insertAll takes an array of attribute objects.');
    for (const name of Object.keys(row)) {
      if (attributes.get(name).computed) throw computedError(attributes.get(name));
      given.add(name);
    }
  }
  return attributes.all.filter(
    (attribute) => !attribute.computed && (given.has(attribute.name) || filledIn(attribute, attributes)),
  );
}

function filledIn(attribute: Attribute, attributes: AttributeSet): boolean {
  if (attribute.autoIncrement || attribute.databaseDefault) return false;
  return (
    attribute.definition?.hasDefault === true ||
    !attribute.nullable ||
    attribute === attributes.createdAt ||
    attribute === attributes.updatedAt
  );
}

async function keyMaker(written: readonly Attribute[]): Promise<() => string> {
  if (!written.some(makesKey)) return () => '';
  const { v7 } = await import('uuid');
  return v7;
}

function insertedRow(
  attributes: AttributeSet,
  written: readonly Attribute[],
  row: object,
  index: number,
  dialect: Dialect,
  now: Date,
  makeKey: () => string,
): InsertedValue[] {
  return written.map((attribute) => {
    let value: unknown;
    if (Object.hasOwn(row, attribute.name)) {
      const given: unknown = Reflect.get(row, attribute.name);
      value = given === null ? null : attribute.type.cast(given, attribute);
    } else if (attribute === attributes.createdAt || attribute === attributes.updatedAt)
      value = attribute.type.cast(now, attribute);
    else if (makesKey(attribute)) value = makeKey();
    else if (attribute.databaseDefault) return databaseDefault;
    else value = defaultValue(attribute);
    if (value === null) {
      // MySQL and SQLite count up for a null; PostgreSQL has to be told.
      if (attribute.autoIncrement) return dialect.defaultKeyword ? databaseDefault : null;
      if (attribute.nullable) return null;
      throw new InvalidValue(`insertAll: row ${index} has no value for ${attribute.label}, which is required.`, {
        hint: 'Nothing was inserted.',
      });
    }
    requireFit(attribute, value, `insertAll: row ${index}: `);
    return (attribute.type as Type).serialize(value, dialect);
  });
}

/** The same limits as those of `save`, also where the database knows none (lengths on SQLite). */
function requireFit(attribute: Attribute, value: unknown, where: string): void {
  const problem = columnProblem(attribute, value);
  if (problem !== undefined)
    throw new InvalidValue(`${where}${attribute.label} ${problem.message}.`, { hint: 'Nothing was written.' });
}

/** Writes to every row of a query in one statement; tells how many there were. */
export async function updateAll(
  ready: ReadySource,
  state: QueryState,
  values: unknown,
  options: unknown,
): Promise<number> {
  const { connection, attributes } = ready;
  requireConditions(state, attributes, options, 'updateAll');
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new InvalidQuery('updateAll takes an object of values by attribute.');
  const entries = Object.entries(values);
  if (entries.length === 0) throw new InvalidQuery('updateAll was given no values.');
  const set = entries.map(([name, value]) => assignment(attributes.get(name), value));
  const { updatedAt } = attributes;
  if (updatedAt !== undefined && !Object.hasOwn(values, updatedAt.name)) set.push(assignment(updatedAt, new Date()));
  const where = rowsPredicate(ready, state, connection.dialect);
  const outcome = await connection.run(
    compile({ kind: 'update', table: attributes.tableName, set, where }, connection.dialect),
    textual,
    'write',
  );
  return outcome.affectedRows;
}

function assignment(attribute: Attribute, value: unknown): { column: string; value: Expression } {
  if (attribute.computed) throw computedError(attribute);
  const fragment = Sql.nodeOf(value);
  if (fragment !== undefined) return { column: attribute.column, value: fragment };
  const cast: unknown = value === null ? null : attribute.type.cast(value, attribute);
  if (cast !== null) requireFit(attribute, cast, 'updateAll: ');
  return { column: attribute.column, value: bindNode(cast, attribute.type, attribute.sensitive) };
}

/** Deletes every row of a query in one statement, without callbacks; tells how many there were. */
export async function deleteAll(ready: ReadySource, state: QueryState, options: unknown): Promise<number> {
  const { connection, attributes } = ready;
  requireConditions(state, attributes, options, 'deleteAll');
  const where = rowsPredicate(ready, state, connection.dialect);
  const outcome = await connection.run(
    compile({ kind: 'delete', table: attributes.tableName, where }, connection.dialect),
    textual,
    'write',
  );
  return outcome.affectedRows;
}

/** No condition is a mistake more often than an intention: then the whole table has to be asked for by name. */
function requireConditions(state: QueryState, attributes: AttributeSet, options: unknown, what: string): void {
  const everyRow =
    typeof options === 'object' &&
    options !== null &&
    Object.hasOwn(options, 'everyRow') &&
    Reflect.get(options, 'everyRow') === true;
  const where = wherePredicate(state, attributes);
  if ((where !== undefined && !holdsForEveryRow(where)) || state.limit !== undefined || everyRow) return;
  throw new EveryRowRequired(`${what} has no condition and would write to every row.`, {
    hint: `Add where(…), or say so: ${what}(${what === 'updateAll' ? 'values, ' : ''}{ everyRow: true }).`,
  });
}

/** `where({})` and `where({ id: not([]) })` are conditions in form only. */
function holdsForEveryRow(predicate: Predicate): boolean {
  if (predicate.kind === 'and') return predicate.operands.every(holdsForEveryRow);
  return predicate.kind === 'membership' && predicate.negated && predicate.values.length === 0;
}

function rowsPredicate(ready: ReadySource, state: QueryState, dialect: Dialect): Predicate | undefined {
  const { attributes } = ready;
  const statement = selectStatement(state, attributes);
  checkCapabilities(statement, attributes, dialect);
  if (state.limit === undefined && state.offset === undefined) return wherePredicate(state, attributes);
  const [key] = attributes.keys;
  if (key === undefined || attributes.keys.length > 1) {
    throw new CapabilityMissing(
      `${attributes.modelName} has no key of one column, so a limited update or delete cannot name its rows.`,
      { hint: 'Leave out limit and offset.' },
    );
  }
  const keyColumn = { expression: columnNode(key.column), alias: undefined };
  const rows = selectStatement({ ...state, distinct: false }, attributes, [keyColumn]);
  // Wrapped once more, because MySQL takes neither a LIMIT inside IN nor the table that is being written.
  const wrapped: Expression = {
    ...rows,
    columns: [keyColumn],
    distinct: false,
    from: { select: rows, alias: 'limited' },
    where: undefined,
    order: [],
    limit: undefined,
    offset: undefined,
  };
  return { kind: 'raw', parts: ['', ' IN (', ')'], values: [columnNode(key.column), wrapped] };
}
