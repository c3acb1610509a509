import { InvalidQuery } from '../errors/query.ts';
import { bindNode, type Expression, type Predicate } from '../sql/nodes.ts';
import { didYouMean } from '../support/suggest.ts';
import { bigintType } from '../types/numbers.ts';
import { describeValue } from '../types/type.ts';
import { existence, type Narrow, rowCount } from './association-rows.ts';
import { Operator, type OperatorNode } from './operators.ts';
import type { ScopeFunction, Source } from './source.ts';

/** `whereHas('posts', (posts) => posts.where({ … }), { count: gte(3) })`. */
export function associatedPredicate(
  source: Source,
  name: unknown,
  scope: unknown,
  options: unknown,
  what: string,
): Predicate {
  const reflection = source.associations.get(name);
  if (scope !== undefined && !isScope(scope)) {
    throw new InvalidQuery(`${what} takes a function of the associated query, not ${describeValue(scope)}.`, {
      hint: `Write ${what}('${reflection.name}', (query) => query.where({ … })).`,
    });
  }
  const narrow: Narrow = (state, { source: target }) =>
    scope === undefined ? state : target.scoped(state, scope, `${what}('${reflection.name}')`);
  const count = countOf(options, what);
  if (count === undefined) return existence(reflection, narrow);
  return countPredicate(rowCount(reflection, narrow), count, false, what);
}

const isScope = (value: unknown): value is ScopeFunction => typeof value === 'function';

function countOf(options: unknown, what: string): unknown {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidQuery(`The options of ${what} are an object: { count: gte(3) }.`);
  for (const name of Object.keys(options)) {
    if (name !== 'count')
      throw new InvalidQuery(`${what} has no option ${JSON.stringify(name.slice(0, 80))}.`, {
        hint: didYouMean(name, ['count']),
      });
  }
  return Object.hasOwn(options, 'count') ? Reflect.get(options, 'count') : undefined;
}

function countPredicate(count: Expression, condition: unknown, negated: boolean, what: string): Predicate {
  const node = Operator.nodeOf(condition);
  if (node !== undefined) return operatorPredicate(count, node, negated, what);
  return { kind: 'comparison', operator: negated ? '<>' : '=', left: count, right: bind(condition, what) };
}

function operatorPredicate(count: Expression, node: OperatorNode, negated: boolean, what: string): Predicate {
  switch (node.kind) {
    case 'comparison': {
      const { operator, value } = node;
      const predicate: Predicate = { kind: 'comparison', operator, left: count, right: bind(value, what) };
      return negated ? { kind: 'not', operand: predicate } : predicate;
    }
    case 'between':
      return { kind: 'range', operand: count, from: bind(node.from, what), to: bind(node.to, what), negated };
    case 'not':
      return countPredicate(count, node.operand, !negated, what);
    case 'anyOf':
      return { kind: 'membership', operand: count, values: node.values.map((value) => bind(value, what)), negated };
    default:
      throw new InvalidQuery(`The count of ${what} does not take ${node.kind === 'affix' ? 'like' : node.kind}.`, {
        hint: 'Use gt, gte, lt, lte, between, anyOf or not.',
      });
  }
}

const whole = bigintType();

function bind(value: unknown, what: string) {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return bindNode(BigInt(value), whole);
  throw new InvalidQuery(`The count of ${what} is a whole number from 0 up, not ${describeValue(value)}.`, {
    hint: 'Write { count: 3 } or { count: gte(3) }.',
  });
}
