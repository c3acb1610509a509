import { InvalidQuery } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { blankRow, defaultValue, madeDefaults } from '../record/blank.ts';
import { cacheKey, Life, lifeKey, type RecordState, rowKey, ValueCache } from '../record/state.ts';
import { writeValue } from '../record/values.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { describeValue, type Scalar } from '../types/type.ts';

/** Makes an object the state of a new record: defaults, and nothing changed yet. */
export function initializeNew(record: RecordState, attributes: AttributeSet): void {
  record[rowKey] = blankRow(attributes);
  record[cacheKey] = undefined;
  const life = new Life();
  life.isNew = true;
  record[lifeKey] = life;
  for (const attribute of madeDefaults(attributes)) {
    const value = defaultValue(attribute);
    if (attribute.type.plain === undefined) {
      const cache: ValueCache = record[cacheKey] ?? new ValueCache();
      record[cacheKey] = cache;
      cache[attribute.column] = value;
    } else record[rowKey][attribute.column] = value as Scalar;
  }
}

/**
 * Assigns attributes by name, through the setters of the class. Unknown names are errors; nothing is assigned by a key
 * that the object only inherits.
 */
export function assignAttributes(record: RecordState, attributes: AttributeSet, values: unknown, root: object): void {
  if (typeof values !== 'object' || values === null || Array.isArray(values) || isEmptyInstance(values)) {
    throw new InvalidQuery(`${attributes.modelName} takes an object of attributes, not ${describeValue(values)}.`, {
      hint: `Write { ${attributes.all.find((attribute) => !attribute.key)?.name ?? 'name'}: … }.`,
    });
  }
  for (const name of Object.keys(values)) {
    // Its error names what was probably meant.
    if (attributes.find(name) === undefined && !hasOwnSetter(record, name, root)) attributes.get(name);
    assignOne(record, attributes, name, Reflect.get(values, name));
  }
}

function assignOne(record: RecordState, attributes: AttributeSet, name: string, value: unknown): void {
  if (Reflect.set(record, name, value)) return;
  // The class has a getter of that name, and no setter beside it.
  writeValue(record, attributes.get(name), value);
}

/** Whether a class of the application has a setter of that name; those of Object.prototype (`__proto__`) are none. */
function hasOwnSetter(record: object, name: string, root: object): boolean {
  for (
    let prototype: object | null = Object.getPrototypeOf(record);
    prototype !== null && prototype !== root;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) return descriptor.set !== undefined;
  }
  return false;
}
