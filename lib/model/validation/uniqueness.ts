import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { attributeChanged, originalValue } from '../../record/changes.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import type { Maker } from '../../record/validation/checks.ts';
import { checkNames, flag, type Given, wrongRule } from '../../record/validation/options.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import { stateKey } from '../../relation/query-base.ts';
import { everything } from '../../relation/query-state.ts';
import { isEncrypted } from '../../relation/refuse-encrypted.ts';
import { QueryBuilder } from '../../relation/relation.ts';
import { conditionsOnRemoved, removalOf } from '../../relation/removal.ts';
import type { Source } from '../../relation/source.ts';
import { bindNode } from '../../sql/nodes.ts';
import { Sql, sql } from '../../sql/template.ts';
import { didYouMean } from '../../support/suggest.ts';
import type { Type } from '../../types/type.ts';

/** What a value is unique by: itself, and the attributes of its scope. */
export interface UniqueBy {
  readonly attribute: Attribute;
  readonly scope: readonly Attribute[];
}

type Query = QueryBuilder<RecordState>;

/**
 * The rule `uniqueness`: asks whether another row has the value. Two that ask at once may both be told no; a unique index
 * then says so when the second is saved, and its violation becomes the same error.
 *
 * @param note - is told by which attributes the value is unique
 */
export function uniquenessMaker(
  source: Source<RecordState>,
  attributes: AttributeSet,
  note: (by: UniqueBy) => void,
): Maker {
  return (label, given, name) => {
    checkNames(label, given, ['scope', 'caseSensitive', 'conditions']);
    const attribute = attributes.get(name);
    const scope = scopeOf(label, given, attributes);
    const { conditions } = given;
    const asked = flag(label, 'caseSensitive', given.caseSensitive);
    for (const each of [attribute, ...scope]) refuseRandom(label, each);
    if (isEncrypted(attribute) && asked === false)
      throw wrongRule(
        label,
        'asks for encrypted text in any case',
        'Write .encrypted({ deterministic: true, downcase: true }).',
      );
    const isExact = hasCase(attribute) ? asked : undefined;
    if (
      conditions !== undefined &&
      typeof conditions !== 'function' &&
      (typeof conditions !== 'object' || conditions === null)
    )
      throw wrongRule(
        label,
        'has conditions that are none',
        'Write conditions: { active: true }, or a function of the query.',
      );
    note({ attribute, scope });
    const removal = removalOf(source.model);
    const marks = removal === undefined ? [] : [attributes.get(removal.attribute)];
    return async (value, { record }) => {
      if (scope.some((each) => !isLoaded(record, each))) return undefined;
      const isNew = record[lifeKey]?.isNew === true;
      // The row is there, and nothing that it is unique by is to change.
      const isSame = !isNew && ![attribute, ...scope, ...marks].some((each) => attributeChanged(record, each));
      if (isSame && conditions === undefined) return undefined;
      // Rows that are marked as deleted take no place, nor does such a record.
      if (marks.some((each) => isLoaded(record, each) && readValue(record, each) !== null)) return undefined;
      const there = { ...everything, where: conditionsOnRemoved(source) };
      const query = others(new QueryBuilder(source, there), record, attributes)
        .where(Object.fromEntries(scope.map((each) => [each.name, readValue(record, each)])))
        .where(equal(attribute, value, isExact));
      const narrowed = narrow(source, query, conditions, record, label);
      return (await isThere(narrowed, attribute, value, isExact)) ? { type: 'taken', key: 'taken' } : undefined;
    };
  };
}

function scopeOf(label: string, given: Given, attributes: AttributeSet): readonly Attribute[] {
  const names: readonly unknown[] = given.scope === undefined ? [] : [given.scope].flat();
  return names.map((name) => {
    const attribute = typeof name === 'string' ? attributes.find(name) : undefined;
    if (attribute !== undefined) return attribute;
    const known = attributes.all.map((each) => each.name);
    throw wrongRule(label, `has the scope ${JSON.stringify(name)}, which is no attribute`, didYouMean(name, known));
  });
}

/** Nobody could tell whether another row has the value. */
function refuseRandom(label: string, attribute: Attribute): void {
  if (!isEncrypted(attribute) || attribute.type.rules.isDeterministic) return;
  throw wrongRule(
    label,
    `goes by ${attribute.name}, which is encrypted anew each time`,
    'Write .encrypted({ deterministic: true }).',
  );
}

/** All rows but the record's own. */
function others(query: Query, record: RecordState, { keys }: AttributeSet): Query {
  if (record[lifeKey]?.isNew === true || keys.length === 0 || !keys.every((key) => isLoaded(record, key))) return query;
  return query.whereNot(Object.fromEntries(keys.map((key) => [key.name, originalValue(record, key)])));
}

/** Decimals, dates, keys and JSON may be text here, but their columns are none: PostgreSQL has no lower() of them. */
const hasCase = ({ type }: Attribute) => ['string', 'text', 'custom', 'plain'].includes(type.kind);

function equal({ name, column, type, sensitive }: Attribute, value: unknown, isExact: boolean | undefined): unknown {
  if (isExact !== false || typeof value !== 'string') return { [name]: value };
  // As the column holds it, and hidden where the column is: text in sql`…` would be neither.
  const given = new Sql(bindNode(value, type as Type, sensitive));
  return sql`lower(${sql.name(column)}) = lower(${given})`;
}

function narrow(
  source: Source<RecordState>,
  query: Query,
  conditions: unknown,
  record: RecordState,
  label: string,
): Query {
  if (conditions === undefined) return query;
  if (typeof conditions !== 'function') return query.where(conditions);
  const scope = (all: never): unknown => Reflect.apply(conditions, undefined, [all, record]);
  return new QueryBuilder(source, source.scoped(query[stateKey], scope, `the validation ${label}`));
}

async function isThere(
  query: Query,
  { name }: Attribute,
  value: unknown,
  isExact: boolean | undefined,
): Promise<boolean> {
  // The column's collation may take several texts for one; which of them are the same to the letter is seen here.
  if (isExact === true && typeof value === 'string') return (await query.pluck(name)).includes(value);
  return query.exists();
}
