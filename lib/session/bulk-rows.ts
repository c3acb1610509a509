import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { bindNode, columnNode, conjunction, type Expression, type Predicate } from '../sql/nodes.ts';
import { plainType } from '../types/plain.ts';
import type { Scalar, Type } from '../types/type.ts';

// What statements about many rows are made of. All values are in the form of the connected database already.

const anyValue: Type = plainType('');

/** Rows in one statement where each has a value of its own: the database looks through the list for each row. */
export const mostDifferent = 250;
/** Values in one statement with expressions: SQLite compares each with all before, when it prepares them. */
export const mostBinds = 8000;
/** Rows in one statement at most. */
export const mostRows = 1000;

/** A value in the form of the database. */
export const raw = (value: Scalar, sensitive: boolean): ReturnType<typeof bindNode> =>
  bindNode(value, anyValue, sensitive);

/** Rows with one of these keys. */
export function rowsWithKeys(keys: readonly Attribute[], values: readonly (readonly Scalar[])[]): Predicate {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) {
    return {
      kind: 'membership',
      operand: columnNode(only.column),
      values: values.map(([value]) => raw(value ?? null, only.sensitive)),
      negated: false,
    };
  }
  return {
    kind: 'or',
    operands: values.map((row) =>
      conjunction(
        keys.map((key, index) => ({
          kind: 'comparison' as const,
          operator: '=' as const,
          left: columnNode(key.column),
          right: raw(row[index] ?? null, key.sensitive),
        })),
      ),
    ),
  };
}

/** For each key a value of its own: `CASE id WHEN ? THEN ? … ELSE … END`. */
export function valueByKey(
  keys: readonly Attribute[],
  rows: readonly { readonly key: readonly Scalar[]; readonly value: Expression }[],
  otherwise: Expression,
): Expression {
  const [only] = keys;
  const isSingle = keys.length === 1 && only !== undefined;
  const parts: string[] = [isSingle ? 'CASE ' : 'CASE'];
  const values: Expression[] = [];
  const put = (value: Expression, behind: string) => {
    values.push(value);
    parts.push(behind);
  };
  const append = (text: string) => {
    parts[parts.length - 1] += text;
  };
  if (isSingle) put(columnNode(only.column), '');
  for (const { key, value } of rows) {
    append(' WHEN ');
    if (isSingle) put(raw(key[0] ?? null, only.sensitive), '');
    else
      for (const [index, attribute] of keys.entries()) {
        if (index > 0) append(' AND ');
        put(columnNode(attribute.column), ' = ');
        put(raw(key[index] ?? null, attribute.sensitive), '');
      }
    append(' THEN ');
    put(value, '');
  }
  append(' ELSE ');
  put(otherwise, ' END');
  return { kind: 'raw', parts, values };
}

/** At most so many rows, of which each has so many values. */
export function roomFor(binds: number, most: number, maxBinds: number): number {
  return Math.max(1, Math.min(most, Math.floor(maxBinds / Math.max(1, binds))));
}

export const sameScalars = (one: Scalar, other: Scalar): boolean =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : Object.is(one, other);

/** The values of a row, or of its key, as a text that is the same for the same. */
export const scalarText = (values: readonly Scalar[]): string =>
  values
    .map((value) =>
      value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : `${typeof value} ${value}`,
    )
    .join('\0');

export const columnsOf = (attributes: readonly Attribute[]): string =>
  attributes.map(({ column }) => column).join('\0');

/** Attributes whose values can stand in an expression beside the column itself. */
export const canStandInCase = ({ type, key }: Attribute): boolean => !key && type.kind !== 'plain';

export const hasKey = ({ keys }: AttributeSet): boolean => keys.length > 0;
