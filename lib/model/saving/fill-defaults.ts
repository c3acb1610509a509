import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { beginWith } from '../../record/blank.ts';
import { keepPicture } from '../../record/picture.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { didYouMean } from '../../support/suggest.ts';
import { describeValue } from '../../types/type.ts';
import { lineOf } from '../concerns/concerns.ts';
import { attributesOf } from '../metadata.ts';
import { asModel, gettersKey, type ModelClass } from '../model-class.ts';

// `static defaults`: values of new records that follow from their other attributes.

interface Default {
  readonly attribute: Attribute;
  /** As declared. */
  readonly given: unknown;
  readonly make: (record: RecordState) => unknown;
}

const known = new WeakMap<AttributeSet, readonly Default[]>();
const none: readonly Default[] = [];
/** Those that were asked too early: they gave nothing, or what they looked at was not there. */
const unsettled = new WeakMap<RecordState, Set<Default>>();
let anyUnsettled = false;

/** The defaults of a model and of those above it, theirs first. Worked out once per model. */
function defaultsOf(model: ModelClass, attributes: AttributeSet): readonly Default[] {
  let defaults = known.get(attributes);
  if (defaults === undefined) {
    defaults = makeDefaults(model, attributes);
    known.set(attributes, defaults);
  }
  return defaults;
}

function makeDefaults(model: ModelClass, attributes: AttributeSet): readonly Default[] {
  const byName = new Map<string, Default>();
  for (const declared of declarations(model)) {
    if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
      throw new InvalidDefinition(`The defaults of ${model.name} are no object.`, {
        hint: `Write static defaults = { slug: (record) => … } satisfies Defaults<typeof ${model.name}>.`,
      });
    }
    for (const [name, make] of Object.entries(declared)) {
      // Asked after those of the classes above, whatever was there before.
      byName.delete(name);
      const checked = checkedDefault(model, attributes, name, make);
      if (checked !== undefined) byName.set(name, checked);
    }
  }
  return byName.size === 0 ? none : [...byName.values()];
}

/** What the classes and their concerns declare themselves, from the top down. */
function declarations(model: ModelClass): unknown[] {
  return lineOf(model)
    .map((each): unknown => (Object.hasOwn(each, 'defaults') ? Reflect.get(each, 'defaults') : undefined))
    .filter((each) => each !== undefined);
}

function checkedDefault(model: ModelClass, attributes: AttributeSet, name: string, make: unknown): Default | undefined {
  const attribute = attributes.findAny(name);
  if (attribute === undefined) {
    const store = attributes.stores.get(name);
    throw new InvalidDefinition(`The defaults of ${model.name} name ${JSON.stringify(name)}, which is no attribute.`, {
      hint:
        store === undefined
          ? didYouMean(
              name,
              attributes.every.map((each) => each.name),
            )
          : `It is a key of ${store.attribute.name}: give that a default.`,
    });
  }
  if (attribute.computed)
    throw new InvalidDefinition(`${attribute.label} is computed by the database and cannot have a default.`);
  if (attribute.typeRule !== undefined) {
    throw new InvalidDefinition(`${attribute.label} tells which class a row is of, and cannot have a default.`, {
      hint: 'It is that of the class: write static typeName for another.',
    });
  }
  // undefined takes back what a class above has declared.
  if (make === undefined) return undefined;
  if (typeof make !== 'function') {
    throw new InvalidDefinition(`The default of ${attribute.label} is ${describeValue(make)}, not a function.`, {
      hint: `Write ${name}: (record) => …, or .default(…) on the column for a value that is always the same.`,
    });
  }
  return { attribute, given: make, make: (record) => Reflect.apply(make, undefined, [record]) as unknown };
}

/**
 * For a new record, once what was given is assigned. A function that fails now may lack what is assigned later (or a field
 * of the class, which is made later): it is asked again by the save, where its error is told.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for defaults that cannot work
 */
