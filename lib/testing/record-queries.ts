import { type StatementEvent, statementChannel } from '../connection/events.ts';
import { type Recording, recordingScope } from '../connection/recording.ts';

export interface RecordQueriesOptions {
  /** Also what begins and ends transactions and savepoints. */
  readonly transactions?: boolean;
}

/** What a function gave, and the statements that it sent. */
export interface RecordedQueries<T> {
  readonly result: T;
  /** In the order in which they were sent, of all connections. */
  readonly statements: readonly StatementEvent[];
}

const control = /^\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

const nothing = () => undefined;
const subscriber = { start: note, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };
let running = 0;

/** Called in the async context of whoever sends the statement. */
function note(event: StatementEvent): void {
  for (let recording = recordingScope.getStore(); recording !== undefined; recording = recording.outer)
    if (recording.active) recording.events.push(event);
}

/**
 * Runs `fn`, and notes the statements that it, and whatever it calls, sends meanwhile, on any connection. Code that runs
 * at the same time but was not started by `fn` is not looked at.
 *
 * ```ts
 * const { result, statements } = await recordQueries(() => User.find(1));
 * statements.map(({ sql }) => sql); // ['SELECT … FROM users WHERE id = ? LIMIT 1']
 * ```
 * @param fn - what it returns is awaited
 * @param options - `transactions`: note BEGIN, COMMIT, ROLLBACK and savepoints too
 * @returns what `fn` gave, and an event for each statement: `sql`, `binds`, `duration`, `rows`, `error` …
 * @throws what `fn` throws
 */
export async function recordQueries<T>(
  fn: () => T | PromiseLike<T>,
  options: RecordQueriesOptions = {},
): Promise<RecordedQueries<T>> {
  const recording: Recording = { outer: recordingScope.getStore(), events: [], active: true };
  if (running++ === 0) statementChannel.subscribe(subscriber);
  try {
    // Awaited inside: a query that is given back unsent is sent there.
    const result = await recordingScope.run(recording, async () => await fn());
    const statements =
      options.transactions === true ? recording.events : recording.events.filter(({ sql }) => !control.test(sql));
    return { result, statements };
  } finally {
    recording.active = false;
    if (--running === 0) statementChannel.unsubscribe(subscriber);
  }
}
