import type { Row } from '../adapters/contract.ts';
import { InvalidValue } from '../errors/query.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { jsonOfScalar, scalarOfJson } from '../types/json-scalar.ts';
import { bareType, type Type } from '../types/type.ts';
import type { KeysetColumn } from './keyset.ts';

const version = 1;
/** Longer than any that was made here for a reasonable order. */
const longest = 16_384;

/** What a cursor is good for: the same table in the same order. */
const orderText = (columns: readonly KeysetColumn[]): string =>
  columns.map(({ attribute, direction, nulls }) => `${attribute.column} ${direction} ${nulls}`).join(', ');

/** The place of a row in an order, as text that means nothing to anybody else. It holds the raw values of the row. */
export function cursorOf(attributes: AttributeSet, columns: readonly KeysetColumn[], row: Row): string {
  const values = columns.map(({ attribute }) => jsonOfScalar(row[attribute.column] ?? null));
  return Buffer.from(JSON.stringify([version, attributes.tableName, orderText(columns), values])).toString('base64url');
}

/** The values that a cursor stands for, checked by the types of their columns. @throws InvalidValue (`AR_VALUE_INVALID`) */
export function valuesOfCursor(attributes: AttributeSet, columns: readonly KeysetColumn[], cursor: unknown): unknown[] {
  const content = typeof cursor === 'string' && cursor.length <= longest ? parsed(cursor) : undefined;
  if (content === undefined) throw invalid('It is not one that cursorPaginate has made.');
  const [made, table, order, values] = content;
  if (made !== version) throw invalid('It is of another version of this library.');
  if (table !== attributes.tableName || order !== orderText(columns)) throw invalid('It is of another query or order.');
  if (!Array.isArray(values) || values.length !== columns.length)
    throw invalid('Its values are not those of the order.');
  const list: readonly unknown[] = values;
  return columns.map(({ attribute }, index) => {
    const raw = scalarOfJson(list[index]);
    if (raw === undefined || (raw === null && !attribute.nullable))
      throw invalid(`It has no value for ${attribute.label}.`);
    if (raw === null) return null;
    try {
      return bareType(attribute.type).cast((attribute.type as Type).deserialize(raw), attribute);
    } catch (cause) {
      throw invalid(`Its value for ${attribute.label} is none.`, cause);
    }
  });
}

function parsed(cursor: string): readonly unknown[] | undefined {
  if (!/^[\w-]+$/.test(cursor)) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(content) ? content : undefined;
  } catch {
    // Whatever it is, it was not made here, which is all that there is to say.
    return undefined;
  }
}

function invalid(why: string, cause?: unknown): InvalidValue {
  return new InvalidValue(`The cursor is not valid. ${why}`, {
    hint: 'Give endCursor or startCursor of a page of the same query, or begin again without one.',
    cause,
  });
}
