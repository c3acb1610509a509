import { ConfigurationInvalid } from '../errors/connection.ts';

// Checks of single settings. What is refused may be a part of a URL, and so of a password: it is only shown where it
// is a plain word.

export function invalid(what: string, hint: string): ConfigurationInvalid {
  return new ConfigurationInvalid(what, { hint });
}

/** `not "many"`, where that may be shown. */
export function wasGiven(text: string): string {
  return isPlain(text) ? `not "${text}"` : 'not what it is set to';
}

/** ` "poool"`, where that may be shown. */
export function namedWord(text: string): string {
  return isPlain(text) ? ` "${text}"` : '';
}

const isPlain = (text: string): boolean => /^\w{1,40}$/.test(text);

/** The type of a value, for people. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

export function wholeNumber(value: unknown, name: string, fallback: number, min: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  throw invalid(
    `The connection option ${name} is a whole number from ${min} up, not ${typeof value === 'number' ? value : typeName(value)}.`,
    `It is ${fallback} where it is left out.`,
  );
}

/** @throws ConfigurationInvalid for what is neither a URL nor an object of options */
export function requireSettings(value: unknown): void {
  if (typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value))) return;
  throw invalid(
    `A connection is a URL or an object of options, not ${typeName(value)}.`,
    "For example 'mysql://root@127.0.0.1:3306/blog'. Is an environment variable missing?",
  );
}

interface Kind {
  readonly what: string;
  fits(value: unknown): boolean;
}

const text: Kind = { what: 'text', fits: (value) => typeof value === 'string' };
const oneOf = (...values: readonly unknown[]): Kind => ({
  what: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
  fits: (value) => values.includes(value),
});
const kinds: Readonly<Record<string, Kind>> = {
  url: text,
  adapter: text,
  host: text,
  user: text,
  password: text,
  database: text,
  socketPath: text,
  ca: text,
  port: {
    what: 'a whole number from 1 to 65535',
    fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535,
  },
  preparedStatements: oneOf(true, false),
  tls: oneOf(true, false, 'verified', 'unverified'),
  driver: oneOf('node:sqlite', 'better-sqlite3'),
  log: {
    what: 'true, false or a function',
    fits: (value) => typeof value === 'boolean' || typeof value === 'function',
  },
  slow: { what: 'a number of milliseconds', fits: (value) => typeof value === 'number' && value >= 0 },
};

/** @throws ConfigurationInvalid for a setting of the wrong type; its value is not shown */
export function checkTypes(settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined || value === undefined || kind.fits(value)) continue;
    throw invalid(
      `The connection option ${name} is ${kind.what}, not ${typeof value === 'number' ? value : typeName(value)}.`,
      'Leave it out to take the default.',
    );
  }
}

/** @throws ConfigurationInvalid for what cannot name a connection; a URL in its place is not shown */
export function checkConnectionName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && !name.includes('://')) return;
  throw invalid(
    `The name of a connection is text such as 'stats', not ${typeof name === 'string' ? (name === '' ? 'empty' : 'a URL') : typeName(name)}.`,
    "Write connect(url, { name: 'stats' }), or connections.define('stats', url).",
  );
}

/** A name that somebody asked for, which may be a URL by mistake. */
export function shownName(name: unknown): string {
  if (typeof name !== 'string') return typeName(name);
  const scheme = /^([\w+.-]{1,40}):/.exec(name)?.[1];
  return scheme === undefined ? name : `${scheme}:…`;
}
