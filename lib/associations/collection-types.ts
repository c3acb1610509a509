import type { AssignedAttributes, DefinitionOf, KeyOf, RecordOf } from '../record/definition-types.ts';
import type { Relation } from '../relation/query.ts';
import type { HowSaved } from '../relation/source.ts';

/** A record of the associated model, or its key. */
type RecordOrKey<M> = RecordOf<M> | KeyOf<DefinitionOf<M>>;

/** What a to-many association has beside the methods of a query. */
interface CollectionMembers<M> {
  /** Whether its records are there, so that to await it sends nothing. */
  readonly loaded: boolean;

  /**
   * Loads the records unless they are there, as awaiting does: `SELECT … FROM posts WHERE user_id = ?`, for all records
   * that were loaded together with this one.
   * @returns the records, in an array of their own
   */
  load(): Promise<RecordOf<M>[]>;

  /** Loads the records again; those that were added and not saved are gone. */
  reload(): Promise<RecordOf<M>[]>;

  /** Forgets the records: the next use loads them. */
  reset(): void;

  /**
   * How many there are: the loaded ones, or the number that the owner's counter says (`counterCache` of the other side),
   * or counted in the database (`SELECT COUNT(*) …`).
   */
  size(): Promise<number>;

  /** Whether there is none: asks the database (`SELECT 1 AS one … LIMIT 1`) unless they are loaded. */
  isEmpty(): Promise<boolean>;

  /** Whether the record is one of them: asks the database unless they are loaded. */
  contains(record: RecordOf<M>): Promise<boolean>;

  /** The keys of the records: `SELECT id FROM posts WHERE user_id = ?`, or those of the loaded ones. */
  ids(): Promise<KeyOf<DefinitionOf<M>>[]>;

  /**
   * A new record that belongs to this one, not saved: it is saved with its owner, or by its own `save`.
   *
   * ```ts
   * const post = user.posts.build({ title: 'Notes' });   // post.userId is the user's key
   * ```
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue (`AR_VALUE_INVALID`)
   */
  build(attributes?: AssignedAttributes<DefinitionOf<M>>): RecordOf<M>;

  /**
   * The same, saved.
   *
   * ```ts
   * await user.posts.create({ title: 'Notes' });   // INSERT INTO posts (title, user_id, …) VALUES (?, ?, …)
   * ```
   * @param options - as of `save`: `{ validate: false }`, `{ context: 'import' }`
   * @throws RecordInvalid (`AR_RECORD_INVALID`); RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`) where the owner is new
   */
  create(attributes?: AssignedAttributes<DefinitionOf<M>>, options?: HowSaved): Promise<RecordOf<M>>;

  /**
   * Adds records and saves them, in one transaction; those of a new owner are saved with it. Through another model, or a
   * join table, the row between the two is inserted.
   *
   * ```ts
   * await user.posts.add(post);   // UPDATE posts SET user_id = ? WHERE id = ?
   * ```
   */
  add(...records: RecordOf<M>[]): Promise<void>;

  /**
   * Takes records out: by the association's `dependent` they are destroyed, deleted, or lose their foreign key; through
   * another model, or a join table, the row between the two goes.
   *
   * ```ts
   * await user.posts.remove(post);   // UPDATE posts SET user_id = NULL WHERE id = ?
   * ```
   */
  remove(...records: RecordOf<M>[]): Promise<void>;

  /** Makes these the records: the others are taken out as by `remove`, and new ones added, in one transaction. */
  set(records: readonly RecordOf<M>[]): Promise<void>;

  /** Takes all records out, as `remove` does. */
  clear(): Promise<void>;

  /**
   * The same as `set`, with the keys of records that are there.
   * @throws RecordNotFound (`AR_RECORD_NOT_FOUND`) naming every key that has no row
   */
  setIds(ids: readonly KeyOf<DefinitionOf<M>>[]): Promise<void>;

  /** Deletes all its rows in one statement, without callbacks: `DELETE FROM posts WHERE user_id = ?`. */
  deleteAll(): Promise<number>;

  /** Loads its records and destroys each, in one transaction. Gives the destroyed records. */
  destroyAll(): Promise<RecordOf<M>[]>;

  /**
   * Of `hasAndBelongsToMany`: inserts rows of the join table for records or keys, except those that are there.
   *
   * ```ts
   * await post.tags.attach(tag, 5);   // INSERT INTO posts_tags (post_id, tag_id) VALUES (?, ?), (?, ?)
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for an association without a join table
   */
  attach(...records: readonly (RecordOrKey<M> | readonly RecordOrKey<M>[])[]): Promise<void>;

  /** Of `hasAndBelongsToMany`: deletes the rows of the join table for records or keys; without arguments all. */
  detach(...records: readonly (RecordOrKey<M> | readonly RecordOrKey<M>[])[]): Promise<void>;

  /**
   * Of `hasAndBelongsToMany`: makes the join table hold these records or keys, and no others; tells the keys that came
   * and went.
   */
  sync(records: readonly RecordOrKey<M>[]): Promise<Attachments<M>>;

  /** Of `hasAndBelongsToMany`: detaches those of the records or keys that are there, and attaches the others. */
  toggle(...records: readonly (RecordOrKey<M> | readonly RecordOrKey<M>[])[]): Promise<Attachments<M>>;
}

/** What `sync` and `toggle` have done, by keys. */
interface Attachments<M> {
  readonly attached: KeyOf<DefinitionOf<M>>[];
  readonly detached: KeyOf<DefinitionOf<M>>[];
}

/** The query: what it gives for `where` and the like is an ordinary relation, which has nothing to add records to. */
type CollectionQuery<M> = { readonly [K in Exclude<keyof Relation<M>, keyof CollectionMembers<M>>]: Relation<M>[K] };

/**
 * A to-many association of a record. It is a query on the associated model, with its scopes, and can be awaited; it keeps
 * what it has loaded. Reading it without `await` compiles where its type says that it is loaded: see
 * {@link LoadedCollection}.
 *
 * ```ts
 * const posts = await user.posts;                          // SELECT … FROM posts WHERE user_id = ?
 * await user.posts.where({ title: 'Notes' }).count();      // SELECT COUNT(*) … WHERE user_id = ? AND title = ?
 * await user.posts.create({ title: 'Notes' });
 * ```
 *
 * @typeParam M - the associated model's class
 */
export type Collection<M> = CollectionMembers<M> & CollectionQuery<M>;
