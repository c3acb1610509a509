import { InvalidQuery } from '../errors/query.ts';
import { ownName } from '../record/aliases.ts';
import type { CommonTable, CompoundStatement, IndexHint, Subquery } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { joinedColumns, joinedPaths, mergedPaths, pathsWithout, requireDistinctJoins } from './association-joins.ts';
import { compound, member } from './combine.ts';
import { ConditionQuery, mergedConditions, requireSameModel, withoutConditionsOn } from './condition-query.ts';
import { GroupedQuery } from './grouped-query.ts';
import { mergedIncludes } from './include.ts';
import { isTypeCondition } from './model-rows.ts';
import { sourceKey, stateKey, withKey } from './query-base.ts';
import { checkCount, everything, part, type QueryState } from './query-state.ts';
import { orderedNames, orderPart, selectionPart, valueOrder } from './shape.ts';
import { commentOf, joinNode, lockNode, namesOf } from './shape-options.ts';
import { subqueryOf } from './subquery.ts';

/** The parts that `unscope` can take away, with what they are then. */
const unscopable = {
  where: { where: everything.where },
  order: { order: everything.order, reversed: false },
  limit: { limit: undefined },
  offset: { offset: undefined },
  select: { selection: undefined },
  distinct: { distinct: false },
  joins: { joins: everything.joins },
  from: { from: undefined },
  lock: { lock: undefined },
  readonly: { readonly: false },
} satisfies Record<string, Partial<QueryState>>;

/** The shape of a query: each method gives another one. `query-shape.ts` documents them. */
export class ShapingQuery<R = unknown> extends ConditionQuery<R> {
  all(): this {
    return this;
  }

  order(given: unknown, direction: unknown = 'asc', options: unknown = {}): this {
    const source = this[sourceKey];
    const { order, paths: before, joins } = this[stateKey];
    const { paths, columns } = joinedColumns(source, before, orderedNames(given), 'order');
    requireDistinctJoins(paths, joins);
    const added = part(source, (attributes) => orderPart(attributes, given, direction, options, columns));
    return this[withKey]({ order: [...order, added], paths });
  }

  reorder(given?: unknown, direction: unknown = 'asc', options: unknown = {}): this {
    const bare = this.unscope('order');
    return given === undefined ? bare : bare.order(given, direction, options);
  }

  reverseOrder(): this {
    return this[withKey]({ reversed: !this[stateKey].reversed });
  }

  inOrderOf(name: unknown, values: unknown): this {
    const list: readonly unknown[] = Array.isArray(values) ? values : [];
    if (typeof name !== 'string') throw new InvalidQuery('inOrderOf takes a name and a list of values.');
    const added = part(this[sourceKey], (attributes) => valueOrder(attributes, name, list));
    return this.where({ [name]: list })[withKey]({ order: [...this[stateKey].order, added] });
  }

  limit(count: unknown): this {
    return this[withKey]({ limit: checkCount(count, 'limit') });
  }

  offset(count: unknown): this {
    return this[withKey]({ offset: checkCount(count, 'offset') });
  }

  select(...selection: unknown[]): this {
    return this[withKey]({ selection: part(this[sourceKey], (attributes) => selectionPart(attributes, selection)) });
  }

  distinct(on: unknown = true): this {
    return this[withKey]({ distinct: on !== false });
  }

  group(...names: unknown[]): GroupedQuery {
    return new GroupedQuery(this[sourceKey], this[stateKey], namesOf(names, 'group'));
  }

  joins(...given: unknown[]): this {
    return this.#joined('inner', given, 'joins');
  }

  leftJoins(...given: unknown[]): this {
    return this.#joined('left', given, 'leftJoins');
  }

