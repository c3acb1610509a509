import type { Scalar } from '../types/type.ts';
import type { DriverConnection, Row } from './contract.ts';

/** A query of an adapter's own, as a template tag: what stands in `${…}` is bound. */
export type Ask = (pieces: TemplateStringsArray, ...binds: Scalar[]) => Promise<Row[]>;

/** ``const rows = await asking(connection)`SELECT … WHERE name = ${table}` ``; rejects with the driver's error. */
export function asking(connection: DriverConnection): Ask {
  return async (pieces, ...binds) => {
    let sql = pieces[0] ?? '';
    for (let index = 0; index < binds.length; index++)
      sql += connection.dialect.placeholder(index) + (pieces[index + 1] ?? '');
    const outcome = await connection.run({ sql, binds, pieces, sensitive: [] }, { prepared: false, bigints: false });
    return outcome.rows;
  };
}

/** Rows of one answer by the text of a column, in the order of first appearance. */
export function groupRows(rows: readonly Row[], column: string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = String(row[column] ?? '');
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups];
}
