import type { Row, RunOptions } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import { type Compiled, compile } from '../sql/compile.ts';
import { columnNode, type OrderNode, type Predicate, type SelectedNode, type SelectStatement } from '../sql/nodes.ts';
import { hasOneTable } from './associated-rows.ts';
import { outerOrder } from './association-order.ts';
import { checkCapabilities } from './capabilities.ts';
import { withoutJoins } from './eager-conditions.ts';
import { EagerJoins, type EagerNode, nameOf } from './eager-plan.ts';
import type { Include } from './include.ts';
import { figuresOf, type QueryState, selectionOf, selectStatement, wherePredicate } from './query-state.ts';
import { numbering, rowNumber } from './row-numbers.ts';
import { keyOrder } from './shape.ts';
import type { ReadySource, Source } from './source.ts';

/** One statement for the rows of a query and for what is loaded with its records. */
export interface EagerStatement {
  readonly statement: SelectStatement;
  readonly compiled: Compiled;
  readonly options: RunOptions;
  readonly nodes: readonly EagerNode[];
  /** The columns of the query's own rows. */
  readonly columns: readonly string[];
  /** What tells the query's own rows apart. */
  readonly keys: readonly string[];
}

/** The rows of a query by what they belong to. */
export interface EagerRows {
  readonly nodes: readonly EagerNode[];
  /** For each node the rows of each row that it belongs to, each once. */
  readonly rows: ReadonlyMap<EagerNode, ReadonlyMap<Row, ReadonlySet<Row>>>;
}

const rowsOfQuery = new WeakMap<Row, EagerRows>();

/** What was loaded by joins together with rows. It is given once: a record must not keep alive all that came with it. */
export function takeEagerRows(rows: readonly Row[]): EagerRows | undefined {
  const [first] = rows;
  const found = first === undefined ? undefined : rowsOfQuery.get(first);
  for (const row of rows) rowsOfQuery.delete(row);
  return found;
}

/** All models that are joined. */
export function eagerModels(source: Source, includes: readonly Include[]): readonly Source[] {
  return includes.flatMap(({ name, nested }) => {
    const reflection = source.associations.get(name);
    return [...reflection.models, ...(nested.length === 0 ? [] : eagerModels(reflection.target, nested))];
  });
}

export function eagerStatement(source: Source, ready: ReadySource, state: QueryState): EagerStatement {
  const { attributes, connection } = ready;
  const { dialect } = connection;
  if (state.lock !== undefined) {
    throw new InvalidQuery('Rows that are loaded with eagerLoad cannot be locked: not every row of a join is one.', {
      hint: 'Load the associations with includes.',
    });
  }
  const outer = attributes.tableName;
  const joins = new EagerJoins(source, state.eager, outer, dialect);
  const isLimited = state.limit !== undefined || state.offset !== undefined;
  // With rows that are joined to it a query could not be limited, and its own joins may have the names of these.
  const isApart =
    (joins.multiplies && isLimited) || state.distinct || !hasOneTable(state) || attributes.keys.length === 0;
  const rows = isApart ? withoutJoins(source, ready, state) : { ...state, eager: [] };
  const plain = selectStatement(rows, attributes);
  checkCapabilities(plain, attributes, dialect);
  // Conditions on what is joined tell which rows there are, and what is left of those that are joined to them.
  const where = rows.where === state.where ? undefined : wherePredicate(state, attributes);
  const own = isApart ? apart(plain, joins, ready, where) : together(plain, ready);
  const statement: SelectStatement = {
    ...own.statement,
    columns: [...own.statement.columns, ...joins.columns],
    joins: joins.joins,
    order: [...own.statement.order, ...joins.order],
  };
  const figures = figuresOf(state, attributes);
  const expressions = (selectionOf(state, attributes)?.expressions.length ?? 0) + figures.length;
  return {
    statement,
    compiled: compile(statement, dialect),
    options: {
      prepared: attributes.floats || joins.floats || figures.some(({ floats }) => floats),
      bigints: attributes.bigints || joins.bigints || expressions > 0,
      limits: state.limits,
    },
    nodes: joins.nodes,
    columns: plain.columns.map(nameOf),
    keys: own.keys,
  };
}

interface OwnRows {
  readonly statement: SelectStatement;
  readonly keys: readonly string[];
}

/** The query itself, to which the tables are joined. */
function together(plain: SelectStatement, { attributes }: ReadySource): OwnRows {
  const missing = attributes.keys.filter(({ column }) => !plain.columns.some((each) => nameOf(each) === column));
  const keys = attributes.keys.map(({ column }, index) =>
    missing.some((each) => each.column === column) ? `ar:key${index}` : column,
  );
  const added: SelectedNode[] = missing.map(({ column }) => ({
    expression: columnNode(column),
    alias: keys[attributes.keys.findIndex((each) => each.column === column)],
  }));
  return { statement: { ...plain, columns: [...plain.columns, ...added] }, keys };
}

