import { nestedAssociation } from '../../associations/nested/nested-attributes.ts';
import { AttributesRequired, UnpermittedAttributes } from '../../errors/attributes.ts';
import { InvalidQuery, InvalidValue } from '../../errors/query.ts';
import { UnknownAttribute } from '../../errors/record.ts';
import { type Attribute, type AttributeSet, columnsNotLoaded, type StoreKey } from '../../record/attribute.ts';
import { baseMembers } from '../../record/base-members.ts';
import { bodyOf } from '../../record/untrusted.ts';
import { computedError } from '../../record/values.ts';
import type { Reflection, Source } from '../../relation/source.ts';
import { didYouMean } from '../../support/suggest.ts';
import { booleanType } from '../../types/boolean.ts';
import { bareType, type CastSite, describeValue, rejectValue } from '../../types/type.ts';
import { reservedAttributes } from '../definition.ts';

/** One record that a body has attributes of: that of the call, or one nested in it. */
interface Level {
  readonly source: Source;
  readonly attributes: AttributeSet;
  /** Where it stands in the body: `postsAttributes[0].`; empty for the whole. */
  readonly path: string;
  readonly isNested: boolean;
}

interface Checked {
  readonly strict: boolean;
  readonly required: readonly string[];
  /** Names outside of the lists, with the way to them. */
  readonly unpermitted: string[];
}

/** How deep lists may be nested; one that contains itself would have no end. */
const deepest = 32;

/**
 * Takes what a list names out of a body from outside.
 *
 * @throws InvalidValue (`AR_VALUE_INVALID`) for a body, or a value in it, of a wrong type; UnpermittedAttributes,
 *   AttributesRequired where the options ask for it; UnknownAttribute, InvalidQuery for what is wrong with the list
 */
export function permit(source: Source, body: unknown, list: unknown, options: unknown): Record<string, unknown> {
  const { attributes, modelName } = source;
  if (attributes === undefined) throw columnsNotLoaded(modelName);
  const level: Level = { source, attributes, path: '', isNested: false };
  const checked = checkOptions(level, list, options);
  const permitted = permitLevel(level, bodyOf(body), list, checked, 0);
  const { unpermitted, required } = checked;
  if (unpermitted.length > 0) {
    throw new UnpermittedAttributes(
      `${modelName} was given attributes that are not permitted: ${shown(unpermitted)}.`,
      unpermitted,
      { hint: 'Name them in the list, or leave them out.' },
    );
  }
  const missing = required.filter((name) => !Object.hasOwn(permitted, name));
  if (missing.length > 0)
    throw new AttributesRequired(`${modelName} was not given ${shown(missing)}, which the body has to have.`, missing);
  return permitted;
}

const shown = (names: readonly string[]) =>
  `${names
    .slice(0, 10)
    .map((name) => JSON.stringify(name.slice(0, 80)))
    .join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;

function checkOptions({ source }: Level, list: unknown, options: unknown): Checked {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    throw new InvalidQuery('permit takes its options as an object.');
  const given = new Map<string, unknown>(options === undefined ? [] : Object.entries(options));
  const known = ['unpermitted', 'required'];
  const unknown = [...given.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidQuery(`permit has no option "${unknown.slice(0, 40)}".`, { hint: didYouMean(unknown, known) });
  const unpermitted = given.get('unpermitted') ?? 'ignore';
  if (unpermitted !== 'ignore' && unpermitted !== 'error')
    throw new InvalidQuery("unpermitted is 'ignore' or 'error'.");
  const required: unknown = given.get('required') ?? [];
  if (!Array.isArray(required)) throw new InvalidQuery('required takes a list of attributes.');
  const listed: readonly unknown[] = Array.isArray(list) ? list : [];
  const names = required.map((name: unknown): string => {
    if (typeof name === 'string' && listed.includes(name)) return name;
    throw new InvalidQuery(`${source.modelName}.permit requires ${describeValue(name)}, which it does not permit.`, {
      hint: didYouMean(
        name,
        listed.filter((each) => typeof each === 'string'),
      ),
    });
  });
  return { strict: unpermitted === 'error', required: names, unpermitted: [] };
}

function permitLevel(
  level: Level,
  body: unknown,
  list: unknown,
  checked: Checked,
  depth: number,
): Record<string, unknown> {
  const { source, path } = level;
  if (!Array.isArray(list)) {
    throw new InvalidQuery(`${source.modelName}.permit takes a list of attributes, not ${describeValue(list)}.`, {
      hint: "Write permit(body, ['name', …]), or give the class its list: static permitted = ['name', …] as const.",
    });
  }
  if (depth > deepest) throw new InvalidQuery(`${source.modelName}.permit was given lists more than ${deepest} deep.`);
  requireBody(body, path === '' ? `${source.modelName}.permit` : path.slice(0, -1));
  const permitted: Record<string, unknown> = {};
  const listed = new Set<string>();
  for (const entry of list as readonly unknown[]) {
    if (typeof entry === 'string') {
      listed.add(entry);
      const read = readerOf(level, entry);
      const value = ownValue(body, entry, path);
      if (value !== undefined) put(permitted, entry, read(value));
    } else {
      for (const [name, nested] of nestedLists(level, entry)) {
        listed.add(name);
        const value = ownValue(body, name, path);
        const read = nestedReader(level, name, nested, checked, depth);
        if (value !== undefined) put(permitted, name, read(value));
      }
    }
  }
  if (checked.strict)
    checked.unpermitted.push(...Object.keys(body).flatMap((name) => (listed.has(name) ? [] : [`${path}${name}`])));
  return permitted;
}

function put(permitted: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined) permitted[name] = value;
}

/** An object of a class may have getters that do anything, and a Map has nothing to read by name. */
function requireBody(body: unknown, what: string): asserts body is object {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject && isPlain(body)) return;
  throw new InvalidValue(`${what} takes an object of attributes, not ${describeValue(body)}.`, {
    hint:
      body === undefined
        ? 'Has the body of the request been parsed?'
        : isObject
          ? 'Of form data make one: Object.fromEntries(data).'
          : undefined,
  });
}

/** Also an object of another realm, whose Object.prototype is not ours. */
function isPlain(body: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(body);
  if (prototype === null || prototype === Object.prototype) return true;
  return (
    typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'valueOf')
  );
}

/** Only what the body has itself: not what it inherits, and no getter is called. */
function ownValue(body: object, name: string, path: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(body, name);
  if (descriptor === undefined) return undefined;
  if (descriptor.get === undefined && descriptor.set === undefined) return descriptor.value;
  throw new InvalidValue(`The body's "${path}${name}" is a getter, not a value.`, {
    hint: 'What comes from outside has none: check who made it.',
  });
}

