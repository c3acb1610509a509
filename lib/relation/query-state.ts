import type { QueryLimits } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import {
  type CommonTable,
  columnNode,
  conjunction,
  type Expression,
  type IndexHint,
  type JoinNode,
  type LockNode,
  never,
  type OrderNode,
  type Predicate,
  type SelectedNode,
  type SelectStatement,
} from '../sql/nodes.ts';
import type { Scalar } from '../types/type.ts';
import { withOrderColumns } from './association-order.ts';
import type { Include } from './include.ts';
import { requireDistinct } from './refuse-encrypted.ts';
import { tableAttributes, withAttributes } from './table-attributes.ts';

/**
 * A part of a query that may have to wait for the model's columns: those of a model without a definition are known only
 * after its first query. Parts of all other models are made, and checked, at once.
 */
export type Part<T> = T | ((attributes: AttributeSet) => T);

/** Columns, and expressions by alias. */
export interface SelectionPart {
  readonly columns: readonly string[];
  readonly expressions: readonly { readonly alias: string; readonly expression: Expression }[];
}

/** What a relation asks for. Frozen: every method of a relation makes another one. */
export interface QueryState {
  readonly where: readonly Part<Predicate>[];
  readonly order: readonly Part<readonly OrderNode[]>[];
  readonly selection: Part<SelectionPart> | undefined;
  readonly distinct: boolean;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** The order is read from its end. */
  readonly reversed: boolean;
  readonly joins: readonly JoinNode[];
  /** Another table, query or common table in place of the model's. */
  readonly from: SelectStatement['from'] | undefined;
  readonly ctes: readonly CommonTable[];
  readonly lock: LockNode | undefined;
  readonly hints: readonly string[];
  readonly indexHints: readonly IndexHint[];
  readonly comments: readonly string[];
  /** The records cannot be saved. */
  readonly readonly: boolean;
  /** Nothing is asked, and nothing found. */
  readonly none: boolean;
  /** What ends its statements early. */
  readonly limits: QueryLimits | undefined;
  /** Associations that are loaded with the records, by statements of their own. */
  readonly includes: readonly Include[];
  /** Associations that are loaded with the records in one statement, by joins. */
  readonly eager: readonly Include[];
  /** Associations whose tables are joined, by their path: `author`, `posts.comments`. */
  readonly paths: readonly JoinedPath[];
  /** Figures about associations, selected beside the columns. */
  readonly figures: readonly Part<Figure>[];
  /** Lazy loading from the records is refused. */
  readonly strict: boolean;
  /** The records do not load associations for each other. */
  readonly alone: boolean;
}

/** An association that a query joins, so that its columns can be named in it. */
export interface JoinedPath {
  /** `author`, `posts.comments`. */
  readonly name: string;
  /** What its table goes by: `posts_comments`. */
  readonly alias: string;
  readonly type: JoinNode['type'];
  /** By `joins` or `leftJoins`, as opposed to a column of it that is named somewhere. */
  readonly asked: boolean;
  /** An order names a column of it. */
  readonly ordered: boolean;
  /** It may give a row several times. */
  readonly isMany: boolean;
  /** Its table, and those on the way to it from the path above. */
  readonly joins: readonly JoinNode[];
  /** The same where only a column is named: of several rows of a hasOne the first, so that no row comes twice. */
  readonly single: readonly JoinNode[];
}

/** An expression by alias, with what turns its raw value into the property of the record. */
export interface Figure {
  readonly alias: string;
  readonly expression: Expression;
  /** It is a 32-bit number, or made of such: what MySQL rounds in text. */
  readonly floats: boolean;
  read(raw: Scalar | undefined): unknown;
}

export const everything: QueryState = Object.freeze({
  where: [],
  order: [],
  selection: undefined,
  distinct: false,
  limit: undefined,
  offset: undefined,
  reversed: false,
  joins: [],
  from: undefined,
  ctes: [],
  lock: undefined,
  hints: [],
  indexHints: [],
  comments: [],
  readonly: false,
  none: false,
  limits: undefined,
  includes: [],
  eager: [],
  paths: [],
  figures: [],
  strict: false,
  alone: false,
});

/** Nothing is to be sent: the answer is empty. */
export const isNone = (state: QueryState): boolean => state.none;

/** The rows come from the model's table alone, so that a WHERE on it says which they are. */
export const isOneTable = (state: QueryState): boolean =>
  state.joins.length === 0 &&
  !state.paths.some(({ asked }) => asked) &&
  state.from === undefined &&
  state.ctes.length === 0;

/** A row of the model may come several times. */
export const mayRepeat = (state: QueryState): boolean =>
  state.joins.length > 0 || state.from !== undefined || state.paths.some(({ isMany }) => isMany);

/** The rows of a query in whatever order, so that nothing is joined for the sake of the order. */
export const unordered = (state: QueryState): QueryState => ({
  ...state,
  order: everything.order,
  reversed: false,
  paths: state.paths.every(({ asked }) => asked) ? state.paths : state.paths.filter(({ asked }) => asked),
});

/** All joins of a query: those by association first, since the others may speak of them. */
export function joinNodes({ paths, joins }: QueryState): readonly JoinNode[] {
  if (paths.length === 0) return joins;
  return [
    ...paths.flatMap((path) => (path.asked ? path.joins : path.single).map((join) => typed(join, path.type))),
    ...joins,
  ];
}

function typed(join: JoinNode, type: JoinNode['type']): JoinNode {
  if (join.type === type) return join;
  const attributes = tableAttributes(join);
  return attributes === undefined ? { ...join, type } : withAttributes({ ...join, type }, attributes);
}

