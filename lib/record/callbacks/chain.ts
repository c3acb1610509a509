import { AsyncLocalStorage } from 'node:async_hooks';
import { CallbackLoop } from '../../errors/callback.ts';
import type { RecordState } from '../state.ts';
import type { Callback } from './callback.ts';
import type { CallbackEvent } from './events.ts';

// Callbacks may save other records, whose callbacks save further ones. One that saves the record that it is called for
// would be called again: before the row is written that can only be a mistake; afterwards it may be meant (a record that
// needs its key to go on), as long as it comes to an end.

/** What can be begun for a record. */
type Operation = 'save' | 'destroy' | 'validation';
/** What a callback belongs to. */
type Part = Operation | 'touch' | 'find';

/** A callback that is running, in the one that led to it. */
interface Frame {
  readonly record: RecordState;
  readonly operation: Part;
  readonly callback: Callback;
  readonly outer: Frame | undefined;
  /** It has returned: what it started and did not wait for is no part of it any more. */
  isDone: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

/** How often saves of one record may lead to one another. */
const most = 10;

const operations: Readonly<Record<CallbackEvent, Part>> = {
  validation: 'validation',
  save: 'save',
  create: 'save',
  update: 'save',
  destroy: 'destroy',
  // What these lead to comes after a save, and may lead to the next.
  commit: 'save',
  rollback: 'save',
  touch: 'touch',
  find: 'find',
  initialize: 'find',
};

/** Calls a callback, known as running to all that it does. */
export async function inChain(record: RecordState, callback: Callback, call: () => unknown): Promise<void> {
  const { event, time } = callback;
  const frame: Frame = { record, operation: operations[event], callback, outer: frames.getStore(), isDone: false };
  try {
    await frames.run(frame, call);
  } finally {
    // What comes after an `around` callback has gone on is inside of it still.
    if (time !== 'around') frame.isDone = true;
  }
}

/**
 * Before an operation on a record begins.
 *
 * @throws CallbackLoop (`AR_CALLBACK_LOOP`) where the running code is a callback of that same operation, and it has not been
 *   carried out yet; or where operations have led to one another ten times
 */
export function requireNoLoop(record: RecordState, operation: Operation, modelName: string): void {
  let times = 0;
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.isDone || frame.record !== record) continue;
    const isSame = isPartOf(frame, operation);
    if (isSame && frame.callback.time !== 'after') {
      throw new CallbackLoop(
        chainTo(operation, modelName),
        operation === 'destroy'
          ? `${frame.callback.label} is called while the record is being destroyed: leave out its own destroy().`
          : `${frame.callback.label} is called while the record is being saved: assign to it, and what it assigns is saved with the rest.`,
      );
    }
    if (isSame && ++times >= most) {
      throw new CallbackLoop(
        chainTo(operation, modelName),
        'Save it only where something is left to change, or write past the callbacks: updateColumns({ … }).',
      );
    }
  }
}

/** A save asks for the validations; whoever judges a record cannot have it saved. */
function isPartOf({ operation }: Frame, begun: Operation): boolean {
  return operation === begun || (operation === 'validation' && begun === 'save');
}

function chainTo(operation: Operation, modelName: string): string[] {
  const chain: string[] = [`${modelName}.${operation}`];
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.isDone) continue;
    chain.unshift(frame.callback.label);
    // Of callbacks of one record, the save that they belong to is named once.
    if (frame.outer?.record !== frame.record || frame.outer.callback.time === 'after') {
      chain.unshift(`${frame.record.constructor.name}.${frame.operation}`);
    }
  }
  return chain;
}
