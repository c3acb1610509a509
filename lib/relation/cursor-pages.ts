import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { requireSound } from './batches.ts';
import { cursorOf, valuesOfCursor } from './cursor-token.ts';
import { backwards, behind, type KeysetColumn, keysetOf, orderOf } from './keyset.ts';
import { completeRecords, loadRows, readyFor } from './load.ts';
import { refuseLimit } from './pages.ts';
import { checkCount, orderNodes, type QueryState, selectionOf } from './query-state.ts';
import { keyOrder, orderPart } from './shape.ts';
import type { ReadySource, Source } from './source.ts';

/** A page of records between two cursors. */
export class CursorPage<R = unknown> {
  readonly records: readonly R[];
  /** The place of the first record, for `before`; null on an empty page. */
  readonly startCursor: string | null;
  /** The place of the last record, for `after`; null on an empty page. */
  readonly endCursor: string | null;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;

  /** @internal */
  constructor(records: readonly R[], cursors: readonly string[], more: { hasNext: boolean; hasPrevious: boolean }) {
    this.records = records;
    this.startCursor = cursors[0] ?? null;
    this.endCursor = cursors.at(-1) ?? null;
    this.hasNext = more.hasNext;
    this.hasPrevious = more.hasPrevious;
  }

  toJSON() {
    const { records, startCursor, endCursor, hasNext, hasPrevious } = this;
    return { records, startCursor, endCursor, hasNext, hasPrevious };
  }
}

/** What `cursorPaginate` takes, checked. */
interface CursorPagePlan {
  readonly after: unknown;
  readonly before: unknown;
  readonly limit: number;
  readonly order: unknown;
}

function checkOptions(given: object): CursorPagePlan {
  const option = (name: string): unknown => Reflect.get(given, name);
  const limit = checkCount(option('limit') ?? 25, 'The limit of cursorPaginate');
  if (limit === 0) throw new InvalidQuery('A page has at least one record.');
  const [after, before] = [option('after') ?? undefined, option('before') ?? undefined];
  if (after !== undefined && before !== undefined)
    throw new InvalidQuery('cursorPaginate takes after or before, not both.');
  return { after, before, limit, order: option('order') };
}

export async function cursorPaginate<R>(source: Source<R>, state: QueryState, options: object): Promise<CursorPage<R>> {
  const { after, before, limit, order } = checkOptions(options);
  refuseLimit(state, 'cursorPaginate');
  const ready = await readyFor(source, state);
  const { attributes } = ready;
  requireSound(state, attributes, false);
  const ordered: QueryState =
    order === undefined ? state : { ...state, order: [orderPart(attributes, order, 'asc', {})], reversed: false };
  const columns = columnsOf(ready, ordered);
  const wayBack = before !== undefined;
  const direction = wayBack ? backwards(columns) : columns;
  const cursor = wayBack ? before : after;
  const from = cursor === undefined ? [] : [behind(direction, valuesOfCursor(attributes, columns, cursor))];
  // One more than asked for tells whether there are more.
  const rows = await loadRows(source, ready, {
    ...state,
    where: [...state.where, ...from.map((each) => () => each)],
    order: [orderOf(direction)],
    reversed: false,
    limit: limit + 1,
  });
  const more = rows.length > limit;
  const page = rows.slice(0, limit);
  if (wayBack) page.reverse();
  const ends = [page[0], page.at(-1)].flatMap((row) => (row === undefined ? [] : [cursorOf(attributes, columns, row)]));
  return new CursorPage(await completeRecords(source, ready, state, page), ends, {
    hasNext: wayBack ? true : more,
    hasPrevious: wayBack ? more : after !== undefined,
  });
}

/** The columns of the order, with the key behind them, so that no two rows have the same place. */
function columnsOf({ attributes, connection }: ReadySource, state: QueryState): KeysetColumn[] {
  const order = orderNodes(state, attributes);
  const named = new Set(order.map(({ expression }) => (expression.kind === 'column' ? expression.name : '')));
  const ties = keyOrder(attributes, order.at(-1)?.direction ?? 'asc').filter(
    ({ expression }) => expression.kind === 'column' && !named.has(expression.name),
  );
  const columns = keysetOf([...order, ...ties], attributes, connection.dialect);
  requireReadable(columns, selectionOf(state, attributes)?.columns, attributes);
  return columns;
}

/** A cursor holds the values of these columns, for whoever gets it. */
function requireReadable(
  columns: readonly KeysetColumn[],
  selected: readonly string[] | undefined,
  attributes: AttributeSet,
): void {
  const secret = columns.find(({ attribute }) => attribute.sensitive);
  if (secret !== undefined)
    throw new InvalidQuery(`${secret.attribute.label} is sensitive, and a cursor would tell its value.`);
  const missing = columns.filter(({ attribute }) => selected?.includes(attribute.column) === false);
  if (missing.length === 0) return;
  throw new InvalidQuery(`Cursors of ${attributes.modelName} hold columns that are not selected.`, {
    hint: `Add ${missing.map(({ attribute }) => `'${attribute.name}'`).join(' and ')} to select(…).`,
  });
}
