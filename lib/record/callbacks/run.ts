import { Halted, RecordNotDestroyed, RecordNotSaved } from '../../errors/callback.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { lifeKey, type RecordState } from '../state.ts';
import type { Callback, CallbackSet, Proceed } from './callback.ts';
import { inChain } from './chain.ts';
import type { AroundEvent, CallbackEvent } from './events.ts';

/**
 * Runs what an event is about with the callbacks of that event: those before it, those around it (the first one
 * outermost), and those after it. One that throws stops all.
 *
 * @throws RecordNotSaved, RecordNotDestroyed where a callback has said `halt`, or an `around` one has not gone on
 */
export async function withCallbacks(
  callbacks: CallbackSet | undefined,
  event: AroundEvent,
  record: RecordState,
  body: Proceed,
): Promise<void> {
  const found = callbacks?.of(event);
  if (callbacks === undefined || found === undefined) return body();
  const { modelName } = callbacks;
  for (const each of found.before) await callOne(each, record, modelName);
  await nest(found.around, 0, record, modelName, body);
  for (const each of found.after) await callOne(each, record, modelName);
}

/** Runs callbacks for which it is too late to stop anything but by throwing. */
export async function runAfter(callbacks: readonly Callback[], record: RecordState, modelName: string): Promise<void> {
  for (const each of callbacks) await callOne(each, record, modelName);
}

async function callOne(callback: Callback, record: RecordState, modelName: string): Promise<void> {
  if (!(await isAsked(callback, record))) return;
  try {
    await inChain(record, callback, () => callback.call(record));
  } catch (error) {
    throw stopped(error, callback, record, modelName);
  }
}

/** Whether its conditions hold. */
async function isAsked({ event, on, if: yes, unless: no }: Callback, record: RecordState): Promise<boolean> {
  if (event === 'validation' && on?.has(record[lifeKey]?.isNew === true ? 'create' : 'update') === false) return false;
  if (yes !== undefined && !(await yes(record))) return false;
  return no === undefined || !(await no(record));
}

async function nest(
  around: readonly Callback[],
  index: number,
  record: RecordState,
  modelName: string,
  body: Proceed,
): Promise<void> {
  const callback = around[index];
  if (callback === undefined) return body();
  const inner = () => nest(around, index + 1, record, modelName, body);
  if (!(await isAsked(callback, record))) return inner();
  await runAround(callback, record, modelName, inner);
}

/**
 * Whatever an `around` callback does with what it goes around, that is waited for, and its failure is a failure: a save
 * that was not made must not look like one.
 */
async function runAround(callback: Callback, record: RecordState, modelName: string, inner: Proceed): Promise<void> {
  let begun: Promise<void> | undefined;
  const proceed: Proceed = () => {
    if (begun !== undefined) {
      return Promise.reject(
        new InvalidQuery(`${callback.label} has gone on twice.`, {
          hint: 'Call the function that it is given once.',
        }),
      );
    }
    begun = inner();
    // It may fail before anybody waits for it; that it has failed is seen below.
    begun.catch(() => undefined);
    return begun;
  };
  try {
    await inChain(record, callback, () => callback.call(record, proceed));
  } catch (error) {
    // What it goes around is under way still where it did not wait for that.
    await Promise.allSettled([begun]);
    throw stopped(error, callback, record, modelName);
  }
  if (begun === undefined) {
    throw stopped(new Halted('it did not call the function that it was given'), callback, record, modelName);
  }
  await begun;
}

/** What a callback threw: `halt` is said in the words of what it has stopped. */
function stopped(error: unknown, { label, event }: Callback, record: RecordState, modelName: string): unknown {
  if (!(error instanceof Halted)) return error;
  if (isSaving(event)) return new RecordNotSaved(modelName, record, label, error.reason);
  if (event === 'destroy') return new RecordNotDestroyed(modelName, record, label, error.reason);
  return error;
}

const saving: readonly CallbackEvent[] = ['validation', 'save', 'create', 'update'];
const isSaving = (event: CallbackEvent) => saving.includes(event);
