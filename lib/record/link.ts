/** A load that is under way, and for whom: the transaction of its async scope, since another one may see other rows. */
export interface Loading {
  readonly scope: object | undefined;
  readonly done: Promise<void>;
}

/** Attributes of an associated record that were given with those of its owner, and wait for the owner's save. */
export interface NestedChange<R = unknown> {
  /** Its key; undefined for whatever record a to-one association has. */
  readonly key: readonly unknown[] | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly destroy: boolean;
  /** The record, with the attributes assigned: once it has been found. */
  record: R | undefined;
}

/** What a record holds for one association, once something has touched it. */
export class Link<R = unknown> {
  isLoaded = false;
  /** Loaded by a narrower query than the association's own, so that there may be more. */
  isNarrowed = false;
  /** The record of a to-one association. */
  one: R | null = null;
  /** The records of a to-many association. */
  many: R[] | undefined = undefined;
  /** The owner's key that `one` was loaded or set for: a foreign key that has changed since makes it stale. */
  key: unknown = undefined;
  loading: Loading | undefined = undefined;
  /** Counts how often what was loaded was given up: a load that began before must not bring it back. */
  version = 0;
  /** What the program is given for it: a reference or a collection, made on first access. */
  handle: object | undefined = undefined;
  /** Records that wait for the owner's save: to be saved with it. */
  pending: Set<R> | undefined = undefined;
  /** Records that the owner's save has to let go of. */
  replaced: Set<R> | undefined = undefined;
  /** Whatever is in the database and not here is let go of by the owner's save: nobody has looked what that is. */
  replacesAll = false;
  /** Records that the owner's save destroys. */
  doomed: Set<R> | undefined = undefined;
  /** Attributes that were given for records that are there. */
  nested: NestedChange<R>[] | undefined = undefined;
}
