import type { ActiveRecordError } from '../errors/base.ts';
import { InvalidQuery } from '../errors/query.ts';
import { UnknownAttribute } from '../errors/record.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { RecordState } from '../record/state.ts';
import { columnNode, conjunction, type Predicate } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { nearest } from '../support/suggest.ts';
import { hasOneTable, isOfType } from './associated-rows.ts';
import { attributesOf, requireSameConnection } from './association-paths.ts';
import {
  type AssociationValue,
  associationValue,
  keysOfModel,
  keysOfRecord,
  listedRecord,
  requireRecord,
  stepOf,
} from './association-records.ts';
import { existence, existenceOf, type Narrow } from './association-rows.ts';
import { not } from './operators.ts';
import { type QueryBase, sourceKey, stateKey } from './query-base.ts';
import { conditionsBySource, unordered } from './query-state.ts';
import type { Reflection, Source, Step } from './source.ts';
import { rowsOf } from './subquery.ts';
import { attributePredicate, conditionEntries, wherePredicateOf } from './where.ts';

/** Conditions by association within each other, before somebody is up to something: databases take some sixty queries. */
const deepest = 20;

/** The predicate of `where(…)`: an object of conditions by attribute and association, or `sql`. */
export function conditionsPredicate(
  source: Source,
  attributes: AttributeSet,
  conditions: unknown,
  depth = 0,
): Predicate {
  if (Sql.nodeOf(conditions) !== undefined) return wherePredicateOf(attributes, conditions);
  const entries = conditionEntries(conditions);
  return conjunction(entries.map(([name, value]) => conditionPredicate(source, attributes, name, value, depth)));
}

/** @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), with the attribute or association that was probably meant */
export function conditionPredicate(
  source: Source,
  attributes: AttributeSet,
  name: string,
  value: unknown,
  depth = 0,
): Predicate {
  if (attributes.find(name) !== undefined) return attributePredicate(attributes, name, value);
  const reflection = source.associations.find(name);
  if (reflection !== undefined) return new AssociationCondition(source, reflection, depth).predicate(value, false);
  throw unknownName(source, attributes, name);
}

export function unknownName(source: Source, attributes: AttributeSet, name: string): ActiveRecordError {
  const columnless = attributes.columnless(name);
  if (columnless !== undefined) return columnless;
  const associations = source.associations.all.map((each) => each.name);
  const shown = JSON.stringify(name.slice(0, 80));
  if (associations.length === 0) {
    try {
      attributes.get(name);
    } catch (error) {
      if (error instanceof UnknownAttribute) return error;
    }
  }
  const names = [...attributes.columnNames, ...associations];
  const found = nearest(name.split('.')[0]?.slice(0, 64) ?? '', names);
  return new UnknownAttribute(`${source.modelName} has no attribute or association ${shown}.`, {
    hint: found === undefined ? `There is ${names.map((each) => `"${each}"`).join(', ')}.` : `Did you mean "${found}"?`,
  });
}

/** The attributes beside the association itself that a condition is about: those of the key that it compares. */
export function comparedNames(source: Source, name: string, value: unknown): readonly string[] {
  const reflection = source.attributes?.find(name) === undefined ? source.associations.find(name) : undefined;
  if (reflection?.declaration.kind !== 'belongsTo') return [];
  const given = associationValue(reflection, value);
  if (given.kind === 'conditions' || given.kind === 'query') return [];
  if (given.kind === 'not') return comparedNames(source, name, given.operand);
  const { typeAttribute } = reflection;
  return [...reflection.foreignKey, ...(typeAttribute === undefined ? [] : [typeAttribute])].map((each) => each.name);
}

/** The values of the foreign key of a record that a belongsTo leads to, by attribute; with the kind of a polymorphic one. */
export function foreignValues(reflection: Reflection, given: unknown, what: string): Record<string, unknown> {
  const value = associationValue(reflection, given);
  if (reflection.declaration.kind !== 'belongsTo' || (value.kind !== 'record' && value.kind !== 'none')) {
    throw new InvalidQuery(`${what} can make a record only of a belongsTo and the record that it leads to.`, {
      hint: `Put the condition by ${reflection.label} into where(…) in front.`,
    });
  }
  const kind = reflection.typeAttribute;
  if (value.kind === 'none') {
    const all = [...reflection.foreignKey, ...(kind === undefined ? [] : [kind])];
    return Object.fromEntries(all.map(({ name }) => [name, null]));
  }
  const step = stepOf(reflection, value.record);
  requireRecord(reflection, step.source, value.record);
  const keys = keysOfRecord(reflection, value.record, step.to);
  const values = Object.fromEntries(step.from.map(({ name }, index) => [name, keys[index]]));
  return step.fromType === undefined ? values : { ...values, [step.fromType.attribute.name]: step.fromType.value };
}

