import { InvalidDefinition } from '../errors/definition.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import { type BindNode, bindNode, columnNode, type Predicate } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { longTextType } from '../types/text.ts';
import type { Type } from '../types/type.ts';
import { Operator, type OperatorNode } from './operators.ts';
import { QueryBase } from './query-base.ts';
import type { EncryptedAttribute } from './refuse-encrypted.ts';

/**
 * Equal to a value, one of a list, or null; or the opposite. Each value may stand in the rows under one text for each key.
 *
 * @param condition - a value, or an operator
 * @param type - what values are cast by: the attribute's own unless they are those of rows
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for all that encrypted text cannot answer
 */
export function encryptedPredicate(
  attribute: EncryptedAttribute,
  condition: unknown,
  isNegated = false,
  type: Type = attribute.type,
): Predicate {
  const operator = Operator.nodeOf(condition);
  if (operator !== undefined) return operatorPredicate(attribute, operator, isNegated, type);
  const column = columnNode(attribute.column);
  if (Sql.nodeOf(condition) !== undefined || condition instanceof QueryBase)
    throw noComparison(attribute, 'an expression or a query');
  const given: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  const cast = given.map((value) => (value === null ? null : type.cast(value, attribute)));
  const values = cast.filter((value) => value !== null);
  const nulls: Predicate = { kind: 'nullTest', operand: column, negated: isNegated };
  if (values.length === 0 && cast.length > 0) return nulls;
  if (!attribute.type.rules.isDeterministic) {
    throw new InvalidQuery(`${attribute.label} is encrypted anew each time, so no condition finds a value of it.`, {
      hint: 'Only null can be asked for. To look it up, declare it .encrypted({ deterministic: true }).',
    });
  }
  const list: Predicate = {
    kind: 'membership',
    operand: column,
    values: values.flatMap((value) => textsOf(attribute, value)),
    negated: isNegated,
  };
  return values.length === cast.length ? list : { kind: isNegated ? 'and' : 'or', operands: [list, nulls] };
}

function operatorPredicate(
  attribute: EncryptedAttribute,
  node: OperatorNode,
  isNegated: boolean,
  type: Type,
): Predicate {
  if (node.kind === 'not') return encryptedPredicate(attribute, node.operand, !isNegated, type);
  if (node.kind === 'anyOf') return encryptedPredicate(attribute, node.values, isNegated, type);
  throw noComparison(attribute, node.kind === 'comparison' ? 'what is greater or less' : node.kind);
}

function noComparison({ label }: Attribute, what: string): InvalidQuery {
  return new InvalidQuery(`${label} is encrypted, so it cannot be compared with ${what}.`, {
    hint: 'It can be equal to values, where it is encrypted({ deterministic: true }), and be null.',
  });
}

function textsOf({ type, label }: EncryptedAttribute, value: unknown): readonly BindNode[] {
  if (type.secret === undefined) throw new InvalidDefinition(`${label} does not know what it encrypts for.`);
  return type.secret.texts(value).map((text) => bindNode(text, longTextType, true));
}
