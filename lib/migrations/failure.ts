import type { Connection } from '../connection/connection.ts';
import { ConnectionLost } from '../errors/connection.ts';
import { MigrationFailed } from '../errors/migration.ts';
import { StatementError } from '../errors/statement.ts';
import { LockLost } from '../errors/transaction.ts';
import { describeOperation } from './operations.ts';
import type { OperationQueue } from './queue.ts';
import type { Aftermath } from './recovery.ts';

/** What has to be known of a migration that stopped, beside the error. */
export interface Stop {
  readonly migration: string;
  readonly direction: 'up' | 'down';
  readonly queue: OperationQueue;
  readonly connection: Connection;
  /** Undefined where the database has rolled all of it back. */
  readonly aftermath: Aftermath | undefined;
}

/**
 * The error of a migration that stopped: where it stopped, why, and what the database has kept of it.
 *
 * @param error - what it stopped with
 */
export function failureOf(error: unknown, stop: Stop): MigrationFailed {
  const { operations, done, failed } = stop.queue;
  const place =
    failed === undefined ? '' : ` at operation ${done + 1} of ${operations.length} (${describeOperation(failed)})`;
  const message = error instanceof Error ? error.message : String(error);
  const statement = error instanceof StatementError ? ` The statement was: ${error.sql}` : '';
  const what = `The migration ${stop.migration} stopped${place}: ${ended(message)}${statement === '' ? '' : ended(statement)}`;
  return new MigrationFailed(what, { migration: stop.migration, cause: error, hint: keptOf(stop) });
}

function keptOf({ queue: { operations, done }, connection, aftermath, direction }: Stop): string {
  const again = direction === 'up' ? 'ar migrate' : 'ar rollback';
  const count = `${done} of ${operations.length} operations ${done === 1 ? 'is' : 'are'} done`;
  switch (aftermath?.kind) {
    case undefined:
      return 'Nothing of it was kept: mend it and run it again.';
    case 'nothing':
      return 'No operation of it was carried out; rows that it wrote stay. Mend it and run it again.';
    case 'undone':
      return `${done} of ${operations.length} operations were done, and all that was done of it (${aftermath.steps} ${aftermath.steps === 1 ? 'statement' : 'statements'}) was undone at once: mend it and run it again.`;
    case 'stopped': {
      const kept = operations.slice(0, done).map(describeOperation);
      const list = kept.length === 0 ? '' : ` (${kept.join('; ')})`;
      return `${count}${list} and ${done === 1 ? 'stays' : 'stay'}${connection.dialect.features.transactionalDdl ? '' : `: ${connection.dialect.label} cannot roll back schema changes`}. ${ended(aftermath.because)} Leave those operations as they are, mend the others or the data, and run ${again}: it goes on behind them.`;
    }
    case 'undoing':
      return `${done} of ${operations.length} operations were done, and were being undone, which stopped half way. ${ended(aftermath.because)} Mend what is in its way, and run ${again}: it finishes that first.`;
    case 'unknown':
      return `${count}. Whether the last statement was carried out is not known: ${again} looks it up, and goes on from there.`;
  }
}

/** Nothing more may be sent after these: nobody knows what others do, or whether anything arrives. */
export function forbidsMore(error: unknown): boolean {
  return error instanceof LockLost || error instanceof ConnectionLost;
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
