import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import {
  bindNode,
  columnNode,
  conjunction,
  type Expression,
  type JoinNode,
  type OrderNode,
  type Predicate,
  type SelectStatement,
  type Subquery,
  type TableSource,
} from '../sql/nodes.ts';
import { type QueryState, selectStatement, wherePredicate } from './query-state.ts';
import { keyOrder } from './shape.ts';
import type { Reflection, Step } from './source.ts';

// The rows of a table that belong to a row of another one, as parts of a statement that has that row outside.

/** What a step asks for of the rows that it leads to. */
export function stepState(step: Step, owner?: unknown): QueryState {
  let state = step.source.state();
  for (const { scope, label } of step.scopes) state = step.source.scoped(state, scope, label, owner);
  return state;
}

/** The rows of a polymorphic association are of one kind. */
export function isOfType(attribute: Attribute, value: string): Predicate {
  return {
    kind: 'comparison',
    operator: '=',
    left: columnNode(attribute.column),
    right: bindNode(attribute.type.cast(value, attribute), attribute.type, attribute.sensitive),
  };
}

/** The same values on both sides of a step, of tables that go by these names. */
export function stepCondition({ from, to }: Step, outer: string, inner: string): Predicate[] {
  return to.map(({ column }, index) => ({
    kind: 'comparison',
    operator: '=',
    left: columnNode(column, inner),
    right: columnNode(from[index]?.column ?? '', outer),
  }));
}

/** The kinds that a step is about, on either side. */
export function typeConditions({ fromType, toType }: Step, outer: string, inner: string): Predicate[] {
  return [
    ...(fromType === undefined ? [] : [qualified(outer, isOfType(fromType.attribute, fromType.value))]),
    ...(toType === undefined ? [] : [qualified(inner, isOfType(toType.attribute, toType.value))]),
  ];
}

const qualified = (by: string, operand: Predicate): Predicate => ({ kind: 'qualified', by, operand });

/** What a query asks for of its rows, where its table goes by that name in another statement. */
export function stateConditions(state: QueryState, attributes: AttributeSet, name: string): Predicate[] {
  const predicate = wherePredicate(state, attributes);
  const isAlone = hasOneTable(state);
  if (isAlone && predicate === undefined) return [];
  const isReadable = name === attributes.tableName || (predicate !== undefined && isMovable(predicate));
  if (isAlone && isReadable && predicate !== undefined) return [qualified(name, predicate)];
  // In a query of its own, where the table goes by its own name: other conditions may say that name.
  return [amongRows(state, attributes, name)];
}

/** The rows come from the model's table alone. */
export const hasOneTable = (state: QueryState): boolean =>
  state.joins.length === 0 && state.paths.length === 0 && state.from === undefined && state.ctes.length === 0;

function amongRows(state: QueryState, attributes: AttributeSet, name: string): Predicate {
  const { keys, tableName } = attributes;
  const [only] = keys;
  if (only === undefined || (keys.length > 1 && name === tableName)) {
    throw new InvalidQuery(`The conditions on ${attributes.modelName} need a key of one column here.`, {
      hint: 'Write them without joins.',
    });
  }
  const rows: QueryState = { ...state, order: [], reversed: false, distinct: false, lock: undefined };
  const columns = keys.map((key) => ({ expression: columnNode(key.column), alias: undefined }));
  const select = selectStatement(rows, attributes, columns);
  if (keys.length === 1) return { kind: 'inSelect', operand: columnNode(only.column, name), select, negated: false };
  const same = keys.map(
    ({ column }): Predicate => ({
      kind: 'comparison',
      operator: '=',
      left: columnNode(column, tableName),
      right: columnNode(column, name),
    }),
  );
  const where = conjunction(select.where === undefined ? same : [select.where, ...same]);
  return { kind: 'exists', select: { ...select, where }, negated: false };
}

/** Whether a condition means the same where its table goes by another name: it names bare columns, and nothing else. */
export function isMovable(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.operands.every(isMovable);
    case 'not':
      return isMovable(predicate.operand);
    case 'comparison':
      return isBare(predicate.left) && isBare(predicate.right);
    case 'range':
      return isBare(predicate.operand) && isBare(predicate.from) && isBare(predicate.to);
    case 'like':
      return isBare(predicate.operand) && isBare(predicate.pattern);
    case 'nullTest':
    case 'membership':
    case 'jsonEquality':
      return isBare(predicate.operand);
    case 'constant':
      return true;
    case 'exists':
      return isCorrelated(predicate.select);
    default:
      return false;
  }
}

/** A condition by association finds the name of the table outside by itself. */
function isCorrelated(select: Subquery): boolean {
  return (
    select.kind === 'select' &&
    select.correlated === true &&
    (select.joins ?? []).length === 0 &&
    (select.where === undefined || isMovable(select.where))
  );
}

export function isBare(expression: Expression): boolean {
  if (expression.kind === 'jsonExtract') return isBare(expression.operand);
  if (expression.kind === 'select') return isCorrelated(expression);
  if (expression.kind === 'outer') return true;
  return expression.kind === 'bind' || (expression.kind === 'column' && expression.table === undefined);
}

/** The tables between the first step and the last, joined to each other, with what their rows have to be. */
export function joinsBetween(between: readonly Step[], nameOf: (index: number) => string): JoinNode[] {
  return between.slice(1).map((step, position) => {
    const [outer, inner] = [nameOf(position), nameOf(position + 1)];
    return { type: 'inner', table: tableOf(step), alias: inner, on: conjunction(stepPredicates(step, outer, inner)) };
  });
}

