import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { type CompoundStatement, columnNode, conjunction, type Predicate, type SelectStatement } from '../sql/nodes.ts';
import { withArticle } from '../support/naming.ts';
import { conditionsPredicate } from './association-conditions.ts';
import { withoutOrderColumns } from './association-order.ts';
import { castKey } from './load.ts';
import { QueryBase, sourceKey, stateKey } from './query-base.ts';
import {
  conditionsBySource,
  isOneTable,
  type Part,
  type QueryState,
  selectionOf,
  wherePredicate,
} from './query-state.ts';
import { requireDistinct } from './refuse-encrypted.ts';
import { statementOf } from './subquery.ts';
import { wherePredicateOf } from './where.ts';

/** The conditions of a query, or of an object, as one predicate. */
function conditionsOf(query: QueryBase, given: unknown): (attributes: AttributeSet) => Predicate {
  if (!(given instanceof QueryBase)) return (attributes) => conditionsPredicate(query[sourceKey], attributes, given);
  const other = combinable(query, given);
  const own = { ...other, where: conditionsBySource(other).own };
  return (attributes) => wherePredicate(own, attributes) ?? { kind: 'and', operands: [] };
}

/** What another query asks for. A limit or another table cannot be one side of AND or OR. */
export function combinable(query: QueryBase, other: QueryBase): QueryState {
  const { limit, offset } = other[stateKey];
  const [mine, theirs] = [query[sourceKey].modelName, other[sourceKey].modelName];
  if (mine !== theirs && !isAbove(other, query))
    throw new InvalidQuery(`Conditions of ${theirs} cannot be combined with those of ${mine}.`);
  if (limit !== undefined || offset !== undefined || !isOneTable(other[stateKey])) {
    throw new InvalidQuery(
      'Only the conditions of a query can be combined: this one has a limit, an offset or other tables.',
      {
        hint: 'Give those to the query that combines them.',
      },
    );
  }
  return other[stateKey];
}

/** What is said of the rows of a class holds of those below it too: a scope of that class may say it. */
function isAbove(other: QueryBase, query: QueryBase): boolean {
  const [above, model] = [other[sourceKey].model, query[sourceKey].model];
  return typeof above === 'function' && typeof model === 'function' && model.prototype instanceof above;
}

/** What the query asks for, or what the other does. */
export function alternatives(query: QueryBase, other: unknown): Part<Predicate> {
  const [left, right] = [conditionsOf(query, query), conditionsOf(query, other)];
  const either = (attributes: AttributeSet): Predicate => ({
    kind: 'or',
    // Flat, so that a long chain is a long list and not a deep tree.
    operands: [left(attributes), right(attributes)].flatMap((each) => (each.kind === 'or' ? each.operands : [each])),
  });
  const { attributes } = query[sourceKey];
  return attributes === undefined ? either : either(attributes);
}

/** The keys of records (or keys themselves) that are to be left out. */
export function excludedKeys(modelName: string, given: readonly unknown[]): readonly unknown[] {
  return given.flat().map((each) => {
    if (typeof each !== 'object' || each === null || !('primaryKey' in each)) return each;
    if (each.primaryKey === null)
      throw new InvalidQuery(`excluding was given ${withArticle(modelName)} that has no key yet.`, {
        hint: 'Save it first.',
      });
    return each.primaryKey;
  });
}

export function excluded(attributes: AttributeSet, given: readonly unknown[]): Predicate {
  const keys = given.map((key) => castKey(attributes.modelName, attributes.keys, key));
  const rows: Predicate[] = keys.map((key) =>
    conjunction(
      attributes.keys.map((attribute, index) => wherePredicateOf(attributes, { [attribute.name]: key[index] })),
    ),
  );
  const [only] = attributes.keys;
  if (attributes.keys.length === 1 && only !== undefined) {
    const list = wherePredicateOf(attributes, { [only.name]: keys.map(([value]) => value) });
    return { kind: 'not', operand: list };
  }
  return { kind: 'not', operand: { kind: 'or', operands: rows } };
}

type SetOperator = CompoundStatement['operator'];

/** The rows of two queries as one table under the model's name: conditions, order and limit then apply to all of it. */
export function compound(query: QueryBase, other: QueryBase, operator: SetOperator): QueryState['from'] {
  const { attributes } = query[sourceKey];
  const members = [query, other].map((each) => member(statementOf(each)));
  if (attributes === undefined) throw new InvalidQuery('The columns of this model are not known yet.');
  if (operator !== 'UNION ALL') {
    for (const each of [query, other]) {
      const selection = selectionOf(each[stateKey], attributes);
      if (selection !== undefined) requireDistinct(attributes, selection.columns);
    }
  }
  return { select: { kind: 'compound', operator, members }, alias: attributes.tableName };
}

/** A member may have no order and no limit of its own: one that has becomes a subquery of its rows. */
export function member(select: SelectStatement): SelectStatement {
  const plain =
    select.order.length === 0 &&
    select.limit === undefined &&
    select.offset === undefined &&
    (select.with ?? []).length === 0;
  if (plain) return select;
  const columns = withoutOrderColumns(select.columns).map(({ expression, alias }) => ({
    expression: columnNode(alias ?? (expression.kind === 'column' ? expression.name : '')),
    alias: undefined,
  }));
  return {
    kind: 'select',
    distinct: false,
    columns,
    from: { select, alias: 'member' },
    where: undefined,
    order: [],
    limit: undefined,
    offset: undefined,
  };
}
