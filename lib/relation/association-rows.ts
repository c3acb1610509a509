import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import {
  columnNode,
  conjunction,
  type ExistsNode,
  type Expression,
  type Predicate,
  type SelectedNode,
  type SelectStatement,
} from '../sql/nodes.ts';
import { hasOneTable, inPickedOrder, isOfType, stepState } from './associated-rows.ts';
import { attributesOf, pathOf, requireConditions } from './association-paths.ts';
import { saysName } from './named-tables.ts';
import { type QueryState, selectStatement, unordered, wherePredicate } from './query-state.ts';
import type { Reflection, Step } from './source.ts';

// Associated rows in conditions: a query inside of the query for each table on the way, each tied to the one around it.
// None of them names the tables around it, so that the same condition stands at any depth, and under any name.

const one: readonly SelectedNode[] = [{ expression: { kind: 'raw', parts: ['1'], values: [] }, alias: undefined }];

/** Whether there are associated rows: `EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id AND …)`. */
export function existence(reflection: Reflection, narrow: Narrow = (state) => state): ExistsNode {
  const path = pathOf(reflection);
  return within(reflection, () => chain(reflection, path, 0, narrow));
}

/** More that is asked of the associated rows, beside what the association itself asks. */
export type Narrow = (state: QueryState, step: Step) => QueryState;

/** The same, of one kind of a polymorphic belongsTo. */
export function existenceOf(reflection: Reflection, step: Step, narrow: Narrow): ExistsNode {
  return within(reflection, () => chain(reflection, [step], 0, narrow));
}

/** How many conditions by association are being made within each other; none of them waits for anything. */
let depth = 0;
/** More than anybody writes down. */
const deepest = 100;

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where default scopes ask for each other's rows, which would not end */
function within<T>({ label }: Reflection, make: () => T): T {
  if (depth >= deepest) {
    throw new InvalidDefinition(`The condition by ${label} asks for itself without end.`, {
      hint: 'Two default scopes ask for rows of each other: leave the association out of one of them.',
    });
  }
  depth += 1;
  try {
    return make();
  } finally {
    depth -= 1;
  }
}

function chain(reflection: Reflection, path: readonly Step[], index: number, narrow: Narrow): ExistsNode {
  const step = stepAt(path, index);
  const isLast = index === path.length - 1;
  const state = isLast ? targetState(reflection, path, narrow) : wayState(reflection, step);
  const conditions = [
    ...tie(step, 1),
    ...(isLast ? picked(reflection, step) : [chain(reflection, path, index + 1, narrow)]),
  ];
  return { kind: 'exists', select: levelSelect(step, state, one, conditions), negated: false };
}

function stepAt(path: readonly Step[], index: number): Step {
  const step = path[index];
  if (step === undefined) throw new InvalidDefinition('An association leads nowhere.');
  return step;
}

function targetState(reflection: Reflection, path: readonly Step[], narrow: Narrow): QueryState {
  const step = stepAt(path, path.length - 1);
  const state = narrow(stepState(step), step);
  requireConditions(state, reflection.label);
  return state;
}

function wayState(reflection: Reflection, step: Step): QueryState {
  const state = stepState(step);
  requireConditions(state, reflection.label);
  return state;
}

/** What makes a row of a step's table belong to a row of the one before it, so many queries further out. */
function tie({ from, to, fromType, toType }: Step, levels: number): Predicate[] {
  const ties = to.map((attribute, index): Predicate => {
    const outer: Expression = { kind: 'outer', name: from[index]?.column ?? '', levels };
    return { kind: 'comparison', operator: '=', left: columnNode(attribute.column), right: outer };
  });
  if (toType !== undefined) ties.push(isOfType(toType.attribute, toType.value));
  if (fromType !== undefined) {
    const { attribute, value } = fromType;
    const own = isOfType(attribute, value);
    // The kind stands on the side where the step begins.
    if (own.kind === 'comparison') ties.push({ ...own, left: { kind: 'outer', name: attribute.column, levels } });
  }
  return ties;
}

/** Of several rows the one that a hasOne picks: `id = (SELECT id FROM orders AS orders_2 … ORDER BY … LIMIT 1)`. */
export function picked(reflection: Reflection, step: Step): Predicate[] {
  return reflection.declaration.pick === undefined ? [] : first(reflection, step);
}

