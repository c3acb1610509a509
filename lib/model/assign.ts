import { assignNested, nestedAssociation } from '../associations/nested/nested-attributes.ts';
import { setInMemory } from '../associations/writing/collection-memory.ts';
import { setReference } from '../associations/writing/reference-writing.ts';
import { InvalidQuery } from '../errors/query.ts';
import { UnknownAttribute } from '../errors/record.ts';
import { isPlainlyAssigned } from '../record/accessors.ts';
import { withOwnNames } from '../record/aliases.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { beginWith, blankRow, defaultValue, madeDefaults } from '../record/blank.ts';
import { requireThawed } from '../record/frozen.ts';
import { cacheKey, Life, lifeKey, type RecordState, rowKey } from '../record/state.ts';
import { writeStored } from '../record/store.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import { writeValue } from '../record/values.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';
import { asModel, gettersKey } from './model-class.ts';
import { sourceOf } from './relation-class.ts';

/** Makes an object the state of a new record: defaults, and nothing changed yet. */
export function initializeNew(record: RecordState, attributes: AttributeSet): void {
  record[rowKey] = blankRow(attributes);
  record[cacheKey] = undefined;
  const life = new Life();
  life.isNew = true;
  record[lifeKey] = life;
  giveDefaults(record, madeDefaults(attributes));
}

/** Gives a new record the defaults that are made for each. */
export function giveDefaults(record: RecordState, made: readonly Attribute[]): void {
  for (const attribute of made) beginWith(record, attribute, defaultValue(attribute));
}

/**
 * Assigns attributes by name, through the setters of the class. Unknown names are errors; nothing is assigned by a key
 * that the object only inherits.
 */
export function assignAttributes(record: RecordState, attributes: AttributeSet, values: unknown, root: object): void {
  refuseUntrusted(values, attributes.modelName);
  if (typeof values !== 'object' || values === null || Array.isArray(values) || isEmptyInstance(values)) {
    throw new InvalidQuery(`${attributes.modelName} takes an object of attributes, not ${describeValue(values)}.`, {
      hint: `Write { ${attributes.all.find((attribute) => !attribute.key)?.name ?? 'name'}: … }.`,
    });
  }
  // Nothing is assigned where one attribute is given under two names.
  withOwnNames(attributes, values);
  const plain = plainlyAssigned(record, attributes);
  for (const name of Object.keys(values)) {
    const value: unknown = Reflect.get(values, name);
    const attribute = plain.get(name);
    if (attribute !== undefined) {
      requireThawed(record, attribute.label);
      writeValue(record, attribute, value);
    } else if (attributes.findAny(name) !== undefined || attributes.stores.has(name))
      assignOne(record, attributes, name, value);
    else if (!assignAssociation(record, name, value)) {
      if (!hasOwnSetter(record, name, root)) throw unknownName(record, attributes, name);
      assignOne(record, attributes, name, value);
    }
  }
}

interface PlainlyAssigned {
  readonly of: AttributeSet;
  readonly names: ReadonlyMap<string, Attribute>;
}
const known = new WeakMap<object, PlainlyAssigned>();

/** The attributes of a class that have no setter of the application's own: looked at once. */
function plainlyAssigned(record: RecordState, attributes: AttributeSet): PlainlyAssigned['names'] {
  let found = known.get(record.constructor);
  if (found?.of !== attributes) {
    const prototype: object = record.constructor.prototype;
    const plain = attributes.all.filter((each) => isPlainlyAssigned(prototype, each));
    found = { of: attributes, names: new Map(plain.map((each) => [each.name, each])) };
    known.set(record.constructor, found);
  }
  return found.names;
}

/**
 * `new Post({ author: ada })`, `user.assign({ posts: [post] })` and `{ postsAttributes: [{ … }] }`: in memory, for the
 * record's save to write.
 */
function assignAssociation(record: RecordState, name: string, value: unknown): boolean {
  if (asModel(record.constructor)[gettersKey] === undefined) return false;
  const { associations } = sourceOf(asModel(record.constructor));
  const reflection = associations.find(name);
  if (reflection !== undefined) {
    if (reflection.isCollection) setInMemory(record, reflection, value);
    else setReference(record, reflection, value);
    return true;
  }
  const nested = nestedAssociation(associations, name);
  if (nested === undefined) return false;
  assignNested(record, nested, value);
  return true;
}

function unknownName(record: RecordState, attributes: AttributeSet, name: string): UnknownAttribute {
  const getters = Object.keys(asModel(record.constructor)[gettersKey] ?? {});
  return new UnknownAttribute(`${attributes.modelName} has no attribute ${JSON.stringify(name.slice(0, 80))}.`, {
    hint: didYouMean(name, [...attributes.names, ...getters]),
  });
}

function assignOne(record: RecordState, attributes: AttributeSet, name: string, value: unknown): void {
  if (Reflect.set(record, name, value)) return;
  // The class has a getter of that name, and no setter beside it.
  const store = attributes.stores.get(name);
  requireThawed(record, (store ?? attributes.getAny(name)).label);
  if (store !== undefined) writeStored(record, store, value);
  else writeValue(record, attributes.getAny(name), value);
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
