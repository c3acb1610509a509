import type { Row } from '../adapters/contract.ts';
import type { AssociationGetters } from '../associations/association-set.ts';
import type { RecordState } from '../record/state.ts';
import type { TableColumns } from '../schema/table-spec.ts';

/** The getters of a class's associations, its parents' first. */
export const gettersKey: unique symbol = Symbol('association getters');

/** The aliases of a class's attributes, its parents' first. */
export const aliasesKey: unique symbol = Symbol('aliases');

/** What the functions of this layer need of a model class. `BaseModel` is the root of them all. */
export interface ModelClass {
  new (token?: unknown, row?: Row): RecordState;
  readonly name: string;
  readonly prototype: RecordState;
  readonly connectionName: string;
  readonly tableName: string;
  readonly naming: string;
  readonly definition?: TableColumns;
  readonly [gettersKey]?: AssociationGetters;
  readonly [aliasesKey]?: Readonly<Record<string, string>>;
  readonly scopes?: unknown;
  readonly defaultScope?: unknown;
  readonly abstractClass?: boolean;
}

/** Classes that `with` made: they stand between a model and its parent, hold the accessors, and are nobody's table. */
export const madeByWith = new WeakSet<object>();

/**
 * A class as this layer sees it. TypeScript's view of a model class is made for its users (typed columns, abstract
 * constructors); every class that extends BaseModel has what `ModelClass` names.
 */
export function asModel(model: object): ModelClass {
  return model as ModelClass;
}
