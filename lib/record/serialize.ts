import type { AttributeSet } from './attribute.ts';
import { type RecordState, rowKey } from './state.ts';
import { isLoaded, readValue } from './values.ts';

/** What JSON has no form for becomes text: a bigint its digits, bytes base64. Sensitive attributes are left out. */
function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return value;
}

/** The expressions that were selected beside the attributes, by alias; they are properties of the record itself. */
export function selectedExpressions(record: RecordState, attributes: AttributeSet): [string, unknown][] {
  return Object.keys(record[rowKey])
    .filter((name) => !attributes.hasColumn(name) && !name.startsWith('ar:'))
    .map((name): [string, unknown] => [name, Reflect.get(record, name)]);
}

/** The loaded attributes of a record, and what was selected beside them, as JSON.stringify takes them. */
export function serializeRecord(record: RecordState, attributes: AttributeSet): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const attribute of attributes.every) {
    if (!attribute.sensitive && isLoaded(record, attribute))
      json[attribute.name] = toJsonValue(readValue(record, attribute));
  }
  for (const [alias, value] of selectedExpressions(record, attributes)) json[alias] = toJsonValue(value);
  return json;
}
