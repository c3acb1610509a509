import { columnNode, type Predicate } from '../sql/nodes.ts';
import { hasOneTable } from './associated-rows.ts';
import { EagerJoins } from './eager-plan.ts';
import { saysName } from './named-tables.ts';
import { type QueryState, selectStatement, wherePredicate } from './query-state.ts';
import type { ReadySource, Source } from './source.ts';

/**
 * A query on its own table alone, whatever it loads by joins: to count its rows, or to take some of them. Where its
 * conditions name a joined table they become a query of their own: `id IN (SELECT posts.id FROM posts LEFT JOIN …)`.
 */
export function withoutJoins(source: Source, ready: ReadySource, state: QueryState): QueryState {
  if (state.eager.length === 0) return state;
  const { attributes, connection } = ready;
  const rows: QueryState = { ...state, eager: [] };
  const where = wherePredicate(rows, attributes);
  // Its own joins may bring the names that its conditions say.
  if (where === undefined || !hasOneTable(state)) return rows;
  const { joins } = new EagerJoins(source, state.eager, attributes.tableName, connection.dialect);
  if (!joins.some(({ table, alias }) => saysName(where, alias ?? table))) return rows;
  const { column } = attributes.key;
  const bare: QueryState = {
    ...rows,
    order: [],
    reversed: false,
    distinct: false,
    limit: undefined,
    offset: undefined,
    lock: undefined,
    comments: [],
  };
  const select = selectStatement(bare, attributes, [{ expression: columnNode(column), alias: undefined }]);
  const among: Predicate = {
    kind: 'inSelect',
    operand: columnNode(column),
    select: { ...select, joins },
    negated: false,
  };
  return { ...rows, where: [among] };
}
