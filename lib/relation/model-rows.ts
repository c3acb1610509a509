import type { Predicate } from '../sql/nodes.ts';
import { everything, markDefaultConditions, type Part, type QueryState } from './query-state.ts';

const bases = new WeakSet<QueryState>();
const typeConditions = new WeakSet<object>();

/** All rows of a model that shares its table with others: its queries begin here, and none of them can leave it. */
export function rowsOfType(condition: Part<Predicate>): QueryState {
  const state: QueryState = Object.freeze({ ...everything, where: [condition] });
  typeConditions.add(condition);
  // Nobody has asked for it: it is no condition where one is demanded.
  markDefaultConditions(state, undefined);
  bases.add(state);
  return state;
}

/** Whether nothing is asked for beside the rows of the model. */
export const isBase = (state: QueryState): boolean => state === everything || bases.has(state);

/** The condition that keeps a query to the rows of its model. */
export const isTypeCondition = (condition: Part<Predicate>): boolean => typeConditions.has(condition);

/** Conditions to add to others, which may have the model's own already. */
export function further(given: QueryState['where'], to: QueryState['where']): QueryState['where'] {
  return given.filter((each) => !isTypeCondition(each) || !to.includes(each));
}
