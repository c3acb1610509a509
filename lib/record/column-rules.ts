import { type StorageType, storageOf, valueTypeOf } from '../types/column-type.ts';
import { type DecimalType, decimalOverflows } from '../types/decimal.ts';
import { type BigintType, bigintRange, type IntegerType, integerRange } from '../types/numbers.ts';
import { bareType, neutralEncoding } from '../types/type.ts';
import type { Attribute } from './attribute.ts';
import type { RecordErrors } from './errors.ts';
import { type MessageKey, messageText, type ProblemDetails } from './messages.ts';
import type { RecordState } from './state.ts';
import { readValue } from './values.ts';

/**
 * What a column can hold, checked before anything is sent, so that every database refuses the same values with the same
 * words. (SQLite has no lengths at all, and MySQL's messages depend on its language.)
 */
export function checkColumns(record: RecordState, attributes: readonly Attribute[], errors: RecordErrors): void {
  for (const attribute of attributes) {
    const value = readValue(record, attribute);
    if (value === null) {
      if (!attribute.nullable && !isFilledIn(attribute))
        addOnce(errors, attribute, { type: 'blank', message: messageText('blank') });
      continue;
    }
    const problem = columnProblem(attribute, value);
    if (problem !== undefined) addOnce(errors, attribute, problem);
  }
}

/** Not by the program: by the database, or by the save, of the password that is asked for in its place. */
const isFilledIn = ({ autoIncrement, databaseDefault, computed, definition }: Attribute): boolean =>
  autoIncrement || databaseDefault || computed || definition?.digestOf !== undefined;

/** What a validation has said already is not said again. */
function addOnce(errors: RecordErrors, { name: attribute }: Attribute, problem: Problem): void {
  if (!errors.has(attribute, problem.type)) errors.append({ attribute, ...problem });
}

export interface Problem {
  readonly type: string;
  readonly message: string;
  readonly details?: ProblemDetails;
}

/**
 * Why the column cannot hold a value of its type; undefined where it can.
 * @throws InvalidValue for a value that is none any more since it was changed in place (an invalid Date, say)
 */
export function columnProblem(attribute: Attribute, value: unknown): Problem | undefined {
  const type = valueTypeOf(attribute.type);
  if (type.mutable && type.kind !== 'custom') bareType(type).cast(value, attribute);
  return castProblem(attribute, value);
}

/** The same of a value that has been cast just now. */
export function castProblem(attribute: Attribute, value: unknown): Problem | undefined {
  const type = valueTypeOf(attribute.type);
  const stored = storageOf(type);
  if (type.kind === 'custom') return problemOf(stored, stored.deserialize(type.serialize(value, neutralEncoding)));
  return problemOf(stored, value);
}

function problemOf(type: StorageType, value: unknown): Problem | undefined {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' && type.length !== undefined && longerThan(value, type.length)
        ? tooLong(type.length, 'characters')
        : undefined;
    case 'binary':
      return value instanceof Uint8Array && type.length !== undefined && value.byteLength > type.length
        ? tooLong(type.length, 'bytes')
        : undefined;
    case 'id':
    case 'key':
    case 'integer':
    case 'smallint':
    case 'tinyint':
      return typeof value === 'number' ? outside(value, integerRange(type satisfies IntegerType)) : undefined;
    case 'bigint':
      return typeof value === 'bigint' ? outside(value, bigintRange(type satisfies BigintType)) : undefined;
    case 'decimal':
      return typeof value === 'string' && decimalOverflows(value, type satisfies DecimalType)
        ? problem('out_of_range', 'out_of_range_digits', { count: type.precision - type.scale })
        : undefined;
    case 'float':
      return typeof value === 'number' && !Number.isFinite(Math.fround(value))
        ? problem('out_of_range', 'out_of_range')
        : undefined;
    default:
      return undefined;
  }
}

/** Databases count code points; most text is short enough to need no counting. */
function longerThan(text: string, length: number): boolean {
  if (text.length <= length) return false;
  let count = 0;
  for (const _ of text) if (++count > length) return true;
  return false;
}

const tooLong = (count: number, unit: 'characters' | 'bytes'): Problem =>
  problem('too_long', `too_long_${unit}`, { count });

function outside<N extends number | bigint>(value: N, [min, max]: readonly [N, N]): Problem | undefined {
  return value < min || value > max ? problem('out_of_range', 'out_of_range_between', { min, max }) : undefined;
}

/** A problem with the message of a key. */
export function problem(type: string, key: MessageKey, details?: ProblemDetails): Problem {
  const message = messageText(key, details);
  return details === undefined ? { type, message } : { type, message, details };
}
