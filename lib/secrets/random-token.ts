import { randomBytes } from 'node:crypto';

/** Letters and digits without those that are taken for each other: 0, O, I, l. */
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Bytes from here on would make the first letters likelier than the others. */
const limit = 256 - (256 % alphabet.length);

/** Random text in base58: 24 characters are 140 bits. */
export function randomToken(length: number): string {
  let token = '';
  while (token.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < limit && token.length < length) token += alphabet.charAt(byte % alphabet.length);
    }
  }
  return token;
}
