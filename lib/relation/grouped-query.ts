import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import { deserialized } from '../record/values.ts';
import { compile } from '../sql/compile.ts';
import { columnNode, conjunction, type Expression, type Predicate, type SelectStatement } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { castScalar } from '../types/plain.ts';
import type { Scalar } from '../types/type.ts';
import { type Aggregate, averageOf, countOf, extremeOf, sumOf } from './aggregates.ts';
import { checkCapabilities } from './capabilities.ts';
import { Operator, type OperatorNode } from './operators.ts';
import { isNone, type QueryState, selectStatement } from './query-state.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';
import type { ReadySource, Source } from './source.ts';

/**
 * A query whose rows are put into groups: what it gives is a figure for each. Grouped by one column, a Map from its
 * values; by several, tuples with the figure last. `query-grouped.ts` documents it with its types.
 */
export class GroupedQuery {
  readonly #source: Source;
  readonly #state: QueryState;
  readonly #names: readonly string[];
  readonly #having: readonly unknown[];

  constructor(source: Source, state: QueryState, names: readonly string[], having: readonly unknown[] = []) {
    this.#source = source;
    this.#state = state;
    this.#names = names;
    this.#having = having;
    // A wrong name shows where it was written.
    for (const name of names) source.attributes?.get(name);
  }

  having(condition: unknown): GroupedQuery {
    if (Operator.nodeOf(condition) === undefined && Sql.nodeOf(condition) === undefined) {
      throw new InvalidQuery('having takes an operator on the figure, such as gt(5), or sql`…`.');
    }
    return new GroupedQuery(this.#source, this.#state, this.#names, [...this.#having, condition]);
  }

  async count(name?: string): Promise<unknown> {
    return this.#figures((ready) => countOf(ready.attributes, this.#state.distinct, name));
  }

  async sum(name: string): Promise<unknown> {
    return this.#figures(({ attributes, connection }) =>
      sumOf(attributes, connection.dialect, this.#state.distinct, name),
    );
  }

  async average(name: string): Promise<unknown> {
    return this.#figures(({ attributes, connection }) =>
      averageOf(attributes, connection.dialect, this.#state.distinct, name),
    );
  }

  async minimum(name: string): Promise<unknown> {
    return this.#figures(({ attributes, connection }) => extremeOf(attributes, connection.dialect, name, 'min'));
  }

  async maximum(name: string): Promise<unknown> {
    return this.#figures(({ attributes, connection }) => extremeOf(attributes, connection.dialect, name, 'max'));
  }

  async #figures(make: (ready: ReadySource) => Aggregate): Promise<unknown> {
    const ready = await this.#source.ready();
    const { attributes } = ready;
    const groups = this.#names.map((name) => attributes.get(name));
    for (const group of groups) refuseEncrypted(group, 'rows cannot be grouped by it');
    const aggregate = make(ready);
    const rows = isNone(this.#state) ? [] : await this.#rows(ready, groups, aggregate);
    const tuples = rows.map((row) => [
      ...groups.map((group) => readGroup(group, row[keyOf(group, aggregate)])),
      aggregate.read(row),
    ]);
    if (groups.length > 1) return tuples;
    return new Map(tuples.map(([group, figure]) => [group, figure]));
  }

  async #rows({ attributes, connection }: ReadySource, groups: readonly Attribute[], aggregate: Aggregate) {
    const state = this.#state;
    if (state.limit !== undefined || state.offset !== undefined) {
      throw new InvalidQuery('A grouped query counts all rows of each group: it takes no limit and no offset.');
    }
    const expressions = groups.map((group) => columnNode(group.column));
    // The figure must not take the place of a column of the same name.
    const columns = groups.map((group, index) => {
      const key = keyOf(group, aggregate);
      return {
        expression: expressions[index] ?? columnNode(group.column),
        alias: key === group.column ? undefined : key,
      };
    });
    const statement: SelectStatement = {
      ...selectStatement({ ...state, distinct: false, lock: undefined }, attributes, [
        ...columns,
        ...aggregate.columns,
      ]),
      group: expressions,
      having:
        this.#having.length === 0
          ? undefined
          : conjunction(this.#having.map((condition) => havingPredicate(aggregate.expression, condition))),
    };
    checkCapabilities(statement, attributes, connection.dialect);
    const options = { prepared: attributes.floats, bigints: true, limits: state.limits };
    return (await connection.run(compile(statement, connection.dialect), options, 'read')).rows;
  }
}

function readGroup(attribute: Attribute, raw: Scalar | undefined): unknown {
  return raw === null || raw === undefined ? null : deserialized(attribute, raw);
}

/** What a grouped column is called in the rows: its own name, unless that is the figure's. */
function keyOf({ column }: Attribute, { columns }: Aggregate): string {
  return columns.some(({ alias }) => alias === column) ? `group ${column}` : column;
}

const site = { label: 'having', sensitive: false };

function havingPredicate(figure: Expression, condition: unknown): Predicate {
  const fragment = Sql.nodeOf(condition);
  if (fragment?.kind === 'raw') return fragment;
  const operator = Operator.nodeOf(condition);
  if (operator === undefined) throw new InvalidQuery('having takes an operator or sql`…`.');
  return figurePredicate(figure, operator);
}

function figurePredicate(figure: Expression, node: OperatorNode): Predicate {
  const bind = (value: unknown): Expression => {
    const number = castScalar(value, site);
    const text = typeof number === 'number' || typeof number === 'bigint' ? String(number) : number;
    // Written out: PostgreSQL would give a placeholder the type of the aggregate beside it.
    if (typeof text === 'string' && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text))
      return { kind: 'raw', parts: [text], values: [] };
    throw new InvalidQuery('having compares the figure with a number, or with a decimal as text.');
  };
  if (node.kind === 'comparison')
    return { kind: 'comparison', operator: node.operator, left: figure, right: bind(node.value) };
  if (node.kind === 'between')
    return { kind: 'range', operand: figure, from: bind(node.from), to: bind(node.to), negated: false };
  if (node.kind === 'not') {
    const inner = Operator.nodeOf(node.operand);
    if (inner === undefined) return { kind: 'comparison', operator: '<>', left: figure, right: bind(node.operand) };
    return { kind: 'not', operand: figurePredicate(figure, inner) };
  }
  throw new InvalidQuery(`having does not take ${node.kind}.`, { hint: 'Use gt, gte, lt, lte, between or not.' });
}
