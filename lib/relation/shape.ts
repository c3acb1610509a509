import { CapabilityMissing, InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { baseMembers } from '../record/base-members.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bindNode, columnNode, type Expression, type OrderNode } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { storageOf } from '../types/column-type.ts';
import type { SelectionPart } from './query-state.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';

/** `order('name')`, `order('name', 'desc')`, `order({ age: 'desc', name: 'asc' })`, `order(sql`…`, 'desc')`. */
export function orderPart(
  attributes: AttributeSet,
  given: unknown,
  direction: unknown,
  options: unknown = {},
  joined: JoinedColumns = new Map(),
): readonly OrderNode[] {
  const nulls = nullsOf(options);
  const fragment = Sql.nodeOf(given);
  if (fragment !== undefined) return [{ expression: fragment, direction: checkDirection(direction), nulls }];
  if (typeof given === 'string') return [{ ...orderNode(attributes, given, direction, joined), nulls }];
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isEmptyInstance(given)) {
    throw new InvalidQuery('order takes a name and a direction, an object of directions by name, or sql`…`.');
  }
  return Object.entries(given).map(([name, each]) => orderNode(attributes, name, each, joined));
}

/** Columns of joined associations, by the names that they are asked for by: `author.name`. */
type JoinedColumns = ReadonlyMap<string, { readonly attribute: Attribute; readonly expression: Expression }>;

/** The names that an order is given. */
export function orderedNames(given: unknown): readonly string[] {
  if (typeof given === 'string') return [given];
  return typeof given === 'object' && given !== null && Sql.nodeOf(given) === undefined ? Object.keys(given) : [];
}

function orderNode(attributes: AttributeSet, name: string, direction: unknown, joined: JoinedColumns): OrderNode {
  const found = joined.get(name);
  const attribute = found?.attribute ?? attributes.get(name);
  refuseEncrypted(attribute, 'rows have no order by it');
  if (storageOf(attribute.type).kind === 'json')
    throw new InvalidQuery(`${attribute.label} is JSON, which has no order.`);
  return { expression: found?.expression ?? columnNode(attribute.column), direction: checkDirection(direction) };
}

function nullsOf(options: unknown): 'first' | 'last' | undefined {
  const nulls: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'nulls') : undefined;
  if (nulls === undefined || nulls === 'first' || nulls === 'last') return nulls;
  throw new InvalidQuery("The option nulls of order is 'first' or 'last'.");
}

/** The position of a value in a list: `CASE role WHEN ? THEN 0 WHEN ? THEN 1 ELSE 2 END`. */
export function valueOrder(attributes: AttributeSet, name: string, values: readonly unknown[]): readonly OrderNode[] {
  const attribute = attributes.get(name);
  refuseEncrypted(attribute, 'rows have no order by it');
  if (values.length === 0) throw new InvalidQuery('inOrderOf takes a list of at least one value.');
  const binds = values.map((value) => {
    if (value === null) throw new InvalidQuery('inOrderOf takes no null.');
    const cast: unknown = attribute.type.cast(value, attribute);
    if (cast === null) throw new InvalidQuery('inOrderOf takes no null.');
    return bindNode(cast, attribute.type, attribute.sensitive);
  });
  const parts = ['CASE ', ...binds.map((_, index) => (index === 0 ? ' WHEN ' : ` THEN ${index - 1} WHEN `))];
  const expression: Expression = {
    kind: 'raw',
    parts: [...parts, ` THEN ${binds.length - 1} ELSE ${binds.length} END`],
    values: [columnNode(attribute.column), ...binds],
  };
  return [{ expression, direction: 'asc' }];
}

function checkDirection(direction: unknown): 'asc' | 'desc' {
  if (direction === 'asc' || direction === 'desc') return direction;
  throw new InvalidQuery(
    `A direction is 'asc' or 'desc', not ${typeof direction === 'string' ? JSON.stringify(direction.slice(0, 40)) : typeof direction}.`,
  );
}

/** The columns of the primary key, in their order: what `first` and `last` go by where nothing else is asked for. */
export function keyOrder(attributes: AttributeSet, direction: 'asc' | 'desc'): OrderNode[] {
  if (attributes.keys.length === 0)
    throw new InvalidQuery(`${attributes.modelName} has no primary key to order by.`, {
      hint: 'Add order(…), or use take().',
    });
  return attributes.keys.map((key) => ({ expression: columnNode(key.column), direction }));
}

/** `select('id', 'name', { initial: sql`…` })`. */
export function selectionPart(attributes: AttributeSet, given: readonly unknown[]): SelectionPart {
  const columns: string[] = [];
  const expressions: {
    alias: string;
    expression: ReturnType<typeof columnNode> | NonNullable<ReturnType<typeof Sql.nodeOf>>;
  }[] = [];
  for (const item of given) {
    if (typeof item === 'string') {
      const { column } = attributes.get(item);
      if (!columns.includes(column)) columns.push(column);
      continue;
    }
    if (typeof item !== 'object' || item === null || Sql.nodeOf(item) !== undefined) {
      throw new InvalidQuery('select takes names, and expressions by alias: select({ total: sql`…` }).');
    }
    for (const [alias, value] of Object.entries(item)) {
      const expression = Sql.nodeOf(value);
      if (expression === undefined)
        throw new InvalidQuery(`select: the expression for "${alias.slice(0, 80)}" is not written as sql\`…\`.`);
      checkAlias(attributes, alias);
      expressions.push({ alias, expression });
    }
  }
  // An empty list, or an object without an expression in it, too: of nothing there is no statement.
  if (columns.length + expressions.length === 0)
    throw new InvalidQuery('select takes at least one name or expression.');
  return { columns, expressions };
}

const members: readonly string[] = baseMembers;

/** An alias becomes a property of the record, and stands beside the columns in its row. */
function checkAlias(attributes: AttributeSet, alias: string): void {
  const isTaken = attributes.names.includes(alias) || attributes.hasColumn(alias);
  if (!isTaken && !members.includes(alias) && alias !== 'then' && !(alias in Object.prototype)) return;
  throw new InvalidQuery(
    `select: the alias "${alias.slice(0, 80)}" is taken by ${isTaken ? 'a column' : 'a member'} of ${attributes.modelName}.`,
    { hint: 'Choose another alias.' },
  );
}

/** Wide decimals are text on databases without an exact number type: their order there would be that of text. */
export function requireNumericOrder(attribute: Attribute, dialect: Dialect, what: string): void {
  const type = storageOf(attribute.type);
  if (dialect.features.wideDecimals || type.kind !== 'decimal' || type.precision <= 15) return;
  throw new CapabilityMissing(
    `${dialect.label} keeps ${attribute.label} (a decimal of more than 15 digits) as text: ${what} would be wrong.`,
    {
      hint: 'Declare it with at most 15 digits, or use another database for such sums.',
    },
  );
}
