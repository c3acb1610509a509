import { InvalidQuery, InvalidValue } from '../errors/query.ts';
import { withOwnNames } from '../record/aliases.ts';
import { type Attribute, type AttributeSet, makesKey } from '../record/attribute.ts';
import { defaultValue } from '../record/blank.ts';
import { castProblem, columnProblem, type Problem } from '../record/column-rules.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import { computedError } from '../record/values.ts';
import type { Dialect } from '../sql/dialect.ts';
import { databaseDefault, type InsertedValue } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import type { Type } from '../types/type.ts';
import { Operator } from './operators.ts';

/** Rows as they will be inserted: cast, checked, and with what the program fills in. */
export interface PreparedRows {
  /** As they were given. */
  readonly given: readonly object[];
  readonly written: readonly Attribute[];
  /** The values of the written attributes, in the form of the connected database. */
  readonly rows: readonly (readonly InsertedValue[])[];
}

/**
 * Prepares all rows before the first is sent, so that a bad one keeps all of them out.
 *
 * @param what - the method that was called, for messages
 */
export async function prepareRows(
  attributes: AttributeSet,
  given: unknown,
  dialect: Dialect,
  what: string,
): Promise<PreparedRows> {
  refuseUntrusted(given, what);
  if (!Array.isArray(given)) throw new InvalidQuery(`${what} takes an array of attribute objects.`);
  const objects = given.map((row: unknown) => {
    refuseUntrusted(row, what);
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    if (isRow && !isFragment(row) && !isEmptyInstance(row)) return withOwnNames(attributes, row);
    throw new InvalidQuery(`${what} takes an array of attribute objects.`);
  });
  const written = columnsToWrite(attributes, objects);
  const makeKey = await keyMaker(written);
  const now = new Date();
  const times = written.map((attribute) =>
    attribute === attributes.createdAt || attribute === attributes.updatedAt
      ? (attribute.type as Type).serialize(attribute.type.cast(now, attribute), dialect)
      : undefined,
  );
  const rows = objects.map((row, index) => {
    const values: InsertedValue[] = [];
    for (let position = 0; position < written.length; position++) {
      const attribute = written[position] as Attribute;
      const time = times[position];
      if (time !== undefined && !Object.hasOwn(row, attribute.name)) values.push(time);
      else values.push(toInsert(attribute, valueFor(attribute, row, makeKey), dialect, what, index));
    }
    return values;
  });
  return { given: objects, written, rows };
}

const isFragment = (row: object) => Sql.nodeOf(row) !== undefined || Operator.nodeOf(row) !== undefined;

/** Columns that any row gives a value, and those that have a default of the program's. */
function columnsToWrite(attributes: AttributeSet, rows: readonly object[]): readonly Attribute[] {
  const given = new Set<string>();
  for (const row of rows) {
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
  if (attribute.typeRule !== undefined) return attribute.typeRule.own !== null || !attribute.nullable;
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

/** The value of an attribute, not serialized yet: given, or filled in. */
function valueFor(attribute: Attribute, row: object, makeKey: () => string): unknown {
  if (Object.hasOwn(row, attribute.name)) {
    const given: unknown = Reflect.get(row, attribute.name);
    const cast: unknown = given === null ? null : attribute.type.cast(given, attribute);
    attribute.typeRule?.checkRow(cast);
    return cast;
  }
  if (makesKey(attribute)) return makeKey();
  const isDatabases = attribute.databaseDefault && attribute.typeRule === undefined;
  return isDatabases ? databaseDefault : defaultValue(attribute);
}

/** @throws InvalidValue for what the column cannot hold */
function toInsert(attribute: Attribute, value: unknown, dialect: Dialect, what: string, index: number): InsertedValue {
  if (value === databaseDefault) return databaseDefault;
  if (value === null) return nullFor(attribute, dialect, what, index);
  const problem = castProblem(attribute, value);
  if (problem !== undefined) throw unfit(attribute, problem, `${what}: row ${index}: `);
  return (attribute.type as Type).serialize(value, dialect);
}

function nullFor(attribute: Attribute, dialect: Dialect, what: string, index: number): InsertedValue {
  // MySQL and SQLite count up for a null; PostgreSQL has to be told.
  if (attribute.autoIncrement) return dialect.defaultKeyword ? databaseDefault : null;
  if (attribute.nullable) return null;
  throw new InvalidValue(`${what}: row ${index} has no value for ${attribute.label}, which is required.`, {
    hint: 'Nothing was inserted.',
  });
}

/** The same limits as those of `save`, also where the database knows none (lengths on SQLite). */
export function requireFit(attribute: Attribute, value: unknown, where: string): void {
  const problem = columnProblem(attribute, value);
  if (problem !== undefined) throw unfit(attribute, problem, where);
}

function unfit({ label }: Attribute, { message }: Problem, where: string): InvalidValue {
  return new InvalidValue(`${where}${label} ${message}.`, { hint: 'Nothing was written.' });
}

/** The values of some attributes in each row; undefined where there are none, or a row leaves one to the database. */
export function valuesOf(prepared: PreparedRows, attributes: readonly Attribute[]): unknown[][] | undefined {
  const positions = attributes.map((attribute) => prepared.written.indexOf(attribute));
  if (positions.length === 0 || positions.includes(-1)) return undefined;
  const values: unknown[][] = [];
  for (const row of prepared.rows) {
    const known = positions.map((position, index) => {
      const raw = row[position];
      const type: Type | undefined = attributes[index]?.type as Type | undefined;
      return raw === undefined || raw === null || raw === databaseDefault ? undefined : type?.deserialize(raw);
    });
    if (known.includes(undefined)) return undefined;
    values.push(known);
  }
  return values;
}
