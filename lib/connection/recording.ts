import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from '../support/shared.ts';
import type { StatementEvent } from './events.ts';

/** Who notes the statements that some function, and whatever it calls, sends. */
export interface Recording {
  /** The recording around this one: it notes the same statements. */
  readonly outer: Recording | undefined;
  readonly events: StatementEvent[];
  /** False once the function has come back: what it has left unawaited is no longer its own. */
  active: boolean;
}

/** The recording that the running async code is in. Statements of code outside of it are never part of it. */
export const recordingScope = shared('recordings', () => new AsyncLocalStorage<Recording>());
