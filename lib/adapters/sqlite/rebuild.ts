import { InvalidQuery } from '../../errors/query.ts';
import { InvalidForeignKey } from '../../errors/statement.ts';
import type { DdlOperation, ForeignKeySpec, RenameIndex } from '../../sql/ddl/spec.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import { asking } from '../ask.ts';
import type { DriverConnection, TableRebuild } from '../contract.ts';
import { sqliteIntrospection } from './introspection.ts';
import { brokenDependent, holdStatistics, readOldTable, returnStatistics } from './rebuild-dependents.ts';
import { holdRows, keepLastId, lastId, recast, returnRows } from './rebuild-rows.ts';
import { execute, name, text } from './rebuild-statements.ts';
import { type RebuildOperation, rewriteTable } from './rebuild-text.ts';
import { applyEdits } from './table-text.ts';
import { is, significant, tokenize } from './tokens.ts';

const rebuilds: readonly DdlOperation['kind'][] = [
  'changeColumn',
  'changeColumnDefault',
  'changeColumnNull',
  'removeColumn',
  'addForeignKey',
  'removeForeignKey',
  'addCheck',
  'addUnique',
  'removeConstraint',
  'renameIndex',
];

function isRebuild(operation: DdlOperation): operation is RebuildOperation {
  // ADD COLUMN takes neither a value that rows would have to be given, nor a default that is computed for each.
  if (operation.kind === 'addColumn')
    return operation.column.generated?.stored === true || operation.column.computedDefault !== undefined;
  return rebuilds.includes(operation.kind);
}

/** The rows that the new key does not allow. */
async function checkForeignKey(connection: DriverConnection, key: ForeignKeySpec): Promise<void> {
  const sql = `PRAGMA foreign_key_check(${name(key.table)})`;
  const refuse = (message: string, hint: string, cause?: unknown) =>
    new InvalidForeignKey(message, {
      constraint: key.name,
      table: key.table,
      columns: key.columns,
      sql,
      binds: [],
      cause,
      hint,
    });
  let count: number;
  try {
    // SQLite numbers the keys of a table from the last one back, and this one is the last.
    const [row] = await asking(connection)`
      SELECT count(*) AS count FROM pragma_foreign_key_check(${key.table}) WHERE fkid = 0`;
    count = Number(row?.count ?? 0);
  } catch (error) {
    throw refuse(
      `The foreign keys of "${key.table}" cannot be checked: ${error instanceof Error ? error.message : String(error)}.`,
      'The columns that a foreign key points to have to be the primary key, or unique together.',
      error,
    );
  }
  if (count === 0) return;
  throw refuse(
    `${count} ${count === 1 ? 'row' : 'rows'} of "${key.table}" refer by ${key.columns.join(', ')} to no row of "${key.toTable}".`,
    'Mend or delete those rows first.',
  );
}

/**
 * The rows step aside, not the table: one that is renamed takes with it what names it in views, triggers and keys of
 * other tables, and no rename at all can be had where a check of its own does.
 */
async function replaceTable(connection: DriverConnection, operation: RebuildOperation): Promise<void> {
  const old = await readOldTable(asking(connection), operation);
  const newSql = rewriteTable(old.sql, operation);
  const types = operation.kind === 'changeColumn' ? await sqliteIntrospection.columns(connection, old.name) : [];
  const brokenBefore = await brokenDependent(connection);
  const id = await lastId(connection, old.name);
  const known = await holdStatistics(connection, old.name);
  const rows = await holdRows(connection, old);
  await execute(connection, `DROP TABLE main.${name(old.name)}`);
  await execute(connection, newSql);
  await returnRows(connection, old.name, rows);
  await keepLastId(connection, old.name, newSql, id);
  await recast(connection, operation, old, types);
  for (const sql of old.dependents) await execute(connection, sql);
  await returnStatistics(connection, old.name, known);
  if (operation.kind === 'addForeignKey') await checkForeignKey(connection, operation.foreignKey);
  const broken = await brokenDependent(connection);
  if (broken !== undefined && brokenBefore === undefined) throw broken;
}

/** CREATE INDEX of the index anew under the other name. @returns false where it is not one that has a statement */
async function renameIndex(connection: DriverConnection, { from, to }: RenameIndex): Promise<boolean> {
  const [row] = await asking(connection)`
    SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ${from} COLLATE NOCASE AND sql IS NOT NULL`;
  if (row === undefined) return false;
  const sql = text(row.sql);
  const tokens = significant(tokenize(sql));
  const named = tokens[tokens.findIndex((token) => is(token, 'INDEX')) + 1];
  if (named === undefined) throw new InvalidQuery(`The index "${from}" is declared in a way that is not understood.`);
  await execute(connection, `DROP INDEX main.${name(from)}`);
  await execute(connection, applyEdits(sql, [{ start: named.start, end: named.end, text: name(to) }]));
  return true;
}

/** All of it or nothing, whether or not a transaction is open. */
async function atomically(connection: DriverConnection, change: () => Promise<void>): Promise<void> {
  const [legacy] = await asking(connection)`PRAGMA legacy_alter_table`;
  await execute(connection, 'SAVEPOINT ar_rebuild');
  try {
    await change();
  } catch (error) {
    if (connection.transactionState === 'open') await execute(connection, 'ROLLBACK TO ar_rebuild');
    throw error;
  } finally {
    // SQLite itself ends the whole transaction where a disk is full or fails: that error is the one to tell.
    if (connection.transactionState === 'open') await execute(connection, 'RELEASE ar_rebuild');
    await execute(connection, `PRAGMA legacy_alter_table = ${legacy?.legacy_alter_table === 1 ? 'ON' : 'OFF'}`);
  }
}

/**
 * Carries out what SQLite has no statement for by writing the table anew: rows, row ids, indexes, triggers, checks,
 * generated columns, the counter of its ids and its statistics are kept.
 */
export const sqliteRebuild: TableRebuild = {
  // DROP COLUMN exists, but refuses columns of an index or key, which the other databases drop along with them.
  handles: isRebuild,

  /**
   * @throws InvalidQuery (`AR_QUERY_INVALID`) where foreign keys are enforced: dropping the old table would delete the
   * rows that refer to it. The pragma does nothing in a transaction, so it is for the caller to set before.
   */
  async apply(connection, operation) {
    if (operation.kind === 'renameIndex' && (await renameIndex(connection, operation))) return;
    if (!isRebuild(operation)) {
      throw new InvalidQuery(`SQLite has a statement for ${operation.kind}; no table is written anew for it.`);
    }
    const [enforced] = await asking(connection)`PRAGMA foreign_keys`;
    if (enforced?.foreign_keys === 0) return atomically(connection, () => replaceTable(connection, operation));
    if (operation.kind !== 'removeColumn') {
      throw new InvalidQuery('A table of SQLite cannot be written anew while foreign keys are enforced.', {
        hint: 'Set PRAGMA foreign_keys = OFF before the transaction, and ON behind it; migrations do.',
      });
    }
    for (const sql of sqliteDialect.ddl.removeColumn(operation, sqliteDialect)) await execute(connection, sql);
  },
};
