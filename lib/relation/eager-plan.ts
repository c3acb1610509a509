import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { Dialect } from '../sql/dialect.ts';
import {
  columnNode,
  conjunction,
  type Expression,
  type JoinNode,
  type OrderNode,
  type Predicate,
  type SelectedNode,
} from '../sql/nodes.ts';
import {
  fromCondition,
  hasOneTable,
  inPickedOrder,
  isBare,
  isMovable,
  isPicked,
  stateConditions,
  stepCondition,
  stepPredicates,
  stepState,
  tableOf,
  typeConditions,
} from './associated-rows.ts';
import { checkCapabilities } from './capabilities.ts';
import { type Include, mergedIncludes } from './include.ts';
import {
  figuresOf,
  orderNodes,
  type QueryState,
  selectedNodes,
  selectionOf,
  selectStatement,
  wherePredicate,
} from './query-state.ts';
import { numbering, rowNumber } from './row-numbers.ts';
import type { Reflection, Source, Step } from './source.ts';

// What a statement joins for the associations that are loaded with its records, and which of its columns are whose.

/** One association that is loaded by a join, with those that are loaded with its records. */
export interface EagerNode {
  readonly reflection: Reflection;
  readonly target: Source;
  /** What is asked for of the target. */
  readonly state: QueryState;
  /** Narrower than the association itself. */
  readonly isNarrowed: boolean;
  /** Where in a row of the statement each column of the target's row is. */
  readonly columns: readonly { readonly slot: string; readonly name: string }[];
  /** What tells its rows apart, and is NULL where there is none. */
  readonly keys: readonly string[];
  readonly nested: readonly EagerNode[];
}

/** The joins of all nodes, and what else they bring into the statement. */
export class EagerJoins {
  readonly joins: JoinNode[] = [];
  readonly columns: SelectedNode[] = [];
  readonly order: OrderNode[] = [];
  /** A row of the query may come several times. */
  multiplies = false;
  floats = false;
  bigints = false;
  readonly nodes: readonly EagerNode[];
  readonly #dialect: Dialect;
  readonly #taken: Set<string>;
  #count = 0;

  constructor(source: Source, includes: readonly Include[], outer: string, dialect: Dialect) {
    this.#dialect = dialect;
    this.#taken = new Set([outer.toLowerCase()]);
    this.nodes = this.#nodes(source, includes, outer, []);
  }

  #nodes(source: Source, includes: readonly Include[], outer: string, path: readonly string[]): readonly EagerNode[] {
    return includes.map((include) => this.#node(source.associations.get(include.name), include, outer, path));
  }

  #node(reflection: Reflection, include: Include, outer: string, path: readonly string[]): EagerNode {
    const { label, target, declaration, isCollection } = reflection;
    const last = reflection.steps.at(-1);
    const { attributes } = target;
    if (last === undefined || attributes === undefined) throw new InvalidDefinition(`${label} leads nowhere.`);
    requireJoinable(reflection);
    const state = stateOf(reflection, last, include);
    const names = [...path, reflection.name];
    const alias = this.#alias(names.join('_'));
    const isOne = !isCollection && declaration.kind !== 'belongsTo';
    checkCapabilities(selectStatement({ ...state, figures: [] }, attributes, []), attributes, this.#dialect);
    if (isCollection) this.multiplies = true;
    const ordered = isOne ? inPickedOrder(reflection, state) : state;
    const on = isOne
      ? [isPicked(reflection.steps, outer, ordered, alias)]
      : this.#steps(reflection.steps, outer, alias);
    const needed = last.toType === undefined ? last.to : [...last.to, last.toType.attribute];
    const selected = columnsOf(state, attributes, needed);
    const order = isCollection ? orderNodes(state, attributes) : [];
    const where = isOne ? [] : this.#rows(state, attributes, alias);
    const hasKey = attributes.keys.length > 0;
    if (hasKey && isMovedAsItIs(state, attributes, order)) {
      this.joins.push({ type: 'left', table: attributes.tableName, alias, on: conjunction([...on, ...where]) });
      this.order.push(...order.map((each) => ({ ...each, expression: movedTo(alias, each.expression) })));
    } else {
      this.joins.push(this.#derived(state, attributes, alias, { selected, order, on, filters: !isOne }));
      if (order.length > 0) this.order.push({ expression: columnNode(rowNumber, alias), direction: 'asc' });
    }
    const floats = figuresOf(state, attributes).some((figure) => figure.floats);
    this.floats ||= attributes.floats || floats;
    this.bigints ||= attributes.bigints || selected.some(({ alias: given }) => given !== undefined);
    const columns = selected.map((each) => {
      const slot = `ar:${this.#count++}`;
      const name = nameOf(each);
      this.columns.push({ expression: columnNode(name, alias), alias: slot });
      return { slot, name };
    });
    const keyNames = attributes.keys.map(({ column }) => column);
    const keys = columns.filter(({ name }) => keyNames.includes(name)).map(({ slot }) => slot);
    if (!hasKey) keys.push(this.#numberSlot(alias));
    const nested = mergedIncludes(include.nested, state.eager, 'eagerLoad');
    return {
      reflection,
      target,
      state: { ...state, eager: [] },
      isNarrowed: include.scope !== undefined,
      columns,
      keys,
      nested: this.#nodes(target, nested, alias, names),
    };
  }

  /** What tells rows without a key apart: their number among all rows of the table. */
  #numberSlot(alias: string): string {
    const slot = `ar:${this.#count++}`;
    this.columns.push({ expression: columnNode(rowNumber, alias), alias: slot });
    return slot;
  }

  /** The joins of the tables on the way, and the conditions of the last one. */
  #steps(path: readonly Step[], outer: string, alias: string): Predicate[] {
    let before = outer;
    for (const [index, step] of path.slice(0, -1).entries()) {
      const name = this.#alias(`${alias}_via${index === 0 ? '' : index + 1}`);
      const on = conjunction(stepPredicates(step, before, name));
      this.joins.push({ type: 'left', table: tableOf(step), alias: name, on });
      before = name;
    }
    const last = path.at(-1);
    if (last === undefined) return [];
    return [
      ...stepCondition(last, before, alias),
      ...fromCondition(last, before),
      ...typeConditions({ ...last, fromType: undefined }, '', alias),
    ];
  }

