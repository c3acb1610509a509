import type { Attribute, AttributeSet } from './attribute.ts';
import { jsonValue } from './json-value.ts';
import { type RecordState, rowKey } from './state.ts';
import { isLoaded, readValue } from './values.ts';

/** The expressions that were selected beside the attributes, by alias; they are properties of the record itself. */
export function selectedExpressions(record: RecordState, attributes: AttributeSet): [string, unknown][] {
  return Object.keys(record[rowKey])
    .filter((name) => !attributes.hasColumn(name) && !name.startsWith('ar:'))
    .map((name): [string, unknown] => [name, Reflect.get(record, name)]);
}

/** The loaded ones of the shown attributes, and what was selected beside them, as JSON.stringify takes them. */
export function serializeRecord(
  record: RecordState,
  attributes: AttributeSet,
  shown: readonly Attribute[],
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const attribute of shown) {
    if (isLoaded(record, attribute)) json[attribute.name] = jsonValue(readValue(record, attribute), attribute.label);
  }
  for (const [alias, value] of selectedExpressions(record, attributes)) json[alias] = jsonValue(value, alias);
  return json;
}