export function fillNew(model: ModelClass, record: RecordState, attributes: AttributeSet): void {
  // What classes inherit is seen by this, too: models without defaults ask no further.
  if (model.defaults === undefined) return;
  const defaults = defaultsOf(model, attributes);
  if (defaults !== none) fillWith(defaults, model, record, attributes);
}

/**
 * For a new record that goes on as one of another class. What its own class has filled in stays: the other's functions are
 * asked for the rest.
 */
export function fillBecome(own: ModelClass, record: RecordState, model: ModelClass, became: RecordState): void {
  const attributes = attributesOf(model);
  const defaults = defaultsOf(model, attributes);
  if (defaults === none) return;
  const open = unsettled.get(record);
  const settled = defaultsOf(own, attributesOf(own)).filter((each) => open?.has(each) !== true);
  const isSettled = ({ attribute, given }: Default) =>
    settled.some((each) => each.attribute.column === attribute.column && each.given === given);
  const rest = defaults.filter((each) => !isSettled(each));
  fillWith(rest, model, became, attributes);
}

function fillWith(
  defaults: readonly Default[],
  model: ModelClass,
  record: RecordState,
  attributes: AttributeSet,
): void {
  const open = new Set<Default>();
  for (const each of defaults) {
    if (isAssigned(record, each)) continue;
    const isMissing = tryToFill(model, record, attributes, each);
    if (isMissing) open.add(each);
  }
  if (open.size === 0) return;
  unsettled.set(record, open);
  anyUnsettled = true;
}

/** Asks again, right before a new record is validated, those that were asked too early. What was assigned stays. */
export function fillDefaults(record: RecordState): void {
  if (!anyUnsettled) return;
  const open = unsettled.get(record);
  if (open === undefined) return;
  const life = record[lifeKey];
  // What is being sent must stay as it is; a record that has a row needs no defaults.
  if (life?.isNew !== true || life.inserting !== undefined) return;
  for (const each of open) {
    if (isAssigned(record, each)) continue;
    keepPicture(record);
    fill(record, each, each.make(record));
  }
}

/** Also null, by the program or by what assigns foreign keys. */
function isAssigned(record: RecordState, { attribute }: Default): boolean {
  return record[lifeKey]?.originals?.has(attribute.column) === true;
}

/** Whether it has to be asked again. */
function tryToFill(model: ModelClass, record: RecordState, attributes: AttributeSet, each: Default): boolean {
  let isMissing = false;
  const watched = watch(model, record, attributes, () => {
    isMissing = true;
  });
  try {
    return !fill(record, each, each.make(watched)) || isMissing;
  } catch (error) {
    if (error instanceof InvalidDefinition) throw error;
    return true;
  }
}

/** False where there is no value. @throws InvalidValue for one that does not fit */
function fill(record: RecordState, { attribute }: Default, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (isPromiseLike(value)) {
    // It is refused as a whole: what becomes of it must not end the process besides.
    value.then(undefined, () => undefined);
    throw new InvalidDefinition(`The default of ${attribute.label} gives a promise: it cannot be waited for.`, {
      hint: 'Give the value at once, or assign it before the record is saved.',
    });
  }
  beginWith(record, attribute, attribute.type.cast(value, attribute));
  return true;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * The record, as a default sees it while the record is being made: `note` hears of what is looked at and not there yet.
 * Nothing of the record's own is to get hold of this, so its accessors are run on the record itself.
 */
function watch(model: ModelClass, record: RecordState, attributes: AttributeSet, note: () => void): RecordState {
  const associations = asModel(model)[gettersKey] ?? {};
  return new Proxy(record, {
    get(target, name, watched) {
      const isValue =
        typeof name === 'string' && (attributes.findAny(name) ?? attributes.stores.get(name)) !== undefined;
      const isOwn = isValue || typeof name === 'symbol' || Object.hasOwn(associations, name);
      const value: unknown = Reflect.get(target, name, isOwn ? target : watched);
      if (isValue && value === null) note();
      return value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}
