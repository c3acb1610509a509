import { InvalidDefinition } from '../errors/definition.ts';
import { randomToken } from '../secrets/random-token.ts';
import { booleanType } from '../types/boolean.ts';
import { type CustomConversion, customType } from '../types/custom.ts';
import { decimalType } from '../types/decimal.ts';
import { exactJsonType, jsonType } from '../types/json.ts';
import { bigintType, floatType, integerType } from '../types/numbers.ts';
import { plainType } from '../types/plain.ts';
import { binaryType, uuidType } from '../types/structured.ts';
import { dateType, datetimeType, timeType } from '../types/temporal.ts';
import { longTextType, stringType } from '../types/text.ts';
import type { Type } from '../types/type.ts';
import { Alias } from './alias.ts';
import { Column, type EnumNaming, type ReferenceOptions } from './column.ts';
import { type EnumOptions, type EnumTrait, type EnumWord, type EnumWords, enumNaming, enumTypeOf } from './enum.ts';
import { type SecurePassword, securePassword } from './secure-password.ts';
import { Store } from './store.ts';

function within(value: number, min: number, max: number, what: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidDefinition(`${what} is a whole number from ${min} to ${max}, not ${String(value)}.`);
}

/** The column builders, for models and migrations alike. */
export const column = {
  /** A key that the database counts up: BIGINT UNSIGNED AUTO_INCREMENT, BIGINT identity, INTEGER PRIMARY KEY. */
  id: (): Column<number, true, true> => new Column({ type: integerType('id', true), primaryKey: true }),

  /** A foreign key to `table` (with an index), of the type of an `id()`. For other keys: `column.uuid().references('photos')`. */
  references: (table: string, options: ReferenceOptions = {}): Column<number> =>
    new Column<number>({ type: integerType('key', true) }).references(table, options),

  /** A UUID, as lower-case text in the program. As a primary key, a version 7 is made when none is given. */
  uuid: (): Column<string, false, false, { generated: true }> => new Column({ type: uuidType, generated: true }),

  /** Text of at most `length` characters (255): VARCHAR. */
  string: (length = 255): Column<string> =>
    new Column({ type: stringType(within(length, 1, 16_383, 'The length of a string')) }),

  /** Text of any length: LONGTEXT, TEXT. */
  text: (): Column<string> => new Column({ type: longTextType }),

  /** A whole number of 32 bits. */
  integer: (): Column<number> => new Column({ type: integerType('integer') }),

  /** A whole number of 16 bits. */
  smallint: (): Column<number> => new Column({ type: integerType('smallint') }),

  /** A whole number of 8 bits (16 on PostgreSQL, which has no smaller one). */
  tinyint: (): Column<number> => new Column({ type: integerType('tinyint') }),

  /** A whole number of 64 bits, as a `bigint`: no digit is lost. */
  bigint: (): Column<bigint> => new Column({ type: bigintType() }),

  /** An exact decimal, as a string: `column.decimal(10, 2)` holds `'12345678.90'`. */
  decimal: (precision: number, scale: number): Column<string, false, false, { numeric: true }> => {
    within(precision, 1, 65, 'The precision of a decimal');
    within(scale, 0, Math.min(precision, 30), 'The scale of a decimal');
    return new Column({ type: decimalType(precision, scale) });
  },

  /** A 32-bit floating point number: what is read may differ from what was written in the eighth digit. */
  float: (): Column<number> => new Column({ type: floatType('float') }),

  /** A 64-bit floating point number, as JavaScript's own. */
  double: (): Column<number> => new Column({ type: floatType('double') }),

  boolean: (): Column<boolean> => new Column({ type: booleanType }),

  /** A calendar day, as `'YYYY-MM-DD'`. */
  date: (): Column<string> => new Column({ type: dateType }),

  /** A time of day, as `'HH:MM:SS'` with up to six digits behind. */
  time: (): Column<string> => new Column({ type: timeType }),

  /** A moment, as a Date; `precision` digits of a second (3). With more than 3, `.as('string')` reads them all. */
  datetime: (precision = 3): Column<Date> =>
    new Column({ type: datetimeType(within(precision, 0, 6, 'The precision of a datetime')) }),

  /**
   * A JSON document. Give its type: `column.json<{ dark: boolean }>()`. With `{ exact: true }`, whole numbers past 2^53
   * are read as `bigint`, and bigints are written as numbers.
   */
  json: <J = unknown>(options: { readonly exact?: boolean } = {}): Column<J> =>
    new Column({ type: options.exact === true ? exactJsonType : jsonType }),

  /** Bytes, as a Uint8Array: at most `length` where it is given. */
  binary: (length?: number): Column<Uint8Array> =>
    new Column({
      type: binaryType(length === undefined ? undefined : within(length, 1, 65_535, 'The length of a binary')),
    }),

  /**
   * One of a few words. With `{ scopes: true }`, each is also a scope (`User.all().admin()`) and a predicate
   * (`user.isAdmin()`). With numbers, `column.enum({ draft: 0, published: 1 })`, the column keeps those.
   */
  enum: <const V extends EnumWords, const S extends boolean | EnumNaming = false>(
    words: V,
    options: EnumOptions<S> = {},
  ): Column<EnumWord<V>, false, false, EnumTrait<EnumWord<V>, S>> =>
    new Column({ type: enumTypeOf(words), enumScopes: enumNaming(options.scopes) }),

  /**
   * Another name for an attribute of the model, wherever attributes are named: `login: column.alias('email')`. It has no
   * column of its own, and does not stand in `attributes`, `changes` and JSON.
   */
  alias: <const N extends string>(attribute: N): Alias<N> => new Alias(attribute),

  /**
   * Random text that new records begin with, in letters and digits that nobody takes for each other (base58).
   *
   * ```ts
   * authToken: column.secureToken().unique(),
   * await user.regenerate('authToken');   // UPDATE users SET auth_token = ? WHERE id = ?
   * ```
   * @param options - `length`: 24 characters unless told otherwise, and not fewer
   */
  secureToken: (options: { readonly length?: number } = {}): Column<string, true, false, { secureToken: true }> => {
    const length = within(options.length ?? 24, 24, 255, 'The length of a secure token');
    return new Column({
      type: stringType(length),
      default: () => randomToken(length),
      hasDefault: true,
      sensitive: true,
      tokenLength: length,
    });
  },

  /**
   * A password: `password` and `passwordConfirmation`, which have no column, and `passwordDigest`, a column with what is
   * kept of it (scrypt). Spread it, among getters as the second argument of `with`: `...column.securePassword()`.
   *
   * @param name - what it is called: `'pin'` makes `pin`, `pinConfirmation` and `pinDigest`
   * @param options - `optional`: there need not be one; the digest is then nullable
   */
  securePassword: <const N extends string = 'password'>(
    name?: N,
    options: { readonly optional?: boolean } = {},
  ): SecurePassword<N> => securePassword(name, options.optional === true),

  /** `createdAt` and `updatedAt`, kept right by `save`. Spread it: `...column.timestamps()`. */
  timestamps: (): { createdAt: Column<Date, true>; updatedAt: Column<Date, true> } => ({
    createdAt: new Column({ type: datetimeType(3) }),
    updatedAt: new Column({ type: datetimeType(3) }),
  }),

  /**
   * For `lockVersion`: counted up by every save, which finds its row by it, so that nobody's change is overwritten unseen.
   * The second of two who save what they have loaded at once is told StaleObjectError (`AR_RECORD_STALE`).
   */
  lockVersion: (): Column<number, true> => new Column({ type: integerType('integer'), default: 0, hasDefault: true }),

  /**
   * A property that reads and writes one key of a JSON attribute, with the type that the JSON gives it. It has no column.
   *
   * ```ts
   * settings: column.json<{ theme: string; tabs?: number }>().default({ theme: 'light' }),
   * tabs: column.store('settings', 'tabs'),   // number | null
   * ```
   */
  store: <const A extends string, const K extends string>(attribute: A, key: K): Store<A, K> =>
    new Store(attribute, key),

  /** A type of the application's own, kept as a built-in one: see {@link CustomConversion}. */
  custom: <Value, Stored>(
    conversion: CustomConversion<Value, Stored> & { readonly storage: Column<Stored> },
  ): Column<Value> => {
    const storage = conversion.storage.definition.type;
    if (storage.kind === 'custom') throw new InvalidDefinition('The storage of a custom type is a built-in type.');
    for (const name of ['load', 'dump'] as const) {
      if (typeof conversion[name] !== 'function')
        throw new InvalidDefinition(`A custom type needs a function ${name}.`, {
          hint: 'Write column.custom({ storage: column.…, load: (stored) => …, dump: (value) => … }).',
        });
    }
    // The builder made the type for exactly the values that its Column names; Column keeps that as a phantom only.
    return new Column({ type: customType(storage as Type as Type<Stored>, conversion) });
  },

  /** A column of a type that the builders do not know, in the database's own words: the driver's plain value, both ways. */
  raw: <T = string>(sqlType: string): Column<T> => new Column({ type: plainType(sqlType) }),
};
