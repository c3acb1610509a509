import { InvalidValue } from '../errors/query.ts';
import type { Dialect } from '../sql/dialect.ts';
import { type ConflictNode, databaseDefault, type InsertedValue } from '../sql/nodes.ts';
import type { PreparedRows } from './insert-rows.ts';

type Rows = PreparedRows['rows'];

/** Large enough to make the round trip cheap. */
const rowsPerStatement = 1000;
/** Values of an upsert that stand behind the rows: its expressions seldom have more. */
const bindsBehind = 200;

/**
 * Rows in parts that the connected server takes in one statement: by the number of values, and by half of its packet
 * limit, since nobody knows to the byte what drivers add.
 *
 * @throws InvalidValue (`AR_VALUE_INVALID`) for a row that no statement can hold
 */
export function chunksOf(
  { rows, written }: PreparedRows,
  conflict: ConflictNode | undefined,
  dialect: Dialect,
  what: string,
): readonly Rows[] {
  const { maxBinds, maxStatementBytes } = dialect.features;
  const free = conflict === undefined ? maxBinds : maxBinds - bindsBehind;
  // Without a column there is no list of rows.
  const size =
    written.length === 0 ? 1 : Math.max(1, Math.min(rowsPerStatement, Math.floor(free / Math.max(1, written.length))));
  // Almost always: nobody has to count the bytes of each text.
  if (rows.length <= size && (maxStatementBytes === undefined || fits(rows, maxStatementBytes / 2)))
    return rows.length === 0 ? [] : [rows];
  const chunks: Rows[] = [];
  let chunk: (readonly InsertedValue[])[] = [];
  let bytes = 0;
  rows.forEach((row, index) => {
    const rowBytes = maxStatementBytes === undefined ? 0 : sizeOf(row, exactBytes);
    if (maxStatementBytes !== undefined && rowBytes > maxStatementBytes / 2)
      requireRoom(row, dialect, maxStatementBytes, `${what}: row ${index}`);
    const isFull =
      chunk.length === size || (maxStatementBytes !== undefined && bytes + rowBytes > maxStatementBytes / 2);
    if (isFull && chunk.length > 0) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(row);
    bytes += rowBytes;
  });
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

function fits(rows: Rows, limit: number): boolean {
  let bytes = 0;
  for (const row of rows) bytes += sizeOf(row, mostBytes);
  return bytes <= limit;
}

/** At most so many bytes: text and bytes may be written as hexadecimal digits. */
function sizeOf(row: readonly InsertedValue[], bytesOf: (text: string) => number): number {
  let size = 4;
  for (const value of row) {
    if (typeof value === 'string') size += 2 * bytesOf(value) + 18;
    else size += value instanceof Uint8Array ? 2 * value.byteLength + 5 : 26;
  }
  return size;
}

/** Nobody has to count: no character has more than three bytes for one unit of UTF-16. */
const mostBytes = (text: string): number => 3 * text.length;
const exactBytes = (text: string): number => Buffer.byteLength(text);

/** What the names of the table and its columns may take, at most. */
const head = 65_536;

function requireRoom(row: readonly InsertedValue[], dialect: Dialect, limit: number, where: string): void {
  const literals = row.map((value) =>
    value === databaseDefault ? 0 : Buffer.byteLength(dialect.literal(value ?? null)),
  );
  const size = literals.reduce((sum, length) => sum + length + 2, 0);
  if (size + Math.min(head, limit / 16) <= limit) return;
  throw new InvalidValue(
    `${where} takes ${size} bytes of SQL, and the server takes no statement of more than ${limit}.`,
    { hint: 'Nothing was inserted. Raise max_allowed_packet on the server, or keep such values in files.' },
  );
}