/** Makes a part now where the columns are known, so that a mistake shows where it was written. */
export function part<T extends object>(
  source: { readonly attributes: AttributeSet | undefined },
  make: (attributes: AttributeSet) => T,
): Part<T> {
  return source.attributes === undefined ? make : make(source.attributes);
}

function settle<T extends object>(given: Part<T>, attributes: AttributeSet): T {
  return typeof given === 'function' ? given(attributes) : given;
}

/** The conditions that a default scope has put into its queries: nobody asked for them there. */
const defaultParts = new WeakMap<object, unknown>();

/** @param scope - the default scope that the conditions are of, where they are nobody else's */
export function markDefaultConditions(state: QueryState, scope: unknown): void {
  for (const each of state.where) if (!defaultParts.has(each)) defaultParts.set(each, scope);
}

/** The conditions that default scopes of some kind have put into a query. */
export function conditionsOfScopes(state: QueryState, isMeant: (scope: unknown) => boolean): QueryState['where'] {
  return state.where.filter((each) => isMeant(defaultParts.get(each)));
}

/** Conditions apart by where they come from: the model's default scope, and the query itself. */
export function conditionsBySource(state: QueryState): {
  readonly own: QueryState['where'];
  readonly byDefault: QueryState['where'];
} {
  return {
    own: state.where.filter((each) => !defaultParts.has(each)),
    byDefault: state.where.filter((each) => defaultParts.has(each)),
  };
}

/** Only these take part in which rows are meant, as opposed to how they are given. */
export function wherePredicate(state: QueryState, attributes: AttributeSet): Predicate | undefined {
  const predicates = state.where.map((predicate) => settle(predicate, attributes));
  // Inside another query, where it cannot be left unsent, a query that finds nothing has to say so.
  if (state.none) predicates.push(never);
  return predicates.length === 0 ? undefined : conjunction(predicates);
}

export function orderNodes(state: QueryState, attributes: AttributeSet): OrderNode[] {
  const nodes = state.order.flatMap((order) => settle(order, attributes));
  return state.reversed ? reversedOrder(nodes.length > 0 ? nodes : keyNodes(attributes)) : nodes;
}

const keyNodes = (attributes: AttributeSet): OrderNode[] =>
  attributes.keys.map((key) => ({ expression: columnNode(key.column), direction: 'asc' }));

/** `last` and `reverseOrder` turn the order around, which cannot be done inside of text. */
function requireReversible({ expression }: OrderNode): void {
  const text = expression.kind === 'raw' ? expression.parts.join('?').replace(/\([^()]*\)/g, '') : '';
  if (!text.includes(',') && !/\b(?:asc|desc|nulls\s+(?:first|last))\s*$/i.test(text)) return;
  throw new InvalidQuery('An order that is written as one piece of SQL cannot be turned around.', {
    hint: "Give each expression and its direction by itself: order(sql`…`, 'desc'), or use first.",
  });
}

function reversedOrder(nodes: readonly OrderNode[]): OrderNode[] {
  nodes.forEach(requireReversible);
  return nodes.map((node) => ({
    ...node,
    direction: node.direction === 'asc' ? 'desc' : 'asc',
    nulls: node.nulls === undefined ? undefined : node.nulls === 'first' ? 'last' : 'first',
  }));
}

export function selectionOf(state: QueryState, attributes: AttributeSet): SelectionPart | undefined {
  return state.selection === undefined ? undefined : settle(state.selection, attributes);
}

export function figuresOf(state: QueryState, attributes: AttributeSet): readonly Figure[] {
  return state.figures.map((figure) => settle(figure, attributes));
}

export function selectedNodes(state: QueryState, attributes: AttributeSet): SelectedNode[] {
  const selection = selectionOf(state, attributes);
  const columns = selection?.columns ?? attributes.columns;
  const nodes: SelectedNode[] = columns.map((name) => ({
    expression: { kind: 'column', table: undefined, name },
    alias: undefined,
  }));
  for (const { alias, expression } of selection?.expressions ?? []) nodes.push({ expression, alias });
  for (const { alias, expression } of figuresOf(state, attributes)) nodes.push({ expression, alias });
  return nodes;
}

/** The statement of a query, selecting `columns` in place of its own selection where they are given. */
export function selectStatement(
  state: QueryState,
  attributes: AttributeSet,
  columns?: readonly SelectedNode[],
): SelectStatement {
  const order = orderNodes(state, attributes);
  const selected = columns ?? selectedNodes(state, attributes);
  if (state.distinct && columns === undefined)
    requireDistinct(attributes, selectionOf(state, attributes)?.columns ?? attributes.columns);
  const ordered = state.distinct ? state.paths.flatMap((path) => (path.ordered ? path.alias : [])) : [];
  return {
    kind: 'select',
    with: state.ctes,
    hints: state.hints,
    distinct: state.distinct,
    columns: ordered.length === 0 ? selected : withOrderColumns(attributes, selected, order, ordered),
    from: state.from ?? withAttributes({ table: attributes.tableName, indexHints: state.indexHints }, attributes),
    joins: joinNodes(state),
    where: wherePredicate(state, attributes),
    order,
    limit: state.limit,
    offset: state.offset,
    lock: lockOf(state, attributes),
    comments: state.comments,
  };
}

/** Beside a table that a path has joined, only the model's own rows are locked. */
function lockOf({ lock, paths, from }: QueryState, { tableName }: AttributeSet): LockNode | undefined {
  const isAlone = !paths.some(({ type }) => type === 'left') || from !== undefined;
  return lock === undefined || isAlone ? lock : { ...lock, of: tableName };
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function checkCount(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidQuery(
    `${what} takes a whole number from 0 up, not ${typeof value === 'number' ? value : `a value of type ${typeof value}`}.`,
  );
}
