import { InvalidQuery } from '../errors/query.ts';
import { withOwnNames } from '../record/aliases.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import { type AssignmentNode, databaseDefault } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { assignment, expressionsFirst } from './bulk.ts';
import { isKey, sendRows } from './insert.ts';
import type { InsertResult } from './insert-result.ts';
import { type PreparedRows, prepareRows } from './insert-rows.ts';
import type { ReadySource } from './source.ts';

/** Inserts rows, and updates those that are there already by the values of a unique index. */
export async function upsertAll(
  ready: ReadySource,
  given: unknown,
  options: unknown,
  what: string,
): Promise<InsertResult> {
  const { attributes, connection } = ready;
  const { conflict, update } = checkOptions(options, what);
  const prepared = await prepareRows(attributes, given, connection.dialect, what);
  const target = conflictTarget(attributes, prepared, conflict, what);
  const set = updated(attributes, prepared, target, update, what);
  if (set.length > 0) requireDifferent(prepared, target, what);
  await requireUnique(ready, target, what);
  const columns = target.map(({ column }) => column);
  return sendRows(ready, prepared, { kind: 'conflict', target: columns, set }, what);
}

function checkOptions(options: unknown, what: string): { conflict: unknown; update: unknown } {
  if (options === undefined) return { conflict: undefined, update: undefined };
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidQuery(`${what} takes its options as an object: { conflict, update }.`);
  const unknown = Object.keys(options).find((name) => name !== 'conflict' && name !== 'update');
  if (unknown !== undefined)
    throw new InvalidQuery(`${what} has no option "${unknown.slice(0, 40)}": there are conflict and update.`);
  const read = (name: string): unknown => (Object.hasOwn(options, name) ? Reflect.get(options, name) : undefined);
  return { conflict: read('conflict'), update: read('update') };
}

const givenBy = (name: string) => (row: object) => Object.hasOwn(row, name);

/** The columns of the unique index by which a row is the same row: named, or the only ones that there can be. */
function conflictTarget(
  attributes: AttributeSet,
  { given }: PreparedRows,
  named: unknown,
  what: string,
): readonly Attribute[] {
  if (named !== undefined) {
    const names: readonly unknown[] = Array.isArray(named) ? named : [named];
    if (names.length === 0) throw new InvalidQuery(`${what}: conflict names no column.`);
    const target = names.map((name) => attributes.get(name));
    for (const { name, label } of target) {
      const missing = given.findIndex((row) => !givenBy(name)(row));
      if (missing !== -1)
        throw new InvalidQuery(`${what}: row ${missing} has no value for ${label}, by which rows conflict.`);
    }
    return target;
  }
  const { keys } = attributes;
  if (keys.length > 0 && keys.every(({ name }) => given.every(givenBy(name)))) return keys;
  const unique = attributes.all.filter(
    ({ name, definition }) => definition?.unique === true && given.length > 0 && given.every(givenBy(name)),
  );
  const [only] = unique;
  if (only !== undefined && unique.length === 1) return [only];
  throw new InvalidQuery(
    unique.length === 0
      ? `${what} does not know by which columns a row is there already: no key and no unique column is given in every row.`
      : `${what} does not know by which column a row is there already: ${unique.map(({ name }) => name).join(' or ')}.`,
    { hint: "Name the columns of a unique index: { conflict: 'email' }." },
  );
}

