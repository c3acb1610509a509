import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { fromCondition, isOfType, joinsBetween, rowPredicates, tableOf } from '../../relation/associated-rows.ts';
import { keyPredicate } from '../../relation/load.ts';
import { type QueryState, selectedNodes, selectStatement } from '../../relation/query-state.ts';
import { numbering, rowNumber } from '../../relation/row-numbers.ts';
import type { ReadySource, Step } from '../../relation/source.ts';
import type { Dialect } from '../../sql/dialect.ts';
import {
  columnNode,
  conjunction,
  type Expression,
  type JoinNode,
  type OrderNode,
  type Predicate,
  type SelectedNode,
  type SelectStatement,
} from '../../sql/nodes.ts';

// The statement that loads the associated rows of many owners at once.

/** Columns that a statement selects for itself; a colon keeps them apart from those of tables. */
const ownColumn = (name: string, index: number) => `ar:${name}${index}`;

export interface LoadStatement {
  readonly statement: SelectStatement;
  /** Where a row has the key of its owner: columns of the row. */
  readonly ownerColumns: readonly string[];
}

/**
 * @param path - the steps from the owner to the target
 * @param keys - the keys of the owners, in the attributes where the first step begins
 * @param state - what is asked for of the target; its limit and offset are for each owner
 */
export function loadStatement(
  ready: ReadySource,
  path: readonly Step[],
  keys: readonly (readonly unknown[])[],
  state: QueryState,
): LoadStatement {
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined) throw new InvalidDefinition('An association leads nowhere.');
  const { attributes, connection } = ready;
  const limited = keys.length > 1 && (state.limit !== undefined || state.offset !== undefined);
  const types = typePredicate(last);
  const own = path.length === 1 ? [keyPredicate(last.to, keys)(attributes)] : [];
  const asked: QueryState = { ...state, where: [...state.where, ...own, ...types] };
  const columns = withColumns(selectedNodes(asked, attributes), path.length === 1 ? last.to : [], attributes);
  const ownerNames =
    path.length === 1 ? last.to.map(({ column }) => column) : first.from.map((_, index) => ownColumn('owner', index));
  const ownerNodes: SelectedNode[] =
    path.length === 1 ? [] : ownerNames.map((name) => ({ expression: columnNode(name, via), alias: name }));
  const pairs = () => viaJoin(path, keys, attributes.tableName, state.lock === undefined);
  const joins = path.length === 1 ? asked.joins : [...asked.joins, pairs()];
  const plain = selectStatement({ ...asked, joins }, attributes, [...columns, ...ownerNodes]);
  if (!limited) return { statement: plain, ownerColumns: ownerNames };
  const partition = ownerNodes.length > 0 ? ownerNodes.map(({ expression }) => expression) : last.to.map(bare);
  return {
    statement: perOwner(plain, partition, attributes, connection.dialect),
    ownerColumns: ownerNames,
  };
}

const bare = ({ column }: Attribute) => columnNode(column);

/** The selected columns, with those that tell whose row it is. */
function withColumns(
  selected: readonly SelectedNode[],
  needed: readonly Attribute[],
  attributes: AttributeSet,
): SelectedNode[] {
  const isThere = (name: string) =>
    selected.some(
      ({ expression, alias }) => alias === undefined && expression.kind === 'column' && expression.name === name,
    );
  // The key tells which rows are the same.
  const missing = [...new Set([...needed, ...attributes.keys])].filter(({ column }) => !isThere(column));
  return [...selected, ...missing.map((attribute) => ({ expression: bare(attribute), alias: undefined }))];
}

function typePredicate({ toType }: Step): Predicate[] {
  return toType === undefined ? [] : [isOfType(toType.attribute, toType.value)];
}

const via = 'ar_via';

