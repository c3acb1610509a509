import type { Scalar } from './type.ts';

/** A driver's value as JSON, which has no form for some of them. */
export function jsonOfScalar(raw: Scalar): unknown {
  if (typeof raw === 'bigint') return { n: String(raw) };
  if (raw instanceof Uint8Array) return { b: Buffer.from(raw).toString('base64') };
  return typeof raw === 'number' && !Number.isFinite(raw) ? { f: String(raw) } : raw;
}

/** The other way; undefined for what is no such JSON. */
export function scalarOfJson(value: unknown): Scalar | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (typeof value !== 'object' || Object.keys(value).length !== 1) return undefined;
  const [[kind, text]]: [string, unknown][] | [[undefined, undefined]] = Object.entries(value);
  if (typeof text !== 'string') return undefined;
  if (kind === 'n' && /^-?\d{1,40}$/.test(text)) return BigInt(text);
  if (kind === 'b') return Buffer.from(text, 'base64');
  return kind === 'f' ? Number(text) : undefined;
}
