import type { Row, RunOptions } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import { RecordNotFound } from '../errors/record.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { makeNeighbours } from '../record/neighbours.ts';
import { markReadOnly, markStrict } from '../record/state.ts';
import { type Compiled, compile } from '../sql/compile.ts';
import { conjunction, type Predicate } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';
import { describeValue, type Scalar, type Type } from '../types/type.ts';
import { checkCapabilities } from './capabilities.ts';
import { findRow } from './coalesced-finds.ts';
import { decodeRows, eagerModels, eagerStatement } from './eager-load.ts';
import { figureModels } from './figures.ts';
import { isBase } from './model-rows.ts';
import { type Figure, figuresOf, isNone, type QueryState, selectionOf, selectStatement } from './query-state.ts';
import { keyOrder } from './shape.ts';
import type { ReadySource, Source } from './source.ts';
import { rowValuePredicate } from './where.ts';

/** A query's source, with the columns of all models that its statement is about. */
export async function readyFor(source: Source, state: QueryState): Promise<ReadySource> {
  const ready = await source.ready();
  if (state.figures.length === 0 && state.eager.length === 0) return ready;
  for (const model of [...figureModels(state), ...eagerModels(source, state.eager)]) {
    if (model.attributes === undefined) await model.ready();
  }
  return ready;
}

/** The rows of a query; with `eagerLoad` those of its own model. */
export async function loadRows(source: Source, ready: ReadySource, state: QueryState): Promise<Row[]> {
  if (isNone(state)) return [];
  if (state.eager.length > 0) {
    const eager = eagerStatement(source, ready, state);
    return decodeRows(eager, (await ready.connection.run(eager.compiled, eager.options, 'read')).rows);
  }
  return rowsOf(ready, state);
}

