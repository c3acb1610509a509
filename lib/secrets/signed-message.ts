import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretKeys } from './registry.ts';

/** What a message is signed for. It is not in the message: one for another use does not verify. */
export type Use = readonly string[];

const version = 'ar1';
/** Longer than any that is made here. */
const longest = 4096;

/** `ar1.<content in base64url>.<HMAC-SHA256 in base64url>`. Everybody can read the content; nobody can change it. */
export function signMessage(content: unknown, use: Use, what: string): string {
  const [key] = secretKeys('tokenSecret', what);
  const body = `${version}.${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
  return `${body}.${signature(body, key.derive('signed message'), use)}`;
}

/** The content of a message; undefined for what was not signed here, for that use, with one of the secrets. */
export function verifyMessage(message: unknown, use: Use, what: string): unknown {
  const keys = secretKeys('tokenSecret', what);
  if (typeof message !== 'string' || message.length > longest) return undefined;
  const end = message.lastIndexOf('.');
  const body = message.slice(0, Math.max(end, 0));
  const given = Buffer.from(message.slice(end + 1));
  if (!body.startsWith(`${version}.`)) return undefined;
  const isSigned = keys.some((key) => {
    const expected = Buffer.from(signature(body, key.derive('signed message'), use));
    // As texts: several texts are the same bytes to the decoder, and only one of them was made here.
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  return isSigned ? JSON.parse(Buffer.from(body.slice(version.length + 1), 'base64url').toString()) : undefined;
}

/** What stands for a value inside of a message, without telling it. */
export function fingerprint(value: string, use: Use, what: string, index = 0): string | undefined {
  const key = secretKeys('tokenSecret', what)[index];
  return key === undefined ? undefined : signature(value, key.derive('fingerprint'), use);
}

function signature(text: string, key: Uint8Array, use: Use): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([...use, text]))
    .digest('base64url');
}
