import { type InspectOptions, inspect } from 'node:util';
import type { Row } from '../adapters/contract.ts';
import type { Properties } from '../associations/record-types.ts';
import type { Connection } from '../connection/connection.ts';
import { connections, resolveConnection } from '../connection/registry.ts';
import type { TransactionOptions } from '../connection/transaction-options.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import { RecordInvalid } from '../errors/record.ts';
import type {
  CreateAttributes,
  DefaultedName,
  DefinitionOf,
  EnumPredicates,
  NameShorthand,
  RecordOf,
  SomeAttributes,
} from '../record/definition-types.ts';
import { inspectRecord } from '../record/inspect.ts';
import { serializeRecord } from '../record/serialize.ts';
import { cacheKey, lifeKey, lifeOf, linksKey, neighboursKey, type RecordState, rowKey } from '../record/state.ts';
import { readValue, sameValue } from '../record/values.ts';
import { checkedNaming } from '../schema/naming.ts';
import { tableSpec } from '../schema/table-spec.ts';
import type { TableSpec } from '../sql/ddl/spec.ts';
import { assignAttributes, initializeNew } from './assign.ts';
import { defineAssociations } from './association-accessors.ts';
import { checkDefinition } from './definition.ts';
import { incrementRecord, toggleRecord, touchRecord, writeColumns } from './direct-writes.ts';
import { fillNew } from './fill-defaults.ts';
import { checkBeforeNew, constructorError, fromRow } from './instantiate.ts';
import { attributesOf, loadColumns, ready } from './metadata.ts';
import { asModel, besideKey, madeByWith } from './model-class.ts';
import { RecordMembers } from './record-members.ts';
import type { RecordMethods, TouchOption } from './record-methods.ts';
import { sourceOf } from './relation-class.ts';
import { deleteRecord, destroyRecord, reloadRecord, saveRecord } from './save.ts';
import type { SaveOptions } from './save-options.ts';
import { inferredTableName } from './table-name.ts';
import { problemsOf } from './validation/validate.ts';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of a constructor are contravariant; none is ever passed
type AnyModel = abstract new (...args: any) => BaseModel;

declare const declaredBrand: unique symbol;
/** Stands on records with a definition, so that the untyped `assign` and `update` of bare ones do not fit them. */
interface Declared {
  readonly [declaredBrand]: true;
}
type Amount = number | bigint | string;
type Undeclared = BaseModel & { readonly [declaredBrand]?: never };

/** A model class with the columns of `D` added. */
export type WithDefinition<M extends AnyModel, D> = Omit<M, 'definition' | 'validations' | 'defaults'> & {
  new (
    attributes?: SomeAttributes<DefinitionOf<M> & D>,
  ): InstanceType<M> &
    Properties<D, DefinitionOf<M> & D> &
    EnumPredicates<D> &
    RecordMethods<DefinitionOf<M> & D> &
    Declared;
  readonly definition: DefinitionOf<M> & D;
};

/**
 * The root of all models. A model declares its columns once, as a class:
 *
 * ```ts
 * class User extends BaseModel.with({
 *   id: column.id(),
 *   name: column.string(),
 *   age: column.integer().nullable(),
 * }, column.timestamps()) {
 *   greet() { return `Hi ${this.name}`; }
 * }
 * ```
 *
 * A bare `class User extends BaseModel {}` reads its columns from the database on first use; fields that it `declare`s
 * are typed.
 */
export abstract class BaseModel extends RecordMembers implements RecordState {
  /** The connection that the model's statements go to, by its name in `connections`. */
  static connectionName = 'default';
  /** How columns are named after attributes: `snake` (`createdAt` is `created_at`), or `preserve`. */
  static naming = 'snake';

  /** A new record, not saved yet. @throws UnknownAttribute, InvalidValue */
  constructor(attributes?: object, row?: Row) {
    super();
    this[linksKey] = undefined;
    this[neighboursKey] = undefined;
    if (row !== undefined && isFromRow(attributes)) {
      this[rowKey] = row;
      this[cacheKey] = undefined;
      this[lifeKey] = undefined;
      return;
    }
    const model = asModel(new.target);
    if (isFromRow(attributes)) throw constructorError(model);
    checkBeforeNew(model);
    initializeNew(this, attributesOf(model));
    if (attributes !== undefined) assignAttributes(this, attributesOf(model), attributes, BaseModel.prototype);
    fillNew(model, this, attributesOf(model));
  }

  // ---- the class ----

  /** The table. It follows from the class's name (`LineItem`: `line_items`); to choose it: `static tableName = 'people'`. */
  static get tableName(): string {
    return inferredTableName(asModel(this), BaseModel);
  }

