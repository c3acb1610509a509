import { InvalidDefinition } from '../../errors/definition.ts';
import { InvalidQuery } from '../../errors/query.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import type { RecordState } from '../../record/state.ts';
import { isLoaded } from '../../record/values.ts';
import { isOfType } from '../../relation/associated-rows.ts';
import { castKey, keyPredicate } from '../../relation/load.ts';
import { everything, wherePredicate } from '../../relation/query-state.ts';
import { conditionsOnRemoved, withRemoved } from '../../relation/removal.ts';
import type { Associations, Reflection, Source, Step } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import {
  columnNode,
  conjunction,
  type Expression,
  type Predicate,
  type SelectStatement,
  type UpdateStatement,
} from '../../sql/nodes.ts';
import { camelCase, pascalCase, tableNameOf } from '../../support/naming.ts';

// The number of records that belong to another one, kept in a column of that one. The database counts, so that two at
// once are both counted: no number goes by way of the program.

const numeric = ['integer', 'smallint', 'tinyint', 'bigint'];

/**
 * The attribute of the other side that counts the records of a belongsTo: `postsCount` for a Post, unless it is named.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where the other side has no such number
 */
export function counterAttribute(reflection: Reflection, target: Source): Attribute | undefined {
  const { counterCache } = reflection.declaration;
  const { attributes } = target;
  if (counterCache === false || attributes === undefined) return undefined;
  const names = counterCache === true ? counterNames(reflection.owner.declarer(reflection.name)) : [counterCache];
  const name = names.find((each) => attributes.find(each) !== undefined);
  const attribute = name === undefined ? undefined : attributes.find(name);
  if (attribute === undefined) {
    const numbers = attributes.all.filter(({ type, key }) => numeric.includes(type.kind) && !key);
    throw new InvalidDefinition(
      `${reflection.label} counts in "${names[0]}" of ${target.modelName}, which has no such attribute; its whole numbers are ${numbers.length === 0 ? 'none' : numbers.map((each) => each.name).join(', ')}.`,
      { hint: `Declare ${names[0]}: column.integer().default(0), or name another one: { counterCache: '…' }.` },
    );
  }
  if (numeric.includes(attribute.type.kind) && !attribute.key && !attribute.computed) return attribute;
  throw new InvalidDefinition(
    `${reflection.label} counts in ${attribute.label}, which is of type ${attribute.type.kind} and cannot be counted up.`,
    { hint: `Declare it as ${attribute.name}: column.integer().default(0).` },
  );
}

/** After the class that declares to count, or one above it, as foreign keys are: `lineItemsCount` for a LineItem. */
function counterNames({ lineage, modelName }: Source): readonly string[] {
  const names = lineage.length === 0 ? [modelName] : lineage;
  return names.flatMap((name) => {
    const plural = tableNameOf(name);
    return [`${camelCase(plural)}Count`, `${plural}_count`, `${pascalCase(plural)}Count`];
  });
}

interface Counted {
  readonly attribute: Attribute;
  /** The belongsTo of the other side that counts. */
  readonly by: Reflection;
}

const counted = new WeakMap<Reflection, { readonly found: Counted | undefined }>();

/** Where the number of a hasMany's records is kept, if the belongsTo on the other side keeps it. */
function counterOf(reflection: Reflection): Counted | undefined {
  const known = counted.get(reflection);
  if (known !== undefined) return known.found;
  const found = findCounter(reflection);
  counted.set(reflection, { found });
  return found;
}

/** What a model counts its records' records in, as far as the other sides are known. */
export function countersOf(associations: Associations): readonly Attribute[] {
  return associations.all.flatMap((reflection) => {
    const { kind, through } = reflection.declaration;
    const isCounted = kind === 'hasMany' && through === undefined && reflection.target.attributes !== undefined;
    return (isCounted ? counterOf(reflection)?.attribute : undefined) ?? [];
  });
}

function findCounter(reflection: Reflection): Counted | undefined {
  const { declaration, owner } = reflection;
  if (declaration.kind !== 'hasMany' || declaration.through !== undefined) return undefined;
  const by = belongingOf(reflection);
  const attribute = by === undefined ? undefined : counterAttribute(by, owner);
  return by === undefined || attribute === undefined ? undefined : { attribute, by };
}

/** The belongsTo of the other side with the same key that counts: it need not be the inverse, of which there is one only. */
function belongingOf(reflection: Reflection): Reflection | undefined {
  const { declaration, target, owner, foreignKey } = reflection;
  return target.associations.all.find((each) => {
    const { kind, counterCache, polymorphic } = each.declaration;
    if (kind !== 'belongsTo' || counterCache === false || polymorphic !== (declaration.as !== undefined)) return false;
    if (polymorphic) return each.name === declaration.as;
    if (!each.models.some((model) => model.isKin(owner))) return false;
    const keys = each.foreignKey;
    return keys.length === foreignKey.length && keys.every(({ column }, index) => column === foreignKey[index]?.column);
  });
}

/**
 * How many records a to-many association has by the counter of its owner; undefined where there is none, where it was not
 * selected, or where the association has fewer than are counted.
 */
