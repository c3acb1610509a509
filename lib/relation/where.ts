import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { columnProblem } from '../record/column-rules.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import {
  type BindNode,
  bindNode,
  type ColumnNode,
  columnNode,
  conjunction,
  type Expression,
  type Predicate,
} from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { storageOf } from '../types/column-type.ts';
import { bareType, describeValue, neutralEncoding, rejectValue, type Type } from '../types/type.ts';
import { encryptedPredicate } from './encrypted-conditions.ts';
import { Operator, type OperatorNode } from './operators.ts';
import { patternNode } from './patterns.ts';
import { QueryBase } from './query-base.ts';
import { isEncrypted } from './refuse-encrypted.ts';
import { keysOf } from './subquery.ts';

/** The predicate of `where(…)`: an object of conditions by attribute, or `sql`. */
export function wherePredicateOf(attributes: AttributeSet, conditions: unknown): Predicate {
  const fragment = Sql.nodeOf(conditions);
  if (fragment !== undefined) {
    if (fragment.kind === 'raw') return fragment;
    throw new InvalidQuery('A name alone is no condition.', { hint: 'Write sql`… = …`.' });
  }
  return conjunction(conditionEntries(conditions).map(([name, value]) => attributePredicate(attributes, name, value)));
}

/** An object of conditions, name by name. @throws InvalidQuery (`AR_QUERY_INVALID`) for what is none */
export function conditionEntries(conditions: unknown): [name: string, value: unknown][] {
  refuseUntrusted(conditions, 'where');
  if (
    typeof conditions !== 'object' ||
    conditions === null ||
    Array.isArray(conditions) ||
    isEmptyInstance(conditions)
  ) {
    throw new InvalidQuery(`where takes an object of conditions, not ${describeValue(conditions)}.`, {
      hint: 'Write where({ name: … }), or where(sql`…`).',
    });
  }
  return Object.entries(conditions);
}

/** The attributes that an object of conditions is about. */
export function conditionNames(conditions: unknown): readonly string[] {
  const isObject = typeof conditions === 'object' && conditions !== null && Sql.nodeOf(conditions) === undefined;
  return isObject ? Object.keys(conditions) : [];
}

export function attributePredicate(attributes: AttributeSet, name: string, value: unknown): Predicate {
  const attribute = attributes.get(name);
  if (isEncrypted(attribute)) return encryptedPredicate(attribute, value);
  const column = columnNode(attribute.column);
  const operator = Operator.nodeOf(value);
  return operator === undefined
    ? equality(attribute, column, value, false)
    : operatorPredicate(attribute, column, operator, false);
}

/** That an attribute has a value that a row has, or one of a list: such values are as they are, and not normalized. */
export function rowValuePredicate(attributes: AttributeSet, name: string, value: unknown): Predicate {
  const attribute = attributes.get(name);
  if (isEncrypted(attribute)) return encryptedPredicate(attribute, value, false, bareType(attribute.type));
  return equality(attribute, columnNode(attribute.column), value, false, bareType(attribute.type));
}

/** Equal to a value, one of a list, or NULL; or with `negated` the opposite. */
function equality(
  attribute: Attribute,
  column: ColumnNode,
  value: unknown,
  negated: boolean,
  type: Type = attribute.type,
): Predicate {
  if (value === null) return { kind: 'nullTest', operand: column, negated };
  const fragment = Sql.nodeOf(value);
  if (fragment !== undefined)
    return { kind: 'comparison', operator: negated ? '<>' : '=', left: column, right: fragment };
  if (value instanceof QueryBase)
    return { kind: 'inSelect', operand: column, select: keysOf(value, attribute), negated };
  const isJson = storageOf(attribute.type).kind === 'json';
  if (!isJson && Array.isArray(value)) return membership(attribute, column, value, negated, type);
  const node = bind(attribute, value, type);
  // A function of the application may have made null of it.
  if (node.value === null) return { kind: 'nullTest', operand: column, negated };
  if (isJson) return { kind: 'jsonEquality', operand: column, value: node, negated };
  return { kind: 'comparison', operator: negated ? '<>' : '=', left: column, right: compared(attribute, node) };
}

