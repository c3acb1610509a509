import { InvalidQuery } from '../errors/query.ts';
import { ownName } from '../record/aliases.ts';
import type { AttributeSet } from '../record/attribute.ts';
import type { Predicate } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { comparedNames, conditionPredicate, conditionsPredicate, negate } from './association-conditions.ts';
import { associatedPredicate } from './association-having.ts';
import { alternatives, combinable, excluded, excludedKeys } from './combine.ts';
import { columnComparison, jsonCondition, matchCondition } from './extra-conditions.ts';
import { kindCondition } from './kinds.ts';
import { further } from './model-rows.ts';
import { QueryBase, sourceKey, stateKey, withKey } from './query-base.ts';
import { conditionsBySource, type Part, part } from './query-state.ts';
import { namesOf } from './shape-options.ts';
import { subqueryOf } from './subquery.ts';
import { conditionEntries, conditionNames } from './where.ts';

/** Which attributes and associations each part is about, so that `rewhere` and `unscope` find it. */
const partNames = new WeakMap<object, readonly string[]>();

/** Conditions: each method gives another query. `query-conditions.ts` documents them. */
export class ConditionQuery<R = unknown> extends QueryBase<R> {
  where(conditions: unknown): this {
    const entries = Sql.nodeOf(conditions) === undefined ? conditionEntries(conditions) : [];
    if (entries.length === 0)
      return this.#add((attributes) => conditionsPredicate(this[sourceKey], attributes, conditions));
    return this[withKey]({ where: [...this[stateKey].where, ...this.#parts(entries)] });
  }

  /** One part for each name, so that each can be replaced by itself. */
  #parts(entries: readonly (readonly [name: string, value: unknown])[]): readonly Part<Predicate>[] {
    const source = this[sourceKey];
    return entries.map(([name, value]) => {
      const predicate = part(source, (attributes) => conditionPredicate(source, attributes, name, value));
      partNames.set(predicate, [ownName(source.attributes, name), ...comparedNames(source, name, value)]);
      return predicate;
    });
  }

  #add(make: (attributes: AttributeSet) => Predicate, names: readonly string[] = []): this {
    const added = part(this[sourceKey], make);
    partNames.set(added, names);
    return this[withKey]({ where: [...this[stateKey].where, added] });
  }

  whereNot(conditions: unknown): this {
    return this.#add(
      (attributes) => negate(conditionsPredicate(this[sourceKey], attributes, conditions), true),
      conditionNames(conditions).map((name) => ownName(this[sourceKey].attributes, name)),
    );
  }

  rewhere(conditions: unknown): this {
    const added = this.#parts(conditionEntries(conditions));
    return this[withKey]({ where: mergedConditions(this[stateKey].where, added) });
  }

  or(other: unknown): this {
    // What the default scope asks for holds on either side.
    const { byDefault } = conditionsBySource(this[stateKey]);
    return this[withKey]({ where: [...byDefault, alternatives(this, other)], none: false });
  }

  and(other: unknown): this {
    if (!(other instanceof QueryBase)) return this.where(other);
    const theirs = combinable(this, other);
    return this[withKey]({
      where: [...this[stateKey].where, ...further(theirs.where, this[stateKey].where)],
      none: this[stateKey].none || theirs.none,
    });
  }

  whereType(name: unknown, models: unknown): this {
    return this.#add(() => kindCondition(this[sourceKey], name, models));
  }

  whereHas(name: unknown, scope?: unknown, options?: unknown): this {
    return this.#add(() => associatedPredicate(this[sourceKey], name, scope, options, 'whereHas'));
  }

  whereDoesntHave(name: unknown, scope?: unknown): this {
    return this.#add(() =>
      negate(associatedPredicate(this[sourceKey], name, scope, undefined, 'whereDoesntHave'), true),
    );
  }

  whereMissing(...names: unknown[]): this {
    let query: this = this;
    for (const name of namesOf(names, 'whereMissing')) query = query.whereDoesntHave(name);
    return query;
  }

  excluding(...records: unknown[]): this {
    const keys = excludedKeys(this[sourceKey].modelName, records);
    return this.#add((attributes) => excluded(attributes, keys));
  }

  whereColumn(left: unknown, operator: unknown, right: unknown): this {
    return this.#add((attributes) => columnComparison(attributes, left, operator, right));
  }

  whereJson(name: unknown, path: unknown, condition: unknown): this {
    return this.#add((attributes) => jsonCondition(attributes, name, path, condition));
  }

  whereMatch(names: unknown, text: unknown): this {
    return this.#add((attributes) => matchCondition(attributes, names, text));
  }

  whereExists(query: unknown): this {
    const select = subqueryOf(query, 'whereExists');
    return this.#add(() => ({ kind: 'exists', select, negated: false }));
  }

  whereNotExists(query: unknown): this {
    const select = subqueryOf(query, 'whereNotExists');
    return this.#add(() => ({ kind: 'exists', select, negated: true }));
  }
}

/** Conditions without those that are about one of the attributes. */
export function withoutConditionsOn(
  where: readonly Part<Predicate>[],
  names: readonly string[],
): readonly Part<Predicate>[] {
  return where.filter((each) => !(partNames.get(each) ?? []).some((name) => names.includes(name)));
}

/** Conditions of two queries: where both have some on an attribute, those of the second hold. */
export function mergedConditions(
  first: readonly Part<Predicate>[],
  second: readonly Part<Predicate>[],
): readonly Part<Predicate>[] {
  const kept = withoutConditionsOn(
    first,
    second.flatMap((each) => partNames.get(each) ?? []),
  );
  return [...kept, ...further(second, kept)];
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where the two are not queries on the same model */
export function requireSameModel(query: QueryBase, other: unknown, what: string): QueryBase {
  if (!(other instanceof QueryBase))
    throw new InvalidQuery(`${what} takes another query.`, { hint: 'Give it without await.' });
  const [mine, theirs] = [query[sourceKey].modelName, other[sourceKey].modelName];
  if (mine !== theirs) throw new InvalidQuery(`${what} takes another query on ${mine}, not one on ${theirs}.`);
  return other;
}
