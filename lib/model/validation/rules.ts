import { RecordNotFound } from '../../errors/record.ts';
import type { AttributeSet } from '../../record/attribute.ts';
import { baseMembers } from '../../record/base-members.ts';
import { attributesObject } from '../../record/changes.ts';
import { linkAt } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import { readStored } from '../../record/store.ts';
import { compileRules, type Surroundings, type Target } from '../../record/validation/compile.ts';
import type { Rule } from '../../record/validation/rule.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import type { Associations, ReadySource, Reflection, Source } from '../../relation/source.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { passwordRules } from '../secrets/passwords.ts';
import { associatedMaker } from './associated.ts';
import { type UniqueBy, uniquenessMaker } from './uniqueness.ts';

/** The validations of a model, taken apart. */
export interface ModelRules {
  /** In the order in which they are asked. */
  readonly all: readonly Rule[];
  /** What a unique index may report in their place. */
  readonly unique: readonly (UniqueBy & { readonly rule: Rule | undefined })[];
}

/** What every record has judges, or is judged by, nothing. */
const ofEveryRecord: ReadonlySet<string> = new Set(baseMembers);
const known = new WeakMap<AttributeSet, ModelRules | 'none'>();

/**
 * The rules of a model and of those above it, theirs first; undefined where there are none. Worked out once per model.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for validations that cannot work
 */
export function rulesOf(source: Source<RecordState>, record: RecordState, ready: ReadySource): ModelRules | undefined {
  let rules = known.get(ready.attributes);
  if (rules === undefined) {
    rules = makeRules(source, record, ready.attributes);
    known.set(ready.attributes, rules);
  }
  return rules === 'none' ? undefined : rules;
}

/** The rules that a save of the model has already been asked about. */
export function knownRules({ attributes }: ReadySource): ModelRules | undefined {
  const rules = known.get(attributes);
  return rules === 'none' ? undefined : rules;
}

/** What the classes declare themselves, from the top down. */
function declarations(model: ModelClass): unknown[] {
  const declared: unknown[] = [];
  for (let at: unknown = model; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'validations')) declared.unshift(Reflect.get(at, 'validations'));
  }
  return declared.filter((each) => each !== undefined);
}

function makeRules(source: Source<RecordState>, record: RecordState, attributes: AttributeSet): ModelRules | 'none' {
  const { associations, modelName } = source;
  const ofPasswords = passwordRules(attributes);
  const own = declarations(asModel(source.model));
  const declared = ofPasswords === undefined ? own : [ofPasswords, ...own];
  if (declared.length === 0) return 'none';
  const unique: UniqueBy[] = [];
  const surroundings: Surroundings = {
    modelName,
    find: (name) => targetOf(name, record, attributes, associations),
    names: () => [...attributes.names, ...associations.all.map((each) => each.name)],
    makers: {
      uniqueness: uniquenessMaker(source, attributes, (by) => unique.push(by)),
      associated: associatedMaker(associations),
    },
    readWhole: (each) =>
      attributes.all.every((attribute) => isLoaded(each, attribute)) ? attributesObject(each, attributes) : undefined,
  };
  const rules = declared.flatMap((each, index) =>
    compileRules(withoutInherited(each, declared[index - 1]), surroundings),
  );
  const asked = rules.filter(({ kind }) => kind === 'uniqueness');
  return {
    all: [...rules.filter(({ isLast }) => !isLast), ...rules.filter(({ isLast }) => isLast)],
    unique: unique.map((by, index) => ({ ...by, rule: asked[index] })),
  };
}

/** `{ ...User.validations, budget: … }`: what was spread stands in the class above already. */
function withoutInherited(declared: unknown, above: unknown): unknown {
  if (typeof declared !== 'object' || declared === null || typeof above !== 'object' || above === null) return declared;
  return Object.fromEntries(
    Object.entries(declared).filter(
      ([name, rules]) => !Object.hasOwn(above, name) || Reflect.get(above, name) !== rules,
    ),
  );
}

function targetOf(
  name: string,
  record: RecordState,
  attributes: AttributeSet,
  associations: Associations,
): Target | undefined {
  const store = attributes.stores.get(name);
  if (store !== undefined) {
    const isReadable = (each: RecordState) => isLoaded(each, store.attribute);
    return { attribute: undefined, isAssociation: false, read: (each) => readStored(each, store), isReadable };
  }
  const attribute = attributes.findAny(name);
  if (attribute !== undefined) return { attribute, isAssociation: false, read: (each) => readValue(each, attribute) };
  const reflection = associations.find(name);
  if (reflection !== undefined) {
    const isReadable = (each: RecordState) => hasKeyOf(each, reflection);
    return { attribute: undefined, isAssociation: true, read: (each) => loaded(each, name), isReadable };
  }
  // A property of the class: an accessor, or a field, which this record has as every other.
  if (!(name in record) || name in Object.prototype || ofEveryRecord.has(name)) return undefined;
  return { attribute: undefined, isAssociation: false, read: (each) => Reflect.get(each, name) };
}

/** Without the foreign key, which the query may have left out, a belongsTo that is not loaded cannot be. */
function hasKeyOf(record: RecordState, { declaration, index, foreignKey, typeAttribute }: Reflection): boolean {
  if (!declaration.kind.startsWith('belongsTo') || linkAt(record, index)?.one != null) return true;
  return [...foreignKey, ...(typeAttribute === undefined ? [] : [typeAttribute])].every((key) => isLoaded(record, key));
}

async function loaded(record: RecordState, name: string): Promise<unknown> {
  try {
    return await Reflect.get(record, name);
  } catch (error) {
    // A required belongsTo without its record.
    if (error instanceof RecordNotFound) return null;
    throw error;
  }
}
