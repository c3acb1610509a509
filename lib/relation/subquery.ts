import { InvalidQuery } from '../errors/query.ts';
import { columnsNotLoaded } from '../record/attribute.ts';
import { columnNode, type RawNode, type SelectStatement, type Subquery } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { QueryBase, sourceKey, stateKey } from './query-base.ts';
import { selectionOf, selectStatement } from './query-state.ts';

/** The statement of a query that stands inside another one. */
export function statementOf(query: QueryBase): SelectStatement {
  const source = query[sourceKey];
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  return selectStatement(query[stateKey], source.attributes);
}

/** A query or `sql` as a subquery. */
export function subqueryOf(given: unknown, what: string): Subquery {
  if (given instanceof QueryBase) return statementOf(given);
  const fragment = Sql.nodeOf(given);
  if (fragment?.kind === 'raw') return fragment satisfies RawNode;
  throw new InvalidQuery(`${what} takes a query, or sql\`…\`.`, { hint: 'Give it without await.' });
}

/** The one column of a subquery that a column is compared with: the selected one, else the primary key. */
export function keysOf(query: QueryBase): SelectStatement {
  const source = query[sourceKey];
  const state = query[stateKey];
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  const selection = selectionOf(state, source.attributes);
  const selected = (selection?.columns.length ?? 0) + (selection?.expressions.length ?? 0);
  if (selection !== undefined && selected !== 1) {
    throw new InvalidQuery(
      `A query inside a condition selects one column; this one of ${source.modelName} selects ${selected}.`,
      {
        hint: "Write where({ id: Order.select('userId') }).",
      },
    );
  }
  const column = { expression: columnNode(source.attributes.key.column), alias: undefined };
  const select = selectStatement(state, source.attributes, selection === undefined ? [column] : undefined);
  return select.limit === undefined && select.offset === undefined ? select : wrapped(select);
}

/** MySQL takes no LIMIT directly inside IN. */
function wrapped(select: SelectStatement): SelectStatement {
  const [only] = select.columns;
  const name = only?.alias ?? (only?.expression.kind === 'column' ? only.expression.name : 'value');
  return {
    kind: 'select',
    distinct: false,
    columns: [{ expression: columnNode(name), alias: undefined }],
    from: { select, alias: 'limited' },
    where: undefined,
    order: [],
    limit: undefined,
    offset: undefined,
  };
}
