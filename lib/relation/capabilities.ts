import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { CompoundStatement, Expression, Predicate, SelectStatement } from '../sql/nodes.ts';
import { requireNumericOrder } from './shape.ts';
import { tableAttributes } from './table-attributes.ts';

/**
 * Refuses what the connected database would answer wrongly: order and ranges of decimals that it keeps as text. Also in the
 * queries inside of the statement, each on its own table.
 */
export function checkCapabilities(statement: SelectStatement, attributes: AttributeSet, dialect: Dialect): void {
  if (!dialect.features.wideDecimals) new CapabilityCheck(dialect).select(statement, attributes);
}

/** The tables of one query, by the names of their columns' owners; under undefined the one whose columns are bare. */
type Tables = ReadonlyMap<string | undefined, AttributeSet>;

class CapabilityCheck {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  select(statement: SelectStatement, own: AttributeSet | undefined): void {
    const tables = new Map<string | undefined, AttributeSet>();
    const main = tableAttributes(statement.from) ?? own;
    if (main !== undefined) tables.set(undefined, main).set(main.tableName, main);
    for (const join of statement.joins ?? []) {
      const attributes = tableAttributes(join);
      if (attributes !== undefined) tables.set(join.alias ?? join.table, attributes);
    }
    for (const { expression } of statement.order) this.#ordered(expression, tables, 'order by it');
    for (const { expression } of statement.columns) this.#inside(expression);
    for (const { on } of statement.joins ?? []) this.#predicate(on, tables);
    if (statement.where !== undefined) this.#predicate(statement.where, tables);
    if ('select' in statement.from) this.#inside(statement.from.select);
  }

  #ordered(expression: Expression, tables: Tables, what: string): void {
    this.#inside(expression);
    const attribute = attributeOf(expression, tables);
    if (attribute !== undefined) requireNumericOrder(attribute, this.#dialect, what);
  }

  /** Queries within an expression. */
  #inside(expression: Expression | CompoundStatement): void {
    if (expression.kind === 'select') this.select(expression, undefined);
    else if (expression.kind === 'compound') for (const member of expression.members) this.#inside(member);
    else if (expression.kind === 'raw') for (const value of expression.values) this.#inside(value);
  }

  #predicate(predicate: Predicate, tables: Tables): void {
    switch (predicate.kind) {
      case 'and':
      case 'or':
        for (const operand of predicate.operands) this.#predicate(operand, tables);
        return;
      case 'not':
        this.#predicate(predicate.operand, tables);
        return;
      case 'qualified': {
        const own = tables.get(predicate.by);
        this.#predicate(predicate.operand, own === undefined ? new Map() : new Map([...tables, [undefined, own]]));
        return;
      }
      case 'comparison': {
        const { operator, left, right } = predicate;
        this.#inside(right);
        if (operator === '=' || operator === '<>') this.#inside(left);
        else this.#ordered(left, tables, 'a comparison of size');
        return;
      }
      case 'range':
        this.#ordered(predicate.operand, tables, 'a range');
        return;
      case 'exists':
      case 'inSelect':
        this.#inside(predicate.select);
        return;
      case 'raw':
        this.#inside(predicate);
        return;
      default:
        return;
    }
  }
}

function attributeOf(expression: Expression, tables: Tables): Attribute | undefined {
  if (expression.kind === 'column') return columnOf(tables.get(expression.table), expression.name);
  const [table, name, ...rest] = expression.kind === 'name' ? expression.path : [];
  // A name of the caller's own, in `sql`, is not looked at: it may be of any table.
  if (table === undefined || name === undefined || rest.length > 0) return undefined;
  return columnOf(tables.get(table), name);
}

const columnOf = (attributes: AttributeSet | undefined, name: string): Attribute | undefined =>
  attributes?.all.find(({ column }) => column === name);
