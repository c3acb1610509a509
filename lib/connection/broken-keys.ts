import type { Row } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';
import { StatementError } from '../errors/statement.ts';
import type { Dialect } from '../sql/dialect.ts';

/** Asks the database, in the transaction of the schema change. */
type Query = (sql: string) => Promise<readonly Row[]>;

interface BrokenKey {
  readonly table: string;
  /** How many keys of the row are broken; undefined where the key cannot be checked at all. */
  readonly count: number | undefined;
  readonly message: string;
}

/** What is wrong with foreign keys, by what tells one fault from another. */
export type BrokenKeys = ReadonlyMap<string, BrokenKey>;

type KeyChecks = NonNullable<Dialect['foreignKeyChecks']>;

/** Rows whose foreign keys point to nothing, and tables whose keys point to what no key can point to. */
export async function brokenKeys(checks: KeyChecks, query: Query): Promise<BrokenKeys> {
  const broken = new Map<string, BrokenKey>();
  for (const { name } of await query(checks.tables)) {
    const table = String(name);
    try {
      for (const { row_id, parent, count } of await query(checks.violations(table))) {
        const key = JSON.stringify([table, String(row_id), parent]);
        broken.set(key, { table, count: Number(count), message: `to "${String(parent)}"` });
      }
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      broken.set(JSON.stringify([table, error.message]), { table, count: undefined, message: error.message });
    }
  }
  return broken;
}

/**
 * Refuses what a schema change has broken. What was broken before stays so: a program that never enforced its keys can
 * be migrated all the same.
 */
export function requireNoneBroken(before: BrokenKeys, after: BrokenKeys): void {
  let rows = 0;
  let first: BrokenKey | undefined;
  for (const [key, found] of after) {
    const was = before.get(key);
    if (found.count === undefined) {
      if (was !== undefined) continue;
      throw new InvalidQuery(`The schema change would leave a foreign key that cannot be checked: ${found.message}`, {
        hint: 'Nothing was changed. The columns that a foreign key points to have to be the primary key, or unique together.',
      });
    }
    const more = found.count - (was?.count ?? 0);
    if (more <= 0) continue;
    rows += more;
    first ??= found;
  }
  if (first === undefined) return;
  throw new InvalidQuery(
    `The schema change would leave ${rows} ${rows === 1 ? 'row' : 'rows'} whose foreign keys point to nothing (the first in table "${first.table}", ${first.message}).`,
    { hint: 'Nothing was changed. Mend or delete those rows first.' },
  );
}
