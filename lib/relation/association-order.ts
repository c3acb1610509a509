import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { columnNode, type NameNode, type OrderNode, type SelectedNode, type SelectStatement } from '../sql/nodes.ts';

// DISTINCT rows are ordered by what they consist of: PostgreSQL and MySQL refuse any other column. A column of an
// association that leads to one record follows from the row's own key, so that to select it, too, gives no further rows.

/** What was selected for the sake of the order alone. */
const forOrder = new WeakSet<SelectedNode>();

/** What was asked for, without what the order needed. */
export const withoutOrderColumns = (columns: readonly SelectedNode[]): readonly SelectedNode[] =>
  columns.filter((each) => !forOrder.has(each));

/**
 * The columns of DISTINCT rows, with those of joined associations that they are ordered by.
 *
 * @param tables - what the tables of the associations go by
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where the key is not among them: rows that are alike may then have several ranks
 */
export function withOrderColumns(
  attributes: AttributeSet,
  columns: readonly SelectedNode[],
  order: readonly OrderNode[],
  tables: readonly string[],
): readonly SelectedNode[] {
  // Without columns the statement is looked at only for something else.
  if (columns.length === 0) return columns;
  const added: SelectedNode[] = [];
  for (const { expression } of order) {
    if (expression.kind !== 'name' || !tables.includes(expression.path[0] ?? '')) continue;
    if ([...columns, ...added].some((each) => isSame(each.expression, expression))) continue;
    requireKey(attributes, columns, expression);
    const node = { expression, alias: `ar:order${added.length}` };
    forOrder.add(node);
    added.push(node);
  }
  return added.length === 0 ? columns : [...columns, ...added];
}

const isSame = (one: SelectedNode['expression'], { path }: NameNode): boolean =>
  one.kind === 'name' && one.path.length === path.length && one.path.every((name, index) => name === path[index]);

function requireKey({ keys, modelName }: AttributeSet, columns: readonly SelectedNode[], { path }: NameNode): void {
  const isSelected = (column: string) =>
    columns.some(({ expression }) => expression.kind === 'column' && expression.name === column);
  if (keys.length > 0 && keys.every(({ column }) => isSelected(column))) return;
  throw new InvalidQuery(
    `Different rows of ${modelName} cannot be ordered by ${path.join('.')}, which is not selected with them.`,
    { hint: 'Leave the order or distinct() out, pluck that column too, or select the primary key.' },
  );
}

/** The order of such a statement, as a query around it says it. */
export function outerOrder({ columns, order }: SelectStatement): readonly OrderNode[] {
  return order.map((node) => {
    const own = columns.find((each) => forOrder.has(each) && each.expression === node.expression);
    return own?.alias === undefined ? node : { ...node, expression: columnNode(own.alias) };
  });
}
