import { InvalidQuery } from '../../errors/query.ts';
import { withOwnNames } from '../../record/aliases.ts';
import type { NestedOptions } from '../../record/association.ts';
import { columnsNotLoaded } from '../../record/attribute.ts';
import { ensureLink } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import { refuseUntrusted } from '../../record/untrusted.ts';
import { isLoaded } from '../../record/values.ts';
import { castKey } from '../../relation/load.ts';
import type { Associations, Reflection, Source } from '../../relation/source.ts';
import { describeValue } from '../../types/type.ts';
import { keyIn, type MemoryKey, memoryKey } from '../loading/memory-keys.ts';
import { isCurrent } from '../loading/wiring.ts';
import { directStep, keyText, ownerKey } from '../writing/ownership.ts';
import { assignTo, isStillHis } from './nested-records.ts';

// Attributes of associated records, given with those of their owner: `user.update({ postsAttributes: [{ id: 1, title }] })`.
// They may come from a form or an API, so nothing in them is trusted: which row is meant, and what may be done to it.

const suffix = 'Attributes';

/** Names that objects inherit: as keys of what was parsed from JSON they are an attack, or a mistake. */
const inherited: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * The association whose records' attributes go by that name: `postsAttributes` is of `posts`.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where the association does not take any
 */
export function nestedAssociation(associations: Associations, name: string): Reflection | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const reflection = associations.find(name.slice(0, -suffix.length));
  if (reflection === undefined || reflection.declaration.nested !== undefined) return reflection;
  throw new InvalidQuery(`${reflection.label} takes no attributes of its records.`, {
    hint: `Allow it where it is declared: ${reflection.declaration.kind}(…, { nested: true }).`,
  });
}

/** What one object says. */
interface Item {
  readonly key: readonly unknown[] | undefined;
  readonly destroy: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Assigns attributes of associated records: new ones are built; those that are there are changed, or found when the owner
 * is saved. Nothing is sent.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for what is no list of objects (of a to-one association: no object), for more
 *   than are allowed, for destroying where that is not allowed; UnknownAttribute, InvalidValue
 */
export function assignNested(record: RecordState, reflection: Reflection, value: unknown): void {
  const { declaration, isCollection, label } = reflection;
  const options = declaration.nested ?? {};
  const given = isCollection ? listOf(value, label) : [value];
  if (options.limit !== undefined && given.length > options.limit) {
    throw new InvalidQuery(
      `${label} was given attributes of ${given.length} records; at most ${options.limit} are taken.`,
    );
  }
  if (depth >= deepest) {
    throw new InvalidQuery(`${label} was given attributes that are nested more than ${deepest} deep.`, {
      hint: 'If they came from outside, check them before they get here.',
    });
  }
  depth += 1;
  try {
    const target = targetOf(record, reflection);
    // All are looked at before any is assigned.
    const items = given.flatMap((each) => itemOf(each, { record, reflection, target, options }) ?? []);
    if (isLook) return;
    const held = heldRecords(record, reflection);
    for (const item of items) assignItem(record, reflection, item, { options, held });
  } finally {
    depth -= 1;
  }
}

/** How deep attributes may be nested: deeper than any form, and far from where the stack ends. */
const deepest = 32;
let depth = 0;

/**
 * Whether values are only looked at. What is nested in them is then looked at as well, and not assigned: each level would
 * otherwise be gone through twice for each time that the one above is.
 */
let isLook = false;

function lookAt(target: Source, attributes: Item['attributes']): void {
  const before = isLook;
  isLook = true;
  try {
    // A record that nobody keeps takes them.
    target.initialize(attributes);
  } finally {
    isLook = before;
  }
}

function listOf(value: unknown, label: string): readonly unknown[] {
  refuseUntrusted(value, label);
  if (Array.isArray(value)) return value;
  throw new InvalidQuery(`${label} takes a list of objects of attributes, not ${describeValue(value)}.`, {
    hint: 'Write [{ … }, { … }].',
  });
}

function targetOf(record: RecordState, reflection: Reflection): Source {
  const { variants, typeAttribute, label } = reflection;
  if (variants === undefined) return reflection.target;
  const kind: unknown = typeAttribute === undefined ? undefined : Reflect.get(record, typeAttribute.name);
  const step = variants.get(String(kind));
  if (step !== undefined) return step.source;
  throw new InvalidQuery(`${label} may lead to several models, and the record does not say to which.`, {
    hint: `Assign ${typeAttribute?.name ?? 'the type'} first: ${[...variants.keys()].join(', ')}.`,
  });
}

interface Context {
  readonly record: RecordState;
  readonly reflection: Reflection;
  readonly target: Source;
  readonly options: NestedOptions;
}

function itemOf(given: unknown, context: Context): Item | undefined {
  const { reflection, target, options } = context;
  const { label } = reflection;
  requirePlain(given, label);
  const own = withOwnNames(target.attributes, given);
  const key = keyOf(own, target);
  const destroy = flagOf(own, label);
  if (destroy && options.destroy !== true) {
    throw new InvalidQuery(`${label} does not let its records be destroyed with the attributes of their owner.`, {
      hint: `Allow it where it is declared: ${reflection.declaration.kind}(…, { nested: { destroy: true } }).`,
    });
  }
  // A new record that is not to be is none.
  if (destroy && key === undefined && reflection.isCollection) return undefined;
  if (!destroy && options.reject?.(Object.freeze({ ...given })) === true) return undefined;
  const attributes = attributesOf(own, context);
  if (destroy) return { key, destroy, attributes: {} };
  if (key === undefined && options.updateOnly === true && reflection.isCollection) {
    throw new InvalidQuery(`${label} takes attributes of records that are there, and these have no key.`, {
      hint: `Give ${target.attributes?.keys.map(({ name }) => name).join(' and ') ?? 'the key'}, or leave out updateOnly.`,
    });
  }
  return { key, destroy, attributes };
}

function requirePlain(given: unknown, label: string): asserts given is Readonly<Record<string, unknown>> {
  refuseUntrusted(given, label);
  const prototype: unknown = typeof given === 'object' && given !== null ? Object.getPrototypeOf(given) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InvalidQuery(`${label} takes plain objects of attributes, not ${describeValue(given)}.`, {
      hint: 'Records are added by add(…) or set(…).',
    });
  }
  for (const name of Reflect.ownKeys(given as object)) {
    if (typeof name === 'string' && !inherited.includes(name)) continue;
    throw new InvalidQuery(`${label} was given an attribute named "${String(name)}", which no record has.`);
  }
}