async function rowsOf(ready: ReadySource, state: QueryState): Promise<Row[]> {
  const { statement, options } = selection(ready, state);
  return (await ready.connection.run(statement, options, 'read')).rows;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where a row lock would be gone at once, or there are no rows of a table to lock */
export function requireLockable({ connection }: ReadySource, state: QueryState): void {
  if (state.lock === undefined) return;
  if (!connection.inTransaction) {
    throw new InvalidQuery('A row lock outside of a transaction would be given back at once.', {
      hint: 'Load the records inside transaction(async () => …).',
    });
  }
  if (state.from !== undefined && 'select' in state.from) {
    throw new InvalidQuery('The rows of a query that reads from another one cannot be locked.', {
      hint: 'Lock them by their keys: where({ id: keys }).lock().',
    });
  }
}

/** The statement that gives the rows of a query, and how they are to be read. */
export function selection(ready: ReadySource, state: QueryState): { statement: Compiled; options: RunOptions } {
  const { attributes } = ready;
  const { dialect } = ready.connection;
  requireLockable(ready, state);
  const statement = selectStatement(state, attributes);
  checkCapabilities(statement, attributes, dialect);
  return { statement: compile(statement, dialect), options: readingOptions(state, attributes) };
}

/** How the rows of a query are to be read, so that no digit is lost. */
export function readingOptions(state: QueryState, attributes: AttributeSet): RunOptions {
  const figures = figuresOf(state, attributes);
  const expressions = (selectionOf(state, attributes)?.expressions.length ?? 0) + figures.length;
  return {
    prepared: attributes.floats || figures.some(({ floats }) => floats),
    bigints: attributes.bigints || expressions > 0,
    limits: state.limits,
  };
}

/** The records of a query. */
export async function loadRecords<R>(source: Source<R>, state: QueryState): Promise<R[]> {
  const ready = await readyFor(source, state);
  return completeRecords(source, ready, state, await loadRows(source, ready, state));
}

/** The records of rows that a query has given, with what it loads with them. */
export async function completeRecords<R>(
  source: Source<R>,
  ready: ReadySource,
  state: QueryState,
  rows: readonly Row[],
): Promise<R[]> {
  const records = recordsOf(source, ready, state, rows);
  if (source.callsWhenFound) await source.found(records);
  if (state.includes.length > 0 || state.eager.length > 0) await source.furnish({ records, rows, state });
  return records;
}

/** The records of rows that a query has given; their callbacks are left to the caller. */
export function recordsOf<R>(source: Source<R>, ready: ReadySource, state: QueryState, rows: readonly Row[]): R[] {
  const records = new Array<R>(rows.length);
  for (let index = 0; index < rows.length; index++) records[index] = source.instantiate(rows[index] as Row);
  if (!state.alone) makeNeighbours(records);
  if (state.readonly) records.forEach(markReadOnly);
  if (state.strict) records.forEach(markStrict);
  const aliases = selectionOf(state, ready.attributes)?.expressions ?? [];
  if (aliases.length > 0 || state.figures.length > 0) {
    const selected = aliases.map(({ alias }) => ({ alias, read: wholeNumber }));
    defineAliases(records, rows, [...selected, ...figuresOf(state, ready.attributes)]);
  }
  return records;
}

/** Selected expressions become properties of the records: no class has an accessor for them. */
function defineAliases(
  records: readonly unknown[],
  rows: readonly Row[],
  aliases: readonly Pick<Figure, 'alias' | 'read'>[],
): void {
  records.forEach((record, index) => {
    for (const { alias, read } of aliases) {
      const value = read(rows[index]?.[alias]);
      Object.defineProperty(record, alias, { value, enumerable: true, configurable: true, writable: false });
    }
  });
}

/** Whole numbers come as bigint, so that none is rounded; those that a number holds are one. */
function wholeNumber(raw: Scalar | undefined): unknown {
  return typeof raw === 'bigint' && raw >= Number.MIN_SAFE_INTEGER && raw <= Number.MAX_SAFE_INTEGER
    ? Number(raw)
    : raw;
}

/** The first `count` records by the query's order, or by key where it has none. */
export async function loadFirst<R>(source: Source<R>, state: QueryState, count: number): Promise<R[]> {
  const order =
    state.order.length > 0 ? state.order : [(attributes: ReadySource['attributes']) => keyOrder(attributes, 'asc')];
  const limit = state.limit === undefined ? count : Math.min(count, state.limit);
  return loadRecords(source, { ...state, order, limit });
}

/** The last `count` records, in the query's order. */
export async function loadLast<R>(source: Source<R>, state: QueryState, count: number): Promise<R[]> {
  if (state.limit !== undefined || state.offset !== undefined) {
    const all = await loadFirst(source, state, Number.MAX_SAFE_INTEGER);
    return count === 0 ? [] : all.slice(-count);
  }
  return (await loadRecords(source, { ...state, reversed: !state.reversed, limit: count })).reverse();
}

/** The one record with that key. @throws RecordNotFound */
export async function findOne<R>(source: Source<R>, state: QueryState, given: unknown): Promise<R> {
  const ready = await source.ready();
  const { attributes } = ready;
  const key = castKey(attributes.modelName, attributes.keys, given);
  if (isBase(state)) {
    const row = await findRow(ready, key);
    if (row !== undefined) {
      const record = source.instantiate(row);
      if (source.callsWhenFound) await source.found([record]);
      return record;
    }
  } else {
    const [record] = await loadRecords(source, {
      ...state,
      where: [...state.where, keyPredicate(attributes.keys, [key])],
      limit: 1,
    });
    if (record !== undefined) return record;
  }
  throw notFound(attributes.modelName, attributes.keys, [given], !isBase(state) && state.where.length > 0);
}

const textual: readonly string[] = ['string', 'text'];

/** The records with those keys, in the order asked. @throws RecordNotFound naming every key that has none */
export async function findMany<R>(
  source: Source<R>,
  state: QueryState,
  given: readonly unknown[],
  keyOf: (record: R) => unknown,
): Promise<R[]> {
  const { attributes, connection } = await source.ready();
  const keys = given.map((each) => castKey(attributes.modelName, attributes.keys, each));
  if (keys.length === 0) return [];
  const records = await loadRecords(source, { ...state, where: [...state.where, keyPredicate(attributes.keys, keys)] });
  const keyText = (key: readonly unknown[]) =>
    JSON.stringify(
      attributes.keys.map(({ type }, index) => String((type as Type).serialize(key[index], connection.dialect))),
    );
  const byKey = new Map<string, R>();
  for (const record of records)
    byKey.set(keyText(castKey(attributes.modelName, attributes.keys, keyOf(record))), record);
  // Where case does not matter a row's key may be written otherwise: only the database knows which is whose.
  const asks = records.length > 0 && state.limit === undefined && state.offset === undefined;
  if (asks && attributes.keys.some(({ type }) => textual.includes(storageOf(type).kind))) {
    for (const key of new Map(keys.map((each) => [keyText(each), each])).values()) {
      if (byKey.has(keyText(key))) continue;
      const where = [...state.where, keyPredicate(attributes.keys, [key])];
      const [found] = await loadRecords(source, { ...state, where, limit: 1 });
      if (found === undefined) continue;
      const same = byKey.get(keyText(castKey(attributes.modelName, attributes.keys, keyOf(found))));
      byKey.set(keyText(key), same ?? found);
    }
  }
  const missing = given.filter((_, index) => !byKey.has(keyText(keys[index] ?? [])));
  if (missing.length > 0)
    throw notFound(attributes.modelName, attributes.keys, missing, !isBase(state) && state.where.length > 0);
  return keys.flatMap((key) => byKey.get(keyText(key)) ?? []);
}

/** A key of the program as values in the order of the key's columns. */
export function castKey(modelName: string, keys: readonly Attribute[], given: unknown): unknown[] {
  if (keys.length === 0)
    throw new InvalidQuery(`${modelName} has no primary key to find by.`, { hint: 'Use findBy({ … }).' });
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) {
    if (given === null)
      throw new InvalidQuery(`${modelName}.find takes a key, not null.`, {
        hint: 'findBy({ … }) gives null where there is no record.',
      });
    return [only.type.cast(given, only)];
  }
  const names = keys.map((key) => key.name);
  if (typeof given !== 'object' || given === null || Object.keys(given).length !== keys.length) {
    throw new InvalidQuery(
      `The key of ${modelName} is an object with ${names.join(' and ')}, not ${describeValue(given)}.`,
    );
  }
  return keys.map((key) => {
    const value: unknown = Object.hasOwn(given, key.name) ? Reflect.get(given, key.name) : undefined;
    return key.type.cast(value, key);
  });
}

