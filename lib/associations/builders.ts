import { InvalidDefinition } from '../errors/definition.ts';
import {
  Association,
  type AssociationDeclaration,
  type AssociationKind,
  type Dependent,
  type NestedOptions,
  Polymorphic,
} from '../record/association.ts';
import { didYouMean } from '../support/suggest.ts';

/**
 * Given a query on the associated model, it returns one. Its parameters have to be given a type (`Query<typeof Post>`): to
 * name the model here would be to look into the target, and so to enter the circle.
 */
type ScopeOption = (query: never, owner: never) => void;

/** What every association can be told. */
export interface AssociationOptions {
  /** The attribute of the other side that this one is the opposite of; found by itself where it is plain. `false`: none. */
  readonly inverseOf?: string | false;
  /** `true`: changed records are saved with their owner, too. `false`: none is. By default new ones are. */
  readonly autosave?: boolean;
  /** Narrows or orders what is associated. With a second parameter it is given the owner, and loads for each alone. */
  readonly scope?: ScopeOption;
  /** Loading on first use is an error (`true`), or is warned of (`'log'`). */
  readonly strictLoading?: boolean | 'log';
  /** `false`: first use loads for that record alone, not for those that were loaded with it. */
  readonly batch?: boolean;
  /** Attributes of associated records may be given with the record's own, as `postsAttributes`. */
  readonly nested?: boolean | NestedOptions;
}
/** What `belongsTo` can be told. */
export interface BelongsToOptions<F extends string = never> extends AssociationOptions {
  /** The attribute (or attributes) with the key: `authorId` for `author` unless told otherwise. */
  readonly foreignKey?: F | readonly F[];
  /** What the foreign key refers to: the primary key unless told otherwise. */
  readonly primaryKey?: string | readonly string[];
  /** Of a polymorphic one: the attribute with the kind, `ownerType` for `owner` unless told otherwise. */
  readonly foreignType?: F;
  /**
   * A counter on the other side, kept by `save` and `destroy`: `true` is `postsCount` for a Post. What writes past them
   * (`delete`, `deleteAll`, `updateAll`, `insertAll`) does not count; `resetCounters` counts anew.
   */
  readonly counterCache?: boolean | string;
  /** Saving, touching and destroying sets `updatedAt` of the other side (`true`), and the moment that is named. */
  readonly touch?: boolean | string;
}
type AssociationOrder = string | Readonly<Record<string, 'asc' | 'desc'>>;
/** What `hasOne` and `hasMany` can be told. */
interface HasOptions extends AssociationOptions {
  /** What the records are ordered by: an attribute, or directions by attribute: `{ createdAt: 'desc' }`. */
  readonly order?: AssociationOrder;
  readonly foreignKey?: string | readonly string[];
  readonly primaryKey?: string | readonly string[];
  /** The polymorphic belongsTo on the other side. */
  readonly as?: string;
  /** The association of this model that leads there by way of another model. */
  readonly through?: string;
  /** The association of that other model; named like this one, or its singular, unless told otherwise. */
  readonly source?: string;
  /** Where `source` is polymorphic: the stored name of the kind that is meant. */
  readonly sourceType?: string;
}
export interface HasManyOptions extends HasOptions {
  /** What `destroy` of the owner does with them. */
  readonly dependent?: Exclude<Dependent, 'delete'>;
}
export interface HasOneOptions extends HasOptions {
  readonly dependent?: Exclude<Dependent, 'deleteAll'>;
  /** Of several the one with the greatest key (`true`), or value of that attribute. */
  readonly latest?: boolean | string;
  /** Of several the one with the least key (`true`), or value of that attribute. */
  readonly oldest?: boolean | string;
}
export interface HasAndBelongsToManyOptions extends AssociationOptions {
  /** What the records are ordered by: an attribute, or directions by attribute: `{ name: 'desc' }`. */
  readonly order?: AssociationOrder;
  /** The table between the two: `posts_tags`, by alphabet, unless told otherwise. */
  readonly joinTable?: string;
  /** In the join table: what refers to this model (`postId`), and to the other one (`tagId`). */
  readonly foreignKey?: string | readonly string[];
  readonly targetKey?: string | readonly string[];
}