  #rows(state: QueryState, attributes: AttributeSet, alias: string): Predicate[] {
    const where = wherePredicate(state, attributes);
    if (!hasOneTable(state) || where === undefined || !isMovable(where)) return [];
    return stateConditions(state, attributes, alias);
  }

  /** A query of the target's rows in place of its table: what is in it may name the table. */
  #derived(
    state: QueryState,
    attributes: AttributeSet,
    alias: string,
    given: {
      readonly selected: readonly SelectedNode[];
      readonly order: readonly OrderNode[];
      readonly on: readonly Predicate[];
      readonly filters: boolean;
    },
  ): JoinNode {
    const { selected, order, on, filters } = given;
    const byFirst: readonly OrderNode[] =
      attributes.keys.length > 0 ? [] : [{ expression: columnNode(attributes.columns[0] ?? ''), direction: 'asc' }];
    const by = order.length > 0 ? order : byFirst;
    const numbered = by.length > 0 ? [{ expression: numbering([], by, this.#dialect), alias: rowNumber }] : [];
    const rows: QueryState = {
      ...state,
      where: filters ? state.where : [],
      none: filters && state.none,
      order: [],
      reversed: false,
      limit: undefined,
      offset: undefined,
      lock: undefined,
    };
    const select = selectStatement(rows, attributes, [...selected, ...numbered]);
    return { type: 'left', table: alias, alias, select, on: conjunction(on) };
  }

  /** The association's name, after those before it; with a number where it is taken. */
  #alias(wanted: string): string {
    const short = wanted.length <= 50 ? wanted : `ar_${this.#taken.size}`;
    let name = short;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) name = `${short}_${number}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

function requireJoinable({ label, needsOwner, owner, target }: Reflection): void {
  if (needsOwner) {
    throw new InvalidQuery(`${label} has a scope that asks for its owner, so it is not loaded for many.`, {
      hint: 'Write a scope with one parameter, or await the association of each record.',
    });
  }
  if (owner.connectionName === target.connectionName) return;
  throw new InvalidQuery(`${label} leads to another database, so it cannot be joined.`, {
    hint: 'Load it with includes.',
  });
}

function stateOf(reflection: Reflection, last: Step, { scope }: Include): QueryState {
  const { label, target } = reflection;
  const own = stepState(last);
  const state = scope === undefined ? own : target.scoped(own, scope, `eagerLoad ${label}`);
  if (state.limit === undefined && state.offset === undefined && state.lock === undefined) return state;
  throw new InvalidQuery(`eagerLoad: the query of ${label} has a limit or a lock, which a join cannot have.`, {
    hint: `Use includes: there the limit counts for each record by itself.`,
  });
}

/** What is selected of the target, with what tells its rows apart and joins them. */
function columnsOf(state: QueryState, attributes: AttributeSet, joined: readonly Attribute[]): SelectedNode[] {
  const selected = selectedNodes(state, attributes);
  const needed = [...new Set([...attributes.keys, ...joined])].filter(
    ({ column }) => !selected.some((each) => each.alias === undefined && nameOf(each) === column),
  );
  return [...selected, ...needed.map(({ column }) => ({ expression: columnNode(column), alias: undefined }))];
}

/** The name of a selected column in its row. */
export const nameOf = ({ expression, alias }: SelectedNode): string =>
  alias ?? (expression.kind === 'column' ? expression.name : '');

function isMovedAsItIs(state: QueryState, attributes: AttributeSet, order: readonly OrderNode[]): boolean {
  const where = wherePredicate(state, attributes);
  const selects = (selectionOf(state, attributes)?.expressions.length ?? 0) > 0 || state.figures.length > 0;
  return (
    !selects &&
    hasOneTable(state) &&
    (where === undefined || isMovable(where)) &&
    order.every(({ expression }) => isBare(expression))
  );
}

function movedTo(alias: string, expression: Expression): Expression {
  return expression.kind === 'column' ? columnNode(expression.name, alias) : expression;
}
