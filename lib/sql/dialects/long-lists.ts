import type { Scalar } from '../../types/type.ts';
import { junction, standardTable } from '../compile.ts';
import type { CompileTable, Writer } from '../dialect.ts';
import type { JunctionNode, MembershipNode } from '../nodes.ts';

/** Longer lists are bound as one value: a database has a limit for values, and the text stays one text. */
const longest = 1024;

function valuesOf(node: MembershipNode, { dialect }: Writer): Scalar[] {
  return node.values.map(({ value, type }) => (value === null ? null : type.serialize(value, dialect)));
}

function operand({ operand: node }: MembershipNode, writer: Writer): void {
  const nested = node.kind === 'raw' || node.kind === 'select' || node.kind === 'compound';
  if (nested) writer.text('(');
  writer.node(node);
  if (nested) writer.text(')');
}

const isSensitive = (node: MembershipNode) => node.values.some(({ sensitive }) => sensitive);

/** `= ANY($1)`: the server gives the array the type of the column. */
export const postgresMembership: CompileTable['membership'] = (node, writer) => {
  if (node.values.length <= longest) return standardTable.membership(node, writer);
  operand(node, writer);
  writer.text(node.negated ? ' <> ALL(' : ' = ANY(');
  writer.bind(`{${valuesOf(node, writer).map(arrayElement).join()}}`, isSensitive(node));
  writer.text(')');
};

/** Quoted text of an array literal, in which only the quote and the backslash mean something. */
function arrayElement(value: Scalar): string {
  if (value === null) return 'NULL';
  const text =
    value instanceof Uint8Array
      ? `\\x${Buffer.from(value).toString('hex')}`
      : Object.is(value, -0)
        ? '-0'
        : String(value);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The values of a JSON array. JSON has no bytes, so those are written as literals. */
export const sqliteMembership: CompileTable['membership'] = (node, writer) => {
  if (node.values.length <= longest) return standardTable.membership(node, writer);
  const values = valuesOf(node, writer);
  operand(node, writer);
  writer.text(node.negated ? ' NOT IN (' : ' IN (');
  if (values.some((value) => value instanceof Uint8Array)) {
    writer.list(values, ', ', (value) => writer.text(writer.dialect.literal(value)));
  } else {
    writer.text('SELECT value FROM json_each(');
    writer.bind(`[${values.map(jsonElement).join()}]`, isSensitive(node));
    writer.text(')');
  }
  writer.text(')');
};

function jsonElement(value: Scalar): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

const widest = 500;

/** SQLite reads `a OR b OR c` as a tree as deep as it is long, of at most 1,000 levels: in groups it stays shallow. */
export function shallowJunction(node: JunctionNode, writer: Writer): void {
  const { kind, operands } = node;
  const groups: JunctionNode[] = [];
  for (let start = 0; start < operands.length; start += widest)
    groups.push({ kind, operands: operands.slice(start, start + widest) });
  junction(operands.length <= widest ? node : { kind, operands: groups }, writer);
}
