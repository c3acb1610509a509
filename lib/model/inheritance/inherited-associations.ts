import { asModel, classAbove, gettersKey, isAbstract, type ModelClass, madeByWith } from '../model-class.ts';
import type { Family } from './family.ts';

const getterOf = (model: ModelClass, association: string): unknown => model[gettersKey]?.[association];

/** The highest class on the same table that has the association: the one that has declared it, or stands below that. */
export function declarerOf(model: ModelClass, association: string): ModelClass {
  const getter = getterOf(model, association);
  let declarer = model;
  for (let each = classAbove(model); each !== undefined; each = classAbove(each)) {
    if (madeByWith.has(each) || isAbstract(each)) continue;
    if (each.tableName !== model.tableName || getterOf(each, association) !== getter) break;
    declarer = each;
  }
  return declarer;
}

/** Whether a record of another class of the family has the same association, so that both can load it together. */
export function sharesAssociation(family: Family, model: ModelClass, record: object, association: string): boolean {
  const other = asModel(record.constructor);
  return family.members.has(other) && getterOf(other, association) === getterOf(model, association);
}
