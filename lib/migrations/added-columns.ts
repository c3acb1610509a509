import type { Connection } from '../connection/connection.ts';
import type { AddColumn } from '../sql/ddl/spec.ts';
import { defaultValue } from '../sql/ddl/standard.ts';
import { type Dialect, quoteName } from '../sql/dialect.ts';
import { sql } from '../sql/template.ts';

// Whether anybody has written to a column since it was added: to drop it would lose that.

/** A column that a step has added, and the value that its rows were given with it. */
export interface AddedColumn {
  readonly table: string;
  readonly column: string;
  /** As SQL; null where nobody can say it. */
  readonly given: string | null;
}

/** Nothing can be lost with a column that the database computes. */
export function addedBy({ table, column }: Pick<AddColumn, 'table' | 'column'>, dialect: Dialect): AddedColumn[] {
  if (column.generated !== undefined) return [];
  return [{ table, column: column.name, given: givenTo(column, dialect) }];
}

function givenTo(column: AddColumn['column'], dialect: Dialect): string | null {
  if (column.computedDefault !== undefined) return null;
  const value = defaultValue(column, dialect);
  if (value !== undefined) return dialect.literal(value);
  if (column.nullable) return 'NULL';
  // MySQL gives the rows that are there a value of its own choice, where it is told none.
  if (numbers.includes(column.type.kind)) return '0';
  return texts.includes(column.type.kind) ? "''" : null;
}

const numbers: readonly string[] = ['key', 'tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'float', 'double'];
const texts: readonly string[] = ['string', 'text'];

/** Whether a row may hold something else than it was given. */
export async function isWritten({ table, column, given }: AddedColumn, connection: Connection): Promise<boolean> {
  const name = quoteName(column, connection.dialect);
  const other =
    given === null ? '1 = 1' : given === 'NULL' ? `${name} IS NOT NULL` : `${name} IS NULL OR ${name} <> ${given}`;
  const text = `SELECT 1 AS present FROM ${quoteName(table, connection.dialect)} WHERE ${other} LIMIT 1`;
  return (await connection.query(sql.unsafe(text))).length > 0;
}
