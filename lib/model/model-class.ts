import type { Row } from '../adapters/contract.ts';
import type { AssociationGetters } from '../associations/association-set.ts';
import type { RecordState } from '../record/state.ts';
import type { Store } from '../schema/store.ts';
import type { TableColumns } from '../schema/table-spec.ts';
import type { VirtualColumn } from '../schema/virtual-column.ts';

/** The getters of a class's associations, its parents' first. */
export const gettersKey: unique symbol = Symbol('association getters');

/** The concerns that `use` has given a class itself. */
export const concernsKey: unique symbol = Symbol('concerns');
export const concernScopeKey: unique symbol = Symbol('default scope of a concern');
/** The aliases of a class's attributes, its parents' first. */
export const aliasesKey: unique symbol = Symbol('aliases');
/** What a class declares besides columns, that of its parents among it. */
export const besideKey: unique symbol = Symbol('attributes without a column');

export interface BesideColumns {
  readonly virtual: Readonly<Record<string, VirtualColumn<unknown>>>;
  readonly stores: Readonly<Record<string, Store<string, string>>>;
}

/** What the functions of this layer need of a model class. `BaseModel` is the root of them all. */
export interface ModelClass {
  new (token?: unknown, row?: Row): RecordState;
  readonly name: string;
  readonly prototype: RecordState;
  readonly connectionName: string;
  readonly tableName: string;
  readonly naming: string;
  readonly lockingAttribute: string | null;
  readonly definition?: TableColumns;
  readonly [gettersKey]?: AssociationGetters;
  readonly [aliasesKey]?: Readonly<Record<string, string>>;
  readonly [besideKey]?: BesideColumns;
  readonly scopes?: unknown;
  readonly defaultScope?: unknown;
  readonly abstractClass?: boolean;
  readonly defaults?: unknown;
  readonly typeName?: unknown;
  readonly inheritanceAttribute?: unknown;
  readonly subclasses?: unknown;
  readonly [concernsKey]?: readonly ModelClass[];
  /** The default scope of the concern that a layer was made of. */
  readonly [concernScopeKey]?: unknown;
}

/** Whether only others extend the class: said by the class itself, for those below it inherit the flag. */
export function isAbstract(model: ModelClass): boolean {
  return Object.hasOwn(model, 'abstractClass') && model.abstractClass === true;
}

/** The class above, those that `with` made and BaseModel among them. */
export function classAbove(model: ModelClass): ModelClass | undefined {
  const above: unknown = Object.getPrototypeOf(model);
  return typeof above === 'function' && 'connectionName' in above ? asModel(above) : undefined;
}

/** Classes that `with` made: they stand between a model and its parent, hold the accessors, and are nobody's table. */
export const madeByWith = new WeakSet<object>();

/** The class that each layer of `use` was made of. */
export const concernOrigins = new WeakMap<object, ModelClass>();

/**
 * A class as this layer sees it. TypeScript's view of a model class is made for its users (typed columns, abstract
 * constructors); every class that extends BaseModel has what `ModelClass` names.
 */
export function asModel(model: object): ModelClass {
  return model as ModelClass;
}
