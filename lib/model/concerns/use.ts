import { InvalidDefinition } from '../../errors/definition.ts';
import { concernPrototypes, forwardAccessor, isAttributeAccessor } from '../../record/accessors.ts';
import { callbackNames } from '../../record/callbacks/events.ts';
import { removalKey, removalOf } from '../../relation/removal.ts';
import { Alias } from '../../schema/alias.ts';
import { defineAssociations } from '../association-accessors.ts';
import { checkDefinition, conflictingColumn, declares } from '../definition.ts';
import { isEnumPredicate } from '../enum-predicates.ts';
import { attributesOf } from '../metadata.ts';
import {
  aliasesKey,
  asModel,
  besideKey,
  concernOrigins,
  concernScopeKey,
  concernsKey,
  gettersKey,
  type ModelClass,
  madeByWith,
} from '../model-class.ts';
import { concernsOf, lineOf, ownDefaultScope } from './concerns.ts';

// A concern is an abstract model. Each class of its line becomes a layer between a model and its parent, with the columns,
// associations, methods and statics of that class: what the model declares itself stands below, and so wins.

/**
 * A class with what the concerns have, in that order: later ones win over earlier ones. One that is there is not added
 * again.
 *
 * @param root - BaseModel
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what is no concern, and for columns that are declared twice
 */
export function useConcerns(Parent: ModelClass, concerns: readonly unknown[], root: ModelClass): ModelClass {
  if (concerns.length === 0)
    throw new InvalidDefinition('use was given no concern.', { hint: 'Write BaseModel.use(SoftDelete).with({ … }).' });
  let made = layerOver(Parent);
  for (const concern of concerns) made = withConcern(made, checkConcern(concern, root), root);
  return made;
}

/** A class between a model and its parent, for accessors and whatever else does not come from the model's own body. */
export function layerOver(Parent: ModelClass): ModelClass {
  const Layer = class extends Parent {};
  madeByWith.add(Layer);
  Object.defineProperty(Layer, 'name', { value: Parent.name });
  return Layer;
}

function checkConcern(given: unknown, root: ModelClass): ModelClass {
  if (given === undefined) {
    throw new InvalidDefinition('use was given undefined in place of a concern.', {
      hint: 'Two files that import each other are read one after the other: let the file of the concern import no model.',
    });
  }
  if (typeof given !== 'function' || !(given.prototype instanceof root)) {
    throw new InvalidDefinition('use takes concerns: classes that extend BaseModel.', {
      hint: 'Write abstract class Sluggable extends BaseModel.with({ … }) { … }, and BaseModel.use(Sluggable).',
    });
  }
  const concern = asModel(given);
  if (!probed.has(concern)) checkFields(concern);
  return concern;
}

/** Handed to the constructor of BaseModel: it returns the object, and the classes below put their fields on that. */
export class ConcernProbe {
  readonly target: object;
  constructor(target: object) {
    this.target = target;
  }
}

const probed = new WeakSet<object>();

/**
 * The constructors of concerns do not run for the records of a model, so that there is nobody to make their fields. The
 * private members of a class cannot be seen; but no object can be given them twice.
 */
function checkFields(concern: ModelClass): void {
  const target = {};
  const construct = () => Reflect.construct(concern, [new ConcernProbe(target)]);
  let failure: unknown;
  try {
    construct();
  } catch (error) {
    failure = error;
  }
  const [field] = Reflect.ownKeys(target);
  if (field !== undefined) {
    throw new InvalidDefinition(
      `The concern ${concern.name} has a field, "${String(field)}", which models would not get.`,
      {
        hint: `Write "declare ${String(field)}: …" if it only says a type; or make it an attribute, or a getter and a setter.`,
      },
    );
  }
  if (failure !== undefined) {
    throw new InvalidDefinition(`The constructor of the concern ${concern.name} threw: ${String(failure)}.`, {
      cause: failure,
      hint: 'It does not run for the records of models: leave it out.',
    });
  }
  try {
    construct();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InvalidDefinition(`The concern ${concern.name} has private members (#…), which models would not get.`, {
      cause: error,
      hint: 'Write private in front of a name without #; keep values in attributes.',
    });
  }
  probed.add(concern);
}

function withConcern(Parent: ModelClass, concern: ModelClass, root: ModelClass): ModelClass {
  const there = new Set(lineOf(Parent).map(originOf));
  const added = lineOf(concern).filter((each) => each !== root && !there.has(originOf(each)));
  return added
    .filter((each) => each.prototype instanceof root)
    .reduce((above, each) => addLayer(above, each, concern), Parent);
}

/** The class that a layer was made of: a concern that comes by two ways is one. */
const originOf = (model: ModelClass): ModelClass => concernOrigins.get(model) ?? model;

