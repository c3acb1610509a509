import { InvalidQuery } from '../../errors/query.ts';
import type { Scalar } from '../../types/type.ts';

/** The server hangs up on a packet that is too large, and with it go the session and its transaction. */
function tooLarge(limit: number): InvalidQuery {
  return new InvalidQuery(`The statement is larger than the ${limit} bytes that the server takes.`, {
    hint: 'Send it in parts, or raise max_allowed_packet on the server.',
  });
}

/** Of the text protocol: the statement with its values. @throws InvalidQuery before anything is sent */
export function checkText(text: string, limit: number): void {
  // No character has more than three bytes for one unit of UTF-16.
  if (text.length * 3 >= limit && Buffer.byteLength(text) >= limit) throw tooLarge(limit);
}

/** Of a prepared statement: its values. @throws InvalidQuery before anything is sent */
export function checkParameters(binds: readonly Scalar[], limit: number): void {
  let size = 32 + binds.length * 16;
  for (const bind of binds) {
    if (typeof bind === 'string') size += bind.length * 3 < limit ? bind.length : Buffer.byteLength(bind);
    else if (bind instanceof Uint8Array) size += bind.byteLength;
  }
  if (size >= limit) throw tooLarge(limit);
}