/** Rows with one of these keys. */
export function keyPredicate(
  keys: readonly Attribute[],
  values: readonly (readonly unknown[])[],
): (attributes: ReadySource['attributes']) => Predicate {
  // No condition at all would be met by every row.
  if (keys.length === 0) {
    throw new InvalidQuery('A row without a primary key cannot be named in a statement.', {
      hint: 'Declare a key, or say by conditions which rows are meant.',
    });
  }
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) {
    const list = values.map(([value]) => value);
    return (attributes) => rowValuePredicate(attributes, only.name, list.length === 1 ? list[0] : list);
  }
  return (attributes) => ({
    kind: 'or',
    operands: values.map((key) =>
      conjunction(keys.map(({ name }, index) => rowValuePredicate(attributes, name, key[index]))),
    ),
  });
}

function notFound(
  modelName: string,
  keys: readonly Attribute[],
  missing: readonly unknown[],
  conditional: boolean,
): RecordNotFound {
  const name = keys.length === 1 ? (keys[0]?.name ?? 'key') : 'key';
  const shown = missing
    .slice(0, 20)
    .map((key) =>
      typeof key === 'object'
        ? JSON.stringify(key, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
        : String(key),
    );
  const list = `${shown.join(', ')}${missing.length > 20 ? `, and ${missing.length - 20} more` : ''}`;
  const what =
    missing.length === 1
      ? `There is no ${modelName} with ${name} ${list}`
      : `There are no ${modelName} records with ${name} ${list}`;
  return new RecordNotFound(`${what}${conditional ? ' that meets the conditions' : ''}.`, {
    model: modelName,
    keys: missing,
    hint: 'findBy({ … }) gives null instead of throwing.',
  });
}

/** How many rows there are, up to `most`: `SELECT 1 … LIMIT 2`. */
export async function rowsUpTo(ready: ReadySource, state: QueryState, most: number): Promise<number> {
  if (isNone(state)) return 0;
  // Rows that are alike count once.
  if (state.distinct && (most > 1 || state.offset !== undefined))
    return (await rowsOf(ready, { ...state, limit: Math.min(most, state.limit ?? most) })).length;
  const { connection, attributes } = ready;
  const one = { expression: { kind: 'raw' as const, parts: ['1'], values: [] }, alias: 'one' };
  const statement = {
    ...selectStatement({ ...state, distinct: false, selection: undefined }, attributes, [one]),
    order: [],
    limit: Math.min(most, state.limit ?? most),
  };
  checkCapabilities(statement, attributes, connection.dialect);
  const { rows } = await connection.run(
    compile(statement, connection.dialect),
    { prepared: false, bigints: false, limits: state.limits },
    'read',
  );
  return rows.length;
}