type Read = (value: unknown) => unknown;

/** How the value of one name is read. @throws what is wrong with the name */
function readerOf(level: Level, name: string): Read {
  const { attributes, isNested, source } = level;
  const attribute = attributes.findAny(name);
  if (attribute !== undefined) {
    if (attribute.computed) throw computedError(attribute);
    return (value) => castValue(attribute, value, isNested);
  }
  const store = attributes.stores.get(name);
  if (store !== undefined) return (value) => castStored(store, value);
  if (isNested && name === 'destroy') {
    const site: CastSite = { label: `${level.path}destroy`, sensitive: false };
    return (value) => (value === null ? undefined : booleanType.cast(value, site));
  }
  const association = source.associations.find(name);
  if (association !== undefined) {
    throw new InvalidQuery(`${association.label} is an association, which no body can hold.`, {
      hint: `Permit its key, or attributes of its records: { ${name}Attributes: [ … ] }.`,
    });
  }
  if (hasSetter(source.model, name)) return (value) => value;
  throw new UnknownAttribute(`${source.modelName} has no attribute ${JSON.stringify(name.slice(0, 80))} to permit.`, {
    hint: didYouMean(name, attributes.names),
  });
}

function castValue(attribute: Attribute, value: unknown, isNested: boolean): unknown {
  if (value !== null) return attribute.type.cast(value, attribute);
  // Forms send the key of a new record so.
  if (isNested && attribute.key) return undefined;
  if (attribute.nullable || (attribute.isVirtual && attribute.definition?.hasDefault !== true)) return null;
  throw rejectValue(value, 'a value', attribute);
}

/** null takes the key out. */
function castStored({ label, attribute: { type, sensitive } }: StoreKey, value: unknown): unknown {
  return value === null ? null : bareType(type).cast(value, { label, sensitive });
}

/** Whether a class of the application has a setter of that name. */
function hasSetter(model: object, name: string): boolean {
  const members: readonly string[] = baseMembers;
  if (members.includes(name) || reservedAttributes.has(name)) return false;
  let prototype: unknown = Reflect.get(model, 'prototype');
  while (typeof prototype === 'object' && prototype !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) return descriptor.set !== undefined;
    prototype = Object.getPrototypeOf(prototype);
  }
  return false;
}

function nestedLists({ source }: Level, entry: unknown): [string, unknown][] {
  if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) return Object.entries(entry);
  throw new InvalidQuery(
    `${source.modelName}.permit takes names, and objects of lists by association, not ${describeValue(entry)}.`,
    { hint: "Write ['name', { postsAttributes: ['id', 'title'] }]." },
  );
}

function nestedReader(level: Level, name: string, list: unknown, checked: Checked, depth: number): Read {
  const { source, path } = level;
  const reflection = nestedAssociation(source.associations, name);
  if (reflection === undefined) {
    throw new InvalidQuery(`${source.modelName} has no association for "${name.slice(0, 80)}".`, {
      hint: didYouMean(
        name,
        source.associations.all.map((each) => `${each.name}Attributes`),
      ),
    });
  }
  const { target } = reflection;
  const { attributes } = target;
  if (attributes === undefined) throw columnsNotLoaded(target.modelName);
  const read = (value: unknown, at: string) =>
    permitLevel({ source: target, attributes, path: `${at}.`, isNested: true }, value, list, checked, depth + 1);
  // What is wrong with the list shows whatever the body holds.
  permitLevel({ source: target, attributes, path: '', isNested: true }, {}, list, checked, depth + 1);
  const at = `${path}${name}`;
  if (!reflection.isCollection) return (value) => read(value, at);
  return (value) => listOf(value, at, reflection).map((each, index) => read(each, `${at}[${index}]`));
}

function listOf(value: unknown, at: string, { declaration }: Reflection): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidValue(`${at} takes a list of objects, not ${describeValue(value)}.`);
  const limit = declaration.nested?.limit;
  if (limit === undefined || value.length <= limit) return value;
  throw new InvalidValue(`${at} has ${value.length} objects; at most ${limit} are taken.`);
}