/** Of several rows the first, or the one that is picked. */
export function first(reflection: Reflection, step: Step): Predicate[] {
  const attributes = attributesOf(step.source);
  const state = inPickedOrder(reflection, stepState(step));
  requireConditions(state, reflection.label);
  const { order } = selectStatement(state, attributes);
  if (attributes.keys.length === 0)
    throw new InvalidQuery(`${reflection.label} picks a row of ${attributes.modelName}, which has no primary key.`);
  const same = [
    ...step.to.map(
      ({ column }): Predicate => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(column),
        right: { kind: 'outer', name: column, levels: 1 },
      }),
    ),
    ...(step.toType === undefined ? [] : [isOfType(step.toType.attribute, step.toType.value)]),
  ];
  return attributes.keys.map(({ column }): Predicate => {
    const key = [{ expression: columnNode(column), alias: undefined }];
    const only = { ...levelSelect(step, state, key, same), order, limit: 1 };
    return { kind: 'comparison', operator: '=', left: columnNode(column), right: only };
  });
}

/** How many different associated rows there are: `(SELECT COUNT(*) FROM posts WHERE posts.user_id = users.id)`. */
export function rowCount(reflection: Reflection, narrow: Narrow): SelectStatement {
  const path = pathOf(reflection);
  const step = stepAt(path, path.length - 1);
  const state = targetState(reflection, path, narrow);
  const conditions =
    path.length === 1
      ? [...tie(step, 1), ...picked(reflection, step)]
      : [
          ...(step.toType === undefined ? [] : [isOfType(step.toType.attribute, step.toType.value)]),
          way(reflection, path),
        ];
  const count: Expression = {
    kind: 'aggregate',
    name: 'count',
    operand: counted(step, state),
    distinct: isJoined(state),
  };
  return levelSelect(step, state, [{ expression: count, alias: undefined }], conditions);
}

/** With other tables beside it a row may come several times. */
const isJoined = (state: QueryState) => !hasOneTable(unordered(state));

function counted(step: Step, state: QueryState): Expression | undefined {
  return isJoined(state) ? columnNode(attributesOf(step.source).key.column) : undefined;
}

/** From the target back to the owner, so that the rows of the target are counted, and not the ways to them. */
function way(reflection: Reflection, path: readonly Step[]): Predicate {
  let found: Predicate | undefined;
  // Written from the inside: the innermost query is the one on the owner's own step, so many levels within it.
  path.slice(0, -1).forEach((step, index) => {
    const next = stepAt(path, index + 1);
    const conditions = [...backTie(next), ...(index === 0 ? tie(step, path.length) : typeOf(step))];
    if (found !== undefined) conditions.push(found);
    const select = levelSelect(step, wayState(reflection, step), one, conditions);
    found = { kind: 'exists', select, negated: false };
  });
  if (found === undefined) throw new InvalidDefinition('An association leads nowhere.');
  return found;
}

const typeOf = ({ toType }: Step): Predicate[] =>
  toType === undefined ? [] : [isOfType(toType.attribute, toType.value)];

/** The step that leads on from here to the row of the query around this one. */
function backTie({ from, to, fromType }: Step): Predicate[] {
  const ties = from.map((attribute, index): Predicate => {
    const outer: Expression = { kind: 'outer', name: to[index]?.column ?? '', levels: 1 };
    return { kind: 'comparison', operator: '=', left: columnNode(attribute.column), right: outer };
  });
  return fromType === undefined ? ties : [...ties, isOfType(fromType.attribute, fromType.value)];
}

/** The query on one table on the way. */
function levelSelect(
  step: Step,
  state: QueryState,
  columns: readonly SelectedNode[],
  ties: readonly Predicate[],
): SelectStatement {
  const attributes = attributesOf(step.source);
  const plain: QueryState = { ...unordered(state), lock: undefined, distinct: false, comments: [] };
  const conditions = wherePredicate(state, attributes);
  return {
    ...selectStatement(plain, attributes, columns),
    where: conjunction([...ties, ...flat(conditions)]),
    correlated: true,
    ...(conditions === undefined || !saysName(conditions, attributes.tableName)
      ? {}
      : { renamedWhere: conjunction([...ties, sameRow(state, attributes)]) }),
  };
}

const flat = (predicate: Predicate | undefined): readonly Predicate[] =>
  predicate === undefined ? [] : predicate.kind === 'and' ? predicate.operands : [predicate];

/** In a query of its own, where the table goes by its own name: `sql` may say that name. */
export function sameRow(state: QueryState, attributes: AttributeSet): Predicate {
  if (attributes.keys.length === 0) {
    throw new InvalidQuery(`The conditions on ${attributes.modelName} need a primary key here.`, {
      hint: 'Write them without sql`…`, or declare the key: .primaryKey().',
    });
  }
  const plain: QueryState = { ...unordered(state), lock: undefined, distinct: false, comments: [] };
  const same = attributes.keys.map(
    ({ column }): Predicate => ({
      kind: 'comparison',
      operator: '=',
      left: columnNode(column, attributes.tableName),
      right: { kind: 'outer', name: column, levels: 1 },
    }),
  );
  const select = selectStatement(plain, attributes, one);
  return {
    kind: 'exists',
    select: { ...select, where: conjunction([...same, ...flat(select.where)]) },
    negated: false,
  };
}
