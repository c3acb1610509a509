import type { Connection } from '../connection/connection.ts';
import { nodeOfSql } from '../connection/own-sql.ts';
import { type Compiled, compile } from '../sql/compile.ts';
import { commitsImplicitly, sessionEffect } from '../sql/session-effect.ts';
import type { Sql } from '../sql/template.ts';
import { noProgress, runData } from './data-steps.ts';
import type { Execution } from './execution.ts';
import type { MigrationOperation } from './operations.ts';
import { patiently } from './patience.ts';
import type { Executor } from './queue.ts';
import { type SchemaStep, stepsOf } from './schema-steps.ts';

/** Carries out the operations of migrations inside a transaction that takes all of them back when one fails. */
export class DatabaseExecutor implements Executor {
  readonly connection: Connection;
  readonly #execution: Execution;

  constructor(execution: Execution) {
    this.connection = execution.connection;
    this.#execution = execution;
  }

  async apply(operation: MigrationOperation): Promise<void> {
    const { connection, check, onProgress } = this.#execution;
    await check();
    if (operation.kind === 'data') {
      const told = onProgress;
      return runData(operation, { connection, from: noProgress, check, record: async () => undefined, told });
    }
    for (const step of await stepsOf(operation, connection)) await this.#send(step);
  }

  /** A schema change is a part of its own of the transaction, where it may be tried again: a failure ends only that. */
  async #send(step: SchemaStep): Promise<void> {
    const { connection, lockTimeout } = this.#execution;
    const own = step.kind === 'execute';
    if (own && schemaChangeOf(step.statement, connection) === undefined) {
      await connection.execute(step.statement);
      return;
    }
    const send = () =>
      own ? runOwnStatement(step.statement, connection, lockTimeout) : connection.applyDdl(step, lockTimeout);
    if (connection.adapter.schemaChanges.lockWait(lockTimeout, '') === undefined) return send();
    return patiently(this.#execution, () => connection.schemaTransaction(send));
  }

  answer(_question: string, _operation: number, _turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    return ask();
  }
}

/** A statement of the migration's own; one that changes the schema waits no longer for others than any other. */
export async function runOwnStatement(statement: Sql, connection: Connection, lockWait: number): Promise<void> {
  const change = schemaChangeOf(statement, connection);
  if (change === undefined) await connection.execute(statement);
  else await connection.runSchemaStatement(change, lockWait);
}

function schemaChangeOf(statement: Sql, connection: Connection): Compiled | undefined {
  const compiled = compile(nodeOfSql(statement), connection.dialect);
  return commitsImplicitly(compiled.sql) && sessionEffect(compiled.sql) === undefined ? compiled : undefined;
}
