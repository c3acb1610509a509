import { ActiveRecordError } from './base.ts';

/** A test sent more or fewer statements than it had said. */
export class QueryCountMismatch extends ActiveRecordError {
  readonly code = 'AR_QUERY_COUNT';
  /** The statements that were sent, in order. */
  readonly statements: readonly string[];

  constructor(what: string, statements: readonly string[]) {
    super(what);
    this.statements = statements;
  }
}
