import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AccessDenied,
  BaseModel,
  ConnectionAlreadyDefined,
  ConnectionClosed,
  ConnectionFailed,
  ConnectionNotDefined,
  column,
  connect,
  connections,
  createAll,
  DatabaseMissing,
  disconnect,
  PoolTimeout,
  sql,
} from 'active-record-ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadProjectConfig } from '../../lib/connection/config-file.ts';
import { findDefault, findNamed } from '../../lib/connection/default-connection.ts';
import { describeEachDatabase } from '../support/databases.ts';

class Note extends BaseModel.with({ id: column.id(), text: column.string() }) {}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have been rejected'),
    (error: unknown) => error,
  );
}

afterEach(async () => {
  for (const name of connections.names()) await disconnect(name);
});

describeEachDatabase('connections', (database) => {
  it('opens once, also under concurrency, and gives the same connection for the same settings', async () => {
    const [a, b] = await Promise.all([connect(database.url), connect(database.url)]);
    expect(a).toBe(b);
    expect(a.state).toBe('open');
    expect(a.pool).toMatchObject({ inUse: 0, waiting: 0 });
    expect(connections.get()).toBe(a);
    await expect(connect(database.url, { pool: 2 })).rejects.toThrow(ConnectionAlreadyDefined);
  });

  it('is defined, then open, then closed, and can be connected again', async () => {
    const connection = connections.define('late', database.url);
    expect(connection.state).toBe('defined');
    expect(await connection.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    expect(connection.state).toBe('open');
    await connections.close('late');
    expect(connection.state).toBe('closed');
    await expect(connection.query(sql`SELECT 1 AS one`)).rejects.toThrow(ConnectionClosed);
    const again = await connect(database.url, { name: 'late' });
    expect(again).not.toBe(connection);
    expect(await again.query(sql`SELECT 2 AS two`)).toEqual([{ two: 2 }]);
  });

  it('closes at the end of an await using block', async () => {
    const held = await connect(database.url);
    await held[Symbol.asyncDispose]();
    expect(held.state).toBe('closed');
  });

  it('finishes the statements under way before it closes', async () => {
    const connection = await connect(database.url);
    await createAll([Note]);
    const running = Promise.all([Note.create({ text: 'a' }), Note.count()]);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([running, connection.close()]);
    await connect(database.url);
    expect(await Note.where({ text: 'a' }).count()).toBe(1);
  });

  it('serves several named connections, each model its own', async () => {
    class Elsewhere extends BaseModel.with({ id: column.id(), text: column.string() }) {
      static override connectionName = 'other';
      static override tableName = 'elsewhere';
    }
    await connect(database.url);
    await connect(database.url, { name: 'other', pool: 2 });
    await createAll([Note, Elsewhere]);
    await Elsewhere.create({ text: 'x' });
    expect(Elsewhere.connection.name).toBe('other');
    expect(await Elsewhere.count()).toBe(1);
    expect(connections.names().sort()).toEqual(['default', 'other']);
  });

  it('fails at the deadline when no connection becomes free, with the figures of the pool', async () => {
    const connection = await connect(database.url, { pool: 1, acquireTimeout: 100 });
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = connection.transaction(() => blocked);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const waiters = await Promise.all(
      Array.from({ length: 5 }, () => failure(connection.execute(sql`UPDATE notes SET id = id`))),
    );
    for (const error of waiters) {
      expect(error).toBeInstanceOf(PoolTimeout);
      expect(error).toMatchObject({ code: 'AR_POOL_TIMEOUT', pool: { size: 1, inUse: 1, idle: 0 } });
    }
    release();
    await holding;
    expect(await connection.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  });

  it('hands connections out in the order of asking', async () => {
    const connection = await connect(database.url, { pool: 1 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        connection.transaction(async () => {
          order.push(index);
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(connection.pool.inUse).toBe(0);
  });

  it('never shows the password, host or user when it is printed', async () => {
    const connection = await connect(database.url);
    expect(JSON.stringify(connection)).toBe(
      `{"name":"default","adapter":"${connection.config.adapter}","state":"open"}`,
    );
  });

  it('rolls back a transaction that is left open by raw statements of a closed connection', async () => {
    const connection = await connect(database.url);
    await createAll([Note]);
    await Note.deleteAll({ everyRow: true });
    await disconnect();
    await connect(database.url);
    expect(await Note.count()).toBe(0);
    expect(connection.state).toBe('closed');
  });
});

describeEachDatabase('connections that fail', (database) => {
  it('says that the database is missing, and what to do', async () => {
    if (database.dialect === 'sqlite') {
      const error = await failure(connect('sqlite:/nonexistent-folder/blog.sqlite3'));
      expect(error).toMatchObject({ code: expect.stringMatching(/AR_CONNECTION_FAILED|AR_DATABASE_MISSING/) });
      expect(String(error)).toContain('nonexistent-folder');
      return;
    }
    const url = new URL(database.url);
    url.pathname = '/ar_no_such_database';
    const error = await failure(connect(url.href));
    expect(error).toBeInstanceOf(DatabaseMissing);
    expect(String(error)).toContain('ar_no_such_database');
    expect(connections.has()).toBe(false);
  });

  it('says that the server is not there', async () => {
    if (database.dialect === 'sqlite') return;
    const url = new URL(database.url);
    url.port = String(await closedPort());
    const error = await failure(connect(url.href));
    expect(error).toBeInstanceOf(ConnectionFailed);
    expect(String(error)).toContain(url.port);
  });

  it('never prints a wrong password', async () => {
    if (database.dialect !== 'mysql') return;
    const url = new URL(database.url);
    url.username = 'root';
    url.password = 'planted-secret';
    const error = await failure(connect(url.href));
    expect(error).toBeInstanceOf(AccessDenied);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('planted-secret');
  });

  it('gives up on a server that accepts and never answers', async () => {
    if (database.dialect === 'sqlite') return;
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = new URL(database.url);
    url.port = String(address.port);
    const error = await failure(connect(url.href, { connectTimeout: 200 }));
    expect(error).toBeInstanceOf(ConnectionFailed);
    server.close();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 1;
}

describe('the default connection', () => {
  it('is missing with a hint outside of development', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('DATABASE_URL', '');
    const error = await failure(Note.count());
    expect(error).toBeInstanceOf(ConnectionNotDefined);
    expect(String(error)).toMatch(/connect\(url\).*DATABASE_URL/);
    vi.unstubAllEnvs();
  });

  it('comes from DATABASE_URL, else from ar.config, else in development from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-config-'));
    try {
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      vi.stubEnv('DATABASE_URL', 'sqlite:from-env.sqlite3');
      expect(await findDefault(folder)).toBe('sqlite:from-env.sqlite3');
      vi.stubEnv('DATABASE_URL', '');
      vi.stubEnv('NODE_ENV', 'development');
      const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      expect(await findDefault(folder)).toBe('sqlite:development.sqlite3');
      expect(printed).toHaveBeenCalledWith(expect.stringContaining('sqlite:development.sqlite3'));
      printed.mockRestore();
      vi.stubEnv('NODE_ENV', 'test');
      expect(await findDefault(folder)).toBeUndefined();
      writeFileSync(
        join(folder, 'ar.config.js'),
        "export default { connection: 'sqlite:from-config.sqlite3', connections: { stats: 'sqlite:stats.sqlite3' } };",
      );
      expect(await findDefault(folder)).toBe('sqlite:from-config.sqlite3');
      expect(await findNamed('stats', folder)).toBe('sqlite:stats.sqlite3');
      expect(await findNamed('constructor', folder)).toBeUndefined();
      // Started in a folder below, a program has the same database.
      const below = join(folder, 'src');
      mkdirSync(below);
      expect(await findDefault(below)).toBe(`sqlite:${join(folder, 'from-config.sqlite3')}`);
      expect(await findNamed('stats', below)).toBe(`sqlite:${join(folder, 'stats.sqlite3')}`);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });

  it('is not there before somebody has looked for it, and says how to look', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-config-'));
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    try {
      vi.stubEnv('DATABASE_URL', '');
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(folder, 'ar.config.js'),
        `export default { connection: 'sqlite::memory:', connections: { stats: 'sqlite::memory:' } };`,
      );
      const message =
        'There is no connection "default" yet. Call await connect(url) first, or await connections.open()';
      expect(() => connections.get()).toThrow(message);
      expect(() => Note.connection).toThrow(message);
      expect(() => connections.get('stats')).toThrow(
        /connections\.define\('stats', url\).*connections\.open\('stats'\)/,
      );
      const opened = await connections.open();
      expect([opened.state, opened === connections.get(), opened === Note.connection]).toEqual(['open', true, true]);
      expect(await connections.open()).toBe(opened);
      expect((await connections.open('stats')).name).toBe('stats');
      expect(() => connections.get('stast')).toThrow('Did you mean "stats"?');
      await expect(connections.open('stast')).rejects.toThrow(ConnectionNotDefined);
      await connections.closeAll();
      await expect(connections.open()).rejects.toThrow(ConnectionClosed);
    } finally {
      cwd.mockRestore();
      vi.unstubAllEnvs();
      for (const name of connections.names()) await disconnect(name);
      rmSync(folder, { recursive: true });
    }
  });

  it('does not show a URL that is given as a name', () => {
    const wrong = () => connections.get('mysql://root:hunter2@127.0.0.1/blog');
    expect(wrong).toThrow(/There is no connection "mysql:…" yet/);
    expect(wrong).not.toThrow(/hunter2/);
  });

  it('refuses a configuration file with unknown keys', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-config-'));
    try {
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(join(folder, 'ar.config.js'), "export default { conection: 'sqlite:x' };");
      await expect(loadProjectConfig(folder)).rejects.toThrow(/Did you mean "connection"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