export function counterValue(owner: RecordState, reflection: Reflection): number | undefined {
  const { declaration, owner: source } = reflection;
  if (declaration.kind !== 'hasMany' || declaration.scope !== undefined || source.attributes === undefined)
    return undefined;
  if (reflection.target.attributes === undefined || withRemoved(reflection.target.state()).where.length > 0)
    return undefined;
  const attribute = counterOf(reflection)?.attribute;
  if (attribute === undefined || !isLoaded(owner, attribute)) return undefined;
  const value = originalValue(owner, attribute);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

/** Keys in one statement. */
const mostKeys = 1000;

/**
 * Counts the rows of associations anew and writes the counters: a statement for each, in which the database counts.
 *
 * @throws UnknownAssociation; InvalidQuery (`AR_QUERY_INVALID`) for an association that nobody counts
 */
export async function recount(source: Source, given: unknown, names: readonly unknown[]): Promise<void> {
  const ready = await source.ready();
  const { attributes, connection } = ready;
  const { keys, modelName } = attributes;
  if (names.length === 0) {
    throw new InvalidQuery('resetCounters needs the name of an association.', {
      hint: `Write ${modelName}.resetCounters(key, 'posts').`,
    });
  }
  const reflections = names.map((name) => source.associations.get(name));
  for (const { models } of reflections) for (const model of models) await model.ready();
  const counters = [...new Set(reflections)].map((reflection) => ({ reflection, ...requireCounter(reflection) }));
  const wanted: readonly unknown[] = Array.isArray(given) ? given : [given];
  const values = wanted.map((key) => castKey(modelName, keys, key));
  for (const { reflection, attribute, by } of counters) {
    for (let start = 0; start < values.length; start += mostKeys) {
      const chunk = values.slice(start, start + mostKeys);
      const statement: UpdateStatement = {
        kind: 'update',
        table: attributes.tableName,
        set: [{ column: attribute.column, value: countOf(reflection, by, chunk) }],
        where: keyPredicate(keys, chunk)(attributes),
      };
      await connection.run(compile(statement, connection.dialect), { prepared: false, bigints: false }, 'write');
    }
  }
}

function requireCounter(reflection: Reflection): Counted {
  const found = counterOf(reflection);
  if (found !== undefined) return found;
  const { declaration, label, owner } = reflection;
  throw new InvalidQuery(`${label} has no counter that could be reset.`, {
    hint:
      declaration.kind === 'hasMany' && declaration.through === undefined
        ? `Let the other side count: belongsTo(${owner.modelName}, { counterCache: true }).`
        : 'Counters are kept for hasMany without through.',
  });
}

/**
 * How many rows refer to the row that is written. They are counted apart first: MySQL does not let a statement read the
 * table that it writes, unless what it reads is a table made before.
 */
function countOf(reflection: Reflection, by: Reflection, keys: readonly (readonly unknown[])[]): Expression {
  const [step] = reflection.steps;
  const child = step?.source.attributes;
  const parent = reflection.owner.attributes;
  if (step === undefined || child === undefined || parent === undefined)
    throw new InvalidDefinition(`${reflection.label} leads nowhere.`);
  const counts: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [
      ...step.to.map(({ column }, index) => ({ expression: columnNode(column), alias: keyName(index) })),
      { expression: { kind: 'aggregate', name: 'count', operand: undefined, distinct: false }, alias: countName },
    ],
    from: { table: child.tableName },
    where: conjunction([
      ...ofThese(step, parent.keys, keys),
      ...ofKind(step),
      ...counting(by),
      ...ofThoseThere(step, child),
    ]),
    group: step.to.map(({ column }) => columnNode(column)),
    order: [],
    limit: undefined,
    offset: undefined,
  };
  const count: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [{ expression: columnNode(countName, countsName), alias: undefined }],
    from: { select: counts, alias: countsName },
    where: conjunction(
      step.from.map(({ column }, index) => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(keyName(index), countsName),
        right: columnNode(column, parent.tableName),
      })),
    ),
    order: [],
    limit: undefined,
    offset: undefined,
  };
  return { kind: 'raw', parts: ['COALESCE((', '), 0)'], values: [count] };
}

const countsName = 'ar_counts';
const countName = 'ar_count';
const keyName = (index: number) => `ar_key${index}`;

/** Where rows refer by the key itself, only those of the wanted keys are counted. */
function ofThese(step: Step, keys: readonly Attribute[], values: readonly (readonly unknown[])[]): Predicate[] {
  const { attributes } = step.source;
  const isByKey = step.from.length === keys.length && step.from.every((attribute, index) => attribute === keys[index]);
  return isByKey && attributes !== undefined ? [keyPredicate(step.to, values)(attributes)] : [];
}

/** The rows of the class that has declared to count: of one that shares its table not those of others. */
function counting({ owner, name }: Reflection): Predicate[] {
  const { base, attributes } = owner.declarer(name);
  const where = attributes === undefined ? undefined : wherePredicate(base, attributes);
  return where === undefined ? [] : [where];
}

/** Rows that are marked as deleted are not counted. */
function ofThoseThere({ source }: Step, attributes: AttributeSet): Predicate[] {
  const where = conditionsOnRemoved(source);
  const predicate = wherePredicate({ ...everything, where }, attributes);
  return predicate === undefined ? [] : [predicate];
}

const ofKind = ({ toType }: Step): Predicate[] =>
  toType === undefined ? [] : [isOfType(toType.attribute, toType.value)];
