import type { Dialect } from '../sql/dialect.ts';
import type { Expression, OrderNode } from '../sql/nodes.ts';

/** Where a row has its number; a colon keeps it apart from the columns of tables. */
export const rowNumber = 'ar:row';

/** `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`. */
export function numbering(partition: readonly Expression[], order: readonly OrderNode[], dialect: Dialect): Expression {
  const parts = [partition.length > 0 ? 'ROW_NUMBER() OVER (PARTITION BY ' : 'ROW_NUMBER() OVER (ORDER BY '];
  const values: Expression[] = [];
  const write = (expression: Expression, after: string) => {
    values.push(expression);
    parts.push(after);
  };
  partition.forEach((expression, index) => {
    write(expression, index < partition.length - 1 ? ', ' : ' ORDER BY ');
  });
  order.forEach(({ expression, direction, nulls }, index) => {
    const down = direction === 'desc' ? ' DESC' : '';
    const end = index < order.length - 1 ? ', ' : ')';
    if (nulls !== undefined && !dialect.features.nullsOrdering)
      write(expression, nulls === 'last' ? ' IS NULL, ' : ' IS NOT NULL, ');
    const placed = nulls !== undefined && dialect.features.nullsOrdering ? ` NULLS ${nulls.toUpperCase()}` : '';
    write(expression, `${down}${placed}${end}`);
  });
  return { kind: 'raw', parts, values };
}
