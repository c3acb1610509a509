import { inspect } from 'node:util';
import type { Adapter, ConnectionConfig } from '../adapters/contract.ts';
import { didYouMean } from '../support/suggest.ts';
import { checkTypes, invalid, namedWord, requireSettings, wasGiven, wholeNumber } from './config-checks.ts';
import type { LogSetting } from './log.ts';

/** A connection as an object, in place of a URL. */
export interface ConnectionOptions {
  /** `mysql://…`, `mariadb://…`, `postgresql://…`, `sqlite:path`; the other options here take precedence over it. */
  readonly url?: string;
  readonly adapter?: 'mysql' | 'mariadb' | 'postgresql' | 'postgres' | 'sqlite';
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  /** The database's name; for SQLite a file, or `:memory:`. */
  readonly database?: string;
  /** A Unix socket, in place of host and port. */
  readonly socketPath?: string;
  /** The most connections open at a time (10). */
  readonly pool?: number;
  /** Milliseconds to wait for a connection of the pool (5,000). */
  readonly acquireTimeout?: number;
  /** Milliseconds to wait for the server to answer a new connection (10,000). */
  readonly connectTimeout?: number;
  /** Milliseconds of idleness after which a connection is checked before it is used (1,000). */
  readonly verifyAfter?: number;
  /** `false` behind a pooler that mixes sessions, such as PgBouncer in transaction mode. */
  readonly preparedStatements?: boolean;
  /** MySQL: `'null'` reads `0000-00-00` and `2024-00-10` as NULL; otherwise reading such an attribute throws. */
  readonly zeroDates?: 'error' | 'null';
  /** `true`: TLS with the server's certificate checked. `'unverified'`: TLS without a check. */
  readonly tls?: boolean | 'verified' | 'unverified';
  /** The certificate authority (PEM text) that signed the server's certificate; `tls` is then `true` unless it is given. */
  readonly ca?: string;
  /** SQLite: which driver, where both could be used. */
  readonly driver?: 'node:sqlite' | 'better-sqlite3';
  /** `true` prints every statement; a function receives them. */
  readonly log?: LogSetting;
  /** Milliseconds: the log then has only the statements that took at least as long. */
  readonly slow?: number;
}

const adapters = {
  mysql: 'mysql',
  mariadb: 'mysql',
  postgresql: 'postgres',
  postgres: 'postgres',
  sqlite: 'sqlite',
} as const;
const schemes = Object.keys(adapters);
/** What the query string of a URL may set, each with how its text is read. */
const queryOptions = {
  pool: 'number',
  acquireTimeout: 'number',
  connectTimeout: 'number',
  verifyAfter: 'number',
  preparedStatements: 'boolean',
  tls: 'tls',
  socketPath: 'text',
  zeroDates: 'zeroDates',
  driver: 'driver',
  slow: 'number',
  log: 'boolean',
} as const;
const objectOptions = [
  'url',
  'adapter',
  'host',
  'port',
  'user',
  'password',
  'database',
  'ca',
  ...Object.keys(queryOptions),
];

type Settings = { -readonly [K in keyof ConnectionOptions]?: ConnectionOptions[K] | undefined };

function readOption(name: keyof typeof queryOptions, text: string): unknown {
  switch (queryOptions[name]) {
    case 'number':
      if (/^\d{1,9}$/.test(text)) return Number(text);
      throw invalid(
        `The option ${name} of a connection URL is a whole number, ${wasGiven(text)}.`,
        `For example ?${name}=10.`,
      );
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw invalid(
        `The option ${name} of a connection URL is true or false, ${wasGiven(text)}.`,
        `For example ?${name}=false.`,
      );
    case 'tls':
      if (text === 'true' || text === 'false') return text === 'true';
      if (text === 'verified' || text === 'unverified') return text;
      throw invalid(
        `The option tls of a connection URL is true, false or unverified, ${wasGiven(text)}.`,
        'true checks the certificate.',
      );
    case 'driver':
      if (text === 'node:sqlite' || text === 'better-sqlite3') return text;
      throw invalid(
        `The option driver of a connection URL is node:sqlite or better-sqlite3, ${wasGiven(text)}.`,
        'Leave it out to take what is there.',
      );
    case 'zeroDates':
      return zeroDatesOf(text);
    case 'text':
      return text;
  }
}

function readQuery(query: URLSearchParams): Settings {
  const settings: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (!Object.hasOwn(queryOptions, name)) {
      throw invalid(
        `A connection URL has no option${namedWord(name) || ' of that name'}.`,
        didYouMean(name, Object.keys(queryOptions)),
      );
    }
    // Checked by the line above; TypeScript does not narrow by hasOwn.
    settings[name] = readOption(name as keyof typeof queryOptions, text);
  }
  return settings;
}

function decoded(text: string, scheme: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(
      `The connection URL ${scheme}:… has a % that is not followed by two digits.`,
      'Write % itself as %25.',
    );
  }
}

