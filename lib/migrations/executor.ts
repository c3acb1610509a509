import type { Connection } from '../connection/connection.ts';
import type { MigrationOperation } from './operations.ts';
import type { Executor } from './queue.ts';
import { stepsOf } from './schema-steps.ts';

/** Carries out the operations of migrations, so that each means the same on every database. */
export class DatabaseExecutor implements Executor {
  readonly connection: Connection;
  readonly partial: string[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async apply(operation: MigrationOperation): Promise<void> {
    this.partial.length = 0;
    for (const step of await stepsOf(operation, this.connection)) {
      if (step.kind === 'execute') await this.connection.execute(step.statement);
      else await this.connection.applyDdl(step);
      this.partial.push(step.kind);
    }
  }
}
