import { InvalidDefinition } from '../errors/definition.ts';
import { isAttributeAccessor } from '../record/accessors.ts';
import { aliasedBy } from '../record/aliases.ts';
import { Association } from '../record/association.ts';
import { Alias } from '../schema/alias.ts';
import { Column } from '../schema/column.ts';
import { Store } from '../schema/store.ts';
import type { TableColumns } from '../schema/table-spec.ts';
import { VirtualColumn } from '../schema/virtual-column.ts';
import { didYouMean } from '../support/suggest.ts';
import {
  aliasesKey,
  asModel,
  type BesideColumns,
  besideKey,
  concernOrigins,
  concernsKey,
  gettersKey,
  type ModelClass,
  madeByWith,
} from './model-class.ts';

/** Names that JavaScript itself gives a meaning, so that no attribute can have them. */
export const reservedAttributes: ReadonlySet<string> = new Set([
  'then',
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
]);

/** What a definition declares. */
export interface CheckedDefinition {
  /** Those of the class above among them; undefined where there are none at all: then they are read from the database. */
  readonly columns: TableColumns | undefined;
  /** Getters, not called yet: the models that they lead to may not have been loaded. */
  readonly associations: Readonly<Record<string, () => unknown>>;
  /** Other names of attributes, with those that they stand for; those of the class above among them. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Attributes without a column, those of the class above among them; undefined where there are none. */
  readonly beside: BesideColumns | undefined;
}

interface DefinitionPart extends CheckedDefinition {
  readonly columns: TableColumns;
  readonly beside: BesideColumns;
}

/**
 * Checks a definition as `BaseModel.with` takes it.
 *
 * @param shared - columns to add
 * @param parent - the class that it is a part of
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`), each time with the mend
 */
export function checkDefinition(definition: unknown, shared: unknown, parent: ModelClass): CheckedDefinition {
  const parts = checkParts(definition, shared, parent);
  const { associations } = parts;
  const all = { ...parent.definition, ...parts.columns };
  const beside = besideOf(parts.columns, parts.beside, parent);
  checkAliases(parts, { ...all, ...beside?.virtual }, beside?.stores ?? {}, parent);
  return {
    columns: Object.keys(all).length === 0 ? undefined : Object.freeze(all),
    associations,
    aliases: Object.freeze({ ...parent[aliasesKey], ...parts.aliases }),
    beside,
  };
}

function checkParts(definition: unknown, shared: unknown, parent: ModelClass): DefinitionPart {
  const own = checkPart(definition, parent);
  if (shared === undefined) return own;
  const more = checkPart(shared, parent);
  const [getter] = Object.keys(more.associations);
  if (getter !== undefined) {
    throw new InvalidDefinition(`The second argument of with has a getter, "${getter}"; it takes columns.`, {
      hint: 'Declare associations in the first one.',
    });
  }
  const twice = namesOf(more).find((name) => namesOf(own).includes(name));
  if (twice !== undefined) throw new InvalidDefinition(`The attribute "${twice}" is declared twice.`);
  return {
    columns: { ...own.columns, ...more.columns },
    associations: own.associations,
    aliases: { ...own.aliases, ...more.aliases },
    beside: {
      virtual: { ...own.beside.virtual, ...more.beside.virtual },
      stores: { ...own.beside.stores, ...more.beside.stores },
    },
  };
}

const namesOf = ({ columns, associations, aliases, beside }: DefinitionPart): readonly string[] =>
  [columns, associations, aliases, beside.virtual, beside.stores].flatMap((part) => Object.keys(part));

/** Those of the class above that this one does not declare anew, and its own. */
function besideOf(columns: TableColumns, own: BesideColumns, parent: ModelClass): BesideColumns | undefined {
  const names = [...Object.keys(own.virtual), ...Object.keys(own.stores)];
  const column = names.find((name) => Object.hasOwn(parent.definition ?? {}, name));
  if (column !== undefined) {
    throw new InvalidDefinition(
      `The attribute "${column}" has a column in ${parent.name}, and cannot be without one below it.`,
      { hint: 'Give it another name.' },
    );
  }
  const anew = new Set([...names, ...Object.keys(columns)]);
  const inherited = <T>(declared: Readonly<Record<string, T>> = {}): Record<string, T> =>
    Object.fromEntries(Object.entries(declared).filter(([name]) => !anew.has(name)));
  const virtual = { ...inherited(parent[besideKey]?.virtual), ...own.virtual };
  const stores = { ...inherited(parent[besideKey]?.stores), ...own.stores };
  const isNone = Object.keys(virtual).length === 0 && Object.keys(stores).length === 0;
  return isNone ? undefined : Object.freeze({ virtual, stores });
}