/** Its rows first, numbered in their order, and then the tables that are joined to them. */
function apart(
  plain: SelectStatement,
  joins: EagerJoins,
  { attributes, connection }: ReadySource,
  where: Predicate | undefined,
): OwnRows {
  const { tableName } = attributes;
  const firsts = joins.nodes.flatMap(({ reflection }) => reflection.steps[0]?.from ?? []);
  const needed = where === undefined ? firsts : attributes.all;
  const missing = [...new Set(needed)].filter(({ column }) => !plain.columns.some((each) => nameOf(each) === column));
  const wanted = plain.columns.map((each) => ({ expression: columnNode(nameOf(each), tableName), alias: undefined }));
  const outside = { kind: 'select' as const, where, limit: undefined, offset: undefined, distinct: false };
  if (plain.distinct) {
    const [first] =
      missing.length > 0
        ? missing
        : attributes.keys.filter(({ column }) => !plain.columns.some((each) => nameOf(each) === column));
    if (first !== undefined) {
      throw new InvalidQuery(`eagerLoad of different rows needs ${first.label}, which is not selected.`, {
        hint: 'Select it, or load the associations with includes.',
      });
    }
    const statement: SelectStatement = {
      ...outside,
      columns: wanted,
      from: { select: { ...plain, comments: [] }, alias: tableName },
      order: outerOrder(plain),
      comments: plain.comments ?? [],
    };
    return { statement, keys: plain.columns.map(nameOf) };
  }
  const byKey = attributes.keys.length > 0 ? keyOrder(attributes, 'asc') : undefined;
  const byFirst: OrderNode[] = [{ expression: columnNode(attributes.columns[0] ?? ''), direction: 'asc' }];
  const order = plain.order.length > 0 ? plain.order : (byKey ?? byFirst);
  const number: SelectedNode = { expression: numbering([], order, connection.dialect), alias: rowNumber };
  const added = missing.map(({ column }) => ({ expression: columnNode(column), alias: undefined }));
  const select: SelectStatement = { ...plain, columns: [...plain.columns, ...added, number], order, comments: [] };
  const statement: SelectStatement = {
    ...outside,
    columns: [...wanted, { expression: columnNode(rowNumber, tableName), alias: rowNumber }],
    from: { select, alias: tableName },
    order: [{ expression: columnNode(rowNumber, tableName), direction: 'asc' }],
    comments: plain.comments ?? [],
  };
  return { statement, keys: [rowNumber] };
}

/** The rows of the query, each once and in their order; `takeEagerRows` tells what was loaded with them. */
export function decodeRows({ nodes, columns, keys }: EagerStatement, raw: readonly Row[]): Row[] {
  const own = columns.map((name) => ({ slot: name, name }));
  const known = new Map<EagerNode | undefined, Map<string, Row>>();
  const rows = new Map<EagerNode, Map<Row, Set<Row>>>();
  const eager: EagerRows = { nodes, rows };
  const rowOf = (node: EagerNode | undefined, key: string, from: Row, made: EagerNode['columns']): Row => {
    const existing = known.get(node)?.get(key);
    if (existing !== undefined) return existing;
    const row: Row = {};
    for (const { slot, name } of made) row[name] = from[slot] ?? null;
    const ofNode = known.get(node);
    if (ofNode === undefined) known.set(node, new Map([[key, row]]));
    else ofNode.set(key, row);
    return row;
  };
  const place = (node: EagerNode, owner: Row, from: Row): void => {
    const byOwner = rows.get(node) ?? new Map<Row, Set<Row>>();
    rows.set(node, byOwner);
    const placed = byOwner.get(owner) ?? new Set<Row>();
    byOwner.set(owner, placed);
    if (node.keys.every((slot) => (from[slot] ?? null) === null)) return;
    const row = rowOf(node, keyText(from, node.keys), from, node.columns);
    placed.add(row);
    for (const each of node.nested) place(each, row, from);
  };
  for (const from of raw) {
    const row = rowOf(undefined, keyText(from, keys), from, own);
    rowsOfQuery.set(row, eager);
    for (const node of nodes) place(node, row, from);
  }
  return [...(known.get(undefined)?.values() ?? [])];
}

/** What tells rows apart, as the database gave it. */
function keyText(row: Row, names: readonly string[]): string {
  const [only] = names;
  const part = (value: Row[string] | undefined): string =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  if (names.length === 1 && only !== undefined) return part(row[only]);
  return JSON.stringify(names.map((name) => part(row[name])));
}
