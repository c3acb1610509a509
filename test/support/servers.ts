/**
 * Finds a MySQL or MariaDB and a PostgreSQL server for the tests, each by itself: named by the environment, running on
 * its default port, or started privately from installed programs, which inside a container are installed first.
 */
import { mysqlBinaries, postgresBinaries } from './binaries.ts';
import { install, whyNotInstall } from './install.ts';
import { type PrivateServer, startPrivateMysql, startPrivatePostgres } from './private-server.ts';
import { probe } from './probe.ts';
import { hostOf, reasonOf } from './server-url.ts';
import { type ServerDialect, wantedDialects } from './wanted.ts';

export interface FoundServer {
  readonly url: string;
  /** Where it came from, in words and without credentials. */
  readonly origin: string;
  /** Its name and version, `mariadb 10.11.19`. */
  readonly version: string;
}

export interface MissingServer {
  readonly database: ServerDialect;
  readonly reason: string;
}

export interface Servers {
  readonly mysql?: FoundServer;
  readonly postgres?: FoundServer;
  readonly missing: readonly MissingServer[];
  /** Ends the private servers; those found running are left alone. */
  stop(): Promise<void>;
}

interface Source {
  readonly variable: string;
  readonly defaultUrl: string;
  readonly debianPackage: string;
  /** What is missing of the programs, or undefined. */
  lacks(): string | undefined;
  startPrivate(): Promise<PrivateServer>;
}

function startWith<T extends object>(binaries: T | string, start: (binaries: T) => Promise<PrivateServer>) {
  if (typeof binaries === 'string') throw new Error(binaries);
  return start(binaries);
}

const lackOf = (binaries: object | string): string | undefined => (typeof binaries === 'string' ? binaries : undefined);

const sources: Record<ServerDialect, Source> = {
  mysql: {
    variable: 'MYSQL_URL',
    defaultUrl: 'mysql://root@127.0.0.1:3306/',
    debianPackage: 'mariadb-server',
    lacks: () => lackOf(mysqlBinaries()),
    startPrivate: async () => startWith(mysqlBinaries(), startPrivateMysql),
  },
  postgres: {
    variable: 'POSTGRES_URL',
    defaultUrl: 'postgresql://postgres@127.0.0.1:5432/',
    debianPackage: 'postgresql',
    lacks: () => lackOf(postgresBinaries()),
    startPrivate: async () => startWith(postgresBinaries(), startPrivatePostgres),
  },
};

type Outcome = { readonly server: FoundServer; readonly stop?: () => Promise<void> } | { readonly reason: string };

/** A server named by the environment is meant: when it fails, another one in its place would only hide that. */
async function fromEnvironment(dialect: ServerDialect): Promise<Outcome | undefined> {
  const { variable } = sources[dialect];
  const url = process.env[variable];
  if (!url) return undefined;
  try {
    const version = await probe(dialect, url);
    return { server: { url, version, origin: `${variable}, ${hostOf(url)}` } };
  } catch (error) {
    return { reason: `${variable} is set, but: ${reasonOf(error)}` };
  }
}

async function runningOne(dialect: ServerDialect): Promise<Outcome> {
  const url = sources[dialect].defaultUrl;
  if (process.env.AR_TEST_PRIVATE_SERVERS === '1')
    return { reason: 'AR_TEST_PRIVATE_SERVERS=1, so running ones are not used' };
  try {
    return { server: { url, version: await probe(dialect, url), origin: `running on ${hostOf(url)}` } };
  } catch (error) {
    return { reason: `none to use on ${hostOf(url)} (${reasonOf(error)})` };
  }
}

async function privateOne(dialect: ServerDialect, noneRunning: string, notInstalled?: string): Promise<Outcome> {
  if (notInstalled !== undefined) return { reason: `${noneRunning}; ${notInstalled}` };
  try {
    const { url, version, stop } = await sources[dialect].startPrivate();
    return { server: { url, version, origin: `private server on ${hostOf(url)}` }, stop };
  } catch (error) {
    return { reason: `${noneRunning}; a private server: ${reasonOf(error)}` };
  }
}

/** One run of the package manager for all that is missing: two at once would wait for the same lock. */
function installLacking(dialects: readonly ServerDialect[]): ReadonlyMap<ServerDialect, string> {
  const lacking = new Map<ServerDialect, string>();
  for (const dialect of dialects) {
    const lack = sources[dialect].lacks();
    if (lack !== undefined) lacking.set(dialect, lack);
  }
  if (lacking.size === 0) return lacking;
  let refusal = whyNotInstall();
  if (refusal === undefined) {
    try {
      install([...lacking.keys()].map((dialect) => sources[dialect].debianPackage));
      return new Map();
    } catch (error) {
      refusal = reasonOf(error);
    }
  }
  return new Map([...lacking].map(([dialect, lack]) => [dialect, `${lack}; ${refusal}`]));
}

export async function findServers(): Promise<Servers> {
  const wanted = wantedDialects().filter((dialect) => dialect !== 'sqlite');
  const outcomes = new Map<ServerDialect, Outcome>();
  for (const dialect of wanted) {
    outcomes.set(dialect, (await fromEnvironment(dialect)) ?? (await runningOne(dialect)));
  }
  const isStillToFind = (dialect: ServerDialect): boolean => {
    const outcome = outcomes.get(dialect);
    return outcome !== undefined && 'reason' in outcome && !process.env[sources[dialect].variable];
  };
  const toStart = wanted.filter(isStillToFind);
  const lacking = installLacking(toStart);
  await Promise.all(
    toStart.map(async (dialect) => {
      const before = outcomes.get(dialect);
      const noneRunning = before !== undefined && 'reason' in before ? before.reason : '';
      outcomes.set(dialect, await privateOne(dialect, noneRunning, lacking.get(dialect)));
    }),
  );
  return summarize(outcomes);
}

function summarize(outcomes: ReadonlyMap<ServerDialect, Outcome>): Servers {
  const found: Partial<Record<ServerDialect, FoundServer>> = {};
  const missing: MissingServer[] = [];
  const stops: (() => Promise<void>)[] = [];
  for (const [database, outcome] of outcomes) {
    if ('reason' in outcome) {
      missing.push({ database, reason: outcome.reason });
      continue;
    }
    found[database] = outcome.server;
    if (outcome.stop !== undefined) stops.push(outcome.stop);
  }
  return {
    ...found,
    missing,
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
