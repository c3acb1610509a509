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

/** Calls callbacks one after another; one that throws stops the rest. */
export async function runAfter(callbacks: readonly Callback[], record: RecordState, modelName: string): Promise<void> {
  for (const each of callbacks) await callOne(each, record, modelName);
}

/** Calls a callback, if it is asked for. */
export async function callOne(callback: Callback, record: RecordState, modelName: string): Promise<void> {
  try {
    await inChain(record, callback, async () => {
      if (await isAsked(callback, record)) await callback.call(record);
    });
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
  const going = new Going(callback, () => nest(around, index + 1, record, modelName, body));
  let isStanding: boolean;
  try {
    isStanding = await inChain(record, callback, () => isAsked(callback, record));
    if (isStanding) await inChain(record, callback, () => going.call(record));
  } catch (error) {
    throw stopped(error, callback, record, modelName);
  }
  if (!isStanding) await going.body();
}

/**
 * What an `around` callback goes around. Whatever the callback does with that, it is waited for, and its failure is a
 * failure: a save that was not made must not look like one.
 */
class Going {
  readonly body: Proceed;
  readonly #callback: Callback;
  #begun: Promise<void> | undefined;
  #isOver = false;
  #mistake: InvalidQuery | undefined;

  constructor(callback: Callback, body: Proceed) {
    this.#callback = callback;
    this.body = body;
  }

  async call(record: RecordState): Promise<void> {
    try {
      await this.#callback.call(record, this.#proceed);
    } finally {
      this.#isOver = true;
      // It is under way still where the callback did not wait for it.
      await Promise.allSettled([this.#begun]);
    }
    if (this.#begun === undefined) throw new Halted('it did not call the function that it was given');
    await this.#begun;
    if (this.#mistake !== undefined) throw this.#mistake;
  }

  readonly #proceed: Proceed = () => {
    const { label } = this.#callback;
    let result: Promise<void>;
    if (this.#begun === undefined && !this.#isOver) {
      this.#begun = this.body();
      result = this.#begun;
    } else {
      const what = this.#begun === undefined ? 'when it had returned' : 'twice';
      this.#mistake = new InvalidQuery(`${label} has called the function that it was given ${what}.`, {
        hint: 'Write await proceed(), once.',
      });
      result = Promise.reject(this.#mistake);
    }
    // It may fail before anybody waits for it; that it has failed is seen when the callback has returned.
    result.catch(() => undefined);
    return result;
  };
}

/** What a callback threw: `halt` is said in the words of what it has stopped. */
function stopped(error: unknown, { label, event }: Callback, record: RecordState, modelName: string): unknown {
  if (!(error instanceof Halted)) return error;
  if (isSaving(event)) return new RecordNotSaved(modelName, record, label, error);
  if (event === 'destroy') return new RecordNotDestroyed(modelName, record, label, error);
  return error;
}

const saving: readonly CallbackEvent[] = ['validation', 'save', 'create', 'update'];
const isSaving = (event: CallbackEvent) => saving.includes(event);
