import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import * as calculations from './calculations.ts';
import { withoutJoins } from './eager-conditions.ts';
import { loadRecords, readyFor } from './load.ts';
import { orderNodes, type QueryState, selectionOf } from './query-state.ts';
import { keyOrder } from './shape.ts';
import type { Source } from './source.ts';

/** One page of the records of a query. */
export class Page<R = unknown> {
  readonly records: readonly R[];
  /** Its number, from 1. */
  readonly page: number;
  readonly perPage: number;
  /** Records on all pages. */
  readonly total: number;

  /** @internal */
  constructor(records: readonly R[], page: number, perPage: number, total: number) {
    this.records = records;
    this.page = page;
    this.perPage = perPage;
    this.total = total;
  }

  /** How many pages there are. */
  get pages(): number {
    return Math.ceil(this.total / this.perPage);
  }

  get hasNext(): boolean {
    return this.page < this.pages;
  }

  get hasPrevious(): boolean {
    return this.page > 1;
  }

  toJSON() {
    const { records, page, perPage, total, pages, hasNext, hasPrevious } = this;
    return { records, page, perPage, total, pages, hasNext, hasPrevious };
  }
}

/** What `paginate` takes. */
export interface PageOptions {
  /** From 1, which is the default. */
  readonly page?: number | undefined;
  /** Records per page: 25 unless told otherwise. */
  readonly perPage?: number | undefined;
}

function checkNumber(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidQuery(`${what} is a whole number from 1 up.`, { hint: 'Make a number of what a request says.' });
}

export async function paginate<R>(source: Source<R>, state: QueryState, options: PageOptions): Promise<Page<R>> {
  const page = checkNumber(options.page ?? 1, 'page');
  const perPage = checkNumber(options.perPage ?? 25, 'perPage');
  refuseLimit(state, 'paginate');
  const ready = await readyFor(source, state);
  const { attributes } = ready;
  const total = await calculations.count(ready, withoutJoins(source, ready, state), undefined);
  const offset = (page - 1) * perPage;
  if (offset >= total) return new Page<R>([], page, perPage, total);
  const order = orderNodes(state, attributes);
  // Rows of the same rank would stand in any order, and so on two pages or on none.
  const byKey = hasKey(state, attributes) ? keyOrder(attributes, 'asc') : [];
  const named = new Set(order.map(({ expression }) => (expression.kind === 'column' ? expression.name : '')));
  const ties = byKey.filter(({ expression }) => expression.kind !== 'column' || !named.has(expression.name));
  const records = await loadRecords(source, {
    ...state,
    order: [[...order, ...ties]],
    reversed: false,
    limit: perPage,
    offset,
  });
  return new Page(records, page, perPage, total);
}

/** Different rows can be told apart by the key only where it is one of their columns. */
function hasKey(state: QueryState, attributes: AttributeSet): boolean {
  if (attributes.keys.length === 0 || !state.distinct) return attributes.keys.length > 0;
  const columns = selectionOf(state, attributes)?.columns;
  return columns === undefined || attributes.keys.every(({ column }) => columns.includes(column));
}

/** Pages are a limit and an offset of their own. */
export function refuseLimit(state: QueryState, what: string): void {
  if (state.limit === undefined && state.offset === undefined) return;
  throw new InvalidQuery(`${what} sets the limit itself: the query must have neither limit nor offset.`);
}
