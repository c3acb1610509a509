import { ColumnsNotLoaded, InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import { UnknownAttribute } from '../errors/record.ts';
import type { ColumnDefinition } from '../schema/column.ts';
import { didYouMean } from '../support/suggest.ts';
import { type ColumnType, storageOf } from '../types/column-type.ts';
import type { CastSite } from '../types/type.ts';

/** An attribute of a model, with all that is known of its column. Made once per model. */
export interface Attribute extends CastSite {
  /** In the program. */
  readonly name: string;
  /** In the database. */
  readonly column: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Part of the primary key. */
  readonly key: boolean;
  /** Counted up by the database, and told after an insert. */
  readonly autoIncrement: boolean;
  /** The database fills it in where an insert leaves it out. */
  readonly databaseDefault: boolean;
  /** Computed by the database: never written. */
  readonly computed: boolean;
  /** It has no column: `column` is then only the place of its value beside the row's. */
  readonly isVirtual: boolean;
  /** As declared; undefined where the column was read from the database. */
  readonly definition: ColumnDefinition | undefined;
}

/** A property that is a key of a JSON attribute. Made once per model. */
export interface StoreKey {
  /** In the program. */
  readonly name: string;
  readonly label: string;
  /** The JSON attribute. */
  readonly attribute: Attribute;
  /** In its object. */
  readonly key: string;
}

/** What a model has besides the attributes of its table. */
export interface Beside {
  readonly virtual: readonly Attribute[];
  readonly stores: ReadonlyMap<string, StoreKey>;
}
const nothing: Beside = { virtual: [], stores: new Map() };

/** The attributes of a model, and the tables to look them up in. */
export class AttributeSet {
  readonly modelName: string;
  readonly tableName: string;
  /** Those of the table. */
  readonly all: readonly Attribute[];
  /** Those without a column. */
  readonly virtual: readonly Attribute[];
  /** Both. */
  readonly every: readonly Attribute[];
  readonly stores: ReadonlyMap<string, StoreKey>;
  readonly keys: readonly Attribute[];
  readonly columns: readonly string[];
  /** Rows of this model may hold integers past 2^53. */
  readonly bigints: boolean;
  /** Rows of this model hold 32-bit numbers, which MySQL's text protocol rounds to six digits: they are read prepared. */
  readonly floats: boolean;
  /** Values of these can change in place, so that assignment is not the only way to become dirty. */
  readonly mutable: readonly Attribute[];
  /** Columns are named like members of every object (`constructor`): rows must not inherit those. */
  readonly shadowing: boolean;
  readonly createdAt: Attribute | undefined;
  readonly updatedAt: Attribute | undefined;
  readonly #byName: ReadonlyMap<string, Attribute>;
  readonly #columnSet: ReadonlySet<string>;

  constructor(modelName: string, tableName: string, all: readonly Attribute[], beside: Beside = nothing) {
    this.modelName = modelName;
    this.tableName = tableName;
    this.all = all;
    this.virtual = beside.virtual;
    this.every = beside.virtual.length === 0 ? all : [...all, ...beside.virtual];
    this.stores = beside.stores;
    this.keys = all.filter((attribute) => attribute.key);
    this.columns = all.map((attribute) => attribute.column);
    const kinds = new Set(all.map(({ type }) => storageOf(type).kind));
    this.bigints = kinds.has('bigint') || kinds.has('plain');
    this.floats = kinds.has('float');
    this.mutable = all.filter((attribute) => attribute.type.mutable);
    this.#byName = new Map(all.map((attribute) => [attribute.name, attribute]));
    this.createdAt = this.#moment('createdAt');
    this.updatedAt = this.#moment('updatedAt');
    this.#columnSet = new Set(this.columns);
    this.shadowing = this.columns.some((column) => column in Object.prototype);
    if (this.#columnSet.size !== all.length) {
      const twice = this.columns.find((column, index) => this.columns.indexOf(column) !== index);
      throw new InvalidDefinition(`${modelName} declares the column "${twice}" twice.`, {
        hint: 'Two attributes have the same column name.',
      });
    }
  }

  #moment(name: string): Attribute | undefined {
    const attribute = this.#byName.get(name);
    return attribute !== undefined && attribute.type.kind === 'datetime' ? attribute : undefined;
  }

  /** The attribute of the table that has this name. */
  find(name: string): Attribute | undefined {
    return this.#byName.get(name);
  }

  /** The attribute of that name, with a column or without. */
  findAny(name: string): Attribute | undefined {
    return this.#byName.get(name) ?? this.virtual.find((attribute) => attribute.name === name);
  }

  /** Every name under which a record has a value. */
  get names(): readonly string[] {
    return [...this.every.map((attribute) => attribute.name), ...this.stores.keys()];
  }

  /** The error about a name that a statement was given, and that stands for no column; undefined for all others. */
  columnless(name: unknown): InvalidQuery | undefined {
    if (typeof name !== 'string') return undefined;
    const store = this.stores.get(name);
    if (store !== undefined) {
      const { attribute, key } = store;
      return new InvalidQuery(`${store.label} is a key of ${attribute.label} and has no column of its own.`, {
        hint: `In conditions, write whereJson('${attribute.name}', [${JSON.stringify(key)}], …).`,
      });
    }
    const virtual = this.virtual.find((attribute) => attribute.name === name);
    if (virtual === undefined) return undefined;
    return new InvalidQuery(`${virtual.label} is virtual: it has no column.`, {
      hint: 'Statements can name only attributes that are in the table.',
    });
  }

  hasColumn(name: string): boolean {
    return this.#columnSet.has(name);
  }

  /**
   * The attribute of the table that has this name.
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), with the name that was probably meant; InvalidQuery
   *   (`AR_QUERY_INVALID`) for one without a column
   */
  get(name: unknown): Attribute {
    const attribute = typeof name === 'string' ? this.#byName.get(name) : undefined;
    if (attribute !== undefined) return attribute;
    throw this.columnless(name) ?? this.#unknown(name, this.#byName.keys());
  }

  /** The same, of any attribute. @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`) */
  getAny(name: string): Attribute {
    const attribute = this.findAny(name);
    if (attribute !== undefined) return attribute;
    throw this.#unknown(name, this.names);
  }

  #unknown(name: unknown, known: Iterable<string>): UnknownAttribute {
    const shown = typeof name === 'string' ? name.slice(0, 80) : `of type ${typeof name}`;
    return new UnknownAttribute(`${this.modelName} has no attribute ${JSON.stringify(shown)}.`, {
      hint: typeof name === 'string' ? didYouMean(name, known) : 'A name is a string.',
    });
  }

  /** The only key column. @throws InvalidDefinition where there are none or several */
  get key(): Attribute {
    const [key] = this.keys;
    if (key !== undefined && this.keys.length === 1) return key;
    throw new InvalidDefinition(
      this.keys.length === 0
        ? `${this.modelName} has no primary key.`
        : `The primary key of ${this.modelName} has ${this.keys.length} columns.`,
      {
        hint:
          this.keys.length === 0
            ? 'Declare one: id: column.id(), or .primaryKey() on a column.'
            : 'This needs a key of one column.',
      },
    );
  }
}

/** Whether the library makes the key where a new record has none: a uuid that is not somebody else's. */
export function makesKey({ key, type, definition, databaseDefault }: Attribute): boolean {
  if (!key || type.kind !== 'uuid' || databaseDefault) return false;
  return definition === undefined || (definition.generated && definition.references === undefined);
}

/** For models without a definition, before their first query. */
export function columnsNotLoaded(modelName: string): ColumnsNotLoaded {
  return new ColumnsNotLoaded(`The columns of ${modelName} have not been read from the database yet.`, {
    hint: `Run a query first, or await ${modelName}.loadColumns(); or declare the columns with BaseModel.with({ … }).`,
  });
}
