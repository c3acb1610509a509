import { DecryptionFailed, type DecryptionFault } from '../errors/secrets.ts';
import { envelopeText, isMarked, nonceOf, parseEnvelope, randomNonce, seal, unseal } from './cipher.ts';
import { secretKeys } from './registry.ts';
import type { SecretKey } from './secret-key.ts';

/** Which values are encrypted: what is encrypted for one place cannot be read in another. */
export interface CipherPlace {
  readonly model: string;
  readonly attribute: string;
  /** The table and the column, or what was given in their place. */
  readonly context: string;
  readonly isDeterministic: boolean;
}

/** What an encrypted text turned out to be. */
export interface Opened {
  readonly content: Buffer;
  /** Whether it was made with the first key. */
  readonly isCurrent: boolean;
}

/** Encrypts and decrypts the values of one column. The keys are those that are configured when it is asked. */
export class AttributeCipher {
  readonly #place: CipherPlace;
  readonly #label: string;
  readonly #mode: string;

  constructor(place: CipherPlace) {
    this.#place = place;
    this.#label = `${place.model}.${place.attribute}`;
    this.#mode = place.isDeterministic ? 'deterministic' : 'random';
  }

  encrypt(content: Uint8Array): string {
    return this.#sealed(content, this.#keys()[0]);
  }

  /** The texts under which a row may have the content: one for each key. @throws where the mode is not deterministic */
  everyText(content: Uint8Array): readonly string[] {
    return this.#keys().map((key) => this.#sealed(content, key));
  }

  /** undefined for text that was never encrypted. @throws DecryptionFailed (`AR_DECRYPTION_FAILED`) */
  decrypt(text: string): Opened | undefined {
    if (!isMarked(text)) return undefined;
    const envelope = parseEnvelope(text);
    if (envelope === undefined) throw this.failed('malformed', 'its text is cut off or was changed');
    const keys = this.#keys();
    const fitting = keys.filter(({ id }) => id === envelope.keyId);
    if (fitting.length === 0) throw this.failed('unknownKey', 'it was encrypted with a key that is not configured');
    for (const key of fitting) {
      const content = unseal(envelope, this.#encryptionKey(key), this.#context);
      if (content !== undefined) return { content, isCurrent: key.id === keys[0].id };
    }
    throw this.failed('tampered', 'it was changed, or was encrypted for another column');
  }

  /** The error about a value that cannot be read. It does not tell the value. */
  failed(fault: DecryptionFault, why: string): DecryptionFailed {
    const { model, attribute } = this.#place;
    return new DecryptionFailed(`${this.#label} cannot be decrypted: ${why}.`, {
      model,
      attribute,
      fault,
      hint: hints[fault],
    });
  }

  #sealed(content: Uint8Array, key: SecretKey): string {
    const nonce = this.#place.isDeterministic
      ? nonceOf(content, key.derive('nonce', this.#place.context), this.#context)
      : randomNonce();
    return envelopeText(seal(content, this.#encryptionKey(key), nonce, this.#context, key.id));
  }

  #encryptionKey(key: SecretKey): Buffer {
    return key.derive('attribute', this.#mode, this.#place.context);
  }

  get #context(): string {
    return JSON.stringify(['ar1', this.#mode, this.#place.context]);
  }

  #keys(): readonly [SecretKey, ...SecretKey[]] {
    return secretKeys(this.#place.isDeterministic ? 'deterministicKey' : 'primaryKey', this.#label);
  }
}

const hints: Readonly<Partial<Record<DecryptionFault, string>>> = {
  unknownKey: 'Give configureSecrets the key that it was encrypted with, behind the newer ones.',
  unencrypted: 'While rows are still to be encrypted, write .encrypted({ supportUnencryptedData: true }).',
  tampered:
    'After a table or column was renamed, or moved, name what it was encrypted for: .encrypted({ context: "users.email" }).',
};
