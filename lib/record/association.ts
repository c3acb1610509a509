declare const associationTypes: unique symbol;
declare const polymorphicTypes: unique symbol;

/** What an association gives: one record that must be there, one that may be, or many. */
export type AssociationKind = 'belongsTo' | 'belongsToOptional' | 'hasOne' | 'hasMany';

/** What becomes of the associated rows when a record is destroyed. */
export type Dependent = 'destroy' | 'deleteAll' | 'delete' | 'nullify' | 'restrict';

/** How attributes of associated records may be given with those of the record itself. */
export interface NestedOptions {
  /** How many at most. */
  readonly limit?: number;
  /** Whether `{ id, destroy: true }` destroys. */
  readonly destroy?: boolean;
  /** Attributes for which this answers true are passed over. */
  readonly reject?: (attributes: Readonly<Record<string, unknown>>) => boolean;
  /** Only records that are there are updated: none is made. */
  readonly updateOnly?: boolean;
}

/** What an association declaration says, as data. What is undefined follows from the names. */
export interface AssociationDeclaration {
  readonly kind: 'belongsTo' | 'hasOne' | 'hasMany' | 'hasAndBelongsToMany';
  /** A model class; for a polymorphic belongsTo all that it may be. */
  readonly targets: readonly object[];
  readonly polymorphic: boolean;
  readonly optional: boolean;
  /** Attributes, in the order of the key's. */
  readonly foreignKey: readonly string[] | undefined;
  readonly primaryKey: readonly string[] | undefined;
  /** The attribute with the stored name of a polymorphic target's class. */
  readonly foreignType: string | undefined;
  readonly as: string | undefined;
  readonly through: string | undefined;
  readonly source: string | undefined;
  readonly sourceType: string | undefined;
  readonly joinTable: string | undefined;
  /** In a join table: the attributes that refer to the target. */
  readonly targetKey: readonly string[] | undefined;
  readonly dependent: Dependent | undefined;
  /** The counter on the other side: true names it after the association. */
  readonly counterCache: boolean | string;
  /** The moment on the other side that is set too: true is `updatedAt`. */
  readonly touch: boolean | string;
  /** false: there is none. */
  readonly inverseOf: string | false | undefined;
  /** undefined saves new records only. */
  readonly autosave: boolean | undefined;
  /** What its records are ordered by: an attribute, or directions by attribute. */
  readonly order: string | Readonly<Record<string, 'asc' | 'desc'>> | undefined;
  readonly scope: ((query: never, owner: never) => unknown) | undefined;
  readonly strictLoading: boolean | 'log' | undefined;
  /** false: each record loads its own. */
  readonly batch: boolean;
  /** The one of many that a hasOne means: by which attribute, from which end. */
  readonly pick: { readonly attribute: string | undefined; readonly end: 'first' | 'last' } | undefined;
  readonly nested: NestedOptions | undefined;
}

/**
 * An association, as a getter of a definition returns it. Made by `belongsTo`, `hasOne`, `hasMany` and
 * `hasAndBelongsToMany`.
 *
 * @typeParam T - the class of the associated records
 * @typeParam Kind - what it gives
 * @typeParam ForeignKey - the attributes that hold the key, where they do not follow from the name
 */
export class Association<T, Kind extends AssociationKind, ForeignKey = never> {
  declare readonly [associationTypes]: { readonly target: T; readonly kind: Kind; readonly foreignKey: ForeignKey };
  /** @internal */
  readonly declaration: AssociationDeclaration;

  /** @internal */
  constructor(declaration: AssociationDeclaration) {
    this.declaration = Object.freeze(declaration);
  }
}

/**
 * Several classes that a polymorphic belongsTo may lead to. A class of its own, so that the types need not compare the
 * classes with each other to know that there are several: that would enter the circles that getters keep them out of.
 */
export class Polymorphic<T> {
  declare readonly [polymorphicTypes]: T;
  /** @internal */
  readonly targets: readonly object[];

  /** @internal */
  constructor(targets: readonly object[]) {
    this.targets = targets;
  }
}
