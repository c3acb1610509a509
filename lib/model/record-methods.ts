import type {
  AmountOf,
  AssignedAttributes,
  BooleanName,
  CounterName,
  EncryptedName,
  MomentName,
  PasswordName,
  SomeColumns,
  TokenName,
} from '../record/definition-types.ts';

import type { SaveOptions } from './saving/save-options.ts';
import type { JsonMethod, JsonOptions } from './serialization/types.ts';

/** For a write past `save`: `touch` also sets `updatedAt`. */
export interface TouchOption {
  readonly touch?: boolean;
}

/** The methods of a record that take its attributes or their names, typed by its definition. */
export interface RecordMethods<D> {
  /**
   * Assigns attributes, without saving.
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue (`AR_VALUE_INVALID`)
   */
  assign(attributes: AssignedAttributes<D>): this;
  /**
   * Assigns attributes and saves: `await user.update({ age: 37 })` sends `UPDATE users SET age = ?, updated_at = ? WHERE id = ?`.
   * @throws what {@link BaseModel.save} does
   */
  update(attributes: AssignedAttributes<D>, options?: SaveOptions): Promise<this>;
  /**
   * Writes columns as they are: one UPDATE, without validations, callbacks and timestamps. Other changes stay changes.
   *
   * ```ts
   * await user.updateColumns({ age: 37 });   // UPDATE users SET age = ? WHERE id = ?
   * ```
   * @throws UnknownAttribute, InvalidValue; RecordNotPersisted, RecordDestroyed; RecordNotFound where the row is gone
   */
  updateColumns(attributes: SomeColumns<D>): Promise<this>;
  /**
   * Adds to a number in the database, so that nobody's increment is lost. The record then has the value that the
   * database has; its other changes stay changes, and `updatedAt` stays as it is unless `{ touch: true }` is given.
   *
   * ```ts
   * await user.increment('visits');                        // UPDATE users SET visits = COALESCE(visits, 0) + ? WHERE id = ?
   * await user.increment('balance', '2.50', { touch: true });
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) where the attribute has a change that is not saved; InvalidValue;
   *   RecordNotPersisted, RecordDestroyed; RecordNotFound where the row is gone
   */
  increment<K extends CounterName<D>>(name: K, by?: AmountOf<D, K>, options?: TouchOption): Promise<this>;
  /** Takes from a number in the database: see `increment`. */
  decrement<K extends CounterName<D>>(name: K, by?: AmountOf<D, K>, options?: TouchOption): Promise<this>;
  /**
   * Turns true into false and false (or NULL) into true, in the database.
   *
   * ```ts
   * await user.toggle('active');   // UPDATE users SET active = (NOT COALESCE(active, FALSE)) WHERE id = ?
   * ```
   * @throws what `increment` does
   */
  toggle(name: BooleanName<D>, options?: TouchOption): Promise<this>;
  /**
   * Sets `updatedAt`, and the named moments, to now: one UPDATE without validations. Other changes stay changes.
   *
   * ```ts
   * await user.touch();               // UPDATE users SET updated_at = ? WHERE id = ?
   * await user.touch('lastSeenAt');   // UPDATE users SET updated_at = ?, last_seen_at = ? WHERE id = ?
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) without `updatedAt` and names; otherwise what `updateColumns` does
   */
  touch(...names: MomentName<D>[]): Promise<this>;
  /**
   * The encrypted text that the row has of an attribute; null for NULL, and for a record without a row.
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for one that was not selected
   */
  ciphertextFor(name: EncryptedName<D>): string | null;
  /** Whether the row has an attribute encrypted: false for what was written before it was to be. */
  isStoredEncrypted(name: EncryptedName<D>): boolean;
  /**
   * Whether the password is the record's.
   *
   * ```ts
   * if ((await user.authenticate('correct horse')) === null) throw new Unauthorized();
   * ```
   * @param name - which one, where the model has several: `password` unless named
   * @returns the record itself, or null
   */
  authenticate(
    password: [PasswordName<D>] extends [never] ? never : string,
    name?: PasswordName<D>,
  ): Promise<this | null>;
  /** Whether a password was hashed at another cost than new ones are: once it is known, assign it again. */
  needsRehash(name?: PasswordName<D>): boolean;
  /**
   * Gives a secure token new text, and saves the record.
   *
   * ```ts
   * await user.regenerate('authToken');   // UPDATE users SET auth_token = ? WHERE id = ?
   * ```
   */
  regenerate(name: TokenName<D>): Promise<this>;
  /**
   * The loaded attributes as JSON.stringify takes them: bigints and decimals as text, bytes as base64. Sensitive attributes
   * are left out, and those that the class names in `static hidden`, unless `only` names them.
   *
   * ```ts
   * user.toJSON({ only: ['name'], methods: ['greet'], include: { posts: { only: ['title'] } } });
   * // { name: 'Ada', greet: 'Hi Ada', posts: [{ title: 'Notes' }] }
   * ```
   * @param options - `only` or `except`, `methods` (without arguments; also getters), `include` (what is loaded)
   * @throws NotLoaded (`AR_NOT_LOADED`) for an association that is not loaded; UnknownAttribute, UnknownAssociation;
   *   MissingAttribute for one that was not selected; InvalidQuery (`AR_QUERY_INVALID`), also for a method that gives a promise
   */
  toJSON<const N extends string = never>(
    options?: JsonOptions<D, N & NoInfer<JsonMethod<this, N>>>,
  ): Record<string, unknown>;
}
