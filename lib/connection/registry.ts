import { ConnectionAlreadyDefined, ConnectionNotDefined } from '../errors/connection.ts';
import { shared } from '../support/shared.ts';
import { didYouMean } from '../support/suggest.ts';
import { type ConnectionOptions, checkConfig } from './config.ts';
import { checkConnectionName, requireSettings, shownName } from './config-checks.ts';
import { Connection } from './connection.ts';
import { configuredNames, findDefault, findNamed } from './default-connection.ts';
import type { Sent } from './sent.ts';

const defined = shared('connections', () => new Map<string, { connection: Connection; fingerprint: string }>());
const resolving = new Map<string, Promise<Connection>>();

export interface ConnectOptions extends ConnectionOptions {
  /** The name in the registry: `default` unless told otherwise. Models choose theirs by `static connectionName`. */
  readonly name?: string;
}

function splitName(options: ConnectOptions): { name: string; rest: ConnectionOptions } {
  requireSettings(options);
  const { name = 'default', ...rest } = options;
  return { name, rest };
}

function fingerprintOf(given: string | ConnectionOptions, extra: ConnectionOptions): string {
  return JSON.stringify([given, extra], (_, value: unknown) => (typeof value === 'function' ? '[function]' : value));
}

interface Defined {
  readonly connection: Connection;
  /** This call made the definition; otherwise it was there. */
  readonly made: boolean;
}

function define(name: string, given: string | ConnectionOptions, extra: ConnectionOptions = {}): Defined {
  checkConnectionName(name);
  const checked = checkConfig(given, extra);
  const fingerprint = fingerprintOf(given, extra);
  const held = defined.get(name);
  if (held?.fingerprint === fingerprint && held.connection.state !== 'closed')
    return { connection: held.connection, made: false };
  const connection = new Connection(name, checked);
  enroll(connection, fingerprint);
  return { connection, made: true };
}

/** @internal @throws ConnectionAlreadyDefined (`AR_CONNECTION_ALREADY_DEFINED`) where another one has its name */
export function enroll(connection: Connection, fingerprint = ''): void {
  const { name } = connection;
  const held = defined.get(name);
  if (held !== undefined && held.connection.state !== 'closed') {
    throw new ConnectionAlreadyDefined(`A connection "${name}" is ${held.connection.state} with other settings.`, {
      hint: 'Close it first (await disconnect()), or give the new one another name.',
    });
  }
  defined.set(name, { connection, fingerprint });
}

/** The connections of this process, by name. A connection is defined, then open, then closed. */
export const connections = {
  /**
   * Says where a connection leads, without opening it: its first statement does.
   * @throws ConfigurationInvalid (`AR_CONFIGURATION_INVALID`), ConnectionAlreadyDefined (`AR_CONNECTION_ALREADY_DEFINED`)
   */
  define: (name: string, urlOrOptions: string | ConnectionOptions): Connection => define(name, urlOrOptions).connection,

  /**
   * The connection of that name, which `connect`, `define`, `open` or a statement has made.
   * @throws ConnectionNotDefined (`AR_CONNECTION_NOT_DEFINED`), also where only `DATABASE_URL` or `ar.config.ts` names it:
   *   a file is not read at once, so `await connections.open(name)`
   */
  get(name = 'default'): Connection {
    const held = defined.get(name);
    if (held === undefined) throw notMade(name);
    return held.connection;
  },

  /**
   * The connection of that name, opened: the one that has been made, else the one that `DATABASE_URL` or `ar.config.ts`
   * names, as the first statement would find it. A wrong password or a missing server shows here.
   *
   * ```ts
   * const connection = await connections.open();
   * ```
   * @throws ConnectionNotDefined (`AR_CONNECTION_NOT_DEFINED`) where nobody names it, ConnectionClosed
   *   (`AR_CONNECTION_CLOSED`), ConfigurationInvalid, ConnectionFailed, AccessDenied, DatabaseMissing, DriverMissing
   */
  open: async (name = 'default'): Promise<Connection> => (await resolveConnection(name)).open(),

  has: (name = 'default'): boolean => defined.has(name),

  names: (): string[] => [...defined.keys()],

  /** Ends a connection, after its statements under way. */
  async close(name = 'default'): Promise<void> {
    await connections.get(name).close();
  },

  async closeAll(): Promise<void> {
    await Promise.all([...defined.values()].map(({ connection }) => connection.close()));
  },
};