function checkPart(definition: unknown, parent: ModelClass): DefinitionPart {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw new InvalidDefinition('with takes an object of columns.', {
      hint: 'Write BaseModel.with({ id: column.id(), name: column.string() }).',
    });
  }
  const columns: Record<string, Column<unknown>> = {};
  const associations: Record<string, () => unknown> = {};
  const aliases: Record<string, string> = {};
  const virtual: Record<string, VirtualColumn<unknown>> = {};
  const stores: Record<string, Store<string, string>> = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(definition))) {
    const { get } = descriptor;
    checkConcerns(name, parent);
    checkInherited(name, get !== undefined, parent);
    checkName(name, get !== undefined, parent.prototype);
    const value: unknown = descriptor.value;
    if (get !== undefined) associations[name] = () => Reflect.apply(get, definition, []);
    else if (value instanceof Column) columns[name] = value;
    else if (value instanceof Alias) aliases[name] = value.attribute;
    else if (value instanceof VirtualColumn) virtual[name] = value;
    else if (value instanceof Store) stores[name] = value;
    else throw noColumn(name, value);
  }
  if (Object.getOwnPropertySymbols(definition).length > 0)
    throw new InvalidDefinition('A definition has symbols for keys; attributes have names.');
  return { columns, associations, aliases, beside: { virtual, stores } };
}

function noColumn(name: string, value: unknown): InvalidDefinition {
  if (value instanceof Association) {
    return new InvalidDefinition(`The association "${name}" is not a getter.`, {
      hint: `Write get ${name}() { return ${value.declaration.kind}(…); }. Models that refer to each other are loaded in a circle: a getter waits until both are there. (A definition that is spread has its getters called; spread columns only.)`,
    });
  }
  const what = value === null ? 'null' : `a value of type ${typeof value}`;
  const call = typeof value === 'function' ? ' Did you forget to call it, as in column.string()?' : '';
  return new InvalidDefinition(`The definition's "${name}" is ${what}, not a column.${call}`, {
    hint: `Write ${name}: column.string(), say; an association is a getter.`,
  });
}

/** The columns of concerns and of the model that uses them are those of one class: none of them is declared twice. */
function checkConcerns(name: string, parent: ModelClass): void {
  for (let each = parent; madeByWith.has(each); each = asModel(Object.getPrototypeOf(each))) {
    const isIts = concernOrigins.has(each) && !declares(asModel(Object.getPrototypeOf(each)), name);
    if (isIts && declares(each, name)) throw conflictingColumn(name, parent, 'the model');
  }
}

/** Whether a class has an attribute of that name, by itself or from above: with a column or without, or by another name. */
export function declares(model: ModelClass, name: string): boolean {
  const { virtual, stores } = model[besideKey] ?? {};
  return [model.definition, virtual, stores, model[aliasesKey]].some((part) => Object.hasOwn(part ?? {}, name));
}

/** The error about an attribute that a concern and something else declare. */
export function conflictingColumn(name: string, parent: ModelClass, by: string): InvalidDefinition {
  let declaredBy = parent.name;
  let concern: string | undefined;
  for (let each = parent; declares(each, name); each = asModel(Object.getPrototypeOf(each))) {
    // The class that `with` made for a concern stands above the concern itself.
    if (Object.hasOwn(each, concernsKey)) concern = each[concernsKey]?.[0]?.name;
    declaredBy = concernOrigins.has(each) ? `the concern ${concern ?? each.name}` : each.name;
  }
  return new InvalidDefinition(`The attribute "${name}" is declared by ${declaredBy} and by ${by}.`, {
    hint: 'A model has each attribute once: give one of the two another name.',
  });
}

