import { tableNameOf } from '../support/naming.ts';
import { isAbstract, type ModelClass, madeByWith } from './model-class.ts';

/**
 * The table of a class: named after the first class of its line that has a primary key, so that subclasses share it.
 * Where columns are declared, classes above them that declare none (an ApplicationRecord) have no table; in a line
 * without any declaration each does, unless it says `static abstractClass = true`.
 */
export function inferredTableName(model: ModelClass, root: object): string {
  let owner = model;
  for (let each = parentOf(model); each !== undefined && each !== root; each = parentOf(each)) {
    if (!isModelClass(each) || madeByWith.has(each)) continue;
    if (!isAbstract(each) && hasTable(each, model)) owner = each;
  }
  return tableNameOf(owner.name);
}

function hasTable(model: ModelClass, of: ModelClass): boolean {
  if (model.definition === undefined) return of.definition === undefined;
  return Object.values(model.definition).some((column) => column.definition.primaryKey);
}

function parentOf(model: object): object | undefined {
  const parent: unknown = Object.getPrototypeOf(model);
  return typeof parent === 'function' ? parent : undefined;
}

function isModelClass(value: object): value is ModelClass {
  return typeof value === 'function' && 'connectionName' in value;
}
