import type { Row } from '../adapters/contract.ts';
import { FieldHidesAttribute, InvalidDefinition } from '../errors/definition.ts';
import { blankRow } from '../record/blank.ts';
import { type RecordState, rowKey } from '../record/state.ts';
import { attributesOf } from './metadata.ts';
import { gettersKey, type ModelClass } from './model-class.ts';

/** Given to a constructor in place of attributes: the second argument is a row from the database. */
export const fromRow: unique symbol = Symbol('from row');

const checked = new WeakSet<object>();
const beingChecked = new WeakSet<object>();

/** The record of a row: the row itself, with the class around it. */
export function instantiate(model: ModelClass, row: Row): RecordState {
  if (attributesOf(model).shadowing) Object.setPrototypeOf(row, null);
  const record = new model(fromRow, row);
  if (!checked.has(model)) checkInstance(model, record, row);
  return record;
}

/** Before the first `new` of a class: makes one aside, whose fields can be looked at when its constructor is through. */
export function checkBeforeNew(model: ModelClass): void {
  if (checked.has(model)) return;
  // The constructor has been called with a row, and has not passed it on: it would make new records without end.
  if (beingChecked.has(model)) throw constructorError(model);
  const row = blankRow(attributesOf(model));
  beingChecked.add(model);
  try {
    const probe = Reflect.construct(model, [fromRow, row]) as RecordState;
    checkInstance(model, probe, row);
  } finally {
    beingChecked.delete(model);
  }
}

/** For constructors through which a record cannot be loaded. */
export function constructorError(model: ModelClass): InvalidDefinition {
  return new InvalidDefinition(`The constructor of ${model.name} does not pass its arguments on.`, {
    hint: 'Write constructor(...args) { super(...args); … }, or leave the constructor out.',
  });
}

function checkInstance(model: ModelClass, record: RecordState, row: Row): void {
  if (record[rowKey] !== row) throw constructorError(model);
  const hidden = attributesOf(model).names.find((name) => Object.hasOwn(record, name));
  if (hidden !== undefined) {
    throw new FieldHidesAttribute(
      `The class field "${hidden}" of ${model.name} hides the attribute of that name, which would always read as the field.`,
      {
        hint: `Remove the field, or write "declare ${hidden}: …" in front of its type.`,
      },
    );
  }
  const association = Object.keys(model[gettersKey] ?? {}).find((name) => Object.hasOwn(record, name));
  if (association !== undefined) {
    throw new FieldHidesAttribute(
      `The class field "${association}" of ${model.name} hides the association of that name, which would always read as the field.`,
      { hint: `Remove the field: the getter of the definition declares its type too.` },
    );
  }
  checked.add(model);
}
