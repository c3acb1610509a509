import type { Attribute } from '../record/attribute.ts';
import { type BindNode, bindNode } from '../sql/nodes.ts';
import { castText, longTextType } from '../types/text.ts';
import { rejectValue } from '../types/type.ts';
import type { OperatorNode } from './operators.ts';

type TextNode = Extract<OperatorNode, { kind: 'like' | 'affix' }>;

/** The pattern of `like`, or of the operators that escape the text they are given. */
export function patternNode(node: TextNode, attribute: Attribute): BindNode {
  // A pattern is no value of the column: one for an enum need not be one of its words.
  return bindNode(castText(patternOf(node, attribute), attribute), longTextType, attribute.sensitive);
}

function patternOf(node: TextNode, attribute: Attribute): string {
  if (node.kind === 'affix') {
    if (typeof node.text !== 'string') throw rejectValue(node.text, 'text', attribute);
    return `${node.before ? '%' : ''}${node.text.replace(/[\\%_]/g, '\\$&')}${node.after ? '%' : ''}`;
  }
  if (typeof node.pattern !== 'string') throw rejectValue(node.pattern, 'a pattern', attribute);
  // PostgreSQL refuses it, the others take it for a backslash: write two where one is meant.
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(node.pattern)) {
    throw rejectValue(node.pattern, 'a pattern that does not end with a single backslash', attribute);
  }
  return node.pattern;
}
