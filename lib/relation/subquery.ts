import { InvalidQuery } from '../errors/query.ts';
import { type Attribute, type AttributeSet, columnsNotLoaded } from '../record/attribute.ts';
import {
  columnNode,
  conjunction,
  type Predicate,
  type RawNode,
  type SelectStatement,
  type Subquery,
} from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { requireComparable } from './comparable.ts';
import { QueryBase, sourceKey, stateKey } from './query-base.ts';
import { type SelectionPart, selectionOf, selectStatement, unordered } from './query-state.ts';

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

/** The one column of a subquery that `compared` is compared with: the selected one, else the primary key. */
export function keysOf(query: QueryBase, compared: Attribute): SelectStatement {
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
  const only = onlyColumn(source.attributes, selection);
  if (only !== undefined) requireComparable(compared, only);
  const key = only !== undefined && { expression: columnNode(only.column), alias: undefined };
  const isCut = state.limit !== undefined || state.offset !== undefined;
  // Which rows there are does not hang on their order; that of DISTINCT ones may need columns beside the one.
  const rows = isCut || !state.distinct ? state : unordered(state);
  const select = selectStatement(rows, source.attributes, selection === undefined && key ? [key] : undefined);
  return isCut ? wrapped(select) : select;
}

/** The rows of a query as the values of one column, whatever it selects, to compare another column with. */
export function rowsOf(query: QueryBase, attribute: Attribute): SelectStatement {
  const source = query[sourceKey];
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  const state = query[stateKey];
  const isCut = state.limit !== undefined || state.offset !== undefined;
  const column = { expression: columnNode(attribute.column), alias: undefined };
  const rows = { ...(isCut ? state : unordered(state)), selection: undefined, lock: undefined };
  const select = selectStatement(rows, source.attributes, [column]);
  if (isCut) return wrapped(select);
  if (!attribute.nullable) return select;
  // NULL among the values would make NOT IN true of nothing.
  const given: Predicate = { kind: 'nullTest', operand: column.expression, negated: true };
  return { ...select, where: select.where === undefined ? given : conjunction([select.where, given]) };
}

/** The attribute that is selected; undefined where it is an expression. */
function onlyColumn(attributes: AttributeSet, selection: SelectionPart | undefined): Attribute | undefined {
  if (selection !== undefined) return attributes.all.find(({ column }) => column === selection.columns[0]);
  const [key] = attributes.keys;
  if (key !== undefined && attributes.keys.length === 1) return key;
  throw new InvalidQuery(
    `A query inside a condition stands for its primary key; that of ${attributes.modelName} has ${attributes.keys.length} columns.`,
    { hint: 'Select the column to compare with: .select(…).' },
  );
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
