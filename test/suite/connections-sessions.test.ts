/** What one borrower of a connection does must not reach the next, and nobody may wait for a dead server one by one. */
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, ConnectionLost, connect, connections, disconnect, type Sql, sql } from 'active-record-ts';
import { afterEach, expect, it } from 'vitest';
import { literalStatement } from '../../lib/sql/compile.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { errorOf } from '../support/models.ts';

afterEach(async () => {
  for (const name of connections.names()) await disconnect(name);
});

const first = async (connection: Connection, statement: Sql) =>
  Object.values((await connection.query(statement))[0] ?? {})[0];

describeEachDatabase('the session of a connection', (database) => {
  const one = () => connect(database.url, { pool: 1 });

  it('is not changed for the next borrower', async () => {
    const connection = await one();
    const [change, ask]: readonly [Sql, Sql] = {
      mysql: [sql`/* so */ SET NAMES latin1`, sql`SELECT @@character_set_client`] as const,
      postgres: [sql`-- so\nSET TIME ZONE 'Asia/Tokyo'`, sql`SELECT current_setting('TimeZone')`] as const,
      sqlite: [sql`PRAGMA foreign_keys = OFF`, sql`SELECT foreign_keys FROM pragma_foreign_keys`] as const,
    }[database.dialect];
    const before = await first(connection, ask);
    await connection.execute(change);
    expect(await first(connection, ask)).toEqual(before);
    await connection.transaction(() => connection.execute(change));
    expect(await first(connection, ask)).toEqual(before);
    expect(await connection.transaction(() => first(connection, ask))).toEqual(before);
    expect(connection.pool.inUse).toBe(0);
  });

  it('keeps what a change inside a transaction does until the end of it', async () => {
    const connection = await one();
    const [change, ask, is]: readonly [Sql, Sql, unknown] = {
      mysql: [sql`SET SESSION sql_mode = ''`, sql`SELECT @@sql_mode`, ''] as const,
      postgres: [sql`SET statement_timeout = '7s'`, sql`SELECT current_setting('statement_timeout')`, '7s'] as const,
      sqlite: [sql`CREATE TEMPORARY TABLE own (id)`, sql`SELECT count(*) FROM own`, 0] as const,
    }[database.dialect];
    await connection.transaction(async () => {
      await connection.execute(change);
      expect(await first(connection, ask)).toEqual(is);
    });
    const after = await first(connection, ask).catch(() => 'no such table');
    expect(after).not.toEqual(is);
  });

  it('has no open transaction for the next borrower', async () => {
    const connection = await one();
    await connection.execute(sql`CREATE TABLE left_open (id INTEGER)`);
    if (database.dialect === 'sqlite') return;
    if (database.dialect === 'mysql') {
      // Not seen in its first words, and told by the server only.
      await connection.execute(sql`CREATE PROCEDURE begin_hidden() START TRANSACTION`);
      await connection.execute(sql`CALL begin_hidden()`);
      await connection.execute(sql`INSERT INTO left_open VALUES (1)`);
      expect(await first(connection, sql`SELECT @@in_transaction`)).toBe(0);
    } else {
      // No text hides a BEGIN from us that PostgreSQL sees: this goes past the check.
      await connection.run(literalStatement('BEGIN'));
      await connection.execute(sql`INSERT INTO left_open VALUES (1)`);
    }
    await disconnect();
    expect(await first(await one(), sql`SELECT count(*) FROM left_open`)).toBe(1);
  });

  it('is not used again after a statement that ended its transaction unforeseen', async () => {
    if (database.dialect !== 'mysql') return;
    const connection = await one();
    const id = () => first(connection, sql`SELECT CONNECTION_ID()`);
    const before = await id();
    // Skipped by every server that there is, so that the text says nothing.
    const hidden = connection.transaction(() => connection.execute(sql`/*!99999 so */ COMMIT`));
    expect((await errorOf(() => hidden)).code).toBe('AR_TRANSACTION_CLOSED');
    expect(await id()).not.toBe(before);
  });

  it('is kept in memory, where the database would be gone with it', async () => {
    if (database.dialect !== 'sqlite') return;
    const connection = await connect('sqlite::memory:', { name: 'memory' });
    await connection.execute(sql`CREATE TABLE kept (id INTEGER)`);
    await connection.execute(sql`PRAGMA cache_size = 100`);
    await connection.transaction(() => connection.execute(sql`PRAGMA cache_size = 200`));
    expect(await connection.query(sql`SELECT * FROM kept`)).toEqual([]);
  });

  it('is used again after it was idle and has answered', async () => {
    if (database.dialect === 'sqlite') return;
    const connection = await connect(database.url, { pool: 1, verifyAfter: 10 });
    const id = () =>
      first(connection, database.dialect === 'mysql' ? sql`SELECT CONNECTION_ID()` : sql`SELECT pg_backend_pid()`);
    const before = await id();
    await sleep(40);
    expect(await id()).toBe(before);
  });

  it('of a server that has gone silent holds nobody up for longer than the two timeouts', async () => {
    if (database.dialect === 'sqlite') return;
    const proxy = await startProxy(database.url);
    const timeouts = { acquireTimeout: 400, connectTimeout: 200 };
    const connection = await connect(proxy.url, { pool: 6, verifyAfter: 10, ...timeouts });
    const pause = database.dialect === 'mysql' ? sql`SELECT SLEEP(0.1)` : sql`SELECT pg_sleep(0.1)`;
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => connection.query(pause)));
    expect(connection.pool.idle).toBe(6);
    await sleep(30);
    proxy.freeze();
    const wait = async () => {
      const since = performance.now();
      await errorOf(() => connection.query(sql`SELECT 1`));
      return performance.now() - since;
    };
    // One check for each of the six would take four times as long.
    expect(await wait()).toBeLessThan(600 + 600);
    expect(Math.max(...(await Promise.all(Array.from({ length: 12 }, wait))))).toBeLessThan(600 + 600);
    await proxy.stop();
  });

  it('gives a lock back also where its holder has failed', async () => {
    const connection = await connect(database.url);
    const boom = new Error('boom');
    expect(await errorOf(() => connection.withLock('work', 0, () => Promise.reject(boom)))).toBe(boom);
    expect(await connection.withLock('work', 0, async () => 'done')).toBe('done');
  });

  it('that held a lock is missed when the lock is given back', async () => {
    if (database.dialect === 'sqlite') return;
    const connection = await connect(database.url);
    const error = await errorOf(() =>
      connection.withLock('work', 100, async () => {
        const holder =
          database.dialect === 'mysql'
            ? sql`SELECT IS_USED_LOCK(CONCAT(DATABASE(), ':work'))`
            : sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
        const id = Number(await first(connection, holder));
        await connection.query(
          database.dialect === 'mysql' ? sql.unsafe(`KILL ${id}`) : sql`SELECT pg_terminate_backend(${id}::int)`,
        );
        await sleep(30);
      }),
    );
    expect(error).toBeInstanceOf(ConnectionLost);
    expect(error.message).toMatch(/^The lock "work" was lost before it was given back.*compare .* with ar status/);
  });
});

interface Proxy {
  readonly url: string;
  /** From now on nothing passes, in either direction, and nobody is told. */
  freeze(): void;
  stop(): Promise<void>;
}

async function startProxy(target: string): Promise<Proxy> {
  const url = new URL(target);
  const port = Number(url.port || (url.protocol.startsWith('mysql') ? 3306 : 5432));
  const host = url.hostname;
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = frozen ? undefined : createConnection({ host, port });
    for (const socket of [near, ...(far === undefined ? [] : [far])]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    near.on('data', (data) => frozen || far?.write(data));
    far?.on('data', (data) => frozen || near.write(data));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  url.hostname = '127.0.0.1';
  url.port = String(address !== null && typeof address === 'object' ? address.port : 0);
  return {
    url: url.href,
    freeze() {
      frozen = true;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
