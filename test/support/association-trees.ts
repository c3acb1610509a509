/** Random conditions by association, as a query and as what JavaScript finds with three-valued logic. */
import fc from 'fast-check';
import { gte, lt, not } from '../../lib/index.ts';
import { type ModelName, reference, type Way } from './association-world.ts';

type Row = Readonly<Record<string, unknown>>;
type Truth = boolean | null;
// biome-ignore lint/suspicious/noExplicitAny: the methods are called by name, on models that the test picks at random
type Loose = any;

export type Condition =
  | { readonly kind: 'attribute'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'none'; readonly name: string; readonly negated: boolean }
  | { readonly kind: 'nested'; readonly name: string; readonly inner: readonly Condition[] }
  | {
      readonly kind: 'records';
      readonly name: string;
      readonly ids: readonly (number | null)[];
      readonly negated: boolean;
    }
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly inner: readonly Condition[];
      readonly limit: number | undefined;
      readonly negated: boolean;
    };

export type Clause =
  | { readonly kind: 'where' | 'whereNot' | 'or'; readonly conditions: readonly Condition[] }
  | {
      readonly kind: 'has';
      readonly negated: boolean;
      readonly name: string;
      readonly inner: readonly Condition[];
      readonly least: number | undefined;
    };

const every = (values: readonly Truth[]): Truth =>
  values.includes(false) ? false : values.includes(null) ? null : true;
const some = (values: readonly Truth[]): Truth => (values.includes(true) ? true : values.includes(null) ? null : false);
const opposite = (value: Truth): Truth => (value === null ? null : !value);

const wayOf = (model: ModelName, name: string): Way => reference[model].ways[name] as Way;

export const holds = (model: ModelName, row: Row, conditions: readonly Condition[]): Truth =>
  every(conditions.map((condition) => isTrue(model, row, condition)));

function isTrue(model: ModelName, row: Row, condition: Condition): Truth {
  if (condition.kind === 'attribute') return row[condition.name] === condition.value;
  const way = wayOf(model, condition.name);
  const found = () => way.rows(row);
  const key = way.key === undefined ? undefined : row[way.key];
  switch (condition.kind) {
    case 'none': {
      const none = way.key === undefined ? found().length === 0 : key === null;
      return condition.negated ? !none : none;
    }
    case 'nested':
      return found().some((each) => holds(way.target, each, condition.inner) === true);
    case 'records': {
      const ids = condition.ids.filter((id) => id !== null);
      const isNone = condition.ids.length > ids.length;
      const truth = some([
        ...(isNone ? [way.key === undefined ? found().length === 0 : key === null] : []),
        way.key === undefined
          ? found().some(({ id }) => ids.includes(id as number))
          : ids.length === 0
            ? false
            : key === null
              ? null
              : ids.includes(key as number),
      ]);
      return condition.negated ? opposite(truth) : truth;
    }
    case 'query': {
      const rows = reference[way.target].rows.filter((each) => holds(way.target, each, condition.inner) === true);
      const ids = rows.slice(0, condition.limit).map(({ id }) => id);
      const truth =
        way.key === undefined
          ? found().some(({ id }) => ids.includes(id))
          : // An empty list is false whatever it is compared with, also NULL.
            key === null && ids.length > 0
            ? null
            : ids.includes(key);
      return condition.negated ? opposite(truth) : truth;
    }
  }
}

/** The conditions as `where` takes them. */
export function written(model: ModelName, conditions: readonly Condition[], records: Records): object {
  return Object.fromEntries(conditions.map((each) => [each.name, value(model, each, records)]));
}

/** Records by model and key. */
export type Records = Readonly<Record<ModelName, ReadonlyMap<number, unknown>>>;

function value(model: ModelName, condition: Condition, records: Records): unknown {
  if (condition.kind === 'attribute') return condition.value;
  if (condition.kind === 'none') return condition.negated ? not(null) : null;
  const { target } = wayOf(model, condition.name);
  if (condition.kind === 'nested') return written(target, condition.inner, records);
  const turned = (given: unknown) => (condition.negated ? not(given as never) : given);
  if (condition.kind === 'query') {
    const query = (reference[target].model as Loose).where(written(target, condition.inner, records));
    return turned(condition.limit === undefined ? query : query.order('id').limit(condition.limit));
  }
  const list = condition.ids.map((id) => (id === null ? null : records[target].get(id)));
  return turned(list.length === 1 ? list[0] : list);
}