/** An attribute may be declared anew below its class; what has to do with an association is one thing in all of them. */
function checkInherited(name: string, isAssociation: boolean, parent: ModelClass): void {
  const { virtual, stores } = parent[besideKey] ?? {};
  const isAttribute =
    isAssociation && [parent.definition, virtual, stores].some((each) => Object.hasOwn(each ?? {}, name));
  if (!isAttribute && !Object.hasOwn(parent[gettersKey] ?? {}, name)) return;
  throw new InvalidDefinition(
    `${isAssociation ? 'The association' : 'The attribute'} "${name}" has the name of an ${isAttribute ? 'attribute' : 'association'} that ${parent.name} declares.`,
    { hint: 'Give one of the two another name.' },
  );
}

function checkName(name: string, isAssociation: boolean, base: object): void {
  const hint = isAssociation
    ? 'Give the association another name; its foreign key can be named: { foreignKey: … }.'
    : `Give the attribute another name, and the column this one: ${/^[A-Za-z_$][\w$]*$/.test(name) ? `${name}Value` : 'value'}: column.string().column('${name.replaceAll("'", "\\'")}').`;
  const what = isAssociation ? 'An association' : 'An attribute';
  if (name === '') throw new InvalidDefinition(`${what} has no name.`);
  if (reservedAttributes.has(name))
    throw new InvalidDefinition(`${what} cannot be named "${name}": JavaScript gives that name a meaning of its own.`, {
      hint,
    });
  if (name in base && !isAttributeAccessor(base, name) && aliasedBy(base, name) === undefined) {
    throw new InvalidDefinition(
      `${what} cannot be named "${name}": every record has a method or property of that name.`,
      { hint },
    );
  }
}

/**
 * An alias stands for an attribute of this definition or of the class above, and for nothing else.
 *
 * @param attributes - those of the class above among them
 * @param stores - likewise
 */
function checkAliases(
  { associations, aliases }: DefinitionPart,
  attributes: Readonly<Record<string, unknown>>,
  stores: Readonly<Record<string, Store<string, string>>>,
  parent: ModelClass,
): void {
  const inherited = parent[aliasesKey] ?? {};
  for (const name of [...Object.keys(attributes), ...Object.keys(stores), ...Object.keys(associations)]) {
    if (!Object.hasOwn(inherited, name)) continue;
    const what = Object.hasOwn(associations, name) ? 'association' : 'attribute';
    throw new InvalidDefinition(`The ${what} "${name}" has the name of an alias that ${parent.name} declares.`, {
      hint: 'Give one of the two another name.',
    });
  }
  for (const [name, target] of Object.entries(aliases)) {
    if (Object.hasOwn(attributes, name) || Object.hasOwn(stores, name)) {
      throw new InvalidDefinition(`The alias "${name}" has the name of an attribute that ${parent.name} declares.`, {
        hint: 'Give one of the two another name.',
      });
    }
    if (Object.hasOwn(attributes, target)) continue;
    const store = Object.hasOwn(stores, target) ? stores[target] : undefined;
    if (store !== undefined) {
      throw new InvalidDefinition(
        `The alias "${name}" stands for "${target}", which is a key of "${store.attribute}".`,
        {
          hint: `Declare the key under the other name too: ${name}: column.store('${store.attribute}', '${store.key}').`,
        },
      );
    }
    const known = new Map([...Object.entries(inherited), ...Object.entries(aliases)]);
    const behind = known.get(target);
    if (behind !== undefined) {
      throw new InvalidDefinition(`The alias "${name}" stands for "${target}", which is an alias itself.`, {
        hint: `Write ${name}: column.alias('${behind}').`,
      });
    }
    if (Object.hasOwn(associations, target) || Object.hasOwn(parent[gettersKey] ?? {}, target)) {
      throw new InvalidDefinition(`The alias "${name}" stands for "${target}", which is an association.`, {
        hint: `Declare the association under the other name too: get ${name}() { … }.`,
      });
    }
    throw new InvalidDefinition(`The alias "${name}" stands for "${target.slice(0, 80)}", which is no attribute.`, {
      hint:
        Object.keys(attributes).length === 0
          ? 'An alias needs columns that are declared.'
          : didYouMean(target, Object.keys(attributes)),
    });
  }
}
