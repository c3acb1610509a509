import type { AttributeSet } from '../record/attribute.ts';

// Whose columns a table of a statement has. Statements say nothing about types: what a database cannot do with a type is
// found by looking here.

const known = new WeakMap<object, AttributeSet>();

/** Notes the attributes of a table that a statement names: of its FROM, or of a join. */
export function withAttributes<T extends object>(table: T, attributes: AttributeSet): T {
  known.set(table, attributes);
  return table;
}

export const tableAttributes = (table: object): AttributeSet | undefined => known.get(table);