export function queryOf(model: ModelName, clauses: readonly Clause[], records: Records): Loose {
  let query = (reference[model].model as Loose).all();
  for (const clause of clauses) {
    if (clause.kind === 'has') {
      const { target } = wayOf(model, clause.name);
      const scope = (rows: Loose) => rows.where(written(target, clause.inner, records));
      const options = clause.least === undefined ? undefined : { count: gte(clause.least) };
      if (!clause.negated) query = query.whereHas(clause.name, scope, options);
      else if (clause.least === undefined) query = query.whereDoesntHave(clause.name, scope);
      else query = query.whereHas(clause.name, scope, { count: lt(clause.least) });
    } else query = query[clause.kind](written(model, clause.conditions, records));
  }
  return query;
}

/** The keys that the query has to find. */
export function expected(model: ModelName, clauses: readonly Clause[]): unknown[] {
  return reference[model].rows.filter((row) => passes(model, row, clauses) === true).map(({ id }) => id);
}

function passes(model: ModelName, row: Row, clauses: readonly Clause[]): Truth {
  let truth: Truth = true;
  for (const clause of clauses) {
    if (clause.kind === 'or') truth = some([truth, holds(model, row, clause.conditions)]);
    else truth = every([truth, clauseHolds(model, row, clause)]);
  }
  return truth;
}

function clauseHolds(model: ModelName, row: Row, clause: Clause): Truth {
  if (clause.kind !== 'has') {
    const truth = holds(model, row, clause.conditions);
    return clause.kind === 'whereNot' ? opposite(truth) : truth;
  }
  const way = wayOf(model, clause.name);
  const count = way.rows(row).filter((each) => holds(way.target, each, clause.inner) === true).length;
  const isThere = count >= (clause.least ?? 1);
  return clause.negated ? !isThere : isThere;
}

const attribute = (model: ModelName): fc.Arbitrary<Condition> =>
  fc
    .constantFrom(...Object.entries(reference[model].attributes))
    .chain(([name, values]) => fc.constantFrom(...values).map((each) => ({ kind: 'attribute', name, value: each })));

const keysOf = (model: ModelName) => fc.constantFrom(...reference[model].rows.map(({ id }) => id as number));

function byAssociation(model: ModelName, depth: number): fc.Arbitrary<Condition> {
  return fc
    .constantFrom(...Object.entries(reference[model].ways))
    .chain(([name, { target }]): fc.Arbitrary<Condition> => {
      const inner = conditions(target, depth - 1, 0);
      const negated = fc.boolean();
      return fc.oneof(
        fc.record({ kind: fc.constant('none' as const), name: fc.constant(name), negated }),
        fc.record({ kind: fc.constant('nested' as const), name: fc.constant(name), inner }),
        fc.record({ kind: fc.constant('nested' as const), name: fc.constant(name), inner }),
        fc.record({
          kind: fc.constant('records' as const),
          name: fc.constant(name),
          ids: fc.array(fc.oneof({ weight: 4, arbitrary: keysOf(target) }, fc.constant(null)), { maxLength: 3 }),
          negated,
        }),
        fc.record({
          kind: fc.constant('query' as const),
          name: fc.constant(name),
          inner,
          limit: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
          negated,
        }),
      );
    });
}

/** An object of conditions has each name once. */
function conditions(model: ModelName, depth: number, least: number): fc.Arbitrary<readonly Condition[]> {
  const hasWays = depth > 0 && Object.keys(reference[model].ways).length > 0;
  const one = hasWays
    ? fc.oneof(attribute(model), byAssociation(model, depth), byAssociation(model, depth))
    : attribute(model);
  return fc.uniqueArray(one, { minLength: least, maxLength: 2, selector: ({ name }) => name });
}

function clause(model: ModelName): fc.Arbitrary<Clause> {
  const own = conditions(model, 3, 1);
  const whole = fc.record({
    kind: fc.constantFrom('where' as const, 'whereNot' as const, 'or' as const),
    conditions: own,
  });
  return fc.oneof(
    whole,
    whole,
    fc.constantFrom(...Object.entries(reference[model].ways)).chain(([name, { target }]) =>
      fc.record({
        kind: fc.constant('has' as const),
        negated: fc.boolean(),
        name: fc.constant(name),
        inner: conditions(target, 2, 0),
        least: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      }),
    ),
  );
}

const roots: readonly ModelName[] = ['company', 'employee', 'badge', 'project', 'tag', 'follow'];

export const tree = fc
  .constantFrom(...roots)
  .chain((model) =>
    fc.record({ model: fc.constant(model), clauses: fc.array(clause(model), { minLength: 1, maxLength: 3 }) }),
  );
