import { ActiveRecordError } from '../errors/base.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidValue } from '../errors/query.ts';
import type { ColumnType } from './column-type.ts';
import { bareType, type CastSite, describeValue, type Type } from './type.ts';

type Normalizer = (value: never) => unknown;

/** How each normalized type came of the one below, to do the same to another. */
const makers = new WeakMap<Type, <T extends ColumnType>(type: T) => T>();

/**
 * A type that changes each value which the program gives, and is otherwise the one that it was made of. Values of rows
 * do not go through `cast`, and stay as they are.
 *
 * @param takesNull - the column is nullable, so that the function may give null
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what is no function
 */
export function normalizedType<T extends ColumnType>(type: T, normalize: Normalizer, takesNull: boolean): T {
  if (typeof normalize !== 'function') {
    throw new InvalidDefinition(`normalize takes a function, not ${describeValue(normalize)}.`, {
      hint: 'Write .normalize((value) => value.trim()).',
    });
  }
  const below: Type = type;
  const bare = bareType(type);
  const made: T = {
    ...type,
    bare,
    cast(value: unknown, site: CastSite): unknown {
      const given = below.cast(value, site);
      // What was normalized before may have become null.
      if (given === null) return null;
      const normalized = called(normalize, given, site);
      if (normalized === null && takesNull) return null;
      return fitting(bare, normalized, site);
    },
  };
  Object.freeze(made);
  makers.set(made, <U extends ColumnType>(other: U) => {
    const first = makers.get(type);
    return normalizedType(first === undefined ? other : first(other), normalize, takesNull);
  });
  return made;
}

/** Another type with the same functions in front as `type`. */
export function normalizedAs<T extends ColumnType>(type: ColumnType, other: T): T {
  return makers.get(type)?.(other) ?? other;
}

function called(normalize: Normalizer, value: unknown, site: CastSite): unknown {
  try {
    return Reflect.apply(normalize, undefined, [value]);
  } catch (cause) {
    throw failure('threw an error', cause, site);
  }
}

function fitting(bare: Type, value: unknown, site: CastSite): unknown {
  try {
    return bare.cast(value, site);
  } catch (cause) {
    throw failure('gave what is none of its values', cause, site);
  }
}

function failure(what: string, cause: unknown, { label, sensitive }: CastSite): InvalidValue {
  const text = `The normalize of ${label} ${what}`;
  // What somebody else's error says may hold the value, which is not to be seen.
  if (sensitive && !(cause instanceof ActiveRecordError)) return new InvalidValue(`${text}, which may hold the value.`);
  const said = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
  return new InvalidValue(`${text}: ${said}.`, { cause });
}
