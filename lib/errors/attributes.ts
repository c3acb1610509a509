import type { ErrorDetails } from './base.ts';
import { RecordError } from './record.ts';

/** A body from outside was to be assigned as a whole; nothing of it was. */
export class ForbiddenAttributes extends RecordError {
  readonly code = 'AR_ATTRIBUTES_FORBIDDEN';
}

/** A body from outside has attributes that are not permitted, where that is an error. */
export class UnpermittedAttributes extends RecordError {
  readonly code = 'AR_ATTRIBUTES_UNPERMITTED';
  /** What was not permitted: `admin`, `postsAttributes[0].userId`. */
  readonly names: readonly string[];

  constructor(what: string, names: readonly string[], details?: ErrorDetails) {
    super(what, details);
    this.names = names;
  }
}

/** A body from outside lacks attributes that it has to have. */
export class AttributesRequired extends RecordError {
  readonly code = 'AR_ATTRIBUTES_REQUIRED';
  /** The attributes that are not there. */
  readonly missing: readonly string[];

  constructor(what: string, missing: readonly string[], details?: ErrorDetails) {
    super(what, details);
    this.missing = missing;
  }
}
