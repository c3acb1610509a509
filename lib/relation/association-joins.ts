import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { columnNode, conjunction, type JoinNode, type NameNode, type Predicate } from '../sql/nodes.ts';
import { hasOneTable, isMovable, isOfType, stepState, tableOf } from './associated-rows.ts';
import { unknownName } from './association-conditions.ts';
import { attributesOf, pathOf, requireConditions } from './association-paths.ts';
import { first, picked, sameRow } from './association-rows.ts';
import { type Include, includeTree } from './include.ts';
import { type JoinedPath, type QueryState, wherePredicate } from './query-state.ts';
import type { Reflection, Source, Step } from './source.ts';
import { withAttributes } from './table-attributes.ts';

type Paths = QueryState['paths'];

/** `joins('author', { posts: 'comments' })`: the paths of a query with these. */
export function joinedPaths(
  source: Source,
  paths: Paths,
  type: JoinNode['type'],
  given: readonly unknown[],
  what: string,
): Paths {
  if (given.length === 0) throw new InvalidQuery(`${what} takes at least one association.`);
  return joinedTree(source, paths, type, includeTree(given, what), [], what);
}

function joinedTree(
  source: Source,
  paths: Paths,
  type: JoinNode['type'],
  tree: readonly Include[],
  above: readonly string[],
  what: string,
): Paths {
  let found = paths;
  for (const { name, scope, nested } of tree) {
    if (scope !== undefined) {
      throw new InvalidQuery(`${what} takes no function for "${name}": only whole associations are joined.`, {
        hint: 'Narrow the rows with where, or with whereHas.',
      });
    }
    const names = [...above, name];
    found = withPath(source, found, names, { type, asked: true, ordered: false });
    found = joinedTree(source, found, type, nested, names, what);
  }
  return found;
}

type Wish = Pick<JoinedPath, 'type' | 'asked' | 'ordered'>;

/** The paths of a query with one more, and those that lead to it. */
function withPath(source: Source, paths: Paths, names: readonly string[], wish: Wish): Paths {
  let found = paths;
  let owner = source;
  let alias: string | undefined;
  names.forEach((name, index) => {
    const reflection = owner.associations.get(name);
    const path = names.slice(0, index + 1).join('.');
    const existing = found.find((each) => each.name === path);
    const joined =
      existing === undefined ? newPath(source, found, path, reflection, alias, wish) : combined(existing, wish);
    found = existing === undefined ? [...found, joined] : found.map((each) => (each === existing ? joined : each));
    ({ alias } = joined);
    owner = reflection.target;
  });
  return found;
}

/** The same join for both: an inner one, where either has asked for that. */
function combined(one: JoinedPath, other: Wish): JoinedPath {
  const isInner = (each: Wish) => each.asked && each.type === 'inner';
  return {
    ...one,
    type: isInner(one) || isInner(other) ? 'inner' : 'left',
    asked: one.asked || other.asked,
    ordered: one.ordered || other.ordered,
  };
}

function newPath(
  root: Source,
  paths: Paths,
  name: string,
  reflection: Reflection,
  above: string | undefined,
  wish: Wish,
): JoinedPath {
  const steps = pathOf(reflection);
  const alias = unusedName(name.replaceAll('.', '_'), [
    attributesOf(root).tableName,
    ...paths.flatMap((path) => path.joins.map((join) => join.alias ?? join.table)),
  ]);
  const joinsOf = (pick: typeof picked) =>
    steps.map((step, index) => {
      const isLast = index === steps.length - 1;
      const from = index === 0 ? above : between(alias, index - 1);
      return joinOf(reflection, step, from, isLast ? alias : between(alias, index), isLast ? pick : undefined);
    });
  const joins = joinsOf(picked);
  const single = mayHaveSeveral(reflection) ? joinsOf(first) : joins;
  return { name, alias, ...wish, isMany: !leadsToOne(reflection), joins, single };
}

/** Nothing keeps several rows from referring to the owner of a hasOne, which means the first of them. */
function mayHaveSeveral({ declaration, steps, target }: Reflection): boolean {
  const isPlain = declaration.kind === 'hasOne' && declaration.pick === undefined && steps.length === 1;
  return isPlain && attributesOf(target).keys.length > 0;
}

/** A table on the way: a colon is in no name of an association, so that nothing clashes. */
const between = (alias: string, index: number) => `${alias}:${index + 1}`;

function unusedName(name: string, taken: readonly string[]): string {
  const names = new Set(taken.map((each) => each.toLowerCase()));
  let found = name;
  for (let number = 2; names.has(found.toLowerCase()); number++) found = `${name}_${number}`;
  return found;
}

function joinOf(
  reflection: Reflection,
  step: Step,
  from: string | undefined,
  alias: string,
  pick: typeof picked | undefined,
): JoinNode {
  const attributes = attributesOf(step.source);
  const on = [
    ...step.to.map(
      (attribute, index): Predicate => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(attribute.column, alias),
        // Bare, it is a column of the model's own table, whatever that goes by.
        right: columnNode(step.from[index]?.column ?? '', from),
      }),
    ),
    ...qualified(from, step.fromType === undefined ? [] : [isOfType(step.fromType.attribute, step.fromType.value)]),
    ...qualified(alias, [
      ...(step.toType === undefined ? [] : [isOfType(step.toType.attribute, step.toType.value)]),
      ...scopeConditions(reflection, step, attributes, alias),
      ...(pick === undefined ? [] : pick(reflection, step)),
    ]),
  ];
  return withAttributes({ type: 'left', table: tableOf(step), alias, on: conjunction(on) }, attributes);
}