function parseSqlite(url: string): Settings {
  const rest = url.slice('sqlite:'.length);
  const mark = rest.indexOf('?');
  const file = mark === -1 ? rest : rest.slice(0, mark);
  if (/^\/\/(?!\/)/.test(file)) {
    throw invalid(
      'The URL "sqlite://…" has two slashes, which are followed by a host; SQLite has none.',
      'Write sqlite:blog.sqlite3 for a file in the working directory, sqlite:///var/blog.sqlite3 for an absolute one, or sqlite::memory:.',
    );
  }
  const database = decoded(file.replace(/^\/\//, ''), 'sqlite');
  if (database === '')
    throw invalid('The URL "sqlite:" names no file.', 'Write sqlite:blog.sqlite3, or sqlite::memory:.');
  return { adapter: 'sqlite', database, ...readQuery(new URLSearchParams(mark === -1 ? '' : rest.slice(mark + 1))) };
}

const encodingHint =
  'Write scheme://user:password@host:port/database, with @ : / ? # in the password as %40 %3A %2F %3F %23.';

function parseUrl(url: string): Settings {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    const hint = `It begins with ${schemes.map((name) => (name === 'sqlite' ? 'sqlite:' : `${name}://`)).join(', ')}.`;
    throw invalid(
      `${scheme === undefined ? 'A connection URL without a scheme' : `The scheme ${namedWord(scheme) === '' ? '' : `"${scheme}:" `}of a connection URL`} is not known.`,
      hint,
    );
  }
  if (scheme === 'sqlite') return parseSqlite(url);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid(`The connection URL ${scheme}://… is malformed.`, encodingHint);
  }
  const settings: Settings = { adapter: scheme as ConnectionOptions['adapter'], ...readQuery(parsed.searchParams) };
  if (parsed.hostname !== '') settings.host = decoded(parsed.hostname, scheme).replace(/^\[|\]$/g, '');
  if (parsed.port !== '') settings.port = Number(parsed.port);
  if (parsed.username !== '') settings.user = decoded(parsed.username, scheme);
  if (parsed.password !== '') settings.password = decoded(parsed.password, scheme);
  const path = parsed.pathname.slice(1);
  if (path.includes('/')) {
    throw invalid(`The connection URL ${scheme}://… has more than one name behind the host.`, encodingHint);
  }
  settings.database = decoded(path, scheme);
  return settings;
}

function zeroDatesOf(given: string): 'error' | 'null' {
  if (given === 'error' || given === 'null') return given;
  throw invalid(
    `The connection option zeroDates is error or null, not "${String(given)}".`,
    "'null' reads 0000-00-00 as NULL.",
  );
}

function tlsOf(tls: ConnectionOptions['tls'], ca: string | undefined): ConnectionConfig['tls'] {
  // Whoever gives an authority wants the certificate checked with it.
  if (tls === undefined && ca !== undefined) return 'verified';
  return tls === undefined || tls === false ? 'off' : tls === 'unverified' ? 'unverified' : 'verified';
}

/** The same; whoever prints it does not see the password. */
function discreet(config: ConnectionConfig): ConnectionConfig {
  const shown = { ...config, password: config.password === undefined ? undefined : '[hidden]' };
  return Object.defineProperty(config, inspect.custom, { value: () => shown });
}

/** What a URL or an options object says, checked. */
export interface CheckedConfig {
  readonly config: ConnectionConfig;
  readonly log: LogSetting | undefined;
  readonly slow: number | undefined;
  /** Another way to the adapter than by its name. */
  readonly load?: (adapter: ConnectionConfig['adapter']) => Promise<Adapter>;
}

/**
 * @throws ConfigurationInvalid (`AR_CONFIGURATION_INVALID`) for what is not understood; never with the password in it
 */
export function checkConfig(given: string | ConnectionOptions, extra: ConnectionOptions = {}): CheckedConfig {
  requireSettings(given);
  requireSettings(extra);
  const options: ConnectionOptions = typeof given === 'string' ? { ...extra, url: given } : { ...given, ...extra };
  for (const name of Object.keys(options)) {
    if (!objectOptions.includes(name))
      throw invalid(
        `There is no connection option${namedWord(name) || ' of that name'}.`,
        didYouMean(name, objectOptions),
      );
  }
  checkTypes(options);
  const { url, ...direct } = options;
  const fromUrl = url === undefined ? {} : parseUrl(url);
  const settings: Settings = {
    ...fromUrl,
    ...Object.fromEntries(Object.entries(direct).filter(([, value]) => value !== undefined)),
  };
  if (settings.adapter === undefined)
    throw invalid('The connection names no adapter.', `Give a url, or adapter: one of ${schemes.join(', ')}.`);
  if (!Object.hasOwn(adapters, settings.adapter)) {
    throw invalid(
      `There is no adapter${namedWord(settings.adapter) || ' of that name'}.`,
      didYouMean(settings.adapter, schemes),
    );
  }
  if (settings.database === undefined || settings.database === '') {
    throw invalid('The connection names no database.', 'Add it behind the host: mysql://root@localhost/blog');
  }
  const config: ConnectionConfig = {
    adapter: adapters[settings.adapter],
    host: settings.host,
    port: settings.port,
    user: settings.user,
    password: settings.password,
    database: settings.database,
    socketPath: settings.socketPath,
    pool: wholeNumber(settings.pool, 'pool', 10, 1),
    acquireTimeout: wholeNumber(settings.acquireTimeout, 'acquireTimeout', 5_000, 1),
    connectTimeout: wholeNumber(settings.connectTimeout, 'connectTimeout', 10_000, 1),
    verifyAfter: wholeNumber(settings.verifyAfter, 'verifyAfter', 1_000, 0),
    preparedStatements: settings.preparedStatements ?? true,
    zeroDates: zeroDatesOf(settings.zeroDates ?? 'error'),
    tls: tlsOf(settings.tls, settings.ca),
    ca: settings.ca,
    driver: settings.driver,
  };
  return { config: Object.freeze(discreet(config)), log: settings.log, slow: settings.slow };
}
