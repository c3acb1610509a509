import type { DriverConnection, Outcome, RunOptions } from '../adapters/contract.ts';
import { CapabilityMissing } from '../errors/query.ts';
import { type Compiled, literalStatement } from '../sql/compile.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Executor } from './executor.ts';

// What stands in the way of a schema change.

/**
 * @param around - whose transaction the change would be in
 * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) inside a transaction that the change would end
 */
export function requireSchemaChange(dialect: Dialect, around: 'scope' | 'test' | undefined): void {
  if (dialect.features.transactionalDdl || around === undefined) return;
  throw new CapabilityMissing(
    `${dialect.label} commits the transaction around a schema change${around === 'test' ? ', here that of the test' : ''}; nothing was sent.`,
    {
      hint:
        around === 'test'
          ? 'Change the schema before the tests (beforeAll), or run this one without a transaction around it.'
          : 'Change the schema before the transaction begins or after its end, or in withoutTransaction(…).',
    },
  );
}

export function noRebuildInside(dialect: Dialect, operation: DdlOperation): CapabilityMissing {
  return new CapabilityMissing(
    `${dialect.label} writes the table anew for ${operation.kind}, which cannot be done inside a transaction; nothing was sent.`,
    { hint: 'Do it before the transaction begins or after its end: foreign keys are suspended around it.' },
  );
}

const plain: RunOptions = { prepared: false, bigints: false };

/** Sends a statement in a session that waits no longer for others than `limit` says; afterwards it does so again. */
export async function runLimited(
  executor: Executor,
  connection: DriverConnection,
  statement: Compiled,
  limit: { readonly before: string; readonly after: string },
): Promise<Outcome> {
  try {
    await connection.run(literalStatement(limit.before), plain);
  } catch (error) {
    throw executor.translate(error, literalStatement(limit.before));
  }
  try {
    return await executor.send(connection, statement, plain);
  } finally {
    // In a transaction that has failed no statement is carried out: the setting is rolled back with it.
    if (connection.transactionState !== 'failed') await restore(executor, connection, limit.after);
  }
}

async function restore(executor: Executor, connection: DriverConnection, after: string): Promise<void> {
  try {
    await connection.run(literalStatement(after), plain);
  } catch {
    executor.changeSession(connection);
  }
}