function addLayer(Parent: ModelClass, from: ModelClass, concern: ModelClass): ModelClass {
  const Layer = layerOver(Parent);
  concernOrigins.set(Layer, originOf(from));
  const own = from === concern ? [concern] : concernsOf(from);
  if (own.length > 0) Object.defineProperty(Layer, concernsKey, { value: Object.freeze([...own]) });
  addDefinition(Layer, Parent, from, concern);
  addMembers(Layer, from);
  addStatics(Layer, Parent, from);
  concernPrototypes.add(Layer.prototype);
  return Layer;
}

/** What that class declares itself, as opposed to those above it. */
function addDefinition(Layer: ModelClass, Parent: ModelClass, from: ModelClass, concern: ModelClass): void {
  const above = asModel(Object.getPrototypeOf(from));
  const columns = own(from.definition ?? {}, above.definition ?? {});
  const getters = own(from[gettersKey] ?? {}, above[gettersKey] ?? {});
  const aliases = Object.entries(own(from[aliasesKey] ?? {}, above[aliasesKey] ?? {}));
  const attributes = {
    ...columns,
    ...own(from[besideKey]?.virtual ?? {}, above[besideKey]?.virtual ?? {}),
    ...own(from[besideKey]?.stores ?? {}, above[besideKey]?.stores ?? {}),
    ...Object.fromEntries(aliases.map(([name, of]) => [name, new Alias(of)])),
  };
  requireNoConflict(Parent, Object.keys(attributes), concern);
  for (const name of Object.keys(attributes)) {
    forwardAccessor(from.prototype, name, (record) => {
      const all = attributesOf(asModel(record.constructor));
      return all.stores.get(name) ?? all.getAny(name);
    });
  }
  if (Object.keys(attributes).length + Object.keys(getters).length === 0) return;
  const definition = Object.defineProperties(
    { ...attributes },
    Object.fromEntries(Object.entries(getters).map(([name, get]) => [name, { get, enumerable: true }])),
  );
  const checked = checkDefinition(definition, undefined, Parent);
  Object.defineProperty(Layer, 'definition', { value: checked.columns });
  Object.defineProperty(Layer, aliasesKey, { value: checked.aliases });
  Object.defineProperty(Layer, besideKey, { value: checked.beside });
  defineAssociations(Layer, Parent, checked.associations);
}

function own<T>(all: Readonly<Record<string, T>>, above: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => above[name] !== value));
}

function requireNoConflict(Parent: ModelClass, names: readonly string[], concern: ModelClass): void {
  const name = names.find((each) => declares(Parent, each));
  if (name !== undefined) throw conflictingColumn(name, Parent, concern.name);
}

function addMembers(Layer: ModelClass, from: ModelClass): void {
  for (const key of Reflect.ownKeys(from.prototype)) {
    if (key === 'constructor' || Object.hasOwn(Layer.prototype, key)) continue;
    if (typeof key === 'string' && (callbackNames.has(key) || isAttributeAccessor(from.prototype, key))) continue;
    const descriptor = Object.getOwnPropertyDescriptor(from.prototype, key);
    if (descriptor !== undefined && !isEnumPredicate(descriptor.value))
      Object.defineProperty(Layer.prototype, key, descriptor);
  }
}

/** What is told of a class alone, or is put together elsewhere from all classes. */
const notCopied = new Set(['length', 'name', 'prototype', 'definition', 'abstractClass', 'defaultScope']);
/** Read class by class, so that nothing has to be put together here. */
const readByClass = new Set(['scopes', 'validations', 'defaults']);

function addStatics(Layer: ModelClass, Parent: ModelClass, from: ModelClass): void {
  const defaultScope = Object.hasOwn(from, 'defaultScope') ? from.defaultScope : ownDefaultScope(from);
  if (defaultScope !== undefined) Object.defineProperty(Layer, concernScopeKey, { value: defaultScope });
  if (Object.hasOwn(from, removalKey)) Object.defineProperty(Layer, removalKey, { value: removalOf(from) });
  for (const name of Object.getOwnPropertyNames(from)) {
    if (notCopied.has(name)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(from, name);
    if (descriptor === undefined) continue;
    if (readByClass.has(name) || !('value' in descriptor)) Object.defineProperty(Layer, name, descriptor);
    else {
      const value: unknown = together(Reflect.get(Parent, name), descriptor.value);
      Object.defineProperty(Layer, name, { ...descriptor, value });
    }
  }
}

/** Lists are put together, objects by their names; of anything else the concern's own is taken. */
function together(above: unknown, given: unknown): unknown {
  if (Array.isArray(above) && Array.isArray(given)) return [...new Set<unknown>([...above, ...given])];
  return isPlain(above) && isPlain(given) ? { ...above, ...given } : given;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
