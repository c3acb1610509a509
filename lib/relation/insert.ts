import type { Outcome } from '../adapters/contract.ts';
import { RecordNotUnique } from '../errors/statement.ts';
import type { AttributeSet } from '../record/attribute.ts';
import { compile } from '../sql/compile.ts';
import type { ConflictNode } from '../sql/nodes.ts';
import type { Type } from '../types/type.ts';
import { chunksOf } from './insert-chunks.ts';
import { InsertResult } from './insert-result.ts';
import { type PreparedRows, prepareRows, valuesOf } from './insert-rows.ts';
import type { ReadySource } from './source.ts';

/** Inserts rows without making records of them: defaults and timestamps are filled in, callbacks and validations are not run. */
export async function insertAll(ready: ReadySource, given: unknown): Promise<InsertResult> {
  const prepared = await prepareRows(ready.attributes, given, ready.connection.dialect, 'insertAll');
  return sendRows(ready, prepared, undefined, 'insertAll');
}

/** Sends prepared rows: one statement where it can hold them, else several in one transaction. */
export async function sendRows(
  ready: ReadySource,
  prepared: PreparedRows,
  conflict: ConflictNode | undefined,
  what: string,
): Promise<InsertResult> {
  const { connection, attributes } = ready;
  const { dialect } = connection;
  const chunks = chunksOf(prepared, conflict, dialect, what);
  // Rows that are left alone are not given back where the database names no conflict, and counted with the others.
  const tellsSkipped = conflict === undefined || conflict.set.length > 0 || dialect.features.conflictTargets === true;
  // Of an upsert the row that is there keeps its key: MySQL meets it by any unique index, and keys may be alike that
  // are not the same.
  const known = conflict === undefined ? valuesOf(prepared, attributes.keys) : undefined;
  const asks = known === undefined && attributes.keys.length > 0 && dialect.features.bulkIds && tellsSkipped;
  const sensitive = prepared.written.flatMap((attribute, index) => (attribute.sensitive ? [index] : []));
  const outcomes: Outcome[] = [];
  const send = async () => {
    for (const rows of chunks) {
      const statement = {
        kind: 'insert' as const,
        table: attributes.tableName,
        columns: prepared.written.map((attribute) => attribute.column),
        rows,
        sensitive,
        // A single row is inserted plainly, since the protocol does not tell whether it met another.
        conflict: tellsSkipped || rows.length > 1 ? conflict : undefined,
        returning: asks ? attributes.keys.map((key) => key.column) : [],
      };
      const run = () => connection.run(compile(statement, dialect), { prepared: false, bigints: asks }, 'write');
      outcomes.push(await (tellsSkipped ? run() : countingSkipped(run, rows.length)));
    }
  };
  // One statement is its own transaction; several are a savepoint inside of another one.
  if (chunks.length <= 1) await send();
  else await connection.transaction(send);
  const count =
    conflict?.set.length === 0
      ? outcomes.reduce((sum, { affectedRows, rows }) => sum + Math.max(affectedRows, rows.length), 0)
      : prepared.rows.length;
  if (known !== undefined)
    return new InsertResult(
      count,
      known.map((key) => keyOf(attributes, key)),
    );
  if (asks) {
    const returned = outcomes.flatMap(({ rows }) => rows);
    const keys = returned.map((row) =>
      attributes.keys.map(({ type, column }) => (type as Type).deserialize(row[column] ?? null)),
    );
    return new InsertResult(
      count,
      keys.map((key) => keyOf(attributes, key)),
    );
  }
  return new InsertResult(count, countedKeys(ready, prepared, conflict, chunks, outcomes));
}

/** A key of one column is its value, one of several an object. */
function keyOf({ keys }: AttributeSet, values: readonly unknown[]): unknown {
  return keys.length === 1 ? values[0] : Object.fromEntries(keys.map(({ name }, index) => [name, values[index]]));
}

/** Whether these are the columns of the primary key. */
export function isKey({ keys }: AttributeSet, columns: readonly string[]): boolean {
  return keys.length === columns.length && keys.every(({ column }) => columns.includes(column));
}

/** How many rows were really inserted, by a statement that meets others without a word. */
async function countingSkipped(run: () => Promise<Outcome>, count: number): Promise<Outcome> {
  try {
    const outcome = await run();
    return { ...outcome, affectedRows: count - (outcome.duplicates ?? 0) };
  } catch (error) {
    if (count === 1 && error instanceof RecordNotUnique) return { rows: [], affectedRows: 0, insertId: undefined };
    throw error;
  }
}

/**
 * MySQL tells only the first key that an insert has counted up. It takes those of one statement with a known number of
 * rows at once, so that the others follow from it.
 */
function countedKeys(
  { attributes, connection }: ReadySource,
  prepared: PreparedRows,
  conflict: ConflictNode | undefined,
  chunks: readonly PreparedRows['rows'][],
  outcomes: readonly Outcome[],
): readonly unknown[] | string {
  const [key] = attributes.keys;
  if (key === undefined) return `${attributes.modelName} has no primary key`;
  const { label, features } = connection.dialect;
  if (conflict !== undefined) return `${label} does not tell which rows an upsert has written`;
  if (prepared.rows.length === 0) return [];
  const isCounted = attributes.keys.length === 1 && key.autoIncrement && !prepared.written.includes(key);
  const step = features.autoIncrementStep;
  if (!isCounted || step === undefined) return `${label} does not tell those that it has made`;
  const keys: unknown[] = [];
  for (const [index, { insertId }] of outcomes.entries()) {
    if (insertId === undefined) return `${label} did not tell the first`;
    const length = chunks[index]?.length ?? 0;
    for (let row = 0; row < length; row++)
      keys.push((key.type as Type).deserialize(BigInt(insertId) + BigInt(row * step)));
  }
  return keys;
}
