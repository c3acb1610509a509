import { literalStatement } from '../../sql/compile.ts';
import { quoteName } from '../../sql/dialect.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import type { Scalar } from '../../types/type.ts';
import type { DriverConnection } from '../contract.ts';
import { translateSqlite } from './errors.ts';

// What the steps of writing a table anew have in common.

export const name = (text: string): string => quoteName(text, sqliteDialect);

export const text = (value: Scalar | undefined): string => String(value ?? '');

/** Errors are worded here: whoever asked for the operation does not know the statements that it takes. */
export async function execute(connection: DriverConnection, sql: string): Promise<void> {
  try {
    await connection.run(literalStatement(sql), { prepared: false, bigints: false });
  } catch (error) {
    throw translateSqlite(error, { sql, binds: [] });
  }
}
