import { isCurrent } from '../../associations/loading/wiring.ts';
import { notLoaded } from '../../associations/reference.ts';
import { jsonValue } from '../../record/json-value.ts';
import { ensureLink } from '../../record/links.ts';
import { selectedExpressions, serializeRecord } from '../../record/serialize.ts';
import type { RecordState } from '../../record/state.ts';
import { readStored } from '../../record/store.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import type { Reflection } from '../../relation/source.ts';
import { attributesOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { shownOf } from './hidden.ts';
import { type JsonRequest, requestOf, unknownJsonName } from './json-plan.ts';
import { methodValue } from './methods.ts';

/**
 * What `record.toJSON(options)` gives. JSON.stringify calls it with a key, which is text: then there are no options.
 *
 * @throws NotLoaded (`AR_NOT_LOADED`), UnknownAttribute, UnknownAssociation, MissingAttribute, InvalidQuery
 */
export function recordJson(record: RecordState, options: unknown): Record<string, unknown> {
  const model = asModel(record.constructor);
  if (options === undefined || typeof options === 'string')
    return serializeRecord(record, attributesOf(model), shownOf(model).all);
  return planned(model, record, requestOf(options));
}

function planned(model: ModelClass, record: RecordState, request: JsonRequest): Record<string, unknown> {
  const plan = request.planFor(model);
  const json: Record<string, unknown> = {};
  for (const { name, attribute } of plan.shown) {
    if (plan.named || isLoaded(record, attribute))
      json[name] = jsonValue(readValue(record, attribute), attribute.label);
  }
  for (const store of plan.stores) json[store.name] = jsonValue(readStored(record, store), store.label);
  const expressions = selectedExpressions(record, plan.attributes);
  for (const name of plan.aliases) {
    if (!expressions.some(([alias]) => alias === name)) throw unknownJsonName(plan.attributes, name);
  }
  for (const [alias, value] of expressions) if (plan.takes(alias)) json[alias] = jsonValue(value, alias);
  for (const name of plan.methods) json[name] = jsonValue(methodValue(model, record, name), `${model.name}.${name}`);
  for (const { reflection, options } of plan.include) json[reflection.name] = included(record, reflection, options);
  return json;
}

function included(record: RecordState, reflection: Reflection, options: JsonRequest | undefined): unknown {
  if (!isCurrent(record, reflection)) throw notLoaded(reflection, 'JSON');
  const { one, many } = ensureLink(record, reflection.index);
  if (reflection.isCollection) return (many ?? []).map((each) => jsonOf(each, options));
  return one === null ? null : jsonOf(one, options);
}

/** By the record's own method: its class may have another one. */
function jsonOf(record: RecordState, options: JsonRequest | undefined): unknown {
  const toJson: unknown = Reflect.get(record, 'toJSON');
  return typeof toJson === 'function' ? Reflect.apply(toJson, record, [options]) : record;
}
