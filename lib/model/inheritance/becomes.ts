import { InvalidQuery } from '../../errors/query.ts';
import type { AttributeSet } from '../../record/attribute.ts';
import { blankRow, defaultValue, madeDefaults } from '../../record/blank.ts';
import { requireThawed } from '../../record/frozen.ts';
import { cacheKey, lifeKey, lifeOf, type RecordState, rowKey, ValueCache } from '../../record/state.ts';
import { isLoaded, readValue, writeValue } from '../../record/values.ts';
import { describeValue } from '../../types/type.ts';
import { giveDefaults } from '../assign.ts';
import { instantiate } from '../instantiate.ts';
import { attributesOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { fillBecome } from '../saving/fill-defaults.ts';
import { familyOf, requireConcrete } from './family.ts';

/** The record as one of another class on the same table: the two share the row, its changes, and where it is in its life. */
export function recordAs(record: RecordState, given: unknown, options: unknown): RecordState {
  const own = asModel(record.constructor);
  const target = targetOf(own, given);
  const isChange = changesType(options);
  const attributes = attributesOf(target);
  const family = familyOf(target);
  if (isChange && family === undefined) {
    throw new InvalidQuery(`Rows of ${target.name} have no type that becomes could change.`, {
      hint: `Leave out changeType, or declare type: column.string().nullable() in the class that ${target.name} extends.`,
    });
  }
  if (isChange && family !== undefined) requireThawed(record, `${target.name}.${family.attribute}`);
  const life = lifeOf(record);
  // Shared from the beginning: each of the two would make its own when it is first needed.
  record[cacheKey] ??= new ValueCache();
  if (life.isNew) complete(record, attributes);
  else if (isChange) showMissing(record, attributesOf(own), attributes);
  const became = instantiate(target, record[rowKey]);
  became[cacheKey] = record[cacheKey];
  became[lifeKey] = life;
  if (life.isNew) fillBecome(own, record, target, became);
  if (isChange && family !== undefined) {
    const attribute = attributes.get(family.attribute);
    writeValue(became, attribute, attribute.typeRule?.own ?? null);
    if (!life.isNew) giveRequired(became, attributes);
  }
  return became;
}

function targetOf(own: ModelClass, given: unknown): ModelClass {
  if (typeof given !== 'function' || !('connectionName' in given)) {
    throw new InvalidQuery(`becomes takes a model, not ${describeValue(given)}.`, {
      hint: 'Write record.becomes(Manager).',
    });
  }
  const target = asModel(given);
  requireConcrete(target);
  if (target.tableName === own.tableName && target.connectionName === own.connectionName) return target;
  throw new InvalidQuery(
    `A ${own.name} cannot become a ${target.name}: its row is in the table "${own.tableName}", not in "${target.tableName}".`,
    { hint: `Make a new one: ${target.name}.create({ … }).` },
  );
}

function changesType(options: unknown): boolean {
  if (options === undefined) return false;
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : ['?'];
  const change: unknown = names.length === 1 ? Reflect.get(Object(options), 'changeType') : undefined;
  if (names.some((name) => name !== 'changeType') || (change !== undefined && typeof change !== 'boolean'))
    throw new InvalidQuery('becomes has one option: { changeType: true }.');
  return change === true;
}

/** A record that was made as one of its own class has no other columns; its row has no values in them. */
function showMissing(record: RecordState, own: AttributeSet, attributes: AttributeSet): void {
  // Of one that was loaded in part it is not known.
  if (!own.all.every((attribute) => isLoaded(record, attribute))) return;
  for (const { column } of attributes.all) if (record[rowKey][column] === undefined) record[rowKey][column] = null;
}

/** What the other class cannot be without, and the row has not, begins as in a new record. */
function giveRequired(record: RecordState, attributes: AttributeSet): void {
  for (const attribute of attributes.all) {
    if (attribute.nullable || attribute.definition?.hasDefault !== true || !isLoaded(record, attribute)) continue;
    if (readValue(record, attribute) === null) writeValue(record, attribute, defaultValue(attribute));
  }
}

/** A new record has what its own class begins with; the other may have more. */
function complete(record: RecordState, attributes: AttributeSet): void {
  const row = record[rowKey];
  const missing = new Set(attributes.columns.filter((column) => row[column] === undefined));
  const blank = blankRow(attributes);
  for (const column of missing) row[column] = blank[column];
  giveDefaults(
    record,
    madeDefaults(attributes).filter(({ column }) => missing.has(column)),
  );
}
