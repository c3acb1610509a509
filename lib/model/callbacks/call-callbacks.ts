import { InvalidDefinition } from '../../errors/definition.ts';
import { requireNoLoop } from '../../record/callbacks/chain.ts';
import { queueCommit } from '../../record/callbacks/commit.ts';
import { runAfter } from '../../record/callbacks/run.ts';
import type { RecordState } from '../../record/state.ts';
import { isBeingChecked } from '../instantiate.ts';
import { ready as readyOf } from '../metadata.ts';
import { asModel } from '../model-class.ts';
import { callbacksOf } from './registered.ts';

// Callbacks that belong to no write of the record itself.

/** Calls `afterFind` of each of the records, one after another. */
export async function callFound(records: readonly RecordState[]): Promise<void> {
  for (const record of records) {
    const model = asModel(record.constructor);
    const callbacks = callbacksOf(model);
    if (callbacks !== undefined) await runAfter(callbacks.after('find'), record, model.name);
  }
}

/** Calls `afterTouch` of a record, in the transaction in which its row was touched, and queues what comes after that. */
export async function callTouched(record: RecordState): Promise<void> {
  const model = asModel(record.constructor);
  const callbacks = callbacksOf(model);
  if (callbacks === undefined) return;
  requireNoLoop(record, 'touch', model.name);
  const { connection } = await readyOf(model);
  queueCommit(callbacks, record, connection, 'update');
  await runAfter(callbacks.after('touch'), record, model.name);
}

/**
 * Calls `afterInitialize` of a record that is being constructed.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for one that is async: no constructor can wait for it
 */
export function callInitialized(record: RecordState): void {
  const model = asModel(record.constructor);
  const callbacks = callbacksOf(model)?.after('initialize');
  // One that is only looked at is nobody's record.
  if (callbacks === undefined || callbacks.length === 0 || isBeingChecked(model)) return;
  for (const { label, call, if: yes, unless: no } of callbacks) {
    if (yes !== undefined && isTrue(label, yes(record)) === false) continue;
    if (no !== undefined && isTrue(label, no(record))) continue;
    requireSync(label, call(record));
  }
}

const isTrue = (label: string, answer: unknown) => Boolean(requireSync(label, answer));

function requireSync(label: string, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  // It is refused in either case; that it fails as well must not end the process.
  result.catch(() => undefined);
  throw new InvalidDefinition(`${label} is async, and a constructor cannot wait for it.`, {
    hint: 'Write it without async; for what has to wait there are afterFind and beforeValidation.',
  });
}
