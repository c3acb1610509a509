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
  const life = record[lifeKey];
  const changed = life?.isNew === true ? [] : everyChange(record, attributes);
  const marks = [
    life?.isNew === true ? 'new' : '',
    life?.isDestroyed === true ? 'destroyed' : '',
    changed.length > 0 ? `changed: ${changed.map((attribute) => attribute.name).join(', ')}` : '',
  ].filter((mark) => mark !== '');
  const title = `${attributes.modelName}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}`;
  if (depth < 0) return `[${title}]`;
  const values: Record<string, unknown> = {};
  for (const attribute of attributes.every) {
    if (!isLoaded(record, attribute)) continue;
    values[attribute.name] = attribute.sensitive ? hidden : readable(record, attribute);
  }
  for (const [alias, value] of selectedExpressions(record, attributes)) values[alias] = value;
  return `${title} ${inspect(values, options)}`;
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
