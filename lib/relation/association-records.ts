import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { isRecord, lifeKey, type RecordState } from '../record/state.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import { readValue } from '../record/values.ts';
import { Sql } from '../sql/template.ts';
import { describeValue } from '../types/type.ts';
import { Operator } from './operators.ts';
import { QueryBase } from './query-base.ts';
import { isRecordOf } from './record-of.ts';
import type { Reflection, Source, Step } from './source.ts';

/** What a condition by association may be given, told apart. A plain object never passes for a record. */
export type AssociationValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: RecordState }
  | { readonly kind: 'list'; readonly values: readonly unknown[] }
  | { readonly kind: 'query'; readonly query: QueryBase }
  | { readonly kind: 'conditions'; readonly conditions: object }
  | { readonly kind: 'not'; readonly operand: unknown };

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what none of them is */
export function associationValue(reflection: Reflection, value: unknown): AssociationValue {
  refuseUntrusted(value, reflection.label);
  if (value === null) return { kind: 'none' };
  if (Array.isArray(value)) return { kind: 'list', values: value };
  const operator = Operator.nodeOf(value);
  if (operator?.kind === 'not') return { kind: 'not', operand: operator.operand };
  if (operator?.kind === 'anyOf') return { kind: 'list', values: operator.values };
  if (operator !== undefined)
    throw unfit(reflection, `the operator ${operator.kind === 'affix' ? 'like' : operator.kind}`);
  if (value instanceof QueryBase) return { kind: 'query', query: value };
  if (Sql.nodeOf(value) !== undefined) throw unfit(reflection, 'sql`…`');
  if (typeof value !== 'object') throw unfit(reflection, describeValue(value));
  if (isRecord(value)) return { kind: 'record', record: value };
  if (isPlainObject(value)) return { kind: 'conditions', conditions: value };
  // An association of another record (`post.author`), or a promise.
  throw unfit(reflection, describeValue(value), typeof Reflect.get(value, 'then') === 'function');
}

function unfit(reflection: Reflection, what: string, isAwaitable = false): InvalidQuery {
  const { label, name, declaration } = reflection;
  const key = declaration.kind === 'belongsTo' ? reflection.foreignKey[0]?.name : undefined;
  return new InvalidQuery(
    `A condition by ${label} takes a record, a list of them, null, a query or conditions, not ${what}.`,
    {
      hint: isAwaitable
        ? 'Await it first.'
        : key === undefined
          ? `Write where({ ${name}: { … } }).`
          : `For keys there is where({ ${key}: … }), for conditions where({ ${name}: { … } }).`,
    },
  );
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(value).length === 0;
}

/** A record of a list, or null. */
export function listedRecord(reflection: Reflection, value: unknown): RecordState | null {
  if (value === null) return null;
  if (typeof value === 'object' && isRecord(value)) return value;
  throw new InvalidQuery(
    `A list in a condition by ${reflection.label} is one of records, not of ${describeValue(value)}.`,
    {
      hint: 'For keys or conditions name the attribute, or give an object.',
    },
  );
}

/** Of a polymorphic belongsTo the way to the kind of the record; else the only way there is. */
export function stepOf(reflection: Reflection, record: RecordState): Step {
  const steps = reflection.variants === undefined ? reflection.steps.slice(0, 1) : [...reflection.variants.values()];
  const own = steps.find(({ source }) => Reflect.get(record, 'constructor') === source.model);
  const step = own ?? steps.find(({ source }) => isRecordOf(record, source));
  if (step !== undefined) return step;
  throw wrongModel(reflection, steps.map(({ source }) => source.modelName).join(' or '), record);
}

function wrongModel(reflection: Reflection, wanted: string, record: object): InvalidQuery {
  const { name } = record.constructor;
  return new InvalidQuery(`${reflection.label} leads to ${wanted}, and was compared with a record of ${name}.`);
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where it is of another model, or not saved */
export function requireRecord(reflection: Reflection, source: Source, record: RecordState): void {
  if (!isRecordOf(record, source)) throw wrongModel(reflection, source.modelName, record);
  if (record[lifeKey]?.isNew !== true) return;
  throw new InvalidQuery(`${reflection.label} was compared with a record of ${source.modelName} that is not saved.`, {
    hint: 'Save it first: no row can refer to it yet.',
  });
}

/** The values of a record that others refer to it by. */
export function keysOfRecord(reflection: Reflection, record: RecordState, attributes: readonly Attribute[]): unknown[] {
  return attributes.map((attribute) => {
    const value = readValue(record, attribute);
    if (value !== null && value !== undefined) return value;
    throw new InvalidQuery(`${reflection.label} was compared with a record whose ${attribute.label} is null.`);
  });
}

/** The primary key of a model whose records are told apart. */
export function keysOfModel(reflection: Reflection, attributes: AttributeSet): readonly Attribute[] {
  if (attributes.keys.length > 0) return attributes.keys;
  throw new InvalidQuery(
    `${reflection.label} cannot be compared with records: ${attributes.modelName} has no primary key.`,
    {
      hint: `Give conditions: where({ ${reflection.name}: { … } }).`,
    },
  );
}
