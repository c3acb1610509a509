import type { Row } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { Predicate } from '../sql/nodes.ts';
import type { Type } from '../types/type.ts';
import type { BatchPlan } from './batch-options.ts';
import * as calculations from './calculations.ts';
import { withoutJoins } from './eager-conditions.ts';
import { behind, type KeysetColumn, keysetOf, orderOf } from './keyset.ts';
import { castKey, loadRows } from './load.ts';
import { mayRepeat, orderNodes, type QueryState, selectionOf } from './query-state.ts';
import { keyOrder } from './shape.ts';
import type { ReadySource, Source } from './source.ts';

/** Rows in order of their key, as many as a batch has, with what they were asked by. */
interface Batch {
  readonly rows: readonly Row[];
  /** The conditions and the order of exactly these rows. */
  readonly range: Partial<QueryState>;
  readonly lastKey: unknown;
}

/**
 * The rows of a query in batches by key: each goes on behind the last key of the one before, so that the next one costs
 * no more than the first, and rows that are written meanwhile shift nothing.
 *
 * @param keysOnly - read nothing but the keys
 */
export async function* batchesByKey(
  source: Source,
  ready: ReadySource,
  state: QueryState,
  plan: BatchPlan,
  keysOnly: boolean,
): AsyncGenerator<Batch, void> {
  const { attributes } = ready;
  const columns = keyColumns(ready, state);
  requireSound(state, attributes, keysOnly);
  const { first, to } = boundaries(attributes, columns, plan);
  const total = plan.total
    ? await calculations.count(ready, withoutJoins(source, ready, also(state, [...first, ...to])), undefined)
    : undefined;
  const order = orderOf(columns);
  let remaining = state.limit ?? Number.POSITIVE_INFINITY;
  let last: readonly unknown[] | undefined;
  let done = 0;
  while (remaining > 0) {
    const size = Math.min(plan.size, remaining);
    const from = last === undefined ? first : [behind(columns, last)];
    const asked: QueryState = {
      ...also(state, [...from, ...to]),
      order: [order],
      reversed: false,
      limit: size,
      // What is left out is left out once.
      offset: last === undefined ? state.offset : undefined,
    };
    const rows = await loadRows(
      source,
      ready,
      keysOnly ? keysAlone(withoutJoins(source, ready, asked), attributes) : asked,
    );
    const [firstRow, lastRow] = [rows[0], rows.at(-1)];
    if (firstRow === undefined || lastRow === undefined) return;
    last = valuesOf(columns, lastRow);
    const range = [behind(columns, valuesOf(columns, firstRow), true), until(columns, last)];
    const lastKey = keyOf(attributes.keys, lastRow);
    yield {
      rows,
      lastKey,
      range: {
        where: also(state, range).where,
        order: [order],
        reversed: false,
        limit: undefined,
        offset: undefined,
      },
    };
    done += rows.length;
    remaining -= rows.length;
    plan.progress?.({ done, total, lastKey });
    if (rows.length < size) return;
  }
}

function keysAlone(state: QueryState, { keys }: AttributeSet): QueryState {
  return { ...state, selection: { columns: keys.map(({ column }) => column), expressions: [] }, figures: [] };
}

/** The query with more conditions. */
function also(state: QueryState, predicates: readonly Predicate[]): QueryState {
  return { ...state, where: [...state.where, ...predicates.map((each) => () => each)] };
}

/** The key, in the direction that the query asks for. */
function keyColumns(ready: ReadySource, state: QueryState): KeysetColumn[] {
  const { attributes, connection } = ready;
  const byKey = keyOrder(attributes, 'asc');
  const given = orderNodes(state, attributes);
  const order = given.length === 0 ? byKey : given;
  const isKey =
    order.length === byKey.length &&
    order.every(
      ({ expression, direction }, index) =>
        expression.kind === 'column' &&
        expression.name === attributes.keys[index]?.column &&
        direction === order[0]?.direction,
    );
  if (isKey) return keysetOf(order, attributes, connection.dialect);
  throw new InvalidQuery(`Batches of ${attributes.modelName} go by its key, but the query has another order.`, {
    hint: 'Take the order away with reorder(), or read in that order with findEach({ cursor: true }).',
  });
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where rows could come several times, or without their key */
export function requireSound(state: QueryState, attributes: AttributeSet, keysOnly: boolean): void {
  if (!state.distinct && mayRepeat(state)) {
    throw new InvalidQuery('A query with joins or from may give a record several times, which batches by key cannot.', {
      hint: 'Add distinct(), or use findEach({ cursor: true }).',
    });
  }
  const selected = keysOnly ? undefined : selectionOf(state, attributes)?.columns;
  const missing = attributes.keys.filter(({ column }) => selected?.includes(column) === false);
  if (missing.length === 0) return;
  throw new InvalidQuery(`Batches of ${attributes.modelName} go by its key, which is not selected.`, {
    hint: `Add ${missing.map(({ name }) => `'${name}'`).join(' and ')} to select(…).`,
  });
}

/** Where to begin, which only the first batch has to know, and where to end. */
function boundaries(
  attributes: AttributeSet,
  columns: readonly KeysetColumn[],
  plan: BatchPlan,
): { readonly first: readonly Predicate[]; readonly to: readonly Predicate[] } {
  const cast = (key: unknown) => castKey(attributes.modelName, attributes.keys, key);
  const first: Predicate[] = [];
  if (plan.start !== undefined) first.push(behind(columns, cast(plan.start), true));
  if (plan.after !== undefined) first.push(behind(columns, cast(plan.after)));
  return { first, to: plan.finish === undefined ? [] : [until(columns, cast(plan.finish))] };
}

/** The rows up to that key, and the row itself. */
function until(columns: readonly KeysetColumn[], values: readonly unknown[]): Predicate {
  const turned = columns.map((column) => ({
    ...column,
    direction: column.direction === 'asc' ? ('desc' as const) : ('asc' as const),
  }));
  return behind(turned, values, true);
}

function valuesOf(columns: readonly KeysetColumn[], row: Row): unknown[] {
  return columns.map(({ attribute }) => keyValue(attribute, row));
}

function keyValue({ type, column }: Attribute, row: Row): unknown {
  const raw = row[column] ?? null;
  return raw === null ? null : (type as Type).deserialize(raw);
}

/** As a program writes it: the value, or for several columns an object. */
function keyOf(keys: readonly Attribute[], row: Row): unknown {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return keyValue(only, row);
  return Object.fromEntries(keys.map((key) => [key.name, keyValue(key, row)]));
}
