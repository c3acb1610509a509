import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import {
  bindNode,
  type ComparisonOperator,
  columnNode,
  type Expression,
  type JsonExtractNode,
  type Predicate,
} from '../sql/nodes.ts';
import { booleanType } from '../types/boolean.ts';
import { storageOf } from '../types/column-type.ts';
import { floatType } from '../types/numbers.ts';
import { castText, longTextType } from '../types/text.ts';
import { rejectValue } from '../types/type.ts';
import { requireComparable } from './comparable.ts';
import { Operator, type OperatorNode } from './operators.ts';
import { patternNode } from './patterns.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';

const operators: readonly unknown[] = ['=', '<>', '>', '>=', '<', '<='] satisfies ComparisonOperator[];

function isOperator(value: unknown): value is ComparisonOperator {
  return operators.includes(value);
}

/** `whereColumn('updatedAt', '>', 'createdAt')`. */
export function columnComparison(
  attributes: AttributeSet,
  left: unknown,
  operator: unknown,
  right: unknown,
): Predicate {
  if (!isOperator(operator))
    throw new InvalidQuery(
      `whereColumn compares with one of ${operators.join(' ')}, not ${JSON.stringify(String(operator).slice(0, 20))}.`,
    );
  const [one, other] = [attributes.get(left), attributes.get(right)];
  if (storageOf(one.type).kind === 'json' || storageOf(other.type).kind === 'json') {
    throw new InvalidQuery('whereColumn does not compare JSON documents.', {
      hint: 'Compare values in them with whereJson.',
    });
  }
  requireComparable(one, other);
  return { kind: 'comparison', operator, left: columnNode(one.column), right: columnNode(other.column) };
}

/** `whereMatch(['title', 'body'], 'words')`. */
export function matchCondition(attributes: AttributeSet, names: unknown, text: unknown): Predicate {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (list.length === 0) throw new InvalidQuery('whereMatch takes at least one column.');
  const columns = list.map((name) => attributes.get(name));
  for (const attribute of columns) {
    const { kind } = storageOf(attribute.type);
    refuseEncrypted(attribute, 'it cannot be searched');
    if (kind !== 'string' && kind !== 'text')
      throw new InvalidQuery(`${attribute.label} is of type ${kind}; whereMatch searches text.`);
  }
  const [first] = columns;
  if (first === undefined || typeof text !== 'string')
    throw new InvalidQuery('whereMatch takes the words to search for, as a string.');
  return {
    kind: 'match',
    columns: columns.map(({ column }) => columnNode(column)),
    text: bindNode(
      castText(text, first),
      longTextType,
      columns.some(({ sensitive }) => sensitive),
    ),
  };
}

/** `whereJson('preferences', ['theme'], 'dark')`: a value inside a document, by its path. */
export function jsonCondition(attributes: AttributeSet, name: unknown, path: unknown, condition: unknown): Predicate {
  const attribute = attributes.get(name);
  if (storageOf(attribute.type).kind !== 'json')
    throw new InvalidQuery(`${attribute.label} is of type ${attribute.type.kind}; whereJson looks into JSON.`);
  return jsonPredicate({ attribute, path: checkPath(path) }, condition, false);
}

/** MariaDB and SQLite count past this from 0 again. */
const lastPosition = 2 ** 31 - 2;

function checkPath(path: unknown): readonly (string | number)[] {
  const legs: readonly unknown[] = Array.isArray(path) ? path : [path];
  if (legs.length === 0)
    throw new InvalidQuery('The path into a JSON document is empty.', { hint: "Name the keys: ['address', 'city']." });
  return legs.map((leg) => {
    if (typeof leg === 'string' && leg.isWellFormed() && !leg.includes('\0')) return leg;
    if (typeof leg === 'number' && Number.isInteger(leg) && leg >= 0 && leg <= lastPosition) return leg;
    throw new InvalidQuery(
      'The path into a JSON document is made of keys (strings) and positions (whole numbers from 0 to 2147483646).',
    );
  });
}

interface Place {
  readonly attribute: Attribute;
  readonly path: readonly (string | number)[];
}

function jsonPredicate(place: Place, condition: unknown, negated: boolean): Predicate {
  const operator = Operator.nodeOf(condition);
  if (operator !== undefined) return jsonOperator(place, operator, negated);
  if (condition === null) return { kind: 'nullTest', operand: extract(place, 'any'), negated };
  if (Array.isArray(condition)) {
    return { kind: negated ? 'and' : 'or', operands: condition.map((each) => jsonPredicate(place, each, negated)) };
  }
  return compare(place, negated ? '<>' : '=', condition);
}

function jsonOperator(place: Place, node: OperatorNode, negated: boolean): Predicate {
  switch (node.kind) {
    case 'not':
      return jsonPredicate(place, node.operand, !negated);
    case 'comparison': {
      const predicate = compare(place, node.operator, node.value);
      return negated ? { kind: 'not', operand: predicate } : predicate;
    }
    case 'between': {
      const [from, to] = [scalar(place, node.from), scalar(place, node.to)];
      return { kind: 'range', operand: extract(place, from.as), from: from.value, to: to.value, negated };
    }
    case 'anyOf':
      return jsonPredicate(place, node.values, negated);
    case 'like':
    case 'affix':
      return { kind: 'like', operand: extract(place, 'text'), pattern: patternNode(node, place.attribute), negated };
  }
}

function compare(place: Place, operator: ComparisonOperator, given: unknown): Predicate {
  const { as, value } = scalar(place, given);
  return { kind: 'comparison', operator, left: extract(place, as), right: value };
}

function extract({ attribute, path }: Place, as: JsonExtractNode['as']): JsonExtractNode {
  return { kind: 'jsonExtract', operand: columnNode(attribute.column), path, as };
}

/** The type of the value decides what it is compared with: the text "5" is not the number 5. */
function scalar({ attribute }: Place, given: unknown): { as: JsonExtractNode['as']; value: Expression } {
  if (typeof given === 'string')
    return { as: 'text', value: bindNode(castText(given, attribute), longTextType, attribute.sensitive) };
  if (typeof given === 'boolean') return { as: 'boolean', value: bindNode(given, booleanType, attribute.sensitive) };
  if (typeof given === 'number') {
    return { as: 'number', value: bindNode(double.cast(given, attribute), double, attribute.sensitive) };
  }
  throw rejectValue(given, 'a string, a number, true, false or null inside the document', attribute);
}

const double = floatType('double');
