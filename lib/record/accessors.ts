import type { Attribute, AttributeSet, StoreKey } from './attribute.ts';
import { requireThawed } from './frozen.ts';
import { lifeKey, type RecordState, rowKey } from './state.ts';
import { readStored, writeStored } from './store.ts';
import { readValue, writeValue } from './values.ts';

/** What an accessor is defined for. */
type Subject = Attribute | StoreKey;

/** The accessors that were defined, by prototype. */
const defined = new WeakMap<object, Map<string, Subject>>();

/** Prototypes with the members of a concern: a getter there that is named like an attribute stands around it. */
export const concernPrototypes = new WeakSet<object>();

/** Accessors of classes whose methods are used in others, by prototype. */
const forwarding = new WeakMap<object, Set<string>>();

/**
 * Lets `super.slug` of a concern find the attribute of the record that it is called on, whose model may name its columns
 * otherwise.
 */
export function forwardAccessor(prototype: object, name: string, find: (record: RecordState) => Subject): void {
  if (Object.hasOwn(prototype, name) && !isAttributeAccessor(prototype, name)) return;
  const names = forwarding.get(prototype) ?? new Set<string>();
  forwarding.set(prototype, names.add(name));
  Object.defineProperty(prototype, name, {
    get(this: RecordState) {
      const subject = find(this);
      return isStore(subject) ? readStored(this, subject) : readValue(this, subject);
    },
    set(this: RecordState, value: unknown) {
      const subject = find(this);
      requireThawed(this, subject.label);
      if (isStore(subject)) writeStored(this, subject, value);
      else writeValue(this, subject, value);
    },
    enumerable: true,
    configurable: true,
  });
}

/**
 * Defines a getter and a setter for each attribute, once for each class: no Proxy, and nothing on the record itself.
 * They stand on a prototype above the class's own where there is one for them, so that a getter of the class can say
 * `super.name`.
 */
export function defineAccessors(
  prototype: object,
  attributes: AttributeSet,
  holdsAccessors: (prototype: object) => boolean,
): void {
  const holder = holderOf(prototype, holdsAccessors);
  for (const attribute of [...attributes.every, ...attributes.stores.values()]) {
    // A class further up may have a getter of its own around its accessor: a second one below would hide it.
    if (isInherited(holder, attribute)) continue;
    if (!defineOn(holder, attribute) && holder !== prototype) defineOn(prototype, attribute);
  }
}

/** The nearest prototype that holds accessors; the class's own where there is none. */
export function holderOf(prototype: object, holdsAccessors: (prototype: object) => boolean): object {
  let holder = prototype;
  while (!holdsAccessors(holder)) {
    const above: object | null = Object.getPrototypeOf(holder);
    if (above === null || above === Object.prototype) return prototype;
    holder = above;
  }
  return holder;
}

const isStore = (subject: Subject): subject is StoreKey => 'attribute' in subject;

function same(a: Subject, b: Subject): boolean {
  if (isStore(a)) return isStore(b) && a.key === b.key && same(a.attribute, b.attribute);
  return !isStore(b) && a.column === b.column && a.type === b.type;
}

function isInherited(holder: object, attribute: Subject): boolean {
  let above: object | null = Object.getPrototypeOf(holder);
  for (; above !== null; above = Object.getPrototypeOf(above)) {
    const existing = defined.get(above)?.get(attribute.name);
    if (existing !== undefined) return same(existing, attribute);
    if (concernPrototypes.has(above) && Object.hasOwn(above, attribute.name)) return true;
  }
  return false;
}

/** False where the prototype has something else under that name: a member of the class, or another column's accessor. */
function defineOn(prototype: object, attribute: Subject): boolean {
  const own = defined.get(prototype) ?? new Map<string, Subject>();
  defined.set(prototype, own);
  const existing = own.get(attribute.name);
  // Columns that were read from the database may have changed since; declared ones cannot.
  if (existing !== undefined && (isStore(attribute) || attribute.definition !== undefined))
    return same(existing, attribute);
  if (existing === undefined && Object.hasOwn(prototype, attribute.name)) return true;
  const accessor = isStore(attribute) ? storeAccessor(attribute) : accessorOf(attribute);
  Object.defineProperty(prototype, attribute.name, { ...accessor, enumerable: true, configurable: true });
  own.set(attribute.name, attribute);
  return true;
}

/** Whether what a prototype has under that name, by itself or from above, is the accessor of an attribute. */
export function isAttributeAccessor(prototype: object, name: string): boolean {
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, name))
      return defined.get(each)?.has(name) === true || forwarding.get(each)?.has(name) === true;
  }
  return false;
}

/** Whether to assign an attribute is to call the accessor that was defined for it, and nothing of the application's own. */
export function isPlainlyAssigned(prototype: object, attribute: Attribute): boolean {
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, attribute.name)) return defined.get(each)?.get(attribute.name) === attribute;
  }
  return false;
}

interface Accessor {
  get(this: RecordState): unknown;
  set(this: RecordState, value: unknown): void;
}

function accessorOf(attribute: Attribute): Accessor {
  const { column, type, label } = attribute;
  const { plain } = type;
  function set(this: RecordState, value: unknown): void {
    if (this[lifeKey] !== undefined) requireThawed(this, label);
    writeValue(this, attribute, value);
  }
  if (plain === 'integer') {
    return {
      get() {
        const raw = this[rowKey][column];
        return Number.isSafeInteger(raw) || raw === null ? raw : readValue(this, attribute);
      },
      set,
    };
  }
  // The commonest getters without a call: the driver's value is the attribute's.
  if (plain === 'string' || plain === 'number') {
    return {
      get() {
        const raw = this[rowKey][column];
        return typeof raw === plain || raw === null ? raw : readValue(this, attribute);
      },
      set,
    };
  }
  return {
    get() {
      return readValue(this, attribute);
    },
    set,
  };
}

function storeAccessor(store: StoreKey): Accessor {
  return {
    get() {
      return readStored(this, store);
    },
    set(value) {
      if (this[lifeKey] !== undefined) requireThawed(this, store.label);
      writeStored(this, store, value);
    },
  };
}
