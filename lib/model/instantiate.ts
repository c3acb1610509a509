import type { Row } from '../adapters/contract.ts';
import { FieldHidesAttribute, InvalidDefinition } from '../errors/definition.ts';
import { blankRow } from '../record/blank.ts';
import { callbackMethods } from '../record/callbacks/events.ts';
import { type RecordState, rowKey } from '../record/state.ts';
import { familyOf, requireConcrete } from './inheritance/family.ts';
import { attributesOf } from './metadata.ts';
import { gettersKey, type ModelClass } from './model-class.ts';

/** Given to a constructor in place of attributes: the second argument is a row from the database. */
const fromRow: unique symbol = Symbol('from row');
export const isFromRow = (value: unknown): boolean => value === fromRow;

const checked = new WeakSet<object>();
const beingChecked = new WeakSet<object>();

/** The record of a row: the row itself, with the class around it. */
export function instantiate(model: ModelClass, row: Row): RecordState {
  if (attributesOf(model).shadowing) Object.setPrototypeOf(row, null);
  const record = new model(fromRow, row);
  if (!checked.has(model)) checkInstance(model, record, row);
  return record;
}

/** What makes records of the rows of a model: of a family each of the class that the row says. */
export function instantiatorOf(model: ModelClass): (row: Row) => RecordState {
  const family = familyOf(model);
  if (family === undefined) return (row) => instantiate(model, row);
  let column: string | undefined;
  return (row) => {
    column ??= attributesOf(model).get(family.attribute).column;
    const type = row[column];
    // What the query has not selected says nothing.
    return instantiate(type === undefined ? model : family.classOf(type, model), row);
  };
}

/** Before the first `new` of a class: makes one aside, whose fields can be looked at when its constructor is through. */
export function checkBeforeNew(model: ModelClass): void {
  if (checked.has(model)) return;
  requireConcrete(model);
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

/** Whether a record of the class is being made only to be looked at. */
export const isBeingChecked = (model: ModelClass): boolean => beingChecked.has(model);

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
  const callback = callbackMethods.find(({ name }) => Object.hasOwn(record, name));
  if (callback !== undefined) {
    throw new InvalidDefinition(`The class field "${callback.name}" of ${model.name} is no callback.`, {
      hint: `Write it as a method: async ${callback.name}() { … }.`,
    });
  }
  checked.add(model);
}