/** What one association is asked for. */
class AssociationCondition {
  readonly #attributes: AttributeSet;
  readonly #reflection: Reflection;
  readonly #depth: number;

  constructor(source: Source, reflection: Reflection, depth: number) {
    this.#attributes = attributesOf(source);
    this.#reflection = reflection;
    this.#depth = depth;
    if (depth < deepest) return;
    throw new InvalidQuery(`Conditions by association are nested more than ${deepest} deep.`, {
      hint: 'Ask in several queries.',
    });
  }

  predicate(given: unknown, negated: boolean): Predicate {
    const value = associationValue(this.#reflection, given);
    if (value.kind === 'not') return this.predicate(value.operand, !negated);
    const refers = this.#reflection.declaration.kind === 'belongsTo';
    if (value.kind === 'conditions') return negate(this.#rows(this.#asked(value.conditions)), negated);
    if (refers) return this.#reference(value, negated);
    return this.#referring(value, negated);
  }

  /** There are associated rows that also meet this. */
  #rows(narrow?: Narrow): Predicate {
    return existence(this.#reflection, narrow);
  }

  #asked(conditions: object): Narrow {
    return (state, { source }) => {
      const predicate = conditionsPredicate(source, attributesOf(source), conditions, this.#depth + 1);
      return { ...state, where: [...state.where, ...(predicate.kind === 'and' ? predicate.operands : [predicate])] };
    };
  }

  /** The foreign key stands in the owner's own row: it is compared, and no other table is looked into. */
  #reference(value: Exclude<AssociationValue, { kind: 'not' | 'conditions' }>, negated: boolean): Predicate {
    switch (value.kind) {
      case 'none':
        return this.#keys([null], negated);
      case 'record':
        return this.#keys([value.record], negated);
      case 'list':
        return this.#keys(
          value.values.map((each) => listedRecord(this.#reflection, each)),
          negated,
        );
      case 'query':
        return this.#amongQuery(value.query, negated);
    }
  }

  #keys(records: readonly (RecordState | null)[], negated: boolean): Predicate {
    const { foreignKey, typeAttribute } = this.#reflection;
    const [only] = foreignKey;
    const found = records.filter((record) => record !== null);
    const keys = found.map((record) => {
      const step = stepOf(this.#reflection, record);
      requireRecord(this.#reflection, step.source, record);
      return { step, values: keysOfRecord(this.#reflection, record, step.to) };
    });
    const none = found.length < records.length;
    if (only !== undefined && foreignKey.length === 1 && typeAttribute === undefined) {
      const values = [...keys.map(({ values: [value] }) => value), ...(none ? [null] : [])];
      const value = values.length === 1 && records.length === 1 ? values[0] : values;
      return attributePredicate(this.#attributes, only.name, negated ? not(value) : value);
    }
    const alternatives: Predicate[] = [...this.#byStep(keys)];
    if (none) {
      const parts = typeAttribute === undefined ? foreignKey : [...foreignKey, typeAttribute];
      alternatives.push(...parts.map((each) => attributePredicate(this.#attributes, each.name, null)));
    }
    return negate(anyOf(alternatives), negated);
  }

  /** The keys of each kind together. */
  #byStep(keys: readonly { readonly step: Step; readonly values: readonly unknown[] }[]): Predicate[] {
    const groups = new Map<Step, (readonly unknown[])[]>();
    for (const { step, values } of keys) {
      const group = groups.get(step);
      if (group === undefined) groups.set(step, [values]);
      else group.push(values);
    }
    return [...groups].map(([step, values]) => ofKind(step, oneOfKeys(this.#attributes, step.from, values)));
  }

  #amongQuery(query: QueryBase, negated: boolean): Predicate {
    const step = this.#stepTo(query);
    requireSameConnection(this.#reflection, query[sourceKey]);
    const [from, another] = step.from;
    const [to] = step.to;
    if (from === undefined || to === undefined || another !== undefined) {
      return negate(existenceOf(this.#reflection, step, narrowedBy(query)), negated);
    }
    const select = rowsOf(query, to);
    const operand = columnNode(from.column);
    if (step.fromType === undefined) return { kind: 'inSelect', operand, select, negated };
    return negate(ofKind(step, { kind: 'inSelect', operand, select, negated: false }), negated);
  }

  #stepTo(query: QueryBase): Step {
    const { variants } = this.#reflection;
    const steps = variants === undefined ? this.#reflection.steps : [...variants.values()];
    const target = query[sourceKey];
    const step =
      steps.find(({ source }) => source.model === target.model) ?? steps.find(({ source }) => source.isKin(target));
    if (step !== undefined) return step;
    throw otherModel(this.#reflection, steps, target);
  }

  /** The key stands in the rows of other tables. */
  #referring(value: Exclude<AssociationValue, { kind: 'not' | 'conditions' }>, negated: boolean): Predicate {
    switch (value.kind) {
      case 'none':
        return negate(this.#rows(), !negated);
      case 'record':
        return negate(this.#rows(this.#among([value.record])), negated);
      case 'list': {
        const records = value.values.map((each) => listedRecord(this.#reflection, each));
        const found = records.filter((record) => record !== null);
        const rows = this.#rows(this.#among(found));
        return negate(found.length < records.length ? anyOf([rows, negate(this.#rows(), true)]) : rows, negated);
      }
      case 'query': {
        const { target } = this.#reflection;
        if (!target.isKin(value.query[sourceKey]))
          throw otherModel(this.#reflection, [{ source: target }], value.query[sourceKey]);
        return negate(this.#rows(narrowedBy(value.query)), negated);
      }
    }
  }

  #among(records: readonly RecordState[]): Narrow {
    return (state, { source }) => {
      const attributes = attributesOf(source);
      const keys = keysOfModel(this.#reflection, attributes);
      const values = records.map((record) => {
        requireRecord(this.#reflection, source, record);
        return keysOfRecord(this.#reflection, record, keys);
      });
      return { ...state, where: [...state.where, oneOfKeys(attributes, keys, values)] };
    };
  }
}

function otherModel(
  { label }: Reflection,
  steps: readonly { readonly source: Source }[],
  { modelName }: Source,
): InvalidQuery {
  const names = steps.map(({ source }) => source.modelName).join(' or ');
  return new InvalidQuery(`${label} leads to ${names}, and was compared with a query on ${modelName}.`);
}

/** The rows of a query: its conditions, or where it has a limit or other tables, the keys that it gives. */
function narrowedBy(query: QueryBase): Narrow {
  const given = query[stateKey];
  return (state, { source }) => {
    const isPlain = hasOneTable(unordered(given)) && given.limit === undefined && given.offset === undefined;
    if (isPlain) {
      const { own } = conditionsBySource(given);
      // The default scope of the model is asked for by the association already; that of a class below it is not.
      const where = query[sourceKey].model === source.model ? own : given.where;
      return { ...state, where: [...state.where, ...where], none: state.none || given.none };
    }
    const { key } = attributesOf(source);
    const among: Predicate = {
      kind: 'inSelect',
      operand: columnNode(key.column),
      select: rowsOf(query, key),
      negated: false,
    };
    return { ...state, where: [...state.where, among] };
  };
}

/** Rows whose attributes have one of these combinations of values. */
function oneOfKeys(
  attributes: AttributeSet,
  keys: readonly Attribute[],
  values: readonly (readonly unknown[])[],
): Predicate {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) {
    const list = values.map(([value]) => value);
    return attributePredicate(attributes, only.name, list.length === 1 ? list[0] : list);
  }
  return anyOf(
    values.map((each) => conjunction(keys.map((key, index) => attributePredicate(attributes, key.name, each[index])))),
  );
}

function ofKind({ fromType }: Step, keys: Predicate): Predicate {
  return fromType === undefined ? keys : conjunction([isOfType(fromType.attribute, fromType.value), keys]);
}

const anyOf = (alternatives: readonly Predicate[]): Predicate =>
  alternatives.length === 1 && alternatives[0] !== undefined ? alternatives[0] : { kind: 'or', operands: alternatives };

export function negate(predicate: Predicate, negated: boolean): Predicate {
  if (!negated) return predicate;
  if (predicate.kind === 'exists') return { ...predicate, negated: !predicate.negated };
  return { kind: 'not', operand: predicate };
}