/** The pairs of owners and rows of the last table but one, each once, joined to the target's rows. */
function viaJoin(
  path: readonly Step[],
  keys: readonly (readonly unknown[])[],
  target: string,
  isDistinct: boolean,
): JoinNode {
  const between = path.slice(0, -1);
  const last = path.at(-1);
  const [first] = between;
  if (first === undefined || last === undefined) throw new InvalidDefinition('An association leads nowhere.');
  const nameOf = (index: number) => `ar_${index + 1}`;
  const end = between.length - 1;
  const { attributes } = first.source;
  if (attributes === undefined) throw new InvalidDefinition('An association goes through an unknown table.');
  const select: SelectStatement = {
    kind: 'select',
    // Without a step to what several rows refer to, each pair comes once by itself. (Not every database locks different rows.)
    distinct: isDistinct && path.some((step) => step.to.every(({ key }) => key)),
    columns: [
      ...first.to.map(({ column }, index) => ({
        expression: columnNode(column, nameOf(0)),
        alias: ownColumn('owner', index),
      })),
      ...last.from.map(({ column }, index) => ({
        expression: columnNode(column, nameOf(end)),
        alias: ownColumn('via', index),
      })),
    ],
    from: { table: tableOf(first), alias: nameOf(0) },
    joins: joinsBetween(between, nameOf),
    where: conjunction([
      { kind: 'qualified', by: nameOf(0), operand: keyPredicate(first.to, keys)(attributes) },
      ...rowPredicates(first, nameOf(0)),
      ...fromCondition(last, nameOf(end)),
    ]),
    order: [],
    limit: undefined,
    offset: undefined,
  };
  return {
    type: 'inner',
    table: via,
    alias: via,
    select,
    on: conjunction(
      last.to.map(({ column }, index) => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(column, target),
        right: columnNode(ownColumn('via', index), via),
      })),
    ),
  };
}

/** So many rows for each owner: numbered in their order, owner by owner. */
function perOwner(
  plain: SelectStatement,
  partition: readonly Expression[],
  attributes: AttributeSet,
  dialect: Dialect,
): SelectStatement {
  const order =
    plain.order.length > 0
      ? plain.order
      : // Without a key to number by any order will do, but there has to be one.
        (attributes.keys.length > 0 ? attributes.keys : attributes.all.slice(0, 1)).map(
          (key): OrderNode => ({ expression: bare(key), direction: 'asc' }),
        );
  const from = plain.offset ?? 0;
  const all: SelectStatement = {
    ...plain,
    order: [],
    limit: undefined,
    offset: undefined,
    lock: undefined,
    comments: [],
  };
  const columns = plain.columns.map(({ expression, alias }) => ({
    expression: columnNode(alias ?? (expression.kind === 'column' ? expression.name : '')),
    alias: undefined,
  }));
  const number = (by: readonly Expression[]) => ({ expression: numbering(by, order, dialect), alias: rowNumber });
  // A number makes rows different, so that equal ones have to be one before they get it.
  const inner: SelectStatement = plain.distinct
    ? {
        ...outside,
        columns: [...columns, number(partition.map((each) => (each.kind === 'column' ? columnNode(each.name) : each)))],
        from: { select: all, alias: attributes.tableName },
      }
    : { ...all, columns: [...plain.columns, number(partition)] };
  const limits = [
    ...(from > 0 ? [numbered(`> ${from}`)] : []),
    ...(plain.limit === undefined ? [] : [numbered(`<= ${from + plain.limit}`)]),
  ];
  return {
    ...outside,
    columns,
    from: { select: inner, alias: attributes.tableName },
    where: conjunction(limits),
    order: [{ expression: columnNode(rowNumber), direction: 'asc' }],
    comments: plain.comments ?? [],
  };
}

const outside = {
  kind: 'select',
  distinct: false,
  where: undefined,
  order: [],
  limit: undefined,
  offset: undefined,
} as const satisfies Partial<SelectStatement>;

const numbered = (comparison: string): Predicate => ({
  kind: 'raw',
  parts: ['', ` ${comparison}`],
  values: [columnNode(rowNumber)],
});
