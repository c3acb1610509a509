import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { InvalidSecrets } from '../errors/secrets.ts';

/** What a hash costs: memory of `128 * r * 2 ** ln` bytes, `p` times over. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB, three times: one of the settings that OWASP recommends. */
export const defaultCost: PasswordCost = Object.freeze({ ln: 15, r: 8, p: 3 });

/** More is refused: hashing it would cost the server more than the sender. */
export const longestPassword = 4096;

const hashLength = 32;
const saltLength = 16;
const mostMemory = 2 ** 30;
/** Of all rounds together: a digest in the table must not keep the server busy for minutes. */
const mostWork = 2 ** 32;
const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{43})$/;

const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

interface ParsedDigest {
  readonly cost: PasswordCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** @throws InvalidSecrets (`AR_SECRETS_INVALID`) */
export function checkedCost(given: unknown): PasswordCost {
  const of = (name: string): unknown =>
    typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined;
  const [ln, r, p] = [of('ln'), of('r'), of('p')];
  if (within(ln, 1, 24) && within(r, 1, 64) && within(p, 1, 64) && isPayable({ ln, r, p }))
    return Object.freeze({ ln, r, p });
  throw new InvalidSecrets(
    'The passwordCost is none: ln, r and p are whole numbers, 128 * r * 2 ** ln at most 1 GiB, and p times that 4 GiB.',
    {
      hint: 'Leave it out, or write { ln: 15, r: 8, p: 3 }.',
    },
  );
}

function isPayable({ ln, r, p }: PasswordCost): boolean {
  const memory = 128 * r * 2 ** ln;
  return memory <= mostMemory && memory * p <= mostWork;
}

const within = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

/** The digest of a password, with all that is needed to verify it: `$scrypt$ln=15,r=8,p=3$salt$hash`. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(saltLength);
  const hash = await hashOf(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/**
 * Whether a password is the one of a digest; false for what is no digest, and, after as long a time as for any other, for
 * what is too long.
 */
export async function verifyPassword(password: string, digest: string): Promise<boolean> {
  const parsed = parse(digest);
  if (parsed === undefined) return false;
  if (isTooLong(password)) {
    await verifyNothing(password, parsed.cost);
    return false;
  }
  return timingSafeEqual(await hashOf(password, parsed.salt, parsed.cost), parsed.hash);
}

/** Takes as long as verifying one of that cost, and finds nothing. */
export async function verifyNothing(password: string, cost: PasswordCost): Promise<void> {
  await hashOf(password.slice(0, longestPassword), Buffer.alloc(saltLength), cost);
}

export function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > longestPassword;
}

export const isDigest = (text: string): boolean => parse(text) !== undefined;

/** Whether a digest was made at another cost than the given one. */
export function costsOtherwise(digest: string, { ln, r, p }: PasswordCost): boolean {
  const cost = parse(digest)?.cost;
  return cost === undefined || cost.ln !== ln || cost.r !== r || cost.p !== p;
}

/** What changes whenever a password is set, also to the same one; it tells nothing of the password. */
export function saltOf(digest: string): string {
  return parse(digest)?.salt.toString('base64url') ?? '';
}

function parse(digest: string): ParsedDigest | undefined {
  const match = pattern.exec(digest);
  if (match === null) return undefined;
  const [, ln, r, p, salt = '', hash = ''] = match;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (!isPayable(cost) || cost.ln < 1 || cost.r < 1 || cost.p < 1) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** Systems type the same letter as one code point or as two: both are the same password (RFC 8265). */
function hashOf(password: string, salt: Uint8Array, { ln, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** ln;
  return derive(password.normalize('NFC'), salt, hashLength, { N, r, p, maxmem: 128 * r * (N + p + 2) + 2 ** 20 });
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
