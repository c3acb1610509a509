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
  /** Given to new records, and not changed once there is a row. */
  readonly readOnly: boolean;
  /** It has no column: `column` is then only the place of its value beside the row's. */
  readonly isVirtual: boolean;
  /** As declared; undefined where the column was read from the database. */
  readonly definition: ColumnDefinition | undefined;
  /** Of the attribute that tells which class of a family a row is of. */
  readonly typeRule?: TypeRule | undefined;
}

/** What may be written to the attribute that tells a row's class. */
export interface TypeRule {
  /** What new rows of the model have. */
  readonly own: string | null;
  /** @throws InvalidValue (`AR_VALUE_INVALID`) for the type of another class than the record's */
  checkRecord(record: object, value: unknown): void;
  /** @throws InvalidValue (`AR_VALUE_INVALID`) for the type of rows that the model does not have */
  checkRow(value: unknown): void;
  /** @throws UnknownType (`AR_TYPE_UNKNOWN`) for the type of no class */
  checkKnown(value: unknown): void;
}

/** What a class says of its attributes beside declaring them. */
interface SpecialAttributes {
  readonly lockVersion?: Attribute | undefined;
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  readonly beside?: Beside | undefined;
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
  /** Values of these can change in place, so that assignment is not the only way to become dirty. */
  readonly mutable: readonly Attribute[];
  readonly createdAt: Attribute | undefined;
  readonly updatedAt: Attribute | undefined;
  /** Counted up by every save, which finds its row by it. */
  readonly lockVersion: Attribute | undefined;
  /** Other names of attributes, with the names that they stand for. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly #byName: Map<string, Attribute>;
  readonly #virtualByName: Map<string, Attribute>;
  #columns: readonly string[] = [];
  #columnSet: ReadonlySet<string> = new Set();
  #bigints = false;
  #floats = false;
  #shadowing = false;
  #version = 0;

  constructor(modelName: string, tableName: string, all: readonly Attribute[], special: SpecialAttributes = {}) {
    const { aliases = {}, lockVersion, beside = nothing } = special;
    this.modelName = modelName;
    this.tableName = tableName;
    this.all = all;
    this.virtual = beside.virtual;
    this.every = beside.virtual.length === 0 ? all : [...all, ...beside.virtual];
    this.stores = beside.stores;
    this.keys = all.filter((attribute) => attribute.key);
    this.mutable = all.filter((attribute) => attribute.type.mutable);
    this.#byName = new Map(all.map((attribute) => [attribute.name, attribute]));
    this.#virtualByName = new Map(beside.virtual.map((attribute) => [attribute.name, attribute]));
    this.aliases = new Map(Object.entries(aliases));
    for (const [alias, name] of this.aliases) {
      const attribute = this.#byName.get(name);
      const virtual = this.#virtualByName.get(name);
      if (attribute !== undefined) this.#byName.set(alias, attribute);
      else if (virtual !== undefined) this.#virtualByName.set(alias, virtual);
    }
    this.createdAt = this.#moment('createdAt');
    this.updatedAt = this.#moment('updatedAt');
    this.lockVersion = lockVersion;
    this.#read(all, []);
    if (this.#columnSet.size !== all.length) {
      const twice = this.columns.find((column, index) => this.columns.indexOf(column) !== index);
      throw new InvalidDefinition(`${modelName} declares the column "${twice}" twice.`, {
        hint: 'Two attributes have the same column name.',
      });
    }
  }

  #read(read: readonly Attribute[], others: Iterable<string>): void {
    this.#columns = read.map((attribute) => attribute.column);
    const kinds = new Set(read.map(({ type }) => storageOf(type).kind));
    this.#bigints = kinds.has('bigint') || kinds.has('plain');
    this.#floats = kinds.has('float');
    this.#shadowing = this.#columns.some((column) => column in Object.prototype);
    this.#columnSet = new Set([...this.#columns, ...others]);
    this.#version += 1;
  }

  /**
   * A row may be of a class below the model: it is read with the columns of that class, which are no attributes here.
   *
   * @param below - the attributes of the classes below
   * @param others - all other columns of the table
   */
  widen(below: readonly Attribute[], others: Iterable<string>): void {
    const taken = new Set(this.all.map(({ column }) => column));
    const more = below.filter(({ column }) => !taken.has(column) && taken.add(column));
    this.#read([...this.all, ...more], others);
  }

  /** What is read of a row. */
  get columns(): readonly string[] {
    return this.#columns;
  }

  /** Rows of this model may hold integers past 2^53. */
  get bigints(): boolean {
    return this.#bigints;
  }

  /** Rows of this model hold 32-bit numbers, which MySQL's text protocol rounds to six digits: they are read prepared. */
  get floats(): boolean {
    return this.#floats;
  }

  /** Columns are named like members of every object (`constructor`): rows must not inherit those. */
  get shadowing(): boolean {
    return this.#shadowing;
  }

  /** Another number when other columns are read: statements that were made before are out of date. */
  get version(): number {
    return this.#version;
  }

  #moment(name: string): Attribute | undefined {
    const attribute = this.#byName.get(name);
    return attribute !== undefined && attribute.type.kind === 'datetime' ? attribute : undefined;
  }

  /** Every name under which a record has a value, aliases among them. */
  get names(): readonly string[] {
    return [...this.#byName.keys(), ...this.#virtualByName.keys(), ...this.stores.keys()];
  }

  /** Those of the attributes of the table, and their aliases. */
  get columnNames(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** The attribute of the table that has this name or alias. */
  find(name: string): Attribute | undefined {
    return this.#byName.get(name);
  }

  /** The attribute of that name or alias, with a column or without. */
  findAny(name: string): Attribute | undefined {
    return this.#byName.get(name) ?? this.#virtualByName.get(name);
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
    const virtual = this.#virtualByName.get(name);
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
