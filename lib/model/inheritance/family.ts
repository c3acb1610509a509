import { AbstractModel, InvalidDefinition, UnknownType } from '../../errors/definition.ts';
import { InvalidQuery } from '../../errors/query.ts';
import type { AttributeSet } from '../../record/attribute.ts';
import { bindNode, columnNode, type Predicate } from '../../sql/nodes.ts';
import { nearest } from '../../support/suggest.ts';
import { storageOf } from '../../types/column-type.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { classAbove, isAbstract, type ModelClass, madeByWith } from '../model-class.ts';

/**
 * Lists classes of a family, so that rows of theirs can be read before they are used. It is a function, and annotated:
 * modules may import each other in a circle.
 *
 * ```ts
 * class User extends BaseModel.with({ id: column.id(), type: column.string().nullable() }) {
 *   static subclasses: Subclasses = () => [Admin, Manager];
 * }
 * ```
 */
export type Subclasses = () => readonly (abstract new (...args: never) => object)[];

/** @throws AbstractModel (`AR_MODEL_ABSTRACT`) for a class that has no rows */
export function requireConcrete(model: ModelClass): void {
  if (!isAbstract(model)) return;
  throw new AbstractModel(`${model.name} is abstract: it has no table, and no records.`, {
    hint: `Use a class that extends it. If it has a table of its own, remove "static abstractClass" from ${model.name}.`,
  });
}

/**
 * The classes whose rows are in one table, with an attribute that tells them apart. A class joins it when it is used for
 * the first time, or when a class that is used lists it: JavaScript does not tell who extends a class.
 */
export class Family {
  readonly root: ModelClass;
  /** The name of the attribute that tells a row's class. */
  readonly attribute: string;
  /** The attribute may be empty: it is, in rows of the root. Of a bare class the database tells. */
  isNullable: boolean;
  readonly #byType = new Map<string, ModelClass>();
  readonly #members = new Set<ModelClass>();
  readonly #noted = new Set<ModelClass>();
  readonly #below = new Map<ModelClass, readonly string[]>();

  constructor(root: ModelClass, attribute: string) {
    this.root = root;
    this.attribute = attribute;
    this.isNullable = root.definition?.[attribute]?.definition.nullable ?? true;
  }

  /** Those that are known, each after those above it. */
  get members(): ReadonlySet<ModelClass> {
    return this.#members;
  }

  /** Makes a class known, with those above it and those that any of these list. */
  note(model: ModelClass): void {
    if (this.#noted.has(model)) return;
    this.#noted.add(model);
    try {
      const above = classAbove(model);
      if (model !== this.root && above !== undefined) this.note(above);
      if (madeByWith.has(model)) return;
      if (!isAbstract(model)) this.#enter(model);
      for (const each of listed(model)) this.note(this.#listedClass(model, each));
    } catch (error) {
      // The next use says the same.
      this.#noted.delete(model);
      throw error;
    }
  }

  #enter(model: ModelClass): void {
    const type = typeNameOf(model);
    const other = this.#byType.get(type);
    if (other !== undefined && other !== model) {
      throw new InvalidDefinition(
        `Two classes of ${this.root.name} have the type "${type}": ${other.name} and another.`,
        {
          hint: `Each needs its own: static typeName = '…' on one of them.`,
        },
      );
    }
    this.#byType.set(type, model);
    this.#members.add(model);
    this.#below.clear();
  }

  #listedClass(by: ModelClass, given: unknown): ModelClass {
    if (typeof given === 'function' && (given === this.root || isBelow(given, this.root))) {
      const model = given as ModelClass;
      if (rootOf(model) === this.root || isAbstract(model)) return model;
    }
    const name = typeof given === 'function' ? given.name : String(given);
    throw new InvalidDefinition(
      `${by.name}.subclasses lists ${name}, which is no class on the table of ${this.root.name}.`,
      {
        hint: `List classes that extend ${this.root.name} and share its table.`,
      },
    );
  }