/** Nobody has looked into the configuration file yet. */
function notMade(name: string): ConnectionNotDefined {
  const hint =
    name === 'default'
      ? 'Call await connect(url) first, or await connections.open() where DATABASE_URL or ar.config.ts names it.'
      : `${nearName(name, connections.names())} Define it by connections.define('${plainName(name)}', url), or call await connections.open('${plainName(name)}') first where ar.config.ts names it.`;
  return new ConnectionNotDefined(`There is no connection "${shownName(name)}" yet.`, { hint });
}

function notDefined(name: string, configured: readonly string[]): ConnectionNotDefined {
  const hint =
    name === 'default'
      ? 'Call await connect(url) first, set DATABASE_URL, or name a connection in ar.config.ts.'
      : `${nearName(name, [...connections.names(), ...configured])} Define it in ar.config.ts, or by connections.define('${plainName(name)}', url).`;
  return new ConnectionNotDefined(`There is no connection "${shownName(name)}".`, { hint });
}

const nearName = (name: string, names: readonly string[]): string =>
  names.length === 0 ? 'None is defined.' : didYouMean(name, names);
const plainName = (name: string): string => (name === shownName(name) ? name : 'name');

/** @internal The connection of that name, where somebody has defined it. */
export function definedConnection(name: string): Connection | undefined {
  return defined.get(name)?.connection;
}

/** @internal The connection of that name, made from DATABASE_URL or the configuration file where nobody has defined it. */
export function resolveConnection(name: string): Connection | Promise<Connection> {
  const held = defined.get(name);
  if (held !== undefined) return held.connection;
  let pending = resolving.get(name);
  if (pending === undefined) {
    pending = resolveMissing(name).finally(() => resolving.delete(name));
    resolving.set(name, pending);
  }
  return pending;
}

async function resolveMissing(name: string): Promise<Connection> {
  const found = name === 'default' ? await findDefault() : await findNamed(name);
  if (found === undefined) throw notDefined(name, await configuredNames());
  return defined.get(name)?.connection ?? define(name, found).connection;
}

/**
 * Connects to a database and opens one connection, so that a wrong password shows here. The connection is the one that
 * models use, unless `name` says otherwise. Connecting twice with the same settings gives the same connection.
 *
 * @param urlOrOptions - `mysql://user:password@host:3306/blog`, `mariadb://…`, `postgresql://…`, `sqlite:blog.sqlite3`,
 *   `sqlite::memory:`, with options in the query string (`?pool=20&tls=true`); or the same as an object
 * @returns the connection; `await using` closes it at the end of the block
 * @throws ConfigurationInvalid, ConnectionFailed, AccessDenied, DatabaseMissing, DriverMissing
 * @example
 * ```ts
 * await connect('mysql://root@127.0.0.1:3306/blog', { log: true });
 * await connect('sqlite:stats.sqlite3', { name: 'stats' });
 * ```
 */
export async function connect(
  urlOrOptions: string | ConnectOptions,
  options: ConnectOptions = {},
): Promise<Connection> {
  const { name: ownName, rest: given } =
    typeof urlOrOptions === 'string' ? { name: undefined, rest: urlOrOptions } : splitName(urlOrOptions);
  const { name, rest } = splitName(ownName === undefined ? options : { name: ownName, ...options });
  const { connection, made } = define(name, given, rest);
  try {
    return await connection.open();
  } catch (error) {
    // A definition that never worked must not be in the way of the next attempt.
    if (made && defined.get(name)?.connection === connection && connection.state === 'defined') defined.delete(name);
    throw error;
  }
}

/** Closes a connection (`default`), after its statements under way, and forgets it. */
export async function disconnect(name = 'default'): Promise<void> {
  const connection = connections.get(name);
  await connection.close();
  if (defined.get(name)?.connection === connection) defined.delete(name);
}

/** Runs `fn` after the default connection's transaction of this scope has been committed; at once where there is none. */
export async function afterCommit(fn: () => unknown): Promise<void> {
  const connection = await resolveConnection('default');
  await connection.afterCommit(fn);
}

/**
 * Runs `fn` after the default connection's transaction of this scope has been rolled back; never where there is none.
 *
 * ```ts
 * await transaction(async () => {
 *   await afterRollback(() => unlink(upload));
 *   await Document.create({ upload });
 * });
 * ```
 */
export async function afterRollback(fn: () => unknown): Promise<void> {
  const connection = await resolveConnection('default');
  await connection.afterRollback(fn);
}

/** Runs `fn` outside of every transaction that the surrounding code is in. */
export function withoutTransaction<T>(fn: () => PromiseLike<T>): Promise<T>;
export function withoutTransaction<T>(fn: () => T): Sent<T>;
export function withoutTransaction(fn: () => unknown): unknown {
  let run = fn;
  for (const { connection } of defined.values()) {
    const inner = run;
    run = () => connection.withoutTransaction(inner);
  }
  return run();
}
