import { InvalidValue } from '../errors/query.ts';

/**
 * A value as JSON.stringify takes it. What JSON has no form for becomes text, also inside of documents: a bigint its
 * digits, bytes base64. What needs no change is given back as it is.
 *
 * @param label - whose value it is, for the message
 * @throws InvalidValue (`AR_VALUE_INVALID`) for a document that contains itself
 */
export function jsonValue(value: unknown, label: string): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' && value !== null ? convert(value, label, new Set()) : value;
}

function convert(value: object, label: string, around: Set<object>): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  // JSON.stringify asks it: a Date, a record, a class of the application.
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  if (around.has(value)) {
    throw new InvalidValue(`The value of ${label} contains itself, so it cannot become JSON.`, {
      hint: 'Take the circle out of it, or leave it out: toJSON({ except: [ … ] }).',
    });
  }
  around.add(value);
  const converted = Array.isArray(value) ? convertList(value, label, around) : convertObject(value, label, around);
  around.delete(value);
  return converted;
}

function convertList(list: readonly unknown[], label: string, around: Set<object>): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = convertItem(list[index], label, around);
    if (item === list[index]) continue;
    copy ??= [...list];
    copy[index] = item;
  }
  return copy ?? list;
}

function convertObject(object: object, label: string, around: Set<object>): unknown {
  let copy: Map<string, unknown> | undefined;
  const entries: [string, unknown][] = Object.entries(object);
  for (const [name, value] of entries) {
    const item = convertItem(value, label, around);
    if (item === value) continue;
    copy ??= new Map(entries);
    copy.set(name, item);
  }
  // Not by assignment: a document may have a key named __proto__.
  return copy === undefined ? object : Object.fromEntries(copy);
}

function convertItem(value: unknown, label: string, around: Set<object>): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' && value !== null ? convert(value, label, around) : value;
}
