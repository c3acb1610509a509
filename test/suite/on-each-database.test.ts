/** A suite of an application on several databases. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseModel, column, connect, connections, createAll, disconnect, InvalidQuery, sql } from 'active-record-ts';
import { onEachDatabase } from 'active-record-ts/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dialects } from '../support/databases.ts';

class Note extends BaseModel.with({ id: column.id(), text: column.string() }) {}

const folder = mkdtempSync(join(tmpdir(), 'ar-each-'));
const server = (url: string | null) => (url === null ? undefined : `${url.replace(/\/[^/]*$/, '')}/ar_test_each`);
const has = (name: string) => dialects.some((dialect) => dialect === name);
const urls = {
  file: has('sqlite') ? `sqlite:${join(folder, 'each.sqlite3')}` : undefined,
  memory: has('sqlite') ? 'sqlite::memory:' : undefined,
  mysql: has('mysql') ? server(inject('mysqlUrl')) : undefined,
  postgres: has('postgres') ? server(inject('postgresUrl')) : undefined,
  nowhere: undefined,
};
const seen: string[] = [];

/** Hooks that are called by the test itself. */
function collected() {
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const run = async (all: readonly (() => Promise<void>)[]) => {
    for (const each of all) await each();
  };
  const group = Object.assign((_name: string, body: () => void) => body(), { skip: () => undefined });
  return {
    hooks: {
      describe: group,
      beforeAll: (fn: () => Promise<void>) => before.push(fn),
      afterAll: (fn: () => Promise<void>) => after.push(fn),
    },
    begin: () => run(before),
    end: () => run(after),
  };
}

onEachDatabase(
  { describe, beforeAll, afterAll },
  urls,
  ({ name }) => {
    it('has a fresh database with its tables', async () => {
      seen.push(name);
      await Note.create({ text: name });
      expect(await Note.pluck('text')).toEqual([name]);
    });
  },
  { setUp: () => createAll([Note]) },
);

describe('afterwards', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('each was run, and nothing of it is left', async () => {
    expect(seen).toEqual(Object.keys(urls).filter((name) => urls[name as keyof typeof urls] !== undefined));
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    expect(connections.get().state).toBe('closed');
    if (urls.postgres !== undefined) {
      const maintenance = connections.define('maintenance', urls.postgres.replace(/ar_test_each$/, 'postgres'));
      const rows = await maintenance.query(
        sql`SELECT datname FROM pg_database WHERE datname LIKE ${`ar_test_each_${process.pid}_%`}`,
      );
      expect(rows).toEqual([]);
      await maintenance.close();
    }
  });

  it('takes hooks and a URL at least', () => {
    // @ts-expect-error: hooks are functions
    expect(() => onEachDatabase({}, urls, () => undefined)).toThrow(InvalidQuery);
    expect(() => onEachDatabase({ describe, beforeAll, afterAll }, { mysql: undefined }, () => undefined)).toThrow(
      /no URL/,
    );
    const hooks = collected().hooks;
    const memory = { memory: 'sqlite::memory:' };
    // @ts-expect-error: an object
    expect(() => onEachDatabase(hooks, null, () => undefined)).toThrow(InvalidQuery);
    // @ts-expect-error: a function
    expect(() => onEachDatabase(hooks, memory, null)).toThrow(InvalidQuery);
    // @ts-expect-error: an object
    expect(() => onEachDatabase(hooks, memory, () => undefined, null)).toThrow(InvalidQuery);
    // @ts-expect-error: a function
    expect(() => onEachDatabase(hooks, memory, () => undefined, { setUp: 5 })).toThrow(InvalidQuery);
  });

  it('leaves a connection of that name alone that is not its own', async () => {
    const { hooks, begin, end } = collected();
    const own = await connect(`sqlite:${join(folder, 'own.sqlite3')}`, { name: 'taken' });
    try {
      onEachDatabase(hooks, { memory: 'sqlite::memory:' }, () => undefined, { connection: 'taken' });
      await expect(begin()).rejects.toMatchObject({ code: 'AR_CONNECTION_ALREADY_DEFINED' });
      await end();
      expect(own.state).toBe('open');
    } finally {
      await disconnect('taken');
    }
  });

  it('says which server does not answer', async () => {
    const { hooks, begin, end } = collected();
    onEachDatabase(hooks, { nowhere: 'postgresql://postgres@127.0.0.1:1/app' }, () => undefined, {
      connection: 'down',
    });
    await expect(begin()).rejects.toMatchObject({ code: 'AR_CONNECTION_FAILED', message: /127\.0\.0\.1:1/ });
    await end();
  });

  it.skipIf(urls.postgres === undefined && urls.mysql === undefined)(
    'shortens a name that has no room left',
    async () => {
      const { hooks, begin, end } = collected();
      const long = (url: string | undefined) => url?.replace(/each$/, 'e'.repeat(55));
      onEachDatabase(hooks, { a: long(urls.postgres ?? urls.mysql) }, () => undefined, { connection: 'long' });
      try {
        await begin();
        expect(connections.get('long').config.database).toHaveLength(63);
      } finally {
        await end();
      }
    },
  );
});