/** NULL in a list means what it says: IN would never match it, and NOT IN would then match nothing. */
function membership(
  attribute: Attribute,
  column: ColumnNode,
  values: readonly unknown[],
  negated: boolean,
  type: Type = attribute.type,
): Predicate {
  const given = values.flatMap((value) => {
    const node = value === null ? undefined : bind(attribute, value, type);
    return node === undefined || node.value === null ? [] : [node];
  });
  // No row has a number that the column cannot hold.
  const binds = given.filter((node) => !exceeds(attribute, node.value));
  const list: Predicate = { kind: 'membership', operand: column, values: padded(binds), negated };
  if (given.length === values.length) return list;
  const nulls: Predicate = { kind: 'nullTest', operand: column, negated };
  return binds.length === 0 ? nulls : { kind: negated ? 'and' : 'or', operands: [list, nulls] };
}

/** JSON has no IN: each document is compared. */
function oneOf(attribute: Attribute, column: ColumnNode, values: readonly unknown[], negated: boolean): Predicate {
  if (storageOf(attribute.type).kind !== 'json') return membership(attribute, column, values, negated);
  return { kind: negated ? 'and' : 'or', operands: values.map((value) => equality(attribute, column, value, negated)) };
}

/** Filled up to a power of two with its last value, so that few different texts are prepared and kept. */
function padded(binds: readonly BindNode[]): readonly BindNode[] {
  const last = binds.at(-1);
  if (last === undefined || binds.length > 1024) return binds;
  const length = 2 ** Math.ceil(Math.log2(binds.length));
  return length === binds.length ? binds : [...binds, ...Array.from({ length: length - binds.length }, () => last)];
}

function operatorPredicate(attribute: Attribute, column: ColumnNode, node: OperatorNode, negated: boolean): Predicate {
  switch (node.kind) {
    case 'comparison': {
      requireOrder(attribute);
      const predicate: Predicate = {
        kind: 'comparison',
        operator: node.operator,
        left: column,
        right: operand(attribute, node.value),
      };
      return negated ? { kind: 'not', operand: predicate } : predicate;
    }
    case 'between':
      requireOrder(attribute);
      return {
        kind: 'range',
        operand: column,
        from: operand(attribute, node.from),
        to: operand(attribute, node.to),
        negated,
      };
    case 'like':
    case 'affix': {
      const { kind } = storageOf(attribute.type);
      if (kind !== 'string' && kind !== 'text' && kind !== 'enum' && kind !== 'plain') {
        throw new InvalidQuery(`${attribute.label} is of type ${kind}; like needs text.`);
      }
      return { kind: 'like', operand: column, pattern: patternNode(node, attribute), negated };
    }
    case 'anyOf':
      return oneOf(attribute, column, node.values, negated);
    case 'not': {
      const inner = Operator.nodeOf(node.operand);
      return inner === undefined
        ? equality(attribute, column, node.operand, !negated)
        : operatorPredicate(attribute, column, inner, !negated);
    }
  }
}

/** A value, or an expression, to compare a column with. */
function operand(attribute: Attribute, value: unknown): Expression {
  const fragment = Sql.nodeOf(value);
  if (fragment !== undefined) return fragment;
  const node = value === null ? undefined : bind(attribute, value);
  if (node === undefined || node.value === null)
    throw rejectValue(null, 'a value to compare with (nothing is greater or less than null)', attribute);
  return compared(attribute, node);
}

function compared(attribute: Attribute, node: BindNode): Expression {
  // PostgreSQL gives a placeholder the column's type, and would refuse the number; written out it is any number.
  if (!exceeds(attribute, node.value)) return node;
  // A secret is not to stand in the text; any number past all columns compares alike.
  const shown = attribute.sensitive ? `${Number(node.value) < 0 ? '-' : ''}1e300` : String(node.value);
  return { kind: 'raw', parts: [shown], values: [] };
}

/** Whether a number is past what the column can hold. */
function exceeds(attribute: Attribute, value: unknown): boolean {
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return attribute.type.kind !== 'custom' && columnProblem(attribute, value) !== undefined;
}

function requireOrder(attribute: Attribute): void {
  if (storageOf(attribute.type).kind === 'json')
    throw new InvalidQuery(`${attribute.label} is JSON, which has no order.`);
}

/** A value of the attribute, cast by the column's type: the database never has to guess what was meant. */
function bind(attribute: Attribute, value: unknown, type: Type = attribute.type): BindNode {
  return bindNode(ownValue(attribute, type.cast(value, attribute)), attribute.type, attribute.sensitive);
}

/** A query must not change with an object that its maker changes later. (A Date has been copied by its type.) */
function ownValue({ type }: Attribute, value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return type.kind === 'json' ? type.deserialize(type.serialize(value, neutralEncoding)) : value;
}
