import type { AttributeSet } from '../record/attribute.ts';
import { compile } from '../sql/compile.ts';
import { columnNode, type SelectedNode, type SelectStatement } from '../sql/nodes.ts';
import { type Aggregate, averageOf, countOf, extremeOf, sumOf } from './aggregates.ts';
import { checkCapabilities } from './capabilities.ts';
import { isNone, type QueryState, selectStatement, unordered } from './query-state.ts';
import type { ReadySource } from './source.ts';

/** One figure about the rows of a query. A limit, offset or DISTINCT of rows applies first: those rows become a subquery. */
async function calculate(ready: ReadySource, state: QueryState, aggregate: Aggregate): Promise<unknown> {
  if (isNone(state)) return aggregate.read({});
  const { connection, attributes } = ready;
  const { operand, columns } = aggregate;
  const nested = state.limit !== undefined || state.offset !== undefined || (state.distinct && operand === undefined);
  // Of a column the rows of the limit are taken first, and their different values then.
  const inner: SelectStatement = {
    ...selectStatement(
      rowsOf(state, nested, operand !== undefined),
      attributes,
      nested ? innerColumns(state, attributes, aggregate) : columns,
    ),
    lock: undefined,
  };
  const statement: SelectStatement = nested
    ? {
        kind: 'select',
        distinct: false,
        columns,
        from: { select: inner, alias: 'limited' },
        where: undefined,
        order: [],
        limit: undefined,
        offset: undefined,
      }
    : { ...inner, distinct: false, order: [] };
  checkCapabilities(inner, attributes, connection.dialect);
  const options = { prepared: attributes.floats, bigints: true, limits: state.limits };
  const { rows } = await connection.run(compile(statement, connection.dialect), options, 'read');
  return aggregate.read(rows[0] ?? {});
}

/** Only where a limit takes some of the rows does it matter in which order they are. */
function rowsOf(state: QueryState, nested: boolean, ofColumn: boolean): QueryState {
  const rows = nested ? state : unordered(state);
  return ofColumn ? { ...rows, distinct: false } : rows;
}

/** What the subquery has to give: the column that is aggregated, or the rows that are counted. */
function innerColumns(
  state: QueryState,
  attributes: AttributeSet,
  { operand }: Aggregate,
): readonly SelectedNode[] | undefined {
  if (operand !== undefined) return [{ expression: columnNode(operand.column), alias: undefined }];
  if (state.distinct || state.selection !== undefined || attributes.keys.length === 0) return undefined;
  return attributes.keys.map((key) => ({ expression: columnNode(key.column), alias: undefined }));
}

export async function count(ready: ReadySource, state: QueryState, name: string | undefined): Promise<number> {
  return Number(await calculate(ready, state, countOf(ready.attributes, state.distinct, name)));
}

export async function sum(ready: ReadySource, state: QueryState, name: string): Promise<unknown> {
  return calculate(ready, state, sumOf(ready.attributes, ready.connection.dialect, state.distinct, name));
}

export async function average(ready: ReadySource, state: QueryState, name: string): Promise<unknown> {
  return calculate(ready, state, averageOf(ready.attributes, ready.connection.dialect, state.distinct, name));
}

export async function extreme(
  ready: ReadySource,
  state: QueryState,
  name: string,
  which: 'min' | 'max',
): Promise<unknown> {
  return calculate(ready, state, extremeOf(ready.attributes, ready.connection.dialect, name, which));
}