type AllOptions = BelongsToOptions<string> &
  Omit<HasManyOptions, 'dependent'> &
  Omit<HasOneOptions, 'dependent'> &
  HasAndBelongsToManyOptions & { readonly dependent?: Dependent; readonly optional?: boolean };

const common = ['inverseOf', 'autosave', 'scope', 'strictLoading', 'batch', 'nested', 'foreignKey'];
const has = [...common, 'order', 'primaryKey', 'dependent', 'as', 'through', 'source', 'sourceType'];
const known: Record<AssociationDeclaration['kind'], readonly string[]> = {
  belongsTo: [...common, 'primaryKey', 'foreignType', 'optional', 'counterCache', 'touch'],
  hasOne: [...has, 'latest', 'oldest'],
  hasMany: has,
  hasAndBelongsToMany: [...common, 'order', 'joinTable', 'targetKey'],
};

/**
 * Several models that a belongsTo may lead to. Which one it is stands in `ownerType`, under a stable name: the singular of
 * the table's name, or `static polymorphicName`.
 *
 * ```ts
 * get owner() { return belongsTo(polymorphic([Post, User])); }   // owner_type, owner_id
 * ```
 */
// A tuple: in a list the compiler would compare the classes, and so enter the circle that a getter keeps it out of.
export function polymorphic<const T extends readonly unknown[]>(targets: T): Polymorphic<T[number]> {
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every((target) => typeof target === 'function')) {
    throw new InvalidDefinition('polymorphic takes a list of models.', { hint: 'Write polymorphic([Post, Photo]).' });
  }
  return new Polymorphic<T[number]>([...targets]);
}

/**
 * The record that this one refers to by a foreign key. Required: `await` gives a record, or rejects with RecordNotFound;
 * with `optional` it may be null.
 *
 * ```ts
 * get author() { return belongsTo(User); }                        // author_id
 * get editor() { return belongsTo(User, { optional: true }); }    // editor_id, which may be NULL
 * ```
 */
export function belongsTo<T, const F extends string = never>(
  target: T,
  options?: BelongsToOptions<F> & { readonly optional?: false },
): Association<T, 'belongsTo', F>;
export function belongsTo<T, const F extends string = never>(
  target: T,
  options: BelongsToOptions<F> & { readonly optional: true },
): Association<T, 'belongsToOptional', F>;
export function belongsTo(target: unknown, options: AllOptions = {}): Association<never, never, never> {
  return declare('belongsTo', target, options);
}

/** What `delegatedType` can be told. */
export interface DelegatedOptions<F extends string = never> extends Omit<BelongsToOptions<F>, 'autosave'> {
  /** `false`: the record that it stands for stays when this one is destroyed. */
  readonly dependent?: 'destroy' | false;
}

/**
 * A record that stands for one of several others, each with a table of its own, and has what they share. They are saved
 * together, and destroyed together.
 *
 * ```ts
 * get entryable() { return delegatedType([Message, Comment]); }   // entryable_type, entryable_id
 * await Entry.create({ title: 'Hi', entryable: new Message({ body: 'x' }) });
 * entry.entryable.is(Message);
 * await entry.entryable.as(Message);   // Message | null
 * ```
 */
export function delegatedType<const T extends readonly unknown[], const F extends string = never>(
  targets: T,
  options?: DelegatedOptions<F>,
): Association<Polymorphic<T[number]>, 'belongsTo', F> {
  const { dependent = 'destroy', ...others }: DelegatedOptions<F> = options ?? {};
  if (dependent !== 'destroy' && dependent !== false) {
    throw new InvalidDefinition("The dependent of delegatedType is neither 'destroy' nor false.", {
      hint: "Leave it out: 'destroy' is what it does.",
    });
  }
  const { declaration } = declare('belongsTo', polymorphic(targets), { ...others, autosave: true });
  return new Association({ ...declaration, dependent: dependent === false ? undefined : dependent });
}

