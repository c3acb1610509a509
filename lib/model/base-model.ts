import { type InspectOptions, inspect } from 'node:util';
import type { Row } from '../adapters/contract.ts';
import type { Properties } from '../associations/record-types.ts';
import type { Connection } from '../connection/connection.ts';
import { connections } from '../connection/registry.ts';
import { type ConnectionTransactionOptions, modelTransaction } from '../connection/transaction-connection.ts';
import { RecordInvalid } from '../errors/record.ts';
import type {
  CreateAttributes,
  DefaultedName,
  DefaultsOf,
  DefinitionOf,
  EnumPredicates,
  inheritedDefaults,
  NameShorthand,
  RecordOf,
  SomeAttributes,
} from '../record/definition-types.ts';
import { frozenRecord } from '../record/frozen.ts';
import { inspectRecord, recordText } from '../record/inspect.ts';
import { cacheKey, lifeKey, lifeOf, linksKey, neighboursKey, type RecordState, rowKey } from '../record/state.ts';
import type { AnyAttributes } from '../record/untrusted.ts';
import { readValue, sameValue } from '../record/values.ts';
import type { TableSpec } from '../sql/ddl/spec.ts';
import { assignAttributes, initializeNew } from './assign.ts';
import { defineAssociations } from './association-accessors.ts';
import { callInitialized } from './callbacks/call-callbacks.ts';
import { callsWhenMade } from './callbacks/callback-members.ts';
import type { ConcernDefinition, ConcernRecord, ConcernStatics, InheritedScopes } from './concerns/concern-types.ts';
import { usesConcern } from './concerns/concerns.ts';
import { ConcernProbe, layerOver, useConcerns } from './concerns/use.ts';
import { checkDefinition } from './definition.ts';
import { modelTable } from './inheritance/model-table.ts';
import { checkBeforeNew, constructorError, isFromRow } from './instantiate.ts';
import { attributesOf, loadColumns, ready } from './metadata.ts';
import { aliasesKey, asModel, besideKey } from './model-class.ts';
import type { inheritedPermitted, ListOf } from './permitting/types.ts';
import type { RecordMethods, TouchOption } from './record-methods.ts';
import { sourceOf } from './relation-class.ts';
import { deleteRecord, destroyRecord } from './saving/destroy.ts';
import { incrementRecord, toggleRecord, touchRecord, writeColumns } from './saving/direct-writes.ts';
import { fillNew } from './saving/fill-defaults.ts';
import { reloadRecord } from './saving/reload.ts';
import { saveRecord } from './saving/save.ts';
import type { SaveOptions } from './saving/save-options.ts';
import type { inheritedTokens, TokensOf } from './secrets/purposes.ts';
import { SecretMembers } from './secrets/secret-members.ts';
import { recordJson } from './serialization/record-json.ts';
import type { AnyJsonOptions } from './serialization/types.ts';
import { inferredTableName } from './table-name.ts';
import { checkContext, problemsOf } from './validation/validate.ts';

// biome-ignore lint/suspicious/noExplicitAny: the arguments of a constructor are contravariant; none is ever passed
type AnyModel = abstract new (...args: any) => BaseModel;

declare const declaredBrand: unique symbol;
/** Stands on records with a definition, so that the untyped `assign` and `update` of bare ones do not fit them. */
interface Declared {
  readonly [declaredBrand]: true;
}
type Amount = number | bigint | string;
/** What refuses records with a definition stands first: to compare all members would go round a circle (TS7023 before TypeScript 7). */
type Undeclared = { readonly [declaredBrand]?: never } & BaseModel;

/** A model class with the columns of `D` added. */
export type WithDefinition<M extends AnyModel, D> = Omit<
  M,
  'definition' | 'validations' | 'permitted' | 'hidden' | 'defaults' | 'tokens'
> & {
  new (
    attributes?: SomeAttributes<DefinitionOf<M> & D>,
  ): InstanceType<M> &
    Properties<D, DefinitionOf<M> & D> &
    EnumPredicates<D> &
    RecordMethods<DefinitionOf<M> & D> &
    Declared;
  readonly definition: DefinitionOf<M> & D;
  readonly [inheritedDefaults]: DefaultsOf<M>;
  readonly [inheritedPermitted]: ListOf<M>;
  readonly [inheritedTokens]: TokensOf<M>;
};

/** A class with the columns, associations, methods, scopes and statics of concerns added. */
export type WithConcerns<M extends AnyModel, C extends readonly AnyModel[]> = Omit<
  M,
  'definition' | 'validations' | 'defaults' | 'scopes'