const qualified = (by: string | undefined, predicates: readonly Predicate[]): Predicate[] =>
  predicates.map((operand) => (by === undefined ? operand : { kind: 'qualified', by, operand }));

/** What the default scope and the association's own ask of the rows: only such rows are joined. */
function scopeConditions(reflection: Reflection, step: Step, attributes: AttributeSet, alias: string): Predicate[] {
  const state = stepState(step);
  requireConditions(state, reflection.label);
  const predicate = wherePredicate(state, attributes);
  if (hasOneTable(state)) {
    if (predicate === undefined) return [];
    if (alias === attributes.tableName || isMovable(predicate)) return [predicate];
  }
  return [sameRow(state, attributes)];
}

/** One row at most, so that joining it gives no row twice. */
function leadsToOne(reflection: Reflection): boolean {
  const { isCollection, through, source } = reflection;
  if (isCollection) return false;
  return (through === undefined || leadsToOne(through)) && (source === undefined || leadsToOne(source));
}

/** A column of an association, as a query with its join names it. */
export interface JoinedColumn {
  readonly attribute: Attribute;
  readonly expression: NameNode;
}

/** The columns of associations among names, with the paths that have to be joined for them. */
export function joinedColumns(
  source: Source,
  paths: Paths,
  names: readonly string[],
  use: 'order' | 'pluck',
): { readonly paths: Paths; readonly columns: ReadonlyMap<string, JoinedColumn> } {
  const columns = new Map<string, JoinedColumn>();
  let found = paths;
  for (const name of names) {
    const way = wayTo(source, name, use);
    if (way === undefined) continue;
    found = withPath(source, found, way.path, { type: 'left', asked: false, ordered: use === 'order' });
    const joined = found.find((each) => each.name === way.path.join('.'));
    if (joined === undefined) throw new InvalidDefinition(`The join of "${name}" is missing.`);
    columns.set(name, {
      attribute: way.attribute,
      expression: { kind: 'name', path: [joined.alias, way.attribute.column] },
    });
  }
  return { paths: found, columns };
}

/** `author.name` as associations and a column; undefined for a column of the model itself. */
function wayTo(
  source: Source,
  name: unknown,
  use: string,
): { readonly path: readonly string[]; readonly attribute: Attribute } | undefined {
  const { attributes } = source;
  // What is no name at all is refused where names of columns are looked up.
  if (typeof name !== 'string' || !name.includes('.') || attributes?.find(name) !== undefined) return undefined;
  const path = name.split('.');
  const column = path.pop();
  if (source.associations.find(path[0] ?? '') === undefined) {
    if (attributes === undefined) return undefined;
    throw unknownName(source, attributes, name);
  }
  let owner = source;
  for (const each of path) {
    const reflection = owner.associations.get(each);
    if (!leadsToOne(reflection)) {
      throw new InvalidQuery(
        `${reflection.label} leads to several rows: ${use} has no one value of "${name.slice(0, 80)}".`,
        {
          hint: `Join it with joins('${path.join('.')}') and write sql\`…\`, or ask with whereHas.`,
        },
      );
    }
    owner = reflection.target;
  }
  return { path, attribute: attributesOf(owner).get(column) };
}

/** Paths of two queries, each joined once. */
export function mergedPaths(mine: Paths, theirs: Paths): Paths {
  let merged = mine;
  for (const path of theirs) {
    const existing = merged.find(({ name, alias }) => name === path.name && alias === path.alias);
    merged =
      existing === undefined
        ? [...merged, path]
        : merged.map((each) => (each === existing ? combined(existing, path) : each));
  }
  return merged;
}

/** What is left of the paths where the joins, or the orders, of a query are taken away. */
export function pathsWithout(paths: Paths, part: 'asked' | 'ordered'): Paths {
  return paths
    .map((path): JoinedPath => {
      const rest = { ...path, [part]: false };
      return rest.asked ? rest : { ...rest, type: 'left' };
    })
    .filter(({ asked, ordered }) => asked || ordered);
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where two tables would go by one name */
export function requireDistinctJoins(paths: Paths, joins: readonly JoinNode[]): void {
  const ofPaths = paths.flatMap((path) => path.joins);
  if (ofPaths.length === 0) return;
  const taken = new Set<string>();
  for (const { table, alias } of [...ofPaths, ...joins]) {
    const name = alias ?? table;
    if (taken.has(name.toLowerCase()) && ofPaths.some((join) => join.alias?.toLowerCase() === name.toLowerCase())) {
      throw new InvalidQuery(`Two tables are joined as "${name}", one of them for the association.`, {
        hint: 'Give the other one another name: joins([table, alias], sql`…`).',
      });
    }
    taken.add(name.toLowerCase());
  }
}
