import type { Outcome, Row } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import type { RowInsert } from '../relation/gathering.ts';
import { chunksOf } from '../relation/insert-chunks.ts';
import type { ReadySource } from '../relation/source.ts';
import { compile, literalStatement } from '../sql/compile.ts';
import { columnNode } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';
import type { Scalar, Type } from '../types/type.ts';
import { rowsWithKeys, scalarText } from './bulk-rows.ts';

const options = { prepared: false, bigints: true };

/** Whether the row can be one of many of an INSERT: what the database fills in has to be known of each. */
export function isInsertable({ ready, written, missing }: RowInsert): boolean {
  const { features } = ready.connection.dialect;
  if (written.length === 0) return false;
  if (missing.length === 0) return true;
  // The text protocol of MySQL rounds them.
  if (missing.some(({ type }) => storageOf(type).kind === 'float')) return false;
  if (features.returning) return features.bulkIds;
  const { keys } = ready.attributes;
  const counted = missing.filter(({ autoIncrement }) => autoIncrement);
  if (keys.length === 0 || keys.some((key) => !written.includes(key) && !counted.includes(key))) return false;
  return counted.length === 0 || (counted.length === 1 && features.autoIncrementStepQuery !== undefined);
}

/** Inserts rows that have the same columns, and gives of each what the database has filled in. */
export async function insertTogether(writes: readonly RowInsert[]): Promise<Outcome[]> {
  const [first] = writes;
  if (first === undefined) return [];
  const { ready, written, missing } = first;
  const { connection, attributes } = ready;
  const { dialect } = connection;
  const returning = dialect.features.returning ? missing.map(({ column }) => column) : [];
  const sensitive = written.flatMap((attribute, index) => (attribute.sensitive ? [index] : []));
  const prepared = { given: [], written, rows: writes.map(({ values }) => values) };
  const chunks = chunksOf(prepared, undefined, dialect, 'flush');
  const found: Row[] = [];
  const send = async () => {
    for (const rows of chunks) {
      const statement = compile(
        {
          kind: 'insert',
          table: attributes.tableName,
          columns: written.map(({ column }) => column),
          rows,
          sensitive,
          returning,
        },
        dialect,
      );
      const outcome = await connection.run(statement, options, 'write');
      if (missing.length === 0) continue;
      const behind = writes.slice(found.length, found.length + rows.length);
      const made = dialect.features.returning ? outcome.rows : await countedRows(ready, behind, outcome);
      if (made.length !== rows.length) throw notTold(attributes.tableName, rows.length, made.length);
      found.push(...made);
    }
  };
  // One that fails leaves nothing behind, where it does not fail the transaction.
  const isWhole = chunks.length === 1 && dialect.features.transactionsFail !== true;
  await (isWhole ? send() : connection.transaction(send));
  return writes.map((_, index) => {
    const row = found[index];
    return { rows: row === undefined ? [] : [row], affectedRows: 1, insertId: undefined };
  });
}

function notTold(table: string, inserted: number, told: number): InvalidQuery {
  return new InvalidQuery(`${inserted} rows were inserted into ${table}, and the database has told of ${told}.`, {
    hint: 'A trigger or rule of the table may leave rows out. Save such records one by one.',
  });
}

/**
 * MySQL tells only the first key that an INSERT has counted up; it takes those of one statement with a known number of rows
 * at once. What else it has filled in is read.
 */
async function countedRows(
  ready: ReadySource,
  writes: readonly RowInsert[],
  { insertId }: Outcome,
): Promise<readonly Row[]> {
  const { attributes, connection } = ready;
  const missing = writes[0]?.missing ?? [];
  const counted = missing.find(({ autoIncrement }) => autoIncrement);
  const step = counted === undefined ? 1n : await stepOf(connection);
  const rows = writes.map((_, index): Row => {
    if (counted === undefined || insertId === undefined) return {};
    return { [counted.column]: BigInt(insertId) + BigInt(index) * step };
  });
  const unread = missing.filter((attribute) => attribute !== counted);
  if (unread.length === 0) return counted !== undefined && insertId === undefined ? [] : rows;
  const keys = writes.map(({ written, values }, index) =>
    attributes.keys.map((key): Scalar => {
      const position = written.indexOf(key);
      return (position === -1 ? rows[index]?.[key.column] : values[position]) ?? null;
    }),
  );
  const byKey = await readRows(ready, [...attributes.keys, ...unread], keys);
  const textOf = (key: readonly Scalar[]) => keyText(attributes.keys, key);
  return keys.flatMap((key, index) => {
    const row = byKey.get(textOf(key));
    return row === undefined ? [] : [{ ...row, ...rows[index] }];
  });
}

/** A wrong one would give records the keys of other rows. */
async function stepOf(connection: Connection): Promise<bigint> {
  const { autoIncrementStepQuery } = connection.dialect.features;
  if (autoIncrementStepQuery === undefined) return 1n;
  const { rows } = await connection.run(literalStatement(autoIncrementStepQuery), options, 'write');
  return BigInt(String(rows[0]?.step));
}

async function readRows(
  { attributes, connection }: ReadySource,
  columns: readonly Attribute[],
  keys: readonly (readonly Scalar[])[],
): Promise<ReadonlyMap<string, Row>> {
  const statement = compile(
    {
      kind: 'select',
      distinct: false,
      columns: columns.map(({ column }) => ({ expression: columnNode(column), alias: undefined })),
      from: { table: attributes.tableName },
      where: rowsWithKeys(attributes.keys, keys),
      order: [],
      limit: undefined,
      offset: undefined,
    },
    connection.dialect,
  );
  const { rows } = await connection.run(statement, options, 'read');
  return new Map(
    rows.map((row) => [
      keyText(
        attributes.keys,
        attributes.keys.map(({ column }) => row[column] ?? null),
      ),
      row,
    ]),
  );
}

/** By the values, whatever form they have: a number may come back as a bigint. */
const keyText = (keys: readonly Attribute[], values: readonly Scalar[]): string =>
  scalarText(
    keys.map(({ type }, index) => {
      const value = values[index] ?? null;
      return value === null ? value : String((type as Type).deserialize(value));
    }),
  );
