import type { CompoundStatement, Expression, Predicate, SelectStatement, Subquery } from '../sql/nodes.ts';

type Node = Predicate | Expression | Subquery;

/**
 * Whether a condition says the name of a table, in `sql` or of its own accord: then it means something else where the table
 * goes by another name. Text that only looks like it counts, too.
 */
export function saysName(node: Node, table: string): boolean {
  const wanted = table.toLowerCase();
  return anyOf(node, (each) => {
    if (each.kind === 'raw') return each.parts.some((part) => part.toLowerCase().includes(wanted));
    if (each.kind === 'name') return each.path.some((name) => name.toLowerCase() === wanted);
    return each.kind === 'column' && each.table?.toLowerCase() === wanted;
  });
}

/** Whether a query inside of a condition reads a table: MySQL does not write to one that it reads there. */
export function readsTable(node: Node, table: string): boolean {
  return anyOf(node, (each) => {
    if (each.kind !== 'select') return false;
    const isFrom = 'table' in each.from && each.from.table === table;
    return isFrom || (each.joins ?? []).some((join) => join.table === table);
  });
}

function anyOf(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || partsOf(node).some((part) => anyOf(part, test));
}

function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands;
    case 'not':
    case 'qualified':
    case 'nullTest':
    case 'membership':
    case 'jsonEquality':
    case 'jsonExtract':
      return [node.operand];
    case 'comparison':
      return [node.left, node.right];
    case 'range':
      return [node.operand, node.from, node.to];
    case 'like':
      return [node.operand, node.pattern];
    case 'inSelect':
      return [node.operand, node.select];
    case 'exists':
      return [node.select];
    case 'match':
      return node.columns;
    case 'aggregate':
      return node.operand === undefined ? [] : [node.operand];
    case 'raw':
      return node.values;
    case 'select':
      return partsOfSelect(node);
    case 'compound':
      return partsOfCompound(node);
    default:
      return [];
  }
}

const partsOfCompound = ({ members }: CompoundStatement): readonly Node[] => members;

function partsOfSelect({
  from,
  with: tables = [],
  columns,
  joins = [],
  where,
  order,
}: SelectStatement): readonly Node[] {
  return [
    ...tables.map(({ query }) => query),
    ...columns.map(({ expression }) => expression),
    ...('select' in from ? [from.select] : []),
    ...joins.flatMap(({ on, select }) => (select === undefined ? [on] : [on, select])),
    ...(where === undefined ? [] : [where]),
    ...order.map(({ expression }) => expression),
  ];
}
