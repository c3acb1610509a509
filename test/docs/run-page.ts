/** Runs the program of a page against a database, and tells what its comments promised and it did not keep. */
import { tracingChannel } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { inject } from 'vitest';
import type { StatementEvent } from '../../lib/connection/events.ts';
import { connections, disconnect } from '../../lib/connection/registry.ts';
import { migrate, rollback } from '../../lib/migrations/runner.ts';
import type { SuiteDatabase } from '../support/databases.ts';
import { type Page, root } from './markdown.ts';
import { pageProgram } from './program.ts';

const library = join(inject('compiled'), 'index.js');
const testing = join(inject('compiled'), 'testing/index.js');

/** Stands for the package: whatever the example connects to is the database of this run. */
const packageText = `
import * as library from ${JSON.stringify(library)};
export * from ${JSON.stringify(library)};
const { docs } = globalThis;
export const connect = (given, options) => library.connect(...docs.redirect(given, options));
const here = (run) => (options) => run({ ...options, folder: docs.migrations });
export const [migrate, migrationStatus, rollback] = [library.migrate, library.migrationStatus, library.rollback].map(here);
export const [abortIfPending, dryRun, redo, stamp] = [library.abortIfPending, library.dryRun, library.redo, library.stamp].map(here);
export const connections = {
  ...library.connections,
  define: (name, given) => library.connections.define(name, docs.redirect(given, { name })[0]),
};
`;

class PageRun {
  /** The folder of the page's migrations. */
  readonly migrations: string;
  readonly failures: string[] = [];
  readonly #sent: string[] = [];
  readonly #begun = new Map<string, number>();
  readonly #database: SuiteDatabase;
  readonly #folder: string;
  readonly #subscriber = {
    start: ({ sql }: StatementEvent) => void this.#sent.push(plainSql(sql)),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: () => undefined,
    error: () => undefined,
  };
  readonly #channel = tracingChannel<unknown, StatementEvent>('active-record-ts:statement');

  constructor(database: SuiteDatabase, folder: string) {
    this.#database = database;
    this.#folder = folder;
    this.migrations = join(folder, 'migrations');
    this.#channel.subscribe(this.#subscriber);
  }

  end(): void {
    this.#channel.unsubscribe(this.#subscriber);
  }

  /** The URL of this run in place of the one that the page shows; files of SQLite beside it for further connections. */
  redirect(given: unknown, options: Record<string, unknown> = {}): unknown[] {
    const { name = 'default', ...rest } =
      typeof given === 'object' && given !== null ? { ...given, ...options } : options;
    const url = typeof given === 'string' ? given : '';
    const query = /\?.*$/.exec(url)?.[0] ?? '';
    const base = name === 'default' ? this.#database.url : `sqlite:${join(this.#folder, `${String(name)}.sqlite3`)}`;
    const server = new Set([
      'adapter',
      'url',
      'host',
      'port',
      'user',
      'password',
      'database',
      'socketPath',
      'tls',
      'ca',
      'driver',
    ]);
    const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !server.has(key)));
    if (kept.log === true) kept.log = () => undefined;
    const target =
      base +
      query
        .replace(/([?&])(tls|socketPath|driver)=[^&]*/g, '$1')
        .replace(/&&+/g, '&')
        .replace(/[?&]+$/, '');
    return typeof given === 'string' ? [target, { name, ...kept }] : [{ url: target, name, ...kept }, {}];
  }

  begin(key: string): void {
    // A record saved twice in one millisecond would have nothing new to say in updated_at.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    this.#begun.set(key, this.#sent.length);
  }

  /** The SQL on the pages is that of MySQL. */
  sent(place: string, key: string, expected: readonly string[]): void {
    if (this.#database.dialect !== 'mysql') return;
    const sent = this.#sent.slice(this.#begun.get(key));
    const same =
      sent.length === expected.length && expected.every((text, index) => matches(plainSql(text), sent[index] ?? ''));
    if (!same)
      this.failures.push(
        `${place}: expected the SQL\n    ${expected.join('\n    ')}\n  but it was\n    ${sent.join('\n    ')}`,
      );
  }

  value(place: string, expected: string, actual: unknown): unknown {
    const shown = shownAs(actual);
    if (!matches(oneLine(expected), oneLine(shown)))
      this.failures.push(`${place}: expected ${expected}, but it was ${shown}`);
    return actual;
  }

  async throws(place: string, expected: string, run: () => Promise<unknown>): Promise<void> {
    const [, name = '', message] = /^(\w+)(?:: (.*))?$/.exec(expected) ?? [];
    try {
      await run();
    } catch (error) {
      const shown = error instanceof Error ? `${error.name}: ${oneLine(error.message)}` : inspect(error);
      const fits = error instanceof Error && error.name === name && matches(message ?? '…', oneLine(error.message));
      if (!fits) this.failures.push(`${place}: expected it to throw ${expected}, but it threw ${shown}`);
      return;
    }
    this.failures.push(`${place}: expected it to throw ${expected}, but it did not throw`);
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function shownAs(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 6 });
}

const plainSql = (sql: string): string => oneLine(sql.replace(/[`"]/g, '').replace(/;$/, ''));

function matches(expected: string, actual: string): boolean {
  const pattern = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(actual);
}

/** @returns what was promised and not kept; nothing where all is well */
export async function runPage(page: Page, database: SuiteDatabase): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ar-docs-'));
  const { modules, migrations } = pageProgram(page, true);
  // Other libraries that examples import.
  symlinkSync(`${root}node_modules`, join(folder, 'node_modules'));
  const packageFile = join(folder, 'active-record-ts.ts');
  writeFileSync(packageFile, packageText);
  for (const { path, text } of modules) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const begin = path === 'program.ts' ? 'const { docs } = globalThis; ' : '';
    const code = text
      .replaceAll("from 'active-record-ts'", `from ${JSON.stringify(packageFile)}`)
      .replaceAll("from 'active-record-ts/testing'", `from ${JSON.stringify(testing)}`);
    writeFileSync(file, begin + code);
  }
  const run = new PageRun(database, folder);
  const before = process.env.DATABASE_URL;
  process.env.DATABASE_URL = database.url;
  Object.assign(globalThis, { docs: run });
  const { log } = console;
  console.log = () => undefined;
  try {
    const options = { folder: run.migrations };
    const migrator = () => connections.define('migrator', database.url);
    if (migrations.length > 0) await migrate({ ...options, connection: migrator() });
    await import(/* @vite-ignore */ pathToFileURL(join(folder, 'program.ts')).href);
    if (migrations.length > 0) await rollback({ ...options, connection: migrator(), step: migrations.length });
  } catch (error) {
    run.failures.push(`${page.name}: ${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}`);
  } finally {
    console.log = log;
    run.end();
    // Forgotten too, so that no page sees the names of another.
    for (const name of connections.names()) await disconnect(name);
    if (before === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = before;
    rmSync(folder, { recursive: true, force: true });
  }
  return run.failures;
}
