import { type CastSite, type Encoding, rejectValue, type Scalar, type Type } from './type.ts';

/**
 * What `column.custom` takes: how a value of your own is made of a value of a built-in type, and back.
 *
 * ```ts
 * const money = column.custom({
 *   storage: column.decimal(12, 2),
 *   cast: (value) => (value instanceof Money ? value : Money.parse(String(value))),
 *   load: (stored) => Money.parse(stored),
 *   dump: (money) => money.toString(),
 * });
 * ```
 */
export interface CustomConversion<Value, Stored> {
  /** From the program: throw for what is no such value. Without it, values are taken as they are. */
  cast?(value: unknown): Value;
  /** From the value that the storage type reads. */
  load(stored: Stored): Value;
  /** To a value that the storage type takes. */
  dump(value: Value): Stored;
  /** Whether two values are the same; by default, whether their stored values are. */
  equals?(a: Value, b: Value): boolean;
}

/** A type of the application's own, kept as one of the built-in types. */
export interface CustomType<Value = unknown> extends Type<Value> {
  readonly kind: 'custom';
  readonly storage: Type;
}

const unnamed: CastSite = { label: 'A custom type', sensitive: true };

export function customType<Value, Stored>(
  storage: Type<Stored>,
  conversion: CustomConversion<Value, Stored>,
): CustomType<Value> {
  const dump = (value: Value, site: CastSite) => storage.cast(conversion.dump(value), site);
  return Object.freeze({
    kind: 'custom',
    storage,
    plain: undefined,
    mutable: true,
    cast(value: unknown, site: CastSite): Value {
      if (value === undefined) throw rejectValue(value, 'a value or null', site);
      // Without a cast of its own, what the program's types let through is the value; dump has to make sense of it.
      const cast = conversion.cast === undefined ? (value as Value) : conversion.cast(value);
      dump(cast, site);
      return cast;
    },
    deserialize: (raw: Scalar) => conversion.load(storage.deserialize(raw)),
    serialize: (value: Value, encoding: Encoding) => storage.serialize(dump(value, unnamed), encoding),
    equals(a: Value, b: Value) {
      if (conversion.equals !== undefined) return conversion.equals(a, b);
      return storage.equals(dump(a, unnamed), dump(b, unnamed));
    },
  });
}