/** What is written to a row that is there. */
function updated(
  attributes: AttributeSet,
  prepared: PreparedRows,
  target: readonly Attribute[],
  update: unknown,
  what: string,
): readonly AssignmentNode[] {
  refuseUntrusted(update, what);
  if (update === 'nothing') return [];
  const { updatedAt, createdAt } = attributes;
  let set: readonly AssignmentNode[];
  if (update === undefined) {
    set = prepared.written
      .filter((each) => !target.includes(each) && !each.key && each !== createdAt && each !== updatedAt)
      .filter(({ name }) => prepared.given.some(givenBy(name)))
      .map((attribute) => proposed(attribute, prepared, what));
  } else if (Array.isArray(update)) {
    set = update.map((name) => proposed(attributes.get(name), prepared, what));
  } else if (
    typeof update === 'object' &&
    update !== null &&
    !isEmptyInstance(update) &&
    Sql.nodeOf(update) === undefined
  ) {
    set = expressionsFirst(
      Object.entries(withOwnNames(attributes, update)).map(([name, value]) =>
        assignment(attributes.get(name), value, what),
      ),
    );
  } else throw badUpdate(what);
  if (set.length === 0 && update !== undefined) throw badUpdate(what);
  const given = updatedAt !== undefined && prepared.given.some(givenBy(updatedAt.name)) && update === undefined;
  const stamps = updatedAt !== undefined && !set.some(({ column }) => column === updatedAt.column);
  // With nothing but its key a row that is there stays as it is.
  return stamps && (set.length > 0 || given) ? [...set, excludedColumn(updatedAt)] : set;
}

function badUpdate(what: string): InvalidQuery {
  return new InvalidQuery(`${what}: update is a list of names, an object of values or sql by name, or 'nothing'.`, {
    hint: "Write { update: ['name'] }, { update: { visits: sql`…` } } or { update: 'nothing' }.",
  });
}

const excludedColumn = ({ column }: Attribute): AssignmentNode => ({ column, value: { kind: 'excluded', column } });

/** A row that does not name the attribute would write its default over what is there. */
function proposed(attribute: Attribute, { given }: PreparedRows, what: string): AssignmentNode {
  const { name, label } = attribute;
  const missing = given.findIndex((row) => !givenBy(name)(row));
  if (missing === -1) return excludedColumn(attribute);
  throw new InvalidQuery(`${what}: row ${missing} has no value for ${label}, which is to be updated.`, {
    hint: 'Give all rows the same attributes, or name those to update: { update: [ … ] }.',
  });
}

/** One statement cannot write twice to one row (PostgreSQL), and which of the two is meant nobody knows. */
function requireDifferent({ rows, written }: PreparedRows, target: readonly Attribute[], what: string): void {
  const positions = target.map((attribute) => written.indexOf(attribute));
  const seen = new Map<string, number>();
  rows.forEach((row, index) => {
    const values = positions.map((position) => row[position]);
    // What is left to the database is no value yet.
    if (values.includes(null) || values.includes(databaseDefault)) return;
    const text = JSON.stringify(
      values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value))),
    );
    const first = seen.get(text);
    if (first !== undefined) {
      throw new InvalidQuery(
        `${what}: rows ${first} and ${index} have the same ${target.map(({ label }) => label).join(' and ')}.`,
        { hint: 'Nothing was written. Give each row once.' },
      );
    }
    seen.set(text, index);
  });
}

const verified = new WeakMap<AttributeSet, Set<string>>();

/** MySQL takes whichever unique index is broken, and none for none: a column without one would only add rows. */
async function requireUnique(
  { attributes, connection }: ReadySource,
  target: readonly Attribute[],
  what: string,
): Promise<void> {
  const [only] = target;
  const columns = target.map(({ column }) => column);
  if (isKey(attributes, columns) || (target.length === 1 && only?.definition?.unique === true)) return;
  const known = verified.get(attributes) ?? new Set();
  verified.set(attributes, known);
  const text = JSON.stringify([...columns].sort());
  if (known.has(text)) return;
  const indexes = await connection.introspect((introspection, driver) =>
    introspection.indexes(driver, attributes.tableName),
  );
  const isUnique = indexes.some(
    (index) =>
      index.unique && index.columns.length === columns.length && index.columns.every((each) => columns.includes(each)),
  );
  if (!isUnique) {
    throw new InvalidQuery(
      `${what}: the table "${attributes.tableName}" has no unique index over ${columns.join(', ')}.`,
      { hint: 'Make one in a migration: addIndex(table, columns, { unique: true }).' },
    );
  }
  known.add(text);
}
