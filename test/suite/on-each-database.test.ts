/** A suite of an application on several databases. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseModel, column, connections, createAll, InvalidQuery, sql } from 'active-record-ts';
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
  });
});