  /** The types of a class and of all that are known below it. */
  typesOf(model: ModelClass): readonly string[] {
    let types = this.#below.get(model);
    if (types === undefined) {
      types = [...this.#byType].filter(([, each]) => each === model || isBelow(each, model)).map(([type]) => type);
      this.#below.set(model, types);
    }
    return types;
  }

  /**
   * The class of a row.
   *
   * @param queried - the class that was asked for its rows
   * @throws UnknownType (`AR_TYPE_UNKNOWN`)
   */
  classOf(type: Scalar, queried: ModelClass): ModelClass {
    const model = type === null ? this.root : this.#byType.get(String(type));
    if (model === undefined) throw this.unknown(String(type));
    if (model === queried || isBelow(model, queried)) return model;
    throw new InvalidQuery(`A query on ${queried.name} has given a row of ${model.name}.`, {
      hint: `Ask ${this.root.name} for rows of all classes, or take care in from(…) and sql that the rows are of ${queried.name}.`,
    });
  }

  /** @throws UnknownType (`AR_TYPE_UNKNOWN`) */
  classNamed(type: unknown): ModelClass {
    const model = type === null ? this.root : this.#byType.get(String(type));
    if (model === undefined) throw this.unknown(String(type));
    return model;
  }

  unknown(type: string): UnknownType {
    const known = [...this.#byType.keys()];
    const meant = nearest(type.slice(0, 64), known);
    const { name, tableName } = this.root;
    return new UnknownType(
      `"${type.slice(0, 80)}" is the ${this.attribute} of no known class on the table "${tableName}"; there are ${[...this.#byType].map(([each, model]) => (each === model.name ? each : `"${each}" (${model.name})`)).join(', ')}.`,
      type,
      known,
      `${meant === undefined ? '' : `Did you mean "${meant}"? `}A class is known from its first use on, or when it is listed: static subclasses: Subclasses = () => [ … ] on ${name}. Where "${this.attribute}" is an attribute like others: static inheritanceAttribute = null.`,
    );
  }
}

const isBelow = (model: object, above: ModelClass): boolean =>
  typeof model === 'function' && model.prototype instanceof above;

/** What tells rows of a class: its name, unless it has said another. Those below it do not inherit that. */
export function typeNameOf(model: ModelClass): string {
  const given: unknown = Object.hasOwn(model, 'typeName') ? model.typeName : model.name;
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidDefinition(
    Object.hasOwn(model, 'typeName')
      ? `The typeName of ${model.name} is no text.`
      : 'A class without a name has no type.',
    { hint: "Write static typeName = '…'." },
  );
}

/** What is written to new rows of a class; null for those of the root where the attribute may be empty. */
export function storedType(family: Family, model: ModelClass): string | null {
  return model === family.root && family.isNullable ? null : typeNameOf(model);
}

function listed(model: ModelClass): readonly unknown[] {
  if (!Object.hasOwn(model, 'subclasses')) return [];
  const { subclasses } = model;
  const hint = 'Write static subclasses: Subclasses = () => [Admin, Manager].';
  if (typeof subclasses !== 'function')
    throw new InvalidDefinition(`The subclasses of ${model.name} are no function.`, { hint });
  let classes: unknown;
  try {
    classes = Reflect.apply(subclasses, model, []);
  } catch (error) {
    throw new InvalidDefinition(
      `The subclasses of ${model.name} cannot be read yet: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error, hint: 'The model is used before the modules of its subclasses have been loaded: use it later.' },
    );
  }
  if (Array.isArray(classes)) return classes;
  throw new InvalidDefinition(`The subclasses of ${model.name} are no list of classes.`, { hint });
}

/** The highest class of the line that has the same table; undefined for one that has none itself. */
function rootOf(model: ModelClass): ModelClass | undefined {
  let root: ModelClass | undefined;
  for (let each: ModelClass | undefined = model; each !== undefined; each = classAbove(each)) {
    if (madeByWith.has(each) || isAbstract(each)) continue;
    if (each.tableName === model.tableName && each.connectionName === model.connectionName) root = each;
  }
  return root;
}

const textual: readonly string[] = ['string', 'text', 'enum', 'plain'];

/** The attribute by which the root tells its rows apart; undefined where all of them are its own. */
function attributeOf(root: ModelClass): string | undefined {
  const { inheritanceAttribute: given, definition, name } = root;
  if (given === null) return undefined;
  if (given === undefined) {
    // What is named so by chance (an enum, a number) is an attribute like others; text is what classes are told by.
    const kind = definition?.type?.definition.type.kind;
    return kind === 'string' || kind === 'text' ? 'type' : undefined;
  }
  if (typeof given !== 'string') {
    throw new InvalidDefinition(`The inheritanceAttribute of ${name} is neither a name nor null.`, {
      hint: "Write static inheritanceAttribute = 'kind', or null for none.",
    });
  }
  // The columns of a bare class are known later.
  if (definition === undefined) return given;
  const column = definition[given];
  if (column === undefined || !Object.hasOwn(definition, given)) {
    throw new InvalidDefinition(`${name} tells its classes by "${given}", which is no attribute of it.`, {
      hint: `Declare ${given}: column.string().nullable(), or set static inheritanceAttribute to another name or null.`,
    });
  }
  const { type } = column.definition;
  if (type.kind !== 'encrypted' && textual.includes(storageOf(type).kind)) return given;
  throw new InvalidDefinition(
    `${name} tells its classes by "${given}", which is no text${type.kind === 'encrypted' ? ' to the database' : ''}.`,
    {
      hint: `Declare it as ${given}: column.string().`,
    },
  );
}

const byRoot = new WeakMap<ModelClass, Family>();
const byModel = new WeakMap<ModelClass, Family | typeof none>();
const none = Symbol('no family');

/**
 * The family of a class, in which it is known from now on; undefined where the rows of its table are all its own.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where two classes have the same type
 */
export function familyOf(model: ModelClass): Family | undefined {
  let found = byModel.get(model);
  if (found === undefined) {
    found = findFamily(model) ?? none;
    if (found !== none) found.note(model);
    byModel.set(model, found);
  }
  return found === none ? undefined : found;
}

function findFamily(model: ModelClass): Family | undefined {
  if (madeByWith.has(model) || isAbstract(model)) return undefined;
  const root = rootOf(model);
  if (root === undefined) return undefined;
  const attribute = attributeOf(root);
  // A class below may turn it off for itself: it then has all rows of the table, each as one of its own.
  if (attribute === undefined || model.inheritanceAttribute === null) return undefined;
  if (model.inheritanceAttribute !== root.inheritanceAttribute) {
    throw new InvalidDefinition(
      `${model.name} has another inheritanceAttribute than ${root.name}, whose table it shares.`,
      {
        hint: `Set it on ${root.name}; or null on ${model.name}, for which all rows are then its own.`,
      },
    );
  }
  let family = byRoot.get(root);
  if (family === undefined) {
    family = new Family(root, attribute);
    byRoot.set(root, family);
  }
  return family;
}

/** That a row is of the class, or of one below it. */
export function ofType(family: Family, model: ModelClass, attributes: AttributeSet): Predicate {
  const { column, type, sensitive } = attributes.get(family.attribute);
  const values = family.typesOf(model).map((each) => bindNode(each, type as Type, sensitive));
  const [only] = values;
  return only !== undefined && values.length === 1
    ? { kind: 'comparison', operator: '=', left: columnNode(column), right: only }
    : { kind: 'membership', operand: columnNode(column), values, negated: false };
}
