import { ActiveRecordError } from './base.ts';

/** What is wrong with a session, or with what it was asked for. */
export abstract class SessionError extends ActiveRecordError {}

/** The session was used after `close()`, or after the end of its `await using` block. */
export class SessionClosed extends SessionError {
  readonly code = 'AR_SESSION_CLOSED';

  constructor(what: string) {
    super(`${what} was called on a session that has been closed.`, { hint: 'Make a new one: new Session().' });
  }
}

/**
 * A flush or a commit of the session has failed (`cause`), and its transaction is rolled back. Nothing else is done before
 * `rollback()` says that the program knows.
 */
export class SessionFailed extends SessionError {
  readonly code = 'AR_SESSION_FAILED';

  constructor(what: string, cause: unknown) {
    const why = cause instanceof Error ? ` (${cause.message.replace(/\.$/, '')})` : '';
    super(`${what} was called on a session whose transaction has failed${why} and is rolled back.`, {
      cause,
      hint: 'Call rollback() first: it forgets what was added, and takes back what was changed.',
    });
  }
}

/**
 * A callback of a record, or the function of `run`, was to flush or end the session that has called it; or a record was to
 * be taken out of the session during a flush.
 */
export class SessionBusy extends SessionError {
  readonly code = 'AR_SESSION_BUSY';

  constructor(what: string) {
    super(
      `${what} was called while the session was at work: by a callback of its records, by the function of run(), or during a flush.`,
      {
        hint: 'Do it when that has ended. Callbacks can add and delete records: what they add is written by the same flush.',
      },
    );
  }
}

/** The record is part of another session, or is none of this one; or another object stands for its row. */
export class SessionConflict extends SessionError {
  readonly code = 'AR_SESSION_CONFLICT';
}
