import type { Intent, Row } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Expression } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';

/** The node of a statement of the application's own. @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function nodeOfSql(statement: unknown): Expression {
  const node = Sql.nodeOf(statement);
  if (node !== undefined) return node;
  throw new InvalidQuery('A statement is written as sql`…`.', {
    hint: 'For text made at run time: sql.unsafe(text).',
  });
}

/** SQLite gives every whole number as a bigint where it is asked for exact ones: those that a number holds become one. */
export function withPlainNumbers(row: Row): Row {
  for (const column of Object.keys(row)) {
    const value = row[column];
    if (typeof value === 'bigint' && BigInt.asIntN(54, value) === value) row[column] = Number(value);
  }
  return row;
}

/** Statements of the application's own: what surely only reads may use a reader, which refuses to write anyway. */
export function intentOf(sql: string): Intent {
  return /^\s*select\b/i.test(sql) ? 'read' : 'write';
}
