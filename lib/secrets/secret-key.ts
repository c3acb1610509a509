import { createHmac, hkdfSync, scryptSync } from 'node:crypto';
import { InvalidSecrets } from '../errors/secrets.ts';

/** Text from which a key is derived, by scrypt; the salt keeps two applications with one passphrase apart. */
export interface Passphrase {
  /** At least 16 characters. */
  readonly passphrase: string;
  /** At least 8 characters, not secret, and always the same. */
  readonly salt: string;
}

/** 32 random bytes: as base64 or hexadecimal digits, as bytes, or derived from a passphrase. `npx ar secrets` prints some. */
export type SecretKeyInput = string | Uint8Array | Passphrase;

const keyLength = 32;
const fewestDifferentBytes = 12;
const shortestPassphrase = 16;
const shortestSalt = 8;
const keptDerivations = 10_000;
const hint = 'Run npx ar secrets, which prints fresh ones, and keep them outside of the source code.';

/** A key, which nothing prints: what is encrypted or signed with it tells only its `id`. */
export class SecretKey {
  /** The same for the same key, and of no use to those who do not have it. */
  readonly id: string;
  readonly #bytes: Uint8Array;
  readonly #derived = new Map<string, Buffer>();

  /** @param name - what it is configured as, for messages. @throws InvalidSecrets (`AR_SECRETS_INVALID`) */
  constructor(input: unknown, name: string) {
    this.#bytes = bytesOf(input, name);
    this.id = createHmac('sha256', this.#bytes).update('active-record-ts key id').digest('base64url').slice(0, 8);
  }

  /** A key for one use only. The same use always gives the same key. */
  derive(...use: readonly string[]): Buffer {
    const info = JSON.stringify(use);
    let derived = this.#derived.get(info);
    if (derived === undefined) {
      derived = Buffer.from(hkdfSync('sha256', this.#bytes, '', `active-record-ts ${info}`, keyLength));
      // Uses are columns and kinds of tokens: were they ever without end, they are not to fill the memory.
      if (this.#derived.size >= keptDerivations) this.#derived.clear();
      this.#derived.set(info, derived);
    }
    return derived;
  }
}

function bytesOf(input: unknown, name: string): Uint8Array {
  const bytes = isPassphrase(input) ? derivedFrom(input, name) : decoded(input);
  if (bytes === undefined) {
    throw new InvalidSecrets(
      `The ${name} is no key: it takes 32 bytes, as base64 or as 64 hexadecimal digits, or { passphrase, salt }.`,
      { hint },
    );
  }
  if (new Set(bytes).size < fewestDifferentBytes)
    throw new InvalidSecrets(`The ${name} can be guessed: 32 random bytes do not repeat like that.`, { hint });
  return bytes;
}

function decoded(input: unknown): Uint8Array | undefined {
  if (input instanceof Uint8Array) return input.byteLength === keyLength ? new Uint8Array(input) : undefined;
  if (typeof input !== 'string') return undefined;
  if (/^[0-9a-f]{64}$/i.test(input)) return Buffer.from(input, 'hex');
  return /^[\w+/-]{43}=?$/.test(input) ? Buffer.from(input, 'base64') : undefined;
}

function isPassphrase(input: unknown): input is object {
  return typeof input === 'object' && input !== null && 'passphrase' in input;
}

function derivedFrom(input: object, name: string): Uint8Array {
  const passphrase: unknown = Reflect.get(input, 'passphrase');
  const salt: unknown = Reflect.get(input, 'salt');
  if (typeof passphrase !== 'string' || passphrase.length < shortestPassphrase || new Set(passphrase).size < 8) {
    throw new InvalidSecrets(
      `The passphrase of the ${name} can be guessed: it takes at least ${shortestPassphrase} characters, 8 of them different.`,
      { hint },
    );
  }
  if (typeof salt !== 'string' || salt.length < shortestSalt)
    throw new InvalidSecrets(`The ${name} needs a salt of at least ${shortestSalt} characters beside its passphrase.`);
  return scryptSync(passphrase.normalize('NFC'), salt, keyLength, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
}
