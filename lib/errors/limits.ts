import { ActiveRecordError, type ErrorDetails } from './base.ts';

/** A statement was ended before its answer was there, as its caller had asked for. */
export abstract class QueryStopped extends ActiveRecordError {
  /** The statement; undefined where none was sent. */
  readonly sql: string | undefined;

  constructor(what: string, details: ErrorDetails & { readonly sql: string | undefined }) {
    super(what, details);
    this.sql = details.sql;
  }
}

/** The signal was aborted; `cause` is its reason. */
export class QueryAborted extends QueryStopped {
  readonly code = 'AR_QUERY_ABORTED';
}

/** The time of the query was over. */
export class QueryTimeout extends QueryStopped {
  readonly code = 'AR_QUERY_TIMEOUT';
}
