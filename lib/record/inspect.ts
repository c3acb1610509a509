import { type InspectOptions, inspect } from 'node:util';
import type { Attribute, AttributeSet } from './attribute.ts';
import { selectedExpressions } from './serialize.ts';
import { lifeKey, type RecordState } from './state.ts';
import { isLoaded, readValue } from './values.ts';
import { everyChange } from './virtual-save.ts';

/** `User { id: 1, name: 'Ada', token: [hidden] }`, with what is new, changed or destroyed said behind the name. */
export function inspectRecord(
  record: RecordState,
  attributes: AttributeSet,
  depth: number,
  options: InspectOptions,
): string {
  const changed = record[lifeKey]?.isNew === true ? [] : everyChange(record, attributes);
  const title = titleOf(
    record,
    attributes,
    changed.length > 0 ? [`changed: ${changed.map((attribute) => attribute.name).join(', ')}`] : [],
  );
  if (depth < 0) return `[${title}]`;
  const values = shownValues(record, attributes.every);
  for (const [alias, value] of selectedExpressions(record, attributes)) values[alias] = value;
  return `${title} ${inspect(values, options)}`;
}

/** `User { id: 1 }`, `User (new)`: which record it is, in one line, and nothing else of it. */
export function recordText(record: RecordState, attributes: AttributeSet): string {
  const title = titleOf(record, attributes);
  const values = shownValues(record, attributes.keys);
  const isKnown = Object.values(values).some((value) => value !== null && value !== undefined);
  return isKnown ? `${title} ${inspect(values, { breakLength: Number.POSITIVE_INFINITY })}` : title;
}

function titleOf(record: RecordState, attributes: AttributeSet, further: readonly string[] = []): string {
  const life = record[lifeKey];
  const marks = [
    ...(life?.isNew === true ? ['new'] : []),
    ...(life?.isDestroyed === true ? ['destroyed'] : []),
    ...further,
  ];
  return `${attributes.modelName}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}`;
}

/** Those of the attributes that are loaded. */
function shownValues(record: RecordState, attributes: Iterable<Attribute>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const attribute of attributes) {
    if (!isLoaded(record, attribute)) continue;
    values[attribute.name] = attribute.sensitive ? hidden : readable(record, attribute);
  }
  return values;
}

/** A value that cannot be read must not keep the rest of the record from being printed. */
function readable(record: RecordState, attribute: Attribute): unknown {
  try {
    return readValue(record, attribute);
  } catch (error) {
    return { [inspect.custom]: () => `[unreadable: ${error instanceof Error ? error.message : String(error)}]` };
  }
}

const hidden = { [inspect.custom]: () => '[hidden]' };
