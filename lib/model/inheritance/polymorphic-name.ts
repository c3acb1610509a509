import { InvalidDefinition } from '../../errors/definition.ts';
import { singularOf } from '../../support/naming.ts';
import { asModel, type ModelClass, madeByWith } from '../model-class.ts';

/** The names of a class and of those above it that share its table. */
export function lineageOf(model: ModelClass): readonly string[] {
  const names: string[] = [];
  let each: unknown = model;
  while (typeof each === 'function' && 'connectionName' in each) {
    const above = asModel(each);
    if (!madeByWith.has(each) && above.tableName === model.tableName) names.push(above.name);
    each = Object.getPrototypeOf(each);
  }
  return names;
}

/** What stands for a model in the type attribute of a polymorphic association: no class's name, which may change. */
export function polymorphicNameOf(model: ModelClass): string {
  const given: unknown = Reflect.get(model, 'polymorphicName');
  if (given === undefined) return singularOf(model.tableName);
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidDefinition(`The polymorphicName of ${model.name} is no text.`);
}