/** All that holds of the rows of a step on the way. */
export function stepPredicates(step: Step, outer: string, inner: string): Predicate[] {
  return [...stepCondition(step, outer, inner), ...rowPredicates(step, inner), ...fromCondition(step, outer)];
}

/** What rows of a table on the way have to be: of its default scope, of the association's, and of its kind. */
export function rowPredicates(step: Step, name: string): Predicate[] {
  const { attributes } = step.source;
  if (attributes === undefined) return [];
  return [
    ...stateConditions(wayState(step), attributes, name),
    ...typeConditions({ ...step, fromType: undefined }, '', name),
  ];
}

/**
 * What a step on the way asks for.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for a limit: it would be for each row that the step begins at, which no join says
 */
export function wayState(step: Step): QueryState {
  const state = stepState(step);
  if (state.limit === undefined && state.offset === undefined) return state;
  const label = step.scopes.at(-1)?.label ?? step.source.modelName;
  throw new InvalidQuery(`${label} has a limit or an offset, so no association can go through it.`, {
    hint: 'Go through an association without one, or load the two one after the other.',
  });
}

export function fromCondition(step: Step, name: string): Predicate[] {
  return typeConditions({ ...step, toType: undefined }, name, '');
}

export const tableOf = ({ source }: Step): string => source.attributes?.tableName ?? '';

/** The rows of a table, in a statement around which there is a row of another one. */
export interface AssociatedRows {
  /** What the table goes by. */
  readonly name: string;
  readonly from: TableSource;
  readonly where: Predicate;
}

/**
 * The rows of the target, each once, that belong to the row outside.
 *
 * @param path - the steps from the owner to the target
 * @param outer - what the owner's table goes by outside
 * @param state - what is asked for of the target; its order and limit are not looked at
 */
export function associatedRows(path: readonly Step[], outer: string, state: QueryState): AssociatedRows {
  const [first] = path;
  const last = path.at(-1);
  const attributes = last?.source.attributes;
  if (first === undefined || last === undefined || attributes === undefined)
    throw new InvalidDefinition('An association leads nowhere.');
  const { tableName } = attributes;
  const isClear = tableName !== outer && (attributes.keys.length < 2 || hasOneTable(state));
  const name = isClear ? tableName : 'ar_rows';
  const isOwned =
    path.length === 1 ? [...stepCondition(last, outer, name), ...fromCondition(last, outer)] : among(path, outer, name);
  const where = [
    ...isOwned,
    ...typeConditions({ ...last, fromType: undefined }, '', name),
    ...stateConditions(state, attributes, name),
  ];
  return { name, from: { table: tableName, alias: name }, where: conjunction(where) };
}

/** `tags.id IN (SELECT tag_id FROM posts_tags AS ar_1 WHERE ar_1.post_id = posts.id)`: a set, so that no row comes twice. */
function among(path: readonly Step[], outer: string, name: string): Predicate[] {
  const between = path.slice(0, -1);
  const [first] = between;
  const last = path.at(-1);
  if (first === undefined || last === undefined) throw new InvalidDefinition('An association leads nowhere.');
  const nameOf = (index: number) => `ar_${index + 1}`;
  const end = nameOf(between.length - 1);
  const [to, another] = last.to;
  const isOne = to !== undefined && another === undefined;
  const select: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: last.from.map(({ column }) => ({ expression: columnNode(column, end), alias: undefined })),
    from: { table: tableOf(first), alias: nameOf(0) },
    joins: joinsBetween(between, nameOf),
    where: conjunction([
      ...stepPredicates(first, outer, nameOf(0)),
      ...fromCondition(last, end),
      ...(isOne ? [] : stepCondition(last, end, name)),
    ]),
    order: [],
    limit: undefined,
    offset: undefined,
  };
  if (isOne) return [{ kind: 'inSelect', operand: columnNode(to.column, name), select, negated: false }];
  return [{ kind: 'exists', select, negated: false }];
}

/**
 * The one row that a hasOne means: the first by key, or the one that it picks.
 *
 * @param state - in the order by which it is the first
 * @param name - what the table goes by
 */
export function isPicked(path: readonly Step[], outer: string, state: QueryState, name: string): Predicate {
  const attributes = path.at(-1)?.source.attributes;
  if (attributes === undefined) throw new InvalidDefinition('An association leads nowhere.');
  const { key } = attributes;
  const rows = associatedRows(path, outer, state);
  const select: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [{ expression: columnNode(key.column, rows.name), alias: undefined }],
    from: rows.from,
    where: rows.where,
    order: selectStatement(state, attributes, []).order,
    limit: 1,
    offset: state.offset,
  };
  return { kind: 'comparison', operator: '=', left: columnNode(key.column, name), right: select };
}

/** Of several rows a hasOne means the first by key, or the one that it picks. */
export function inPickedOrder({ declaration: { pick } }: Reflection, state: QueryState): QueryState {
  if (pick === undefined && state.order.length > 0) return state;
  const direction = pick?.end === 'last' ? 'desc' : 'asc';
  const by = pick?.attribute;
  const order = (attributes: AttributeSet) => [
    ...(by === undefined ? [] : [placed(attributes.get(by), direction)]),
    ...(attributes.keys.length === 0 ? [] : keyOrder(attributes, direction)),
  ];
  return { ...state, order: [order], reversed: false };
}

/** What has no value is neither the latest nor the oldest, on whatever database. */
function placed({ column, nullable }: Attribute, direction: OrderNode['direction']): OrderNode {
  return { expression: columnNode(column), direction, ...(nullable ? { nulls: 'last' } : {}) };
}
