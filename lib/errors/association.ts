import { ActiveRecordError, type ErrorDetails } from './base.ts';

/** What is wrong with the use of an association. */
export abstract class AssociationError extends ActiveRecordError {}

/** The name is no association of the model. */
export class UnknownAssociation extends AssociationError {
  readonly code = 'AR_ASSOCIATION_UNKNOWN';
}

/** An association, or a query, was read without `await` before it was loaded. */
export class NotLoaded extends AssociationError {
  readonly code = 'AR_NOT_LOADED';
}

/** An association was to be loaded on first use where that is forbidden. */
export class StrictLoadingViolation extends AssociationError {
  readonly code = 'AR_STRICT_LOADING';
}

/** A record was to be destroyed that others still belong to. */
export class DeleteRestricted extends AssociationError {
  readonly code = 'AR_DELETE_RESTRICTED';
  /** The association that they belong to it by: `User.posts`. */
  readonly association: string;
  /** How many there are. */
  readonly count: number;

  constructor(what: string, details: ErrorDetails & { readonly association: string; readonly count: number }) {
    super(what, details);
    this.association = details.association;
    this.count = details.count;
  }
}