  static set tableName(name: string) {
    Object.defineProperty(this, 'tableName', { value: name, writable: true, configurable: true, enumerable: true });
  }

  /**
   * A class with these columns and associations: what a model extends.
   *
   * @param definition - columns by attribute name, and associations as getters
   * @param shared - more columns: `with({ … }, column.timestamps())`. Spread among getters (`...column.timestamps()`), the
   *   compiler would copy those too, and models that refer to each other in a circle could not be inferred (TS2506).
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what is no column, and for names that every record has
   */
  static with<D, M extends AnyModel, S = unknown>(this: M, definition: D, shared?: S): WithDefinition<M, D & S> {
    const Parent = asModel(this);
    const { columns, associations, beside } = checkDefinition(definition, shared, Parent);
    const Defined = class extends Parent {};
    madeByWith.add(Defined);
    Object.defineProperty(Defined, 'name', { value: Parent.name });
    Object.defineProperty(Defined, 'definition', { value: columns });
    Object.defineProperty(Defined, besideKey, { value: beside });
    defineAssociations(Defined, Parent, associations);
    // The class has what the type says: its accessors come from the very definition that the type was made of.
    return Defined as unknown as WithDefinition<M, D & S>;
  }

  /** The connection of this model. @throws ConnectionNotDefined (`AR_CONNECTION_NOT_DEFINED`) before there is one */
  static get connection(): Connection {
    return connections.get(this.connectionName);
  }

  /** Reads the columns of a model without a definition from the database, so that `new` can be used at once. */
  static async loadColumns(): Promise<void> {
    await loadColumns(asModel(this));
  }

  /** @internal The table as the definition describes it, for `createAll`. */
  static tableSpec(): TableSpec {
    const { definition, tableName, naming, name } = asModel(this);
    if (definition === undefined) {
      throw new InvalidDefinition(`${name} declares no columns, so its table cannot be made.`, {
        hint: 'Declare them with BaseModel.with({ … }), or write a migration.',
      });
    }
    return tableSpec(tableName, definition, { naming: checkedNaming(naming, name) });
  }

  /** Runs `fn` in a transaction of this model's connection: see {@link Connection.transaction}. */
  static async transaction<T>(fn: () => T | PromiseLike<T>, options?: TransactionOptions): Promise<T | undefined> {
    const connection = await resolveConnection(this.connectionName);
    return connection.transaction(fn, options);
  }

  /**
   * Makes a record and saves it.
   *
   * @param attributes - by name; or a bare name, where `name` is the only required column
   * @param options - as of `save`: `{ validate: false }`, `{ context: 'import' }`
   * @throws RecordInvalid (`AR_RECORD_INVALID`) with the errors by attribute; UnknownAttribute, InvalidValue
   * @example
   * ```ts
   * const ada = await User.create({ name: 'Ada', age: 36 });   // INSERT INTO users (name, age, …) VALUES (?, ?, …)
   * const bob = await User.create('Bob');
   * ```
   */
  static async create<M extends AnyModel>(
    this: M,
    attributes: CreateAttributes<DefinitionOf<M>, DefaultedName<M>> | NameShorthand<DefinitionOf<M>, DefaultedName<M>>,
    options?: SaveOptions,
  ): Promise<RecordOf<M>> {
    const model = asModel(this);
    // A model without a definition needs its columns before it can be given attributes.
    await ready(model);
    const given = typeof attributes === 'string' ? { name: attributes } : attributes;
    const record = new model(given);
    await saveRecord(sourceOf(model), record, undefined, options);
    // `new` of this class makes its instances; TypeScript cannot see that through an abstract constructor.
    return record as unknown as RecordOf<M>;
  }

  // ---- the record ----

  /** @internal Typed by `RecordMethods` where the model has a definition. */
  assign<T extends Undeclared>(this: T, attributes: object): T {
    assignAttributes(this, attributesOf(asModel(this.constructor)), attributes, BaseModel.prototype);
    return this;
  }

  /** @internal Typed by `RecordMethods` where the model has a definition. */
  async update<T extends Undeclared>(this: T, attributes: object, options?: SaveOptions): Promise<T> {
    return this.assign(attributes).save(options);
  }

  /** @internal Typed by `RecordMethods` where the model has a definition; so are the four below. */
  async updateColumns<T extends Undeclared>(this: T, attributes: object): Promise<T> {
    await writeColumns(asModel(this.constructor), this, attributes);
    return this;
  }

  /** @internal */
  async increment<T extends Undeclared>(this: T, name: string, by: Amount = 1, options?: TouchOption): Promise<T> {
    await incrementRecord(asModel(this.constructor), this, 'increment', name, by, options);
    return this;
  }