/**
 * The one record that refers to this one; null where there is none.
 *
 * ```ts
 * get profile() { return hasOne(Profile); }                          // profiles.user_id
 * get lastOrder() { return hasOne(Order, { latest: 'placedAt' }); }  // of several
 * ```
 */
export function hasOne<T>(target: T, options: HasOneOptions = {}): Association<T, 'hasOne'> {
  return declare('hasOne', target, options);
}

/**
 * The records that refer to this one, or that another association leads to (`through`).
 *
 * ```ts
 * get posts() { return hasMany(Post, { dependent: 'destroy' }); }       // posts.user_id
 * get comments() { return hasMany(Comment, { through: 'posts' }); }     // the comments of those posts
 * get photos() { return hasMany(Photo, { as: 'owner' }); }              // photos.owner_id, owner_type
 * ```
 */
export function hasMany<T>(target: T, options: HasManyOptions = {}): Association<T, 'hasMany'> {
  return declare('hasMany', target, options);
}

/**
 * Many to many, by a table of its own that has no model: `attach`, `detach` and `sync` write its rows.
 *
 * ```ts
 * get tags() { return hasAndBelongsToMany(Tag); }   // posts_tags: post_id, tag_id
 * ```
 */
export function hasAndBelongsToMany<T>(target: T, options: HasAndBelongsToManyOptions = {}): Association<T, 'hasMany'> {
  return declare('hasAndBelongsToMany', target, options);
}

function declare<T, K extends AssociationKind>(
  kind: AssociationDeclaration['kind'],
  target: unknown,
  options: AllOptions,
): Association<T, K, never> {
  checkOptions(kind, options);
  const several = target instanceof Polymorphic ? target.targets : undefined;
  if (several === undefined && typeof target !== 'function') {
    throw new InvalidDefinition(`${kind} takes a model, not ${target === undefined ? 'undefined' : typeof target}.`, {
      hint: 'Where two files import each other, the association has to be a getter: get author() { return belongsTo(User); }.',
    });
  }
  if (several !== undefined && kind !== 'belongsTo')
    throw new InvalidDefinition(`${kind} leads to one model; only belongsTo can be polymorphic.`, {
      hint: "On the other side write hasMany(Photo, { as: 'owner' }).",
    });
  const { latest, oldest, nested } = options;
  const end = latest !== undefined && latest !== false ? 'last' : 'first';
  const picked = end === 'last' ? latest : oldest;
  return new Association<T, K, never>({
    kind,
    targets: several ?? [target as object],
    polymorphic: several !== undefined,
    optional: options.optional === true,
    foreignKey: namesOf(options.foreignKey),
    primaryKey: namesOf(options.primaryKey),
    foreignType: options.foreignType,
    as: options.as,
    through: options.through,
    source: options.source,
    sourceType: options.sourceType,
    joinTable: options.joinTable,
    targetKey: namesOf(options.targetKey),
    dependent: options.dependent,
    counterCache: options.counterCache ?? false,
    touch: options.touch ?? false,
    inverseOf: options.inverseOf,
    autosave: options.autosave,
    order: options.order,
    scope: options.scope,
    strictLoading: options.strictLoading,
    batch: options.batch !== false,
    pick:
      picked === undefined || picked === false ? undefined : { attribute: picked === true ? undefined : picked, end },
    nested: nested === true ? {} : nested === false ? undefined : nested,
  });
}

const namesOf = (given: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof given === 'string' ? [given] : given;

function checkOptions(kind: AssociationDeclaration['kind'], options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidDefinition(`The options of ${kind} are no object.`);
  for (const name of Object.keys(options)) {
    if (known[kind].includes(name)) continue;
    throw new InvalidDefinition(`${kind} has no option "${name.slice(0, 80)}".`, {
      hint: didYouMean(name, known[kind]),
    });
  }
}
