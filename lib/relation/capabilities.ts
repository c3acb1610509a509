import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Expression, OrderNode, Predicate, SelectStatement } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';
import { requireNumericOrder } from './shape.ts';

/** Refuses what the connected database would answer wrongly: order and ranges of decimals that it keeps as text. */
export function checkCapabilities(statement: SelectStatement, attributes: AttributeSet, dialect: Dialect): void {
  if (dialect.features.wideDecimals) return;
  const decimals = new Map(
    attributes.all
      .filter((attribute) => storageOf(attribute.type).kind === 'decimal')
      .map((attribute) => [attribute.column, attribute]),
  );
  if (decimals.size === 0) return;
  const check = (expression: Expression, what: string) => {
    const attribute: Attribute | undefined = expression.kind === 'column' ? decimals.get(expression.name) : undefined;
    if (attribute !== undefined) requireNumericOrder(attribute, dialect, what);
  };
  checkOrder(statement.order, check);
  if (statement.where !== undefined) checkPredicate(statement.where, check);
}

type Check = (expression: Expression, what: string) => void;

function checkOrder(order: readonly OrderNode[], check: Check): void {
  for (const { expression } of order) check(expression, 'order by it');
}

function checkPredicate(predicate: Predicate, check: Check): void {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      for (const operand of predicate.operands) checkPredicate(operand, check);
      return;
    case 'not':
    case 'qualified':
      checkPredicate(predicate.operand, check);
      return;
    case 'comparison':
      if (predicate.operator !== '=' && predicate.operator !== '<>') check(predicate.left, 'a comparison of size');
      return;
    case 'range':
      check(predicate.operand, 'a range');
      return;
    default:
      return;
  }
}