  /** @internal */
  async decrement<T extends Undeclared>(this: T, name: string, by: Amount = 1, options?: TouchOption): Promise<T> {
    await incrementRecord(asModel(this.constructor), this, 'decrement', name, by, options);
    return this;
  }

  /** @internal */
  async toggle<T extends Undeclared>(this: T, name: string, options?: TouchOption): Promise<T> {
    await toggleRecord(asModel(this.constructor), this, name, options);
    return this;
  }

  /** @internal */
  async touch<T extends Undeclared>(this: T, ...names: string[]): Promise<T> {
    await touchRecord(asModel(this.constructor), this, names);
    return this;
  }

  /**
   * Saves the record: an INSERT where it is new, else an UPDATE of what has changed, else nothing.
   *
   * @param options - `{ validate: false }` leaves the validations out, `{ context: 'publish' }` also asks those of a context
   * @returns the record itself
   * @throws RecordInvalid (`AR_RECORD_INVALID`): a validation fails, a required attribute is missing, a value does not fit its column, or a
   *   constraint of the database is violated. RecordNotFound (`AR_RECORD_NOT_FOUND`) where the row is gone.
   *   RecordDestroyed (`AR_RECORD_DESTROYED`)
   * @example
   * ```ts
   * ada.age = 37;
   * await ada.save();   // UPDATE users SET age = ?, updated_at = ? WHERE id = ?
   * await ada.save({ context: 'publish' });
   * ```
   */
  async save(options?: SaveOptions): Promise<this> {
    await saveRecord(sourceOf(asModel(this.constructor)), this, undefined, options);
    return this;
  }

  /**
   * Whether a save would find nothing wrong: asks the model's validations and what the columns can hold, and fills
   * `errors`. What only the database can tell (foreign keys, checks) is not known yet.
   *
   * @param context - also asks the rules of that context
   * @throws RecordInvalid (`AR_RECORD_INVALID`) for a rule that is `strict`
   */
  async isValid(context?: string): Promise<boolean> {
    const request = { context, awaited: new Set<never>(), underWay: new Set<never>() };
    return (await problemsOf(sourceOf(asModel(this.constructor)), this, request)).isEmpty;
  }

  /**
   * The same as `isValid`, for those who want an error: `await user.validate('publish')`.
   *
   * @returns the record itself
   * @throws RecordInvalid (`AR_RECORD_INVALID`) with the errors by attribute
   */
  async validate(context?: string): Promise<this> {
    const model = asModel(this.constructor);
    if (!(await this.isValid(context))) throw new RecordInvalid(model.name, this, this.errors);
    return this;
  }

  /**
   * Deletes the row. The record stays readable, and cannot be saved any more.
   * @returns the record itself
   * @throws InvalidForeignKey (`AR_FOREIGN_KEY`) where other rows still refer to it
   */
  async destroy(): Promise<this> {
    await destroyRecord(sourceOf(asModel(this.constructor)), this);
    return this;
  }

  /** Deletes the row without callbacks: `DELETE FROM users WHERE id = ?`. */
  async delete(): Promise<this> {
    await deleteRecord(asModel(this.constructor), this);
    return this;
  }

  /**
   * Reads the row again; what was assigned and not saved is gone.
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where it is gone, RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`)
   */
  async reload(): Promise<this> {
    await reloadRecord(asModel(this.constructor), this);
    return this;
  }

  /** Refuses to load associations of this record on first use (StrictLoadingViolation), or with `'log'` warns of it. */
  strictLoading(mode: boolean | 'log' = true): this {
    lifeOf(this).strictLoading = mode;
    return this;
  }

  /** Whether the other is a record of the same row: of the same table, with the same key. */
  equals(other: unknown): boolean {
    if (this === other) return true;
    if (!(other instanceof BaseModel) || this.isNewRecord || other.isNewRecord) return false;
    const [mine, theirs] = [attributesOf(asModel(this.constructor)), attributesOf(asModel(other.constructor))];
    if (mine.tableName !== theirs.tableName || mine.keys.length === 0) return false;
    return mine.keys.every((key, index) => {
      const their = theirs.keys[index];
      return their !== undefined && sameValue(readValue(this, key), readValue(other, their), key);
    });
  }

  /** The loaded attributes, for JSON.stringify: bigints as text, bytes as base64, sensitive ones left out. */
  toJSON(): Record<string, unknown> {
    return serializeRecord(this, attributesOf(asModel(this.constructor)));
  }

  /** @internal `console.log(user)` prints `User { id: 1, name: 'Ada' }`. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return inspectRecord(this, attributesOf(asModel(this.constructor)), depth, options);
  }
}

function isFromRow(value: unknown): boolean {
  return value === fromRow;
}
