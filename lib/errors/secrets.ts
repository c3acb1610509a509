import { ActiveRecordError, type ErrorDetails } from './base.ts';

/** What is wrong with keys, or with what was made with them. None of these ever tells a key, a secret or a value. */
export abstract class SecretsError extends ActiveRecordError {}

/** A key or a secret was needed that nobody has configured. */
export class SecretsMissing extends SecretsError {
  readonly code = 'AR_SECRETS_MISSING';
}

/** `configureSecrets` was given what is no key, or one that can be guessed. */
export class InvalidSecrets extends SecretsError {
  readonly code = 'AR_SECRETS_INVALID';
}

/** Why an encrypted value could not be read. */
export type DecryptionFault = 'unencrypted' | 'malformed' | 'unknownKey' | 'tampered' | 'unreadable';

export interface DecryptionDetails extends ErrorDetails {
  readonly model: string;
  readonly attribute: string;
  readonly fault: DecryptionFault;
}

/** An encrypted value was changed, cut off, moved from another column, or encrypted with a key that is not configured. */
export class DecryptionFailed extends SecretsError {
  readonly code = 'AR_DECRYPTION_FAILED';
  /** The model's name. */
  readonly model: string;
  /** The attribute's name. */
  readonly attribute: string;
  readonly fault: DecryptionFault;

  constructor(what: string, details: DecryptionDetails) {
    super(what, details);
    this.model = details.model;
    this.attribute = details.attribute;
    this.fault = details.fault;
  }
}

/** A signed id or a token is not valid: changed, expired, for another purpose, or about what has changed since. */
export class InvalidToken extends SecretsError {
  readonly code = 'AR_TOKEN_INVALID';
}
