import type { Attribute } from '../../record/attribute.ts';
import type { RecordState } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import { storageOf } from '../../types/column-type.ts';
import { momentText } from '../../types/temporal.ts';

/** What the keys of two records are compared by in memory; undefined where a part of the key is NULL. */
export type MemoryKey = string | number | undefined;

/** The key that a record has in these attributes. @throws MissingAttribute where one was not selected */
export function keyIn(record: RecordState, attributes: readonly Attribute[]): MemoryKey {
  const [only] = attributes;
  if (attributes.length === 1 && only !== undefined) return memoryKey(readValue(record, only), only);
  const parts: MemoryKey[] = [];
  for (const attribute of attributes) {
    const part = memoryKey(readValue(record, attribute), attribute);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return tuple(parts);
}

export function tuple(parts: readonly MemoryKey[]): string {
  return JSON.stringify(parts);
}

/** The same for values that the database finds equal, whichever of the comparable types they have. */
export function memoryKey(value: unknown, attribute: Attribute): MemoryKey {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'string':
      return storageOf(attribute.type).kind === 'decimal' ? decimalKey(value) : value;
    case 'boolean':
      return value ? 1 : 0;
    default:
      break;
  }
  if (value === null || value === undefined) return undefined;
  // With the digits that a Date does not hold: they tell keys apart.
  if (value instanceof Date) return momentText(value, 6);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return JSON.stringify(value);
}

/** A decimal may refer to a whole number. */
function decimalKey(text: string): MemoryKey {
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  const number = Number(short);
  return Number.isSafeInteger(number) ? number : short;
}

/** A value of one attribute as one that is compared with it takes it: a decimal may refer to a bigint. */
export function valueFor(value: unknown, from: Attribute, to: Attribute): unknown {
  const [own, wanted] = [storageOf(from.type).kind, storageOf(to.type).kind];
  if (own === wanted || (own !== 'decimal' && own !== 'bigint' && wanted !== 'decimal')) return value;
  const key = memoryKey(value, from);
  if (typeof key !== 'number' && typeof key !== 'string') return value;
  if (wanted === 'decimal') return String(key);
  // No whole number is equal to a fraction.
  if (typeof key === 'string' && key.includes('.')) return null;
  return wanted === 'bigint' ? BigInt(key) : typeof key === 'number' ? key : BigInt(key);
}
