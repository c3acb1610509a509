import { transactionScope } from '../../connection/transaction.ts';
import type { RecordState } from '../state.ts';
import type { Callback, CallbackSet } from './callback.ts';
import type { RecordAction } from './events.ts';
import { callOne } from './run.ts';

/**
 * A record was written: once the transaction has ended, its callbacks for that are called, once for all that happened to
 * the record.
 */
export function queueCommit(
  callbacks: CallbackSet | undefined,
  record: RecordState,
  connection: object,
  action: RecordAction,
): void {
  if (callbacks === undefined) return;
  const committed = callbacks.after('commit');
  const rolledBack = callbacks.after('rollback');
  if (committed.length === 0 && rolledBack.length === 0) return;
  const calls = (all: readonly Callback[]) => (actions: ReadonlySet<string>) =>
    all
      .filter(({ on }) => on === undefined || [...on].some((each) => happened(each, actions)))
      .map((callback) => () => callOne(callback, record, callbacks.modelName));
  transactionScope.current(connection)?.afterwards(record, action, calls(committed), calls(rolledBack));
}

/** What was created or destroyed in the transaction was not also updated in it. */
function happened(action: RecordAction, actions: ReadonlySet<string>): boolean {
  if (action !== 'update') return actions.has(action);
  return actions.has('update') && !actions.has('create') && !actions.has('destroy');
}
