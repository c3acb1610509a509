import type { Row } from '../adapters/contract.ts';
import { attributeChanged, attributesObject, changesOf, originalValue, restoreOriginals } from '../record/changes.ts';
import type { RecordErrors } from '../record/errors.ts';
import { errorsOf } from '../record/errors-of.ts';
import type { Link } from '../record/link.ts';
import {
  cacheKey,
  type Life,
  lifeKey,
  lifeOf,
  linksKey,
  neighboursKey,
  type RecordState,
  rowKey,
  type ValueCache,
} from '../record/state.ts';
import { restoreStored, storedBefore, storedChanged } from '../record/store.ts';
import { readValue } from '../record/values.ts';
import { everyChange } from '../record/virtual-save.ts';
import { attributesOf } from './metadata.ts';
import { asModel } from './model-class.ts';
import { Permitting } from './permitting/permitting.ts';

/** What a record tells of itself: where it is in its life, its attributes, and what has changed. */
export abstract class RecordMembers extends Permitting implements RecordState {
  /** @internal */
  declare [rowKey]: Row;
  /** @internal */
  declare [cacheKey]: ValueCache | undefined;
  /** @internal */
  declare [lifeKey]: Life | undefined;
  /** @internal */
  declare [linksKey]: (Link<RecordState> | undefined)[] | undefined;
  /** @internal */
  declare [neighboursKey]: readonly RecordState[] | undefined;

  /** Not saved yet. */
  get isNewRecord(): boolean {
    return this[lifeKey]?.isNew === true;
  }

  get isDestroyed(): boolean {
    return this[lifeKey]?.isDestroyed === true;
  }

  /** It has a row: neither new nor destroyed. */
  get isPersisted(): boolean {
    return !this.isNewRecord && !this.isDestroyed;
  }

  /** Whether it cannot be saved or destroyed: by `readonly()`, its own or that of the query that loaded it. */
  get isReadonly(): boolean {
    return this[lifeKey]?.isReadOnly === true;
  }

  /** Whether its attributes cannot be assigned: it was destroyed, or told `freeze()`. */
  get isFrozen(): boolean {
    return this[lifeKey]?.isFrozen === true || this.isDestroyed;
  }

  /** From now on `save` and `destroy` reject with ReadOnlyRecord (`AR_RECORD_READ_ONLY`). Attributes can be assigned. */
  readonly(): this {
    lifeOf(this).isReadOnly = true;
    return this;
  }

  /**
   * From now on to assign an attribute throws FrozenRecord (`AR_RECORD_FROZEN`), and so does what would write or reload the
   * record. Values that are changed in place (JSON, dates, bytes) are not seen, and not written either.
   */
  freeze(): this {
    lifeOf(this).isFrozen = true;
    return this;
  }

  /** The primary key; of several columns, an object. null where it has none yet. */
  get primaryKey(): unknown {
    const { keys } = attributesOf(asModel(this.constructor));
    const [only] = keys;
    if (only === undefined) return null;
    return keys.length === 1
      ? readValue(this, only)
      : Object.fromEntries(keys.map((key) => [key.name, readValue(this, key)]));
  }

  /** The attributes that were loaded, by name. */
  get attributes(): Record<string, unknown> {
    return attributesObject(this, attributesOf(asModel(this.constructor)));
  }

  /** What is wrong with the record: filled by a save that fails, emptied by the next. */
  get errors(): RecordErrors {
    return errorsOf(this);
  }

  /** The names of the attributes that differ from the database. Changed and changed back is not changed. */
  get changed(): string[] {
    return everyChange(this, attributesOf(asModel(this.constructor))).map((attribute) => attribute.name);
  }

  /** Before and after of each changed attribute: `{ age: [36, 37] }`. */
  get changes(): Record<string, readonly [unknown, unknown]> {
    return changesOf(this, everyChange(this, attributesOf(asModel(this.constructor))));
  }

  /** Whether an attribute, or any, differs from the database. @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`) */
  hasChanged(name?: string): boolean {
    const attributes = attributesOf(asModel(this.constructor));
    if (name === undefined) return everyChange(this, attributes).length > 0;
    const store = attributes.stores.get(name);
    return store === undefined ? attributeChanged(this, attributes.getAny(name)) : storedChanged(this, store);
  }

  /** The value of an attribute before it was changed. @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`) */
  attributeWas<K extends keyof this & string>(name: K): this[K] | null {
    const attributes = attributesOf(asModel(this.constructor));
    const store = attributes.stores.get(name);
    const value = store === undefined ? originalValue(this, attributes.getAny(name)) : storedBefore(this, store);
    // Read through the same type as the attribute itself.
    return value as this[K] | null;
  }

  /** What the last save changed: before and after, by attribute. */
  get previousChanges(): Readonly<Record<string, readonly [unknown, unknown]>> {
    return this[lifeKey]?.previousChanges ?? {};
  }

  /** Takes back changes that are not saved: all, or those of some attributes. @throws UnknownAttribute */
  restoreAttributes(names?: readonly string[]): this {
    const attributes = attributesOf(asModel(this.constructor));
    const stores = names?.map((name) => attributes.stores.get(name)).filter((store) => store !== undefined);
    restoreOriginals(
      this,
      attributes,
      names?.filter((name) => !attributes.stores.has(name)).map((name) => attributes.getAny(name)),
    );
    for (const store of stores ?? []) restoreStored(this, store);
    return this;
  }
}