/** The key that an object names; undefined where it names none. */
function keyOf(given: Readonly<Record<string, unknown>>, { attributes, modelName }: Source): Item['key'] {
  if (attributes === undefined) throw columnsNotLoaded(modelName);
  const { keys } = attributes;
  const named = keys.filter(
    ({ name }) => Object.hasOwn(given, name) && given[name] !== null && given[name] !== undefined,
  );
  if (named.length === 0) return undefined;
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return castKey(modelName, keys, given[only.name]);
  return castKey(modelName, keys, Object.fromEntries(named.map(({ name }) => [name, given[name]])));
}

function flagOf(given: Readonly<Record<string, unknown>>, label: string): boolean {
  const flag = Object.hasOwn(given, 'destroy') ? given.destroy : undefined;
  if (flag === undefined || flag === null || typeof flag === 'boolean') return flag === true;
  throw new InvalidQuery(`${label}: destroy is true or false, not ${describeValue(flag)}.`);
}

/** What is to be assigned: without the key, the flag, and the foreign key, which is the owner's affair. */
function attributesOf(given: Readonly<Record<string, unknown>>, context: Context): Item['attributes'] {
  const { record, reflection, target } = context;
  const keys = target.attributes?.keys ?? [];
  const left = new Set(['destroy', ...keys.map(({ name }) => name)]);
  const step = reflection.declaration.kind === 'belongsTo' ? undefined : directStep(reflection);
  const own = step === undefined ? undefined : ownerKey(record, step);
  const fixed =
    step?.toType === undefined ? [] : [{ attribute: step.toType.attribute, value: step.toType.value as unknown }];
  for (const { attribute, value } of [
    ...(step?.to ?? []).map((attribute, index) => ({ attribute, value: own?.[index] })),
    ...fixed,
  ]) {
    const { name, type, label } = attribute;
    if (!Object.hasOwn(given, name)) continue;
    left.add(name);
    const mentioned = given[name];
    // It came with the record when that was read, perhaps; but nobody moves a record this way.
    const isSame =
      value !== undefined &&
      mentioned !== null &&
      mentioned !== undefined &&
      memoryKey(type.cast(mentioned, attribute), attribute) === memoryKey(value, attribute);
    if (isSame) continue;
    throw new InvalidQuery(`${label} follows from ${reflection.label}, so it is not given with the attributes.`);
  }
  const attributes = Object.fromEntries(Object.entries(given).filter(([name]) => !left.has(name)));
  // Names and values are looked at now, whenever it is that the record is found.
  lookAt(target, attributes);
  return attributes;
}

function assignItem(
  record: RecordState,
  reflection: Reflection,
  item: Item,
  {
    options,
    held: find,
  }: { readonly options: NestedOptions; readonly held: (key: Item['key']) => RecordState | undefined },
): void {
  const { key, destroy, attributes } = item;
  if (key === undefined && !destroy && options.updateOnly !== true) {
    build(record, reflection, attributes);
    return;
  }
  const link = ensureLink(record, reflection.index);
  const held = find(key);
  if (held !== undefined && !destroy) assignTo(held, attributes);
  link.nested ??= [];
  link.nested.push({ ...item, record: held });
}

/** As `build` of the association does. */
function build(record: RecordState, { name, label }: Reflection, attributes: Item['attributes']): void {
  const handle: unknown = Reflect.get(record, name);
  const make: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'build') : undefined;
  if (typeof make !== 'function') throw new InvalidQuery(`${label} has nothing to build its records with.`);
  Reflect.apply(make, handle, [attributes]);
}

/** Finds the record with a key, if the association has it loaded and it still belongs there. */
function heldRecords(record: RecordState, reflection: Reflection): (key: Item['key']) => RecordState | undefined {
  if (!isCurrent(record, reflection) || !isStillHis(record, reflection)) return () => undefined;
  const { many, one } = ensureLink(record, reflection.index);
  const held = [...(many ?? (one === null ? [] : [one]))];
  const keys = targetOf(record, reflection).attributes?.keys ?? [];
  let byKey: Map<MemoryKey, RecordState> | undefined;
  return (key) => {
    if (key === undefined) return held[0];
    byKey ??= new Map(
      held
        .filter((each) => keys.every((attribute) => isLoaded(each, attribute)))
        .map((each) => [keyIn(each, keys), each]),
    );
    return byKey.get(keyText(keys, key));
  };
}
