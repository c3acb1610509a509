import type { Row } from '../contract.ts';

/** What both drivers can bind. */
export type SqliteValue = string | number | bigint | Uint8Array | null;

export interface SqliteChanges {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** A prepared statement of either driver, which can be run again and again. */
export interface SqliteStatement {
  /** Tells {@link all} from {@link run}. */
  readonly returnsRows: boolean;
  all(binds: readonly SqliteValue[]): Row[];
  /** The rows one by one; the statement is free again when the iterator has ended, or `return` was called. */
  iterate(binds: readonly SqliteValue[]): Iterator<Row>;
  run(binds: readonly SqliteValue[]): SqliteChanges;
}

/** An open database of either driver. Everything happens at once, and throws the driver's error. */
export interface SqliteHandle {
  /** A kept `SELECT *` sees columns that were added since. */
  readonly refreshesStars: boolean;
  /** @param bigints - whether whole numbers are read as bigint; otherwise as number */
  prepare(sql: string, bigints: boolean): SqliteStatement;
  inTransaction(): boolean;
  close(): void;
}

/** One of the ways to reach SQLite. */
export interface SqliteDriver {
  readonly name: 'node:sqlite' | 'better-sqlite3';
  /** Opens a file, making it where it is missing, or `:memory:`. */
  open(file: string): SqliteHandle;
}

/** For the statements of adapters themselves. */
export function rowsOf(handle: SqliteHandle, sql: string, ...binds: SqliteValue[]): Row[] {
  const statement = handle.prepare(sql, false);
  if (statement.returnsRows) return statement.all(binds);
  statement.run(binds);
  return [];
}
