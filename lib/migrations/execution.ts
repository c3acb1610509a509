import type { Connection } from '../connection/connection.ts';
import type { LockCheck } from '../connection/named-lock.ts';
import type { DataProgress } from './data-steps.ts';

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
