import { InvalidDefinition } from '../errors/definition.ts';
import type { GeneratedSpec, PositionSpec, ReferentialAction } from '../sql/ddl/spec.ts';
import type { Expression } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { didYouMean } from '../support/suggest.ts';
import type { ColumnType } from '../types/column-type.ts';
import { normalizedAs, normalizedType } from '../types/normalize.ts';
import { bigintType, integerType } from '../types/numbers.ts';
import { datetimeTextType } from '../types/temporal.ts';
import { type EncryptedOptions, type EncryptedTrait, encryptedTypeOf } from './encrypted-column.ts';
import { checkedColumnName } from './naming.ts';
import { VirtualColumn } from './virtual-column.ts';

declare const columnTypes: unique symbol;

export interface ReferenceOptions {
  /** The referenced column; `id` unless told otherwise. */
  readonly column?: string;
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
}
const referenceOptions: readonly string[] = ['column', 'onDelete', 'onUpdate'];
export interface Reference extends ReferenceOptions {
  readonly table: string;
}

/** What stands in front of each word, or behind it, in the names of an enum's scopes: `statusPublished`, `publishedStatus`. */
export interface EnumNaming {
  readonly prefix?: string;
  readonly suffix?: string;
}

/** What a column declaration says, as data. */
export interface ColumnDefinition {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** A value, or a function that makes one for each record; `hasDefault` tells whether there is any. */
  readonly default: unknown;
  readonly hasDefault: boolean;
  readonly unique: boolean;
  readonly index: boolean;
  readonly primaryKey: boolean;
  /** The library makes the key (uuid). */
  readonly generated: boolean;
  readonly comment: string | undefined;
  readonly collation: string | undefined;
  /** The column's name, where it does not follow from the attribute's. */
  readonly columnName: string | undefined;
  readonly references: Reference | undefined;
  readonly sensitive: boolean;
  /** Of the digest of a password: the attribute that the password is assigned to. */
  readonly digestOf: string | undefined;
  /** Of a column that begins with random text: how long that is. */
  readonly tokenLength: number | undefined;
  /** For an enum: whether each value has a scope and a predicate, and how those are named. */
  readonly enumScopes: boolean | EnumNaming;
  /** Assigned only to records that have no row yet. */
  readonly readOnly: boolean;
  /** A default that the database computes. */
  readonly computedDefault: Expression | undefined;
  /** What the database computes the column from. */
  readonly generatedAs: GeneratedSpec | undefined;
  readonly charset: string | undefined;
  /** Where it stands in its table; `after` names an attribute. */
  readonly position: PositionSpec | undefined;
}

const plain: Omit<ColumnDefinition, 'type'> = {
  nullable: false,
  default: undefined,
  hasDefault: false,
  unique: false,
  index: false,
  primaryKey: false,
  generated: false,
  comment: undefined,
  collation: undefined,
  columnName: undefined,
  references: undefined,
  sensitive: false,
  digestOf: undefined,
  tokenLength: undefined,
  enumScopes: false,
  readOnly: false,
  computedDefault: undefined,
  generatedAs: undefined,
  charset: undefined,
  position: undefined,
};

/** @throws InvalidDefinition */
function expressionOf(value: unknown, what: string): Expression {
  const expression = Sql.nodeOf(value);
  if (expression !== undefined) return expression;
  throw new InvalidDefinition(`${what} takes SQL of your own.`, { hint: 'Write it as sql`…`.' });
}

/**
 * A column, as models, migrations and `createTable` declare it. Made by the functions of {@link column}; every modifier
 * gives a new one.
 *
 * @typeParam T - the type of the attribute
 * @typeParam Optional - whether `create` may leave it out
 * @typeParam Key - whether it is (part of) the primary key
 */
export class Column<T, Optional extends boolean = false, Key extends boolean = false, Trait = {}> {
  declare readonly [columnTypes]: {
    readonly value: T;
    readonly optional: Optional;
    readonly key: Key;
    readonly trait: Trait;
  };
  /** @internal */
  readonly definition: ColumnDefinition;

  /** @internal */
  constructor(definition: Partial<ColumnDefinition> & Pick<ColumnDefinition, 'type'>) {
    this.definition = Object.freeze({ ...plain, ...definition });
  }