> &
  ConcernStatics<M, C> &
  InheritedScopes<M, C> & {
    new (
      attributes?: SomeAttributes<DefinitionOf<M> & ConcernDefinition<C>>,
    ): InstanceType<M> & ConcernRecord<C> & RecordMethods<DefinitionOf<M> & ConcernDefinition<C>> & Declared;
    readonly definition: DefinitionOf<M> & ConcernDefinition<C>;
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
export abstract class BaseModel extends SecretMembers implements RecordState {
  /** The connection that the model's statements go to, by its name in `connections`. */
  static connectionName = 'default';
  /** How columns are named after attributes: `snake` (`createdAt` is `created_at`), or `preserve`. */
  static naming = 'snake';
  /** The integer attribute that optimistic locking goes by, where the model has one of that name; null turns it off. */
  static lockingAttribute: string | null = 'lockVersion';

  /** A new record, not saved yet. @throws UnknownAttribute, InvalidValue */
  constructor(attributes?: object, row?: Row) {
    super();
    this[linksKey] = undefined;
    this[neighboursKey] = undefined;
    if (row !== undefined && isFromRow(attributes)) {
      this[rowKey] = row;
      this[cacheKey] = undefined;
      this[lifeKey] = undefined;
      if (callsWhenMade(this)) callInitialized(this);
      return;
    }
    // biome-ignore lint/correctness/noConstructorReturn: what a concern would put on records is to be looked at
    if (attributes instanceof ConcernProbe) return attributes.target as this;
    const model = asModel(new.target);
    if (isFromRow(attributes)) throw constructorError(model);
    checkBeforeNew(model);
    initializeNew(this, attributesOf(model));
    if (attributes !== undefined) assignAttributes(this, attributesOf(model), attributes, BaseModel.prototype);
    fillNew(model, this, attributesOf(model));
    if (callsWhenMade(this)) callInitialized(this);
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
    const { columns, associations, aliases, beside } = checkDefinition(definition, shared, Parent);
    const Defined = layerOver(Parent);
    Object.defineProperty(Defined, 'definition', { value: columns });
    Object.defineProperty(Defined, aliasesKey, { value: aliases });
    Object.defineProperty(Defined, besideKey, { value: beside });
    defineAssociations(Defined, Parent, associations);
    // The class has what the type says: its accessors come from the very definition that the type was made of.
    return Defined as unknown as WithDefinition<M, D & S>;
  }

  /**
   * A class with what concerns have: their columns, associations, methods, scopes, validations, default scopes and
   * statics. A concern is an abstract model. What a model declares itself wins over its concerns, and a later concern over
   * an earlier one.
   *
   * ```ts
   * class Post extends BaseModel.use(SoftDelete, Sluggable).with({ id: column.id(), title: column.string() }) {}
   * Post.all().withDeleted();
   * ```
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where two of them declare one attribute; for a concern with fields
   */
  static use<M extends AnyModel, const C extends readonly AnyModel[]>(this: M, ...concerns: C): WithConcerns<M, C> {
    // The class has what the type says: it is made of the very classes that the type is made of.
    return useConcerns(asModel(this), concerns, asModel(BaseModel)) as unknown as WithConcerns<M, C>;
  }

  /** Whether the class, or one above it, has that concern: `Post.uses(SoftDelete)`. */
  static uses(concern: AnyModel): boolean {
    return usesConcern(asModel(this), concern);
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
    return modelTable(asModel(this));
  }

  /** Runs `fn` in a transaction of this model's connection: see {@link Connection.transaction}. */
  static async transaction<T>(
    fn: () => T | PromiseLike<T>,
    options?: ConnectionTransactionOptions,
  ): Promise<T | undefined> {
    return modelTransaction(this, fn, options);
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
    const record = new model(typeof attributes === 'string' ? { name: attributes } : attributes);
    await saveRecord(sourceOf(model), record, undefined, options);
    // `new` of this class makes its instances; TypeScript cannot see that through an abstract constructor.
    return record as unknown as RecordOf<M>;
  }

  // ---- the record ----

  /** @internal Typed by `RecordMethods` where the model has a definition. */
  assign<T extends Undeclared>(this: T, attributes: AnyAttributes): T {
    assignAttributes(this, attributesOf(asModel(this.constructor)), attributes, BaseModel.prototype);
    return this;
  }

  /** @internal Typed by `RecordMethods` where the model has a definition. */
  async update<T extends Undeclared>(this: T, attributes: AnyAttributes, options?: SaveOptions): Promise<T> {
    return this.assign(attributes).save(options);
  }

  /** @internal Typed by `RecordMethods` where the model has a definition; so are the four below. */
  async updateColumns<T extends Undeclared>(this: T, attributes: AnyAttributes): Promise<T> {
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
   *   RecordDestroyed (`AR_RECORD_DESTROYED`). RecordNotSaved (`AR_RECORD_NOT_SAVED`) where a callback has said `halt`, and
   *   CallbackLoop (`AR_CALLBACK_LOOP`) in a callback of this very save; whatever else a callback throws
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
   * @throws RecordInvalid (`AR_RECORD_INVALID`) for a rule that is `strict`; InvalidQuery for a context that is no text
   */
  async isValid(context?: string): Promise<boolean> {
    checkContext(context);
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
   * @throws InvalidForeignKey (`AR_FOREIGN_KEY`) where other rows still refer to it; RecordNotDestroyed
   *   (`AR_RECORD_NOT_DESTROYED`) where a callback has said `halt`
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
    if (this[lifeKey]?.isFrozen === true) throw frozenRecord(this, 'it is not loaded again');
    const { isReadonly } = this;
    await reloadRecord(asModel(this.constructor), this);
    return isReadonly ? this.readonly() : this;
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

  /** @internal Typed by `RecordMethods` where the model has a definition. JSON.stringify gives it a key: no options. */
  toJSON<T extends Undeclared>(this: T, options?: AnyJsonOptions): Record<string, unknown> {
    return recordJson(this, options);
  }

  /** @internal `console.log(user)` prints `User { id: 1, name: 'Ada' }`. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return inspectRecord(this, attributesOf(asModel(this.constructor)), depth, options);
  }
}

// Defined like this, so that classes may set it without `override`; those below do not inherit what it says.
Object.defineProperty(BaseModel, 'abstractClass', { value: true, writable: true, configurable: true });

// Every object has it already, by its type too: declared as a member, it would be a name that attributes may not have.
Object.defineProperty(BaseModel.prototype, 'toString', {
  value(this: BaseModel): string {
    return recordText(this, attributesOf(asModel(this.constructor)));
  },
  writable: true,
  configurable: true,
});
