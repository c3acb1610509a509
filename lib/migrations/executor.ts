import type { Connection } from '../connection/connection.ts';
import type { LockCheck } from '../connection/named-lock.ts';
import { nodeOfSql } from '../connection/own-sql.ts';
import { compile } from '../sql/compile.ts';
import { commitsImplicitly, sessionEffect } from '../sql/session-effect.ts';
import type { Sql } from '../sql/template.ts';
import { type DataProgress, noProgress, runData } from './data-steps.ts';
import type { MigrationOperation } from './operations.ts';
import type { Executor } from './queue.ts';
import { stepsOf } from './schema-steps.ts';

/** What every executor is given. */
export interface Execution {
  readonly connection: Connection;
  /** Before each statement. @throws LockLost (`AR_LOCK_LOST`) where another migrator may be at work */
  readonly check: LockCheck;
  /** Milliseconds that a schema change waits for others who use the table, and how often it is tried again. */
  readonly lockTimeout: number;
  readonly lockRetries: number;
  onProgress(progress: DataProgress): void;
  /** @param by - who it may be that the statement waits for */
  onBlocked(statement: string, by: readonly string[]): void;
}

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
    for (const step of await stepsOf(operation, connection)) {
      if (step.kind === 'execute') await connection.execute(step.statement);
      else await connection.applyDdl(step);
    }
  }

  answer(_question: string, _operation: number, _turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    return ask();
  }
}

/** A statement of the migration's own; one that changes the schema waits no longer for others than any other. */
export async function runOwnStatement(statement: Sql, connection: Connection, lockWait: number): Promise<void> {
  const compiled = compile(nodeOfSql(statement), connection.dialect);
  if (commitsImplicitly(compiled.sql) && sessionEffect(compiled.sql) === undefined)
    await connection.runSchemaStatement(compiled, lockWait);
  else await connection.execute(statement);
}
