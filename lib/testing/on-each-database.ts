import { randomBytes } from 'node:crypto';
import type { Adapter, ConnectionConfig } from '../adapters/contract.ts';
import { checkConfig } from '../connection/config.ts';
import type { Connection } from '../connection/connection.ts';
import { loadAdapter } from '../connection/load-adapter.ts';
import { connect, connections } from '../connection/registry.ts';
import { ActiveRecordError } from '../errors/base.ts';
import { InvalidQuery } from '../errors/query.ts';
import { describeValue } from '../types/type.ts';
import { requireAttributes } from './plain-attributes.ts';

/** What Vitest, Jest and `node:test` export to group tests and to run something around a group. */
export interface SuiteHooks {
  readonly describe: ((name: string, body: () => void) => unknown) & {
    readonly skip: (name: string, body: () => void) => unknown;
  };
  readonly beforeAll: (fn: () => Promise<void>) => unknown;
  readonly afterAll: (fn: () => Promise<void>) => unknown;
}

/** The URL of each database, by what it is called in the tests' names; undefined for one that this run does not have. */
export type DatabaseUrls = Readonly<Record<string, string | undefined>>;

export interface OnEachDatabaseOptions {
  /** Called with each fresh database, connected: makes its tables. */
  readonly setUp?: (connection: Connection) => unknown;
  /** The connection's name: `default` unless told otherwise. */
  readonly connection?: string;
}

/** What a suite knows of its database. */
export interface DatabaseOfSuite {
  /** As the URLs call it. */
  readonly name: string;
  /** There from `beforeAll` on. */
  readonly connection: Connection;
}

/**
 * Runs a suite once for each database, on a fresh one, which is dropped after it. What this run has no URL of stands
 * among the skipped tests.
 *
 * ```ts
 * import { afterAll, beforeAll, describe, it } from 'vitest';
 *
 * const urls = { sqlite: 'sqlite::memory:', mariadb: process.env.MARIADB_URL };
 * onEachDatabase({ describe, beforeAll, afterAll }, urls, ({ connection }) => {
 *   it('counts', async () => { … });
 * }, { setUp: () => createAll([User]) });       // CREATE DATABASE app_test_4711_3f9a2c … DROP DATABASE …
 * ```
 * @param hooks - of the test runner; with `node:test`, whose hooks are `before` and `after`:
 *   `{ describe, beforeAll: before, afterAll: after }`
 * @param urls - by name; the name of a database in a URL is the beginning of those that are made
 * @throws InvalidQuery (`AR_QUERY_INVALID`) without hooks, URLs or a suite, and where no URL is left;
 *   ConfigurationInvalid (`AR_CONFIGURATION_INVALID`) for what is no URL. `beforeAll` rejects with ConnectionFailed
 *   (`AR_CONNECTION_FAILED`) where a server does not answer, and ConnectionAlreadyDefined
 *   (`AR_CONNECTION_ALREADY_DEFINED`) where there is an open connection of that name
 */
export function onEachDatabase(
  hooks: SuiteHooks,
  urls: DatabaseUrls,
  suite: (database: DatabaseOfSuite) => void,
  options: OnEachDatabaseOptions = {},
): void {
  const { describe, beforeAll, afterAll } = hooks ?? {};
  if ([describe, beforeAll, afterAll].some((hook) => typeof hook !== 'function')) {
    throw new InvalidQuery(`onEachDatabase takes the hooks of the test runner, not ${describeValue(hooks)}.`, {
      hint: 'Write onEachDatabase({ describe, beforeAll, afterAll }, { sqlite: "sqlite::memory:" }, ({ connection }) => { … });',
    });
  }
  requireAttributes(
    urls,
    'onEachDatabase takes URLs by name',
    "Such as { sqlite: 'sqlite::memory:', mariadb: process.env.MARIADB_URL }.",
  );
  requireAttributes(
    options,
    'The options of onEachDatabase are an object',
    'Such as { setUp: () => createAll([User]) }.',
  );
  for (const [what, fn] of Object.entries({ suite, setUp: options.setUp ?? suite }))
    if (typeof fn !== 'function') throw new InvalidQuery(`${what} is a function, not ${describeValue(fn)}.`);
  if (!Object.values(urls).some((url) => url !== undefined))
    throw new InvalidQuery('onEachDatabase was given no URL: it would test nothing.');
  for (const [name, url] of Object.entries(urls)) {
    if (url === undefined) describe.skip(name, () => suite(databaseOf(name, options)));
    else describe(name, () => onFresh(url, databaseOf(name, options), hooks, suite, options));
  }
}

const databaseOf = (name: string, { connection = 'default' }: OnEachDatabaseOptions): DatabaseOfSuite => ({
  name,
  get connection() {
    return connections.get(connection);
  },
});

function onFresh(
  url: string,
  database: DatabaseOfSuite,
  { beforeAll, afterAll }: SuiteHooks,
  suite: (database: DatabaseOfSuite) => void,
  { setUp, connection: name = 'default' }: OnEachDatabaseOptions,
): void {
  const { config } = checkConfig(url);
  const inMemory = config.adapter === 'sqlite' && config.database === ':memory:';
  const longest = config.adapter === 'sqlite' ? Number.POSITIVE_INFINITY : longestName;
  const fresh = inMemory ? config : { ...config, database: unique(config.database, longest) };
  let made = false;
  /** The suite's own, and no other of that name. */
  let opened: Connection | undefined;
  beforeAll(async () => {
    if (!inMemory) made = await onServer(fresh, (adapter) => adapter.createDatabase(fresh));
    opened = await connect(url, { name, database: fresh.database });
    await setUp?.(opened);
  });
  afterAll(async () => {
    await opened?.close();
    if (made) await onServer(fresh, (adapter) => adapter.dropDatabase(fresh));
  });
  suite(database);
}

async function onServer(config: ConnectionConfig, task: (adapter: Adapter) => Promise<boolean>): Promise<boolean> {
  const adapter = await loadAdapter(config.adapter);
  try {
    return await task(adapter);
  } catch (error) {
    throw error instanceof ActiveRecordError ? error : adapter.translateConnectError(error, config);
  }
}

/** Of a database, in bytes, where names have the least room. */
const longestName = 63;

/** `test.sqlite3` as `test_4711_3f9a2c.sqlite3`: other processes make theirs at the same time. */
function unique(database: string, longest: number): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[^./\\]*)?$/s.exec(database) ?? [];
  const end = `_${process.pid}_${randomBytes(3).toString('hex')}${extension}`;
  let start = stem;
  while (start !== '' && Buffer.byteLength(start + end) > longest) start = start.slice(0, -1);
  return start + end;
}
