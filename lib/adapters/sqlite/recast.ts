import { InvalidValue } from '../../errors/query.ts';
import { quoteName } from '../../sql/dialect.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import type { StorageType } from '../../types/column-type.ts';
import type { Scalar, Type } from '../../types/type.ts';
import type { DriverConnection, Row } from '../contract.ts';

const pageSize = 1_000;

/** Whether two types keep the same values in the same form, so that nothing has to be rewritten. */
export function sameForm(a: StorageType, b: StorageType): boolean {
  if (b.kind === 'plain') return true;
  const isText = (type: StorageType) => type.kind === 'string' || type.kind === 'text' || type.kind === 'enum';
  if (isText(a) && isText(b)) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale;
  return !(a.kind === 'datetime' && b.kind === 'datetime') || a.precision === b.precision;
}

function sameScalar(a: Scalar, b: Scalar): boolean {
  if (typeof a === 'bigint' && typeof b === 'number') return Number.isSafeInteger(b) && a === BigInt(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

async function rowsOf(connection: DriverConnection, sql: string, binds: readonly Scalar[]): Promise<Row[]> {
  // The text is not compiled from nodes; what drivers of SQLite read of it is `sql` and `binds`.
  const outcome = await connection.run({ sql, binds, pieces: [sql], sensitive: [] }, { prepared: true, bigints: true });
  return outcome.rows;
}

/** For people: a value of the table as SQL would write it, and not at any length. */
function shown(value: Scalar): string {
  const text = sqliteDialect.literal(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function recasted(old: Scalar, type: Type, where: () => string): Scalar {
  try {
    return type.serialize(type.deserialize(old), sqliteDialect);
  } catch (cause) {
    throw new InvalidValue(`${where()}, which the new type of the column cannot hold.`, {
      hint: 'Change those values first, with execute or data.',
      cause,
    });
  }
}

/**
 * Brings the values of a column into the form of its new type: SQLite converts by affinity only, which knows nothing of
 * how many digits a moment or a decimal has, and conditions compare with exactly that form.
 *
 * @param key - the columns that a row is found again by; a single one orders the pages
 * @throws InvalidValue (`AR_VALUE_INVALID`) for a value that the new type cannot hold
 */
export async function recastColumn(
  connection: DriverConnection,
  table: string,
  column: string,
  type: Type,
  key: readonly string[],
): Promise<void> {
  const name = (each: string) => quoteName(each, sqliteDialect);
  const [first] = key;
  const paged = key.length === 1 && first !== undefined && first !== column;
  const update = `UPDATE OR ABORT ${name(table)} SET ${name(column)} = ? WHERE ${key.map((each) => `${name(each)} = ?`).join(' AND ')}`;
  const select = `SELECT ${name(column)} AS value, ${key.map((each, index) => `${name(each)} AS key${index}`).join(', ')} FROM ${name(table)} WHERE ${name(column)} IS NOT NULL`;
  let last: Scalar | undefined;
  for (;;) {
    const after = last === undefined ? '' : ` AND ${name(first ?? '')} > ?`;
    const page = paged ? `${after} ORDER BY ${name(first)} LIMIT ${pageSize}` : '';
    const rows = await rowsOf(connection, select + page, last === undefined ? [] : [last]);
    for (const row of rows) {
      const old = row.value ?? null;
      const value = recasted(old, type, () => {
        const place = key.map((each, index) => `${each} = ${shown(row[`key${index}`] ?? null)}`).join(', ');
        return `"${table}"."${column}" holds ${shown(old)} where ${place}`;
      });
      if (!sameScalar(old, value))
        await rowsOf(connection, update, [value, ...key.map((_, index) => row[`key${index}`] ?? null)]);
    }
    if (!paged || rows.length < pageSize) return;
    last = rows.at(-1)?.key0;
  }
}
