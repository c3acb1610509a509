import { ActiveRecordError } from './base.ts';

/** What is wrong with a query before any SQL is sent. */
export abstract class QueryError extends ActiveRecordError {}

/** The value does not fit the type of its column. */
export class InvalidValue extends QueryError {
  readonly code = 'AR_VALUE_INVALID';
}

/** The query was built from parts that make no sense together. */
export class InvalidQuery extends QueryError {
  readonly code = 'AR_QUERY_INVALID';
}

/** An update or delete without conditions. */
export class EveryRowRequired extends QueryError {
  readonly code = 'AR_EVERY_ROW';
}

/** The connected database cannot do this. */
export class CapabilityMissing extends QueryError {
  readonly code = 'AR_CAPABILITY_MISSING';
}
