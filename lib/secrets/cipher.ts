import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** A sealed text: which key it was made with, the nonce, the tag, and what it hides. */
export interface Envelope {
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly tag: Uint8Array;
  readonly data: Uint8Array;
}

const nonceLength = 12;
const tagLength = 16;
/** The version, the id of the key, and one base64 text: it has to be kept apart from text that is not encrypted. */
const mark = 'ar1.';
const form = /^ar1\.([\w-]{8})\.([\w-]{38,})$/;

/** AES-256-GCM. The nonce must not be used again with the same key for other content. */
export function seal(
  content: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  context: string,
  keyId: string,
): Envelope {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(context));
  const data = Buffer.concat([cipher.update(content), cipher.final()]);
  return { keyId, nonce, tag: cipher.getAuthTag(), data };
}

/** undefined where the key or the context is another one, or a single bit was changed. */
export function unseal({ nonce, tag, data }: Envelope, key: Uint8Array, context: string): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(tag);
  const content = decipher.update(data);
  try {
    return Buffer.concat([content, decipher.final()]);
  } catch {
    // All that final() has to say is that the tag does not fit.
    return undefined;
  }
}

export const randomNonce = (): Uint8Array => randomBytes(nonceLength);

/**
 * A nonce that follows from the content: the same content becomes the same text, and other content has another nonce.
 *
 * @param key - another one than the content is encrypted with
 */
export function nonceOf(content: Uint8Array, key: Uint8Array, context: string): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(context));
  return createHmac('sha256', key).update(length).update(context).update(content).digest().subarray(0, nonceLength);
}

/** As the column keeps it: `ar1.<id of the key>.<nonce, tag and data in base64url>`. */
export function envelopeText({ keyId, nonce, tag, data }: Envelope): string {
  return `${mark}${keyId}.${Buffer.concat([nonce, tag, data]).toString('base64url')}`;
}

/** undefined for what is no such text, or is cut off. */
export function parseEnvelope(text: string): Envelope | undefined {
  const [, keyId, payload] = form.exec(text) ?? [];
  if (keyId === undefined || payload === undefined) return undefined;
  const bytes = Buffer.from(payload, 'base64url');
  // Several texts are the same bytes to the decoder: only one of them was made here.
  if (bytes.toString('base64url') !== payload || bytes.length < nonceLength + tagLength) return undefined;
  const data = bytes.subarray(nonceLength + tagLength);
  return {
    keyId,
    nonce: bytes.subarray(0, nonceLength),
    tag: bytes.subarray(nonceLength, nonceLength + tagLength),
    data,
  };
}

/** Whether it begins like a sealed text, so that it is none that was never encrypted. */
export const isMarked = (text: string): boolean => text.startsWith(mark);

/** How long the text for content of that many bytes is. */
export function envelopeLength(contentLength: number): number {
  return mark.length + 9 + Math.ceil(((nonceLength + tagLength + contentLength) * 4) / 3);
}