  /** A table on a condition of the caller's own, or tables of associations. */
  #joined(type: 'inner' | 'left', given: readonly unknown[], what: string): this {
    const { joins, paths } = this[stateKey];
    const [table, on] = given;
    const isOwn = given.length === 2 && Sql.nodeOf(on) !== undefined;
    const changes = isOwn
      ? { joins: [...joins, joinNode(type, table, on)], paths }
      : { joins, paths: joinedPaths(this[sourceKey], paths, type, given, what) };
    requireDistinctJoins(changes.paths, changes.joins);
    return this[withKey](changes);
  }

  from(source: unknown): this {
    const { attributes, modelName } = this[sourceKey];
    const alias = attributes?.tableName;
    if (typeof source === 'string' && source !== '') return this[withKey]({ from: { table: source, alias } });
    if (alias === undefined)
      throw new InvalidQuery(`The table of ${modelName} is not known yet.`, {
        hint: `Await ${modelName}.loadColumns() first.`,
      });
    return this[withKey]({ from: { select: subqueryOf(source, 'from'), alias } });
  }

  cte(name: unknown, query: unknown): this {
    return this.#common(name, subqueryOf(query, 'cte'), [], false);
  }

  recursiveCte(name: unknown, parts: unknown): this {
    if (typeof parts !== 'object' || parts === null || !('base' in parts) || !('step' in parts)) {
      throw new InvalidQuery(
        'recursiveCte takes { base, step }: where to begin, and how to go on from what was found.',
      );
    }
    const columns =
      'columns' in parts && Array.isArray(parts.columns) ? namesOf(parts.columns, 'recursiveCte columns') : [];
    const base = subqueryOf(parts.base, 'recursiveCte base');
    const step = subqueryOf(parts.step, 'recursiveCte step');
    const members = [base, step].map((each) => (each.kind === 'select' ? member(each) : each));
    return this.#common(name, { kind: 'compound', operator: 'UNION ALL', members }, columns, true);
  }

  #common(name: unknown, query: Subquery, columns: readonly string[], recursive: boolean): this {
    if (typeof name !== 'string' || name === '') throw new InvalidQuery('A common table needs a name.');
    const added: CommonTable = { name, columns, query, recursive };
    return this[withKey]({ ctes: [...this[stateKey].ctes.filter((each) => each.name !== name), added] });
  }

  union(other: unknown): this {
    return this.#compound(other, 'UNION', 'union');
  }

  unionAll(other: unknown): this {
    return this.#compound(other, 'UNION ALL', 'unionAll');
  }

  intersect(other: unknown): this {
    return this.#compound(other, 'INTERSECT', 'intersect');
  }

  except(other: unknown): this {
    return this.#compound(other, 'EXCEPT', 'except');
  }

  #compound(other: unknown, operator: CompoundStatement['operator'], what: string): this {
    const second = requireSameModel(this, other, what);
    if (this[stateKey].lock !== undefined || second[stateKey].lock !== undefined) {
      throw new InvalidQuery(`${what} cannot combine queries that lock their rows.`, { hint: 'Leave out lock().' });
    }
    const from = compound(this, second, operator);
    return this[withKey]({
      ...everything,
      selection: this[stateKey].selection,
      readonly: this[stateKey].readonly,
      from,
    });
  }

  lock(strength: unknown = 'update', options: unknown = {}): this {
    return this[withKey]({ lock: lockNode(strength, options) });
  }

  optimizerHints(...hints: unknown[]): this {
    return this[withKey]({ hints: [...this[stateKey].hints, ...namesOf(hints, 'optimizerHints')] });
  }

  useIndex(...names: unknown[]): this {
    return this.#hint('use', namesOf(names, 'useIndex'));
  }

  forceIndex(...names: unknown[]): this {
    return this.#hint('force', namesOf(names, 'forceIndex'));
  }

  ignoreIndex(...names: unknown[]): this {
    return this.#hint('ignore', namesOf(names, 'ignoreIndex'));
  }

  #hint(kind: IndexHint['kind'], indexes: readonly string[]): this {
    return this[withKey]({ indexHints: [...this[stateKey].indexHints, { kind, indexes }] });
  }

  annotate(comment: unknown): this {
    return this[withKey]({ comments: [...this[stateKey].comments, commentOf(comment)] });
  }

  readonly(): this {
    return this[withKey]({ readonly: true });
  }

  none(): this {
    return this[withKey]({ none: true });
  }

  merge(other: unknown): this {
    const mine = this[stateKey];
    const theirs = requireSameModel(this, other, 'merge')[stateKey];
    // What the other has not asked for stays as it is here.
    const asked = Object.fromEntries(
      Object.entries(theirs).filter(([name, value]) => value !== Reflect.get(everything, name)),
    );
    const [joins, paths] = [[...mine.joins, ...theirs.joins], mergedPaths(mine.paths, theirs.paths)];
    requireDistinctJoins(paths, joins);
    return this[withKey]({
      ...mine,
      ...asked,
      where: mergedConditions(mine.where, theirs.where),
      joins,
      ctes: [...mine.ctes.filter(({ name }) => !theirs.ctes.some((each) => each.name === name)), ...theirs.ctes],
      hints: [...mine.hints, ...theirs.hints],
      indexHints: [...mine.indexHints, ...theirs.indexHints],
      comments: [...mine.comments, ...theirs.comments],
      includes: mergedIncludes(mine.includes, theirs.includes, 'merge'),
      eager: mergedIncludes(mine.eager, theirs.eager, 'merge'),
      paths,
      figures: [...mine.figures, ...theirs.figures],
    });
  }

  unscope(...parts: unknown[]): this {
    let query: this = this;
    for (const given of parts) query = query.#unscopeOne(given);
    return query;
  }

  #unscopeOne(given: unknown): this {
    if (typeof given === 'string' && Object.hasOwn(unscopable, given)) {
      const { paths, where } = this[stateKey];
      const rest =
        given === 'joins' ? pathsWithout(paths, 'asked') : given === 'order' ? pathsWithout(paths, 'ordered') : paths;
      if (given === 'where') return this[withKey]({ where: where.filter(isTypeCondition), paths: rest });
      return this[withKey]({ ...Reflect.get(unscopable, given), paths: rest });
    }
    if (typeof given === 'object' && given !== null && 'where' in given) {
      const { where } = given;
      const names = namesOf(Array.isArray(where) ? where : [where], 'unscope');
      return this[withKey]({
        where: withoutConditionsOn(
          this[stateKey].where,
          names.map((name) => ownName(this[sourceKey].attributes, name)),
        ),
      });
    }
    throw new InvalidQuery(`unscope takes ${Object.keys(unscopable).join(', ')}, or { where: name }.`);
  }
}
