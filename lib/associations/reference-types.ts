import type { AssignedAttributes, DefinitionOf, RecordOf } from '../record/definition-types.ts';
import type { HowSaved } from '../relation/source.ts';

/**
 * A to-one association of a record: await it; where its type says that it is loaded, read `value`. It is always truthy:
 * test what awaiting it gives.
 *
 * ```ts
 * const author = await post.author;   // SELECT … FROM users WHERE id = ?, for all posts that were loaded together
 * post.author.set(ada);               // post.userId is ada.id
 * await post.save();
 * ```
 *
 * @typeParam M - the associated model's class; of a polymorphic association any one of its classes
 * @typeParam R - the associated record, with null where there may be none
 */
export interface Reference<M, R = RecordOf<M>> extends PromiseLike<R> {
  /** Whether its record is there, so that to await it sends nothing. A changed foreign key makes it false. */
  readonly loaded: boolean;

  /** Loads the record unless it is there, as awaiting does. @throws RecordNotFound where it is required and gone */
  load(): Promise<R>;

  /** Loads the record again. @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) where it is required and gone */
  reload(): Promise<R>;

  /** Forgets the record: the next use loads it. */
  reset(): void;

  /**
   * Assigns the record in memory. A foreign key of this record is set at once; a new record is saved with this one.
   *
   * ```ts
   * post.author.set(ada);
   * await post.save();   // UPDATE posts SET user_id = ? WHERE id = ?
   * ```
   */
  set(record: R): void;

  /**
   * Of a polymorphic association: whether it leads to a record of that model. Nothing is loaded: the type attribute says so.
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a model that it never leads to
   */
  is<T extends M>(model: T): boolean;

  /**
   * Of a polymorphic association: its record, if it is of that model; null otherwise, without a query.
   *
   * ```ts
   * const message = await entry.entryable.as(Message);   // Message | null
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a model that it never leads to
   */
  as<T extends M>(model: T): Promise<RecordOf<T> | null>;

  /**
   * A new record of the associated model, set and not saved.
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue; InvalidQuery where the association is polymorphic
   */
  build(attributes?: AssignedAttributes<DefinitionOf<M>>): RecordOf<M>;

  /**
   * The same, saved: `await user.profile.create({ bio: 'x' })` sends `INSERT INTO profiles (bio, user_id) VALUES (?, ?)`.
   * @param options - as of `save`: `{ validate: false }`, `{ context: 'import' }`
   * @throws RecordInvalid (`AR_RECORD_INVALID`); InvalidQuery where the association is polymorphic
   */
  create(attributes?: AssignedAttributes<DefinitionOf<M>>, options?: HowSaved): Promise<RecordOf<M>>;
}
