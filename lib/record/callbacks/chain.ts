import { AsyncLocalStorage } from 'node:async_hooks';
import { CallbackLoop } from '../../errors/callback.ts';
import type { RecordState } from '../state.ts';
import type { Callback } from './callback.ts';
import type { CallbackEvent } from './events.ts';

// Callbacks may save other records, whose callbacks save further ones. One that saves the record that it is called for
// would be called again: before the row is written that can only be a mistake; afterwards it may be meant (a record that
// needs its key to go on), as long as it comes to an end.

/** What can be begun for a record. */
type Operation = 'save' | 'destroy' | 'touch' | 'validation';
/** What a callback belongs to. */
type Part = Operation | 'find';

/** A callback that is running, in the one that led to it. */
interface Frame {
  readonly record: RecordState;
  readonly operation: Part;
  readonly callback: Callback;
  readonly outer: Frame | undefined;
  readonly depth: number;
  /** What an `around` callback goes around has been written. */
  isWritten: boolean;
  /** It has returned: what it started and did not wait for is no part of it any more, nor of what led to it. */
  isDone: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

/** How often operations on one record may lead to one another. */
const most = 10;
/** How many callbacks may lead to one another, whatever the records. */
const deepest = 1000;

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

/** The callbacks that the running code is part of, the innermost first. */
function* running(): Generator<Frame> {
  for (let frame = frames.getStore(); frame !== undefined && !frame.isDone; frame = frame.outer) yield frame;
}

/**
 * Calls a callback, known as running to all that it does.
 *
 * @throws CallbackLoop (`AR_CALLBACK_LOOP`) for the thousandth that has led to the next
 */
export async function inChain<T>(record: RecordState, callback: Callback, call: () => T | PromiseLike<T>): Promise<T> {
  const [outer] = running();
  const operation = operations[callback.event];
  const depth = (outer?.depth ?? 0) + 1;
  if (depth > deepest) {
    throw new CallbackLoop(chainTo(callback.label), 'Each leads to the next, without end: let one of them stop.');
  }
  const frame: Frame = { record, operation, callback, outer, depth, isWritten: false, isDone: false };
  try {
    return await frames.run(frame, call);
  } finally {
    frame.isDone = true;
  }
}

/** The row has been written: what comes now comes after that, also inside of `around` callbacks. */
export function rowWritten(record: RecordState, operation: 'save' | 'destroy'): void {
  for (const frame of running()) {
    if (frame.record === record && frame.operation === operation) frame.isWritten = true;
  }
}

/** Whether the running code is a callback of a record, or was led to by one. */
export function isInCallbackOf(is: (record: RecordState) => boolean): boolean {
  for (const { record } of running()) if (is(record)) return true;
  return false;
}

/**
 * Before an operation on a record begins.
 *
 * @throws CallbackLoop (`AR_CALLBACK_LOOP`) where the running code is a callback of that same operation, and it has not been
 *   carried out yet; or where operations have led to one another ten times
 */
export function requireNoLoop(record: RecordState, operation: Operation, modelName: string): void {
  let times = 0;
  for (const frame of running()) {
    if (frame.record !== record || !isPartOf(frame, operation)) continue;
    if (isTooEarly(frame, operation)) {
      throw new CallbackLoop(chainTo(`${modelName}.${operation}`), hintOf(frame));
    }
    if (++times >= most) {
      throw new CallbackLoop(
        chainTo(`${modelName}.${operation}`),
        'Do it only where something is left to change, or write past the callbacks: updateColumns({ … }).',
      );
    }
  }
}

/** A save asks for the validations; whoever judges a record cannot have it saved. */
function isPartOf({ operation }: Frame, begun: Operation): boolean {
  return operation === begun || (operation === 'validation' && begun === 'save');
}

function isTooEarly({ operation, callback, isWritten }: Frame, begun: Operation): boolean {
  return (callback.time !== 'after' && !isWritten) || operation !== begun;
}

function hintOf({ operation, callback: { label } }: Frame): string {
  if (operation === 'save')
    return `${label} is called while the record is being saved: assign to it, and what it assigns is saved with the rest.`;
  const [doing, call] = operation === 'destroy' ? ['destroyed', 'destroy()'] : ['judged', 'save() and validate()'];
  return `${label} is called while the record is being ${doing}: leave out its own ${call}.`;
}

/** @param end - what would come next */
function chainTo(end: string): string[] {
  const chain = [end];
  for (const { record, operation, callback, outer } of running()) {
    chain.unshift(callback.label);
    // Of callbacks inside of one another, the save that they belong to is named once.
    const isInside = outer?.isDone === false && outer.record === record && outer.operation === operation;
    const isSame = isInside && outer.callback.time === 'around' && outer.callback !== callback;
    if (!isSame) chain.unshift(`${record.constructor.name}.${operation}`);
  }
  return chain;
}
