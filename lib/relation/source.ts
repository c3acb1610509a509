import type { Row } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import type { AssociationDeclaration } from '../record/association.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { RecordErrors } from '../record/errors.ts';
import type { SaveRun } from '../record/save-run.ts';
import type { ModelStatements } from '../record/statements.ts';
import type { ValidationRequest } from '../record/validation/rule.ts';
import type { QueryState } from './query-state.ts';

/** What `save` of a record takes. */
export interface HowSaved {
  /** `false`: its validations are not asked. */
  readonly validate?: boolean;
  /** Also asks the rules of that context. */
  readonly context?: string;
}

/** What a relation knows of its model: enough to ask for rows and to make records of them, and nothing more. */
export interface Source<R = unknown> {
  readonly modelName: string;
  /** The class itself: what two sources of one model have in common. */
  readonly model: object;
  /** The names of the class and of those above it that share its table: what foreign keys are named after. */
  readonly lineage: readonly string[];
  /** What stands for the model in the type attribute of a polymorphic association. */
  readonly polymorphicName: string;
  readonly connectionName: string;
  /** undefined until the columns of a model without a definition have been read from the database. */
  readonly attributes: AttributeSet | undefined;
  readonly associations: Associations;
  /** The same as `ready`, where nothing has to be waited for. */
  readonly known: ReadySource | undefined;
  /** The connection, open, with the attributes there. */
  ready(): ReadySource | Promise<ReadySource>;
  /** The class that its table is named after, where rows of several classes are in it; else the model itself. */
  readonly family: object;
  /** All rows of the model, whatever its default scope: of a class that shares its table only its own. */
  readonly base: QueryState;
  /** All rows of the model: those of its default scope. */
  state(): QueryState;
  /** The class of its family, itself or the highest above it, that has declared an association of the model. */
  declarer(association: string): Source;
  /** Whether a record has the very association of that name that the model has. */
  shares(record: object, association: string): boolean;
  /** What a function makes of a query with that state; `owner` is passed on to it. @throws InvalidQuery */
  scoped(state: QueryState, scope: ScopeFunction, label: string, owner?: unknown): QueryState;
  /** Gives records of a query what it loads with them. */
  furnish(load: LoadedQuery<R>): Promise<void>;
  /** The record of a row. */
  instantiate(row: Row): R;
  /** A new record, not saved. */
  initialize(attributes: object): R;
  /** Saves a record of the model, or of one below it; `run` is the save that has led to this one. */
  save(record: R, run?: SaveRun, options?: HowSaved): Promise<void>;
  destroy(record: R): Promise<void>;
  /** Whether loaded records have callbacks to be called. */
  readonly callsWhenFound: boolean;
  found(records: readonly R[]): Promise<void>;
  /** Whether a record has callbacks to be called when one that belongs to it has touched its row. */
  readonly callsWhenTouched: boolean;
  touched(record: R): Promise<void>;
  /** What is wrong with a record of the model, or of one below it. */
  validate(record: R, request: ValidationRequest): Promise<RecordErrors>;
  /** Whether the other is the same model, one above it or one below it. */
  isKin(other: Source): boolean;
}

/** The records of a query, with the rows that they were made of. */
export interface LoadedQuery<R = unknown> {
  readonly records: readonly R[];
  readonly rows: readonly Row[];
  readonly state: QueryState;
}

/** A source whose database and columns are known. */
export interface ReadySource {
  readonly connection: Connection;
  readonly attributes: AttributeSet;
  readonly statements: ModelStatements;
}

export type ScopeFunction = (query: never, owner: never) => unknown;

/** The associations of a model, by name. */
export interface Associations {
  readonly all: readonly Reflection[];
  find(name: string): Reflection | undefined;
  /** @throws UnknownAssociation (`AR_ASSOCIATION_UNKNOWN`), with the name that was probably meant */
  get(name: unknown): Reflection;
}

/** An association with all that follows from its declaration and from the models on both sides. */
export interface Reflection {
  readonly name: string;
  /** `Post.author`. */
  readonly label: string;
  /** Its position among the associations of the model. */
  readonly index: number;
  readonly declaration: AssociationDeclaration;
  readonly owner: Source;
  /** Several records, as opposed to one at most. */
  readonly isCollection: boolean;
  /** A belongsTo that always has a record. */
  readonly isRequired: boolean;
  /** Its scope asks for the record that it belongs to, so that each record has to load its own. */
  readonly needsOwner: boolean;
  /** Of a polymorphic belongsTo: the way to each kind, by its stored name. */
  readonly variants: ReadonlyMap<string, Step> | undefined;
  /** Of a polymorphic belongsTo: the attribute with the stored name. */
  readonly typeAttribute: Attribute | undefined;
  /** The way from the owner to the target, table by table. @throws InvalidQuery for a polymorphic belongsTo */
  readonly steps: readonly Step[];
  /** Where it leads. @throws InvalidQuery for a polymorphic belongsTo */
  readonly target: Source;
  /** The owner's attributes that hold the key of a belongsTo; the target's of hasOne and hasMany. */
  readonly foreignKey: readonly Attribute[];
  /** The association of the other side that says the same. */
  readonly inverse: Reflection | undefined;
  /** The association of the owner that it goes through. */
  readonly through: Reflection | undefined;
  /** The association of the model that it goes through that leads to the target. */
  readonly source: Reflection | undefined;
  /** Every model on the way: their columns have to be known before `steps` is asked for. */
  readonly models: readonly Source[];
}

/** From the rows of one table to those of another. */
export interface Step {
  readonly source: Source;
  /** Attributes on the side where it begins, and those of `source` that have the same values. */
  readonly from: readonly Attribute[];
  readonly to: readonly Attribute[];
  /** What an attribute of the side where it begins has to be, for this step to be taken. */
  readonly fromType: TypeCondition | undefined;
  /** What an attribute of `source` has to be. */
  readonly toType: TypeCondition | undefined;
  readonly scopes: readonly { readonly scope: ScopeFunction; readonly label: string }[];
}

export interface TypeCondition {
  readonly attribute: Attribute;
  readonly value: string;
}