  #derive<T2, O2 extends boolean, K2 extends boolean, R2>(changes: Partial<ColumnDefinition>): Column<T2, O2, K2, R2> {
    return new Column<T2, O2, K2, R2>({ ...this.definition, ...changes });
  }

  /** Allows NULL; the attribute is then `T | null`, and `create` may leave it out. */
  nullable(): Column<T | null, true, Key, Trait> {
    return this.#derive({ nullable: true });
  }

  /**
   * The value of new records that are not given one. A constant also becomes the column's DEFAULT; a function is called
   * for each record. SQL is computed by the database for each row that is inserted without a value.
   *
   * ```ts
   * code: column.string(36).default(sql`gen_random_uuid()`),   // … DEFAULT (gen_random_uuid())
   * ```
   */
  default(value: T | (() => T) | Sql): Column<T, true, Key, Trait> {
    if (value === undefined)
      throw new InvalidDefinition('A default of undefined is no default.', {
        hint: 'Use .nullable() for columns that may be empty.',
      });
    const computed = Sql.nodeOf(value);
    if (computed !== undefined)
      return this.#derive({ default: undefined, hasDefault: false, computedDefault: computed });
    return this.#derive({ default: value, hasDefault: true, computedDefault: undefined });
  }

  /**
   * A column that the database computes from others of its row, and that is never written.
   *
   * ```ts
   * total: column.integer().generatedAs(sql`price * amount`, { stored: true }),
   * // `total` INT GENERATED ALWAYS AS (price * amount) STORED NOT NULL
   * ```
   * @param options - `stored`: kept in the row; otherwise it is computed whenever it is read, which PostgreSQL cannot
   */
  generatedAs(expression: Sql, options: { readonly stored?: boolean } = {}): Column<T, true, Key, Trait> {
    return this.#derive({
      generatedAs: { expression: expressionOf(expression, 'generatedAs'), stored: options.stored ?? false },
    });
  }

  /** The character set of a text (MySQL, MariaDB), in the database's own name for it. */
  charset(name: string): Column<T, Optional, Key, Trait> {
    return this.#derive({ charset: name });
  }

  /** At the front of its table, where it is added to one that exists (MySQL, MariaDB). */
  first(): Column<T, Optional, Key, Trait> {
    return this.#derive({ position: { first: true } });
  }

  /** Behind another column of its table, where it is added to one that exists (MySQL, MariaDB). */
  after(attribute: string): Column<T, Optional, Key, Trait> {
    return this.#derive({ position: { after: attribute } });
  }

  /** A unique index over this column. */
  unique(): Column<T, Optional, Key, Trait> {
    return this.#derive({ unique: true });
  }

  /** An index over this column. */
  index(): Column<T, Optional, Key, Trait> {
    return this.#derive({ index: true });
  }

  /** The primary key, or with others a part of it (in the order of declaration). A uuid key is made when none is given. */
  primaryKey(): Column<T, Trait extends { generated: true } ? true : Optional, true, Trait> {
    return this.#derive({ primaryKey: true });
  }

  /** Whole numbers without a sign, where the database has them (MySQL, MariaDB); elsewhere the range is checked here. */
  unsigned(): Column<T, Optional, Key, Trait> {
    const { type } = this.definition;
    if (type.kind === 'bigint') return this.#derive({ type: normalizedAs(type, bigintType(true)) });
    if (type.kind === 'integer' || type.kind === 'smallint' || type.kind === 'tinyint') {
      return this.#derive({ type: normalizedAs(type, integerType(type.kind, true)) });
    }
    throw new InvalidDefinition(`A column of type ${type.kind} cannot be unsigned.`, {
      hint: 'Only whole numbers can.',
    });
  }

  /** A comment in the database, where it keeps them. */
  comment(text: string): Column<T, Optional, Key, Trait> {
    return this.#derive({ comment: text });
  }

  /** The collation, in the database's own name for it. */
  collation(name: string): Column<T, Optional, Key, Trait> {
    return this.#derive({ collation: name });
  }

  /** The column's name in the database, where it does not follow from the attribute's: `.column('FirstName')`. */
  column(name: string): Column<T, Optional, Key, Trait> {
    return this.#derive({ columnName: checkedColumnName(name) });
  }

  /** A foreign key to `table`, with an index: `column.uuid().references('photos')`. */
  references(table: string, options: ReferenceOptions = {}): Column<T, Optional, Key, Trait> {
    const unknown = Object.keys(options).find((name) => !referenceOptions.includes(name));
    if (unknown !== undefined) {
      throw new InvalidDefinition(`A reference to "${table}" has no option "${unknown.slice(0, 40)}".`, {
        hint: didYouMean(unknown, referenceOptions),
      });
    }
    return this.#derive({ references: { ...options, table } });
  }

  /** A moment as UTC text with every digit that the column keeps, in place of a Date. Only for `datetime`. */
  as(_form: 'string'): Column<T extends Date ? string : T, Optional, Key, Trait> {
    const { type } = this.definition;
    if (type.kind !== 'datetime') throw new InvalidDefinition(`A column of type ${type.kind} has no other form.`);
    if (type.bare !== undefined)
      throw new InvalidDefinition('normalize stands in front of as, and so was given Dates.', {
        hint: "Write .as('string') first.",
      });
    return this.#derive({ type: datetimeTextType(type.precision) });
  }

  /**
   * Changes every value that the program gives, before it is used: assigned, in conditions, and in what is written by
   * `insertAll`, `upsertAll`, `updateAll` and `updateColumns`. Null is left alone, and so is what the database holds.
   *
   * ```ts
   * email: column.string().normalize((email) => email.trim().toLowerCase()),
   * await User.findBy({ email: ' ADA@x ' });   // SELECT … WHERE email = 'ada@x'
   * ```
   *
   * @param normalize - given a value of the attribute, gives another; of a column that is `nullable()` already also null.
   *   Twice done must be the same as once.
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what is no function. Where the function throws, or gives what
   *   is no value of the column, whoever gave the value gets an InvalidValue (`AR_VALUE_INVALID`).
   */
  normalize(normalize: (value: NonNullable<T>) => T): Column<T, Optional, Key, Trait> {
    const { type, nullable } = this.definition;
    return this.#derive({ type: normalizedType(type, normalize, nullable) });
  }

  /**
   * Can be given to a new record, and not be changed once there is a row: to assign it then is a ReadOnlyAttribute
   * (`AR_ATTRIBUTE_READ_ONLY`), also by `updateColumns`, `increment` and `toggle`. Writes of many rows (`updateAll`,
   * `upsertAll`) are not checked.
   */
  readonly(): Column<T, Optional, Key, Trait> {
    return this.#derive({ readOnly: true });
  }

  /** Keeps the value out of logs, error messages and printed records. */
  sensitive(): Column<T, Optional, Key, Trait> {
    return this.#derive({ sensitive: true });
  }

  /**
   * Keeps the value encrypted in the database (AES-256-GCM), and out of logs, error messages, printed records and JSON. Says
   * what the column holds of a type that stands before it: `column.string().encrypted()`.
   *
   * ```ts
   * ssn: column.string(11).encrypted(),
   * email: column.string().encrypted({ deterministic: true, downcase: true }).unique(),
   * ```
   * @param options - `deterministic`: it can be looked up by equality; see {@link EncryptedOptions}
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a column that the database itself has to read
   */
  encrypted<const O extends EncryptedOptions = {}>(
    options?: O,
  ): Column<T, Optional, Key, Omit<Trait, 'numeric'> & EncryptedTrait<O>> {
    return this.#derive({ type: encryptedTypeOf(this.definition.type, options ?? {}), sensitive: true });
  }

  /**
   * An attribute of this type without a column: it is assigned, validated and shown like others, and never written or
   * read. Stands last: `terms: column.boolean().default(false).virtual()`. Without a default it may be null.
   *
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where a modifier is about a column of the table
   */
  virtual(): VirtualColumn<Optional extends true ? T : T | null> {
    const { type, nullable, default: value, hasDefault, sensitive, ...table } = this.definition;
    if (type.kind === 'encrypted')
      throw new InvalidDefinition('A virtual attribute has no column, so there is nothing to encrypt.', {
        hint: 'Leave out .encrypted(), or write .sensitive() to keep it out of logs.',
      });
    const asked = Object.entries(table).find(
      ([name, set]) => name !== 'generated' && set !== undefined && set !== false,
    );
    if (asked !== undefined) {
      throw new InvalidDefinition(`A virtual attribute has no column, so it cannot have "${asked[0]}".`, {
        hint: 'Leave that out, or leave out .virtual().',
      });
    }
    return new VirtualColumn({ type, nullable, default: value, hasDefault, sensitive });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: matches every column, whatever it holds; no value gets through it
export type AnyColumn = Column<any, any, any, any>;
