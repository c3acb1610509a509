import { InvalidValue } from '../../errors/query.ts';
import type { TypeRule } from '../../record/attribute.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { type Family, storedType, typeNameOf } from './family.ts';

/** What may be written to the attribute that tells the classes of a family apart, by way of one of them. */
export function typeRuleOf(family: Family, model: ModelClass): TypeRule {
  return {
    get own() {
      return storedType(family, model);
    },
    checkRecord(record, value) {
      requireOwn(family, asModel(record.constructor), value);
    },
    checkRow(value) {
      const named = family.classNamed(value);
      if (named === model || named.prototype instanceof model) return;
      throw new InvalidValue(`${label(family, model)} cannot be ${shown(value)}: that is the type of ${named.name}.`, {
        hint: `Insert such rows with ${named.name}.insertAll(…).`,
      });
    },
    checkKnown(value) {
      family.classNamed(value);
    },
  };
}

/** The class of a record is what it was made with: another type would make the row another class's behind its back. */
function requireOwn(family: Family, model: ModelClass, value: unknown): void {
  const own = storedType(family, model);
  if (value === own || value === typeNameOf(model)) return;
  const named = family.classNamed(value);
  throw new InvalidValue(`${label(family, model)} cannot be ${shown(value)}: that is the type of ${named.name}.`, {
    hint: `Make one with ${named.name}.create(…), or turn this record into one: record.becomes(${named.name}, { changeType: true }).`,
  });
}

const label = ({ attribute }: Family, model: ModelClass) => `${model.name}.${attribute}`;
const shown = (value: unknown) => (value === null ? 'null' : JSON.stringify(value));
