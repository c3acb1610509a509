import { allOrNothing } from '../connection/all-or-nothing.ts';
import type { Predicate } from '../sql/nodes.ts';
import { type ColumnNode, columnNode } from '../sql/nodes.ts';
import { requireConditions } from './bulk.ts';
import { loadRecords } from './load.ts';
import { isNone, isOneTable, type Part, type QueryState } from './query-state.ts';
import type { ReadySource, Source } from './source.ts';

const batchSize = 1000;

/** Loads the records of a query and destroys each, all in one transaction. */
export async function destroyAll<R>(
  source: Source<R>,
  state: QueryState,
  options: unknown,
  keyOf: (record: R) => unknown,
  what = 'destroyAll',
): Promise<R[]> {
  const ready = await source.ready();
  requireConditions(state, ready.attributes, options, what, '');
  if (isNone(state)) return [];
  // Whole records: their key is needed, and whatever runs when one is destroyed may want the rest.
  const all = state.order.length === 0 && state.limit === undefined && state.offset === undefined;
  // The batches go by key, whichever way round the query is: in the end all of its rows are gone.
  const whole: QueryState = { ...state, selection: undefined, reversed: state.reversed && !all };
  const destroyed: R[] = [];
  // Inside of another transaction a savepoint: all of them, or none.
  await allOrNothing(ready.connection, async () => {
    for await (const batch of batches(source, ready, whole, keyOf)) {
      for (const record of batch) {
        await source.destroy(record);
        destroyed.push(record);
      }
    }
  });
  return destroyed;
}

/** By key, each batch behind the last key of the one before; all at once where an order, a limit or the key is against it. */
export async function* batches<R>(
  source: Source<R>,
  { attributes }: ReadySource,
  state: QueryState,
  keyOf: (record: R) => unknown,
): AsyncGenerator<R[]> {
  const [key] = attributes.keys;
  const isOrdered = state.order.length > 0 || state.limit !== undefined || state.offset !== undefined;
  if (key === undefined || attributes.keys.length > 1 || isOrdered || !isOneTable(state)) {
    yield await loadRecords(source, state);
    return;
  }
  const column: ColumnNode = columnNode(key.column);
  const order: QueryState['order'] = [[{ expression: column, direction: 'asc' }]];
  let after: Part<Predicate> | undefined;
  for (;;) {
    const where = after === undefined ? state.where : [...state.where, after];
    const records = await loadRecords(source, { ...state, where, order, limit: batchSize });
    const last = records.at(-1);
    if (last === undefined) return;
    // Its key is read first: a record that has been destroyed may have none to give.
    const value = keyOf(last);
    yield records;
    if (records.length < batchSize) return;
    after = {
      kind: 'comparison',
      operator: '>',
      left: column,
      right: { kind: 'bind', value, type: key.type, sensitive: key.sensitive },
    };
  }
}
