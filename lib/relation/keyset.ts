import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bindNode, columnNode, conjunction, type OrderNode, type Predicate } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';

/** A column that a keyset is ordered by. */
export interface KeysetColumn {
  readonly attribute: Attribute;
  readonly direction: 'asc' | 'desc';
  /** Where NULL stands in that direction. */
  readonly nulls: 'first' | 'last';
  /** The query says so itself; otherwise it is the database's way. */
  readonly saysNulls: boolean;
}

/** The columns of an order. @throws InvalidQuery (`AR_QUERY_INVALID`) for an order that no condition can go on from */
export function keysetOf(order: readonly OrderNode[], attributes: AttributeSet, dialect: Dialect): KeysetColumn[] {
  return order.map(({ expression, direction, nulls }) => {
    const attribute =
      expression.kind === 'column' ? attributes.all.find(({ column }) => column === expression.name) : undefined;
    if (attribute === undefined) {
      throw new InvalidQuery('Going on from a row needs an order by columns of the model, not by an expression.', {
        hint: 'Order by columns, or use paginate({ page }).',
      });
    }
    if (storageOf(attribute.type).kind === 'enum') {
      throw new InvalidQuery(`${attribute.label} is an enum: databases order and compare it in different ways.`, {
        hint: 'Order by other columns, or use paginate({ page }).',
      });
    }
    return {
      attribute,
      direction,
      nulls: nulls ?? ((dialect.features.nullsGreatest === true) === (direction === 'asc') ? 'last' : 'first'),
      saysNulls: nulls !== undefined,
    };
  });
}

export function orderOf(columns: readonly KeysetColumn[]): OrderNode[] {
  return columns.map(({ attribute, direction, nulls, saysNulls }) => ({
    expression: columnNode(attribute.column),
    direction,
    nulls: saysNulls ? nulls : undefined,
  }));
}

/** The same order, from its end. */
export function backwards(columns: readonly KeysetColumn[]): KeysetColumn[] {
  return columns.map((column) => ({
    ...column,
    direction: column.direction === 'asc' ? 'desc' : 'asc',
    nulls: column.nulls === 'first' ? 'last' : 'first',
  }));
}

/**
 * The rows that come behind one with these values: `a > ? OR (a = ? AND b > ?)`, whatever the directions.
 *
 * @param inclusive - and that row itself; its last value must not be null
 */
export function behind(columns: readonly KeysetColumn[], values: readonly unknown[], inclusive = false): Predicate {
  const alternatives: Predicate[] = [];
  columns.forEach((column, index) => {
    const isLast = index === columns.length - 1;
    const next = after(column, values[index] ?? null, inclusive && isLast);
    if (next === undefined) return;
    const same = columns.slice(0, index).map((each, position) => equal(each.attribute, values[position] ?? null));
    alternatives.push(conjunction([...same, next]));
  });
  const [only] = alternatives;
  return alternatives.length === 1 && only !== undefined ? only : { kind: 'or', operands: alternatives };
}

function equal(attribute: Attribute, value: unknown): Predicate {
  const column = columnNode(attribute.column);
  if (value === null) return { kind: 'nullTest', operand: column, negated: false };
  const right = bindNode(value, attribute.type, attribute.sensitive);
  return { kind: 'comparison', operator: '=', left: column, right };
}

/** undefined where nothing can come behind that value. */
function after(
  { attribute, direction, nulls }: KeysetColumn,
  value: unknown,
  inclusive: boolean,
): Predicate | undefined {
  const column = columnNode(attribute.column);
  if (value === null) return nulls === 'last' ? undefined : { kind: 'nullTest', operand: column, negated: true };
  const right = bindNode(value, attribute.type, attribute.sensitive);
  const operator = direction === 'asc' ? (inclusive ? '>=' : '>') : inclusive ? '<=' : '<';
  const greater: Predicate = { kind: 'comparison', operator, left: column, right };
  if (!attribute.nullable || nulls === 'first') return greater;
  return { kind: 'or', operands: [greater, { kind: 'nullTest', operand: column, negated: false }] };
}
