import type { Connection } from '../connection/connection.ts';
import { MigrationFailed } from '../errors/migration.ts';
import { AlreadyExists, StatementError } from '../errors/statement.ts';
import { describeOperation } from './operations.ts';
import type { OperationQueue } from './queue.ts';

/**
 * The error of a migration that stopped: where it stopped, why, and what the database has kept of it.
 *
 * @param error - what it stopped with
 * @param transaction - whether it ran in a transaction, where the database has one for schema changes
 */
export function failureOf(
  error: unknown,
  migration: string,
  queue: OperationQueue,
  connection: Connection,
  transaction: boolean,
): MigrationFailed {
  const { operations, done, failed } = queue;
  const place =
    failed === undefined ? '' : ` at operation ${done + 1} of ${operations.length} (${describeOperation(failed)})`;
  const message = error instanceof Error ? error.message : String(error);
  const statement = error instanceof StatementError ? ` The statement was: ${error.sql}` : '';
  const what = `The migration ${migration} stopped${place}: ${ended(message)}${statement === '' ? '' : ended(statement)}`;
  const hint = `${keptOf(queue, connection, transaction)}${earlierRun(error, queue, connection, transaction)}`;
  return new MigrationFailed(what, { migration, cause: error, hint });
}

/** What is there already may come from a run that could not be rolled back. */
function earlierRun(error: unknown, { done }: OperationQueue, connection: Connection, transaction: boolean): string {
  const rolledBack = transaction && connection.dialect.features.transactionalDdl;
  if (!(error instanceof AlreadyExists) || done > 0 || rolledBack) return '';
  return ' Perhaps an earlier run of it stopped half way: undo by hand what that one did.';
}

function keptOf(
  { operations, done, partial, failed }: OperationQueue,
  connection: Connection,
  transaction: boolean,
): string {
  const { transactionalDdl } = connection.dialect.features;
  if (transactionalDdl && transaction) return 'Nothing of it was kept: mend it and run it again.';
  const kept = operations.slice(0, done).map(describeOperation);
  if (failed !== undefined && partial.length > 0) kept.push(`of ${describeOperation(failed)} ${partial.join(', ')}`);
  if (kept.length === 0)
    return 'No operation of this run was carried out; rows that it wrote stay. Mend it and run it again.';
  return (
    `${transactionalDdl ? 'It ran without a transaction' : `${connection.dialect.label} cannot roll back schema changes`}: ${done} of ${operations.length} operations are done and stay ` +
    `(${kept.join('; ')}). Undo what was done by hand, or leave it out of the migration, before it is run again.`
  );
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
