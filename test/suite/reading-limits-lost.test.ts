import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { connect, connections, disconnect, QueryTimeout, sql } from 'active-record-ts';
import { afterEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { errorOf } from '../support/models.ts';

/** In front of a server: while it is a hole, new connections are taken and never answered. */
class Hole {
  isHole = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(target: URL) {
    this.#server = createServer((socket) => {
      this.#keep(socket);
      if (this.isHole) return;
      const server = connectSocket({ host: target.hostname, port: Number(target.port) });
      this.#keep(server);
      socket.pipe(server).pipe(socket);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

describeEachDatabase('limits behind a network that swallows connections', (database) => {
  let hole: Hole | undefined;
  afterEach(async () => {
    for (const name of connections.names()) await disconnect(name);
    hole?.close();
  });

  it.runIf(database.dialect !== 'sqlite')('end the connection where the server cannot be told', async () => {
    const url = new URL(database.url);
    hole = new Hole(new URL(database.url));
    url.port = String(await hole.open());
    const connection = await connect(url.href, { pool: 1 });
    hole.isHole = true;
    const since = performance.now();
    const statement = database.dialect === 'mysql' ? sql`SELECT SLEEP(3) AS slept` : sql`SELECT pg_sleep(3) AS slept`;
    const error = await errorOf(() => connection.query(statement, { timeout: 200 }));
    expect(error).toBeInstanceOf(QueryTimeout);
    expect(error.message).toContain('the connection was ended');
    expect(performance.now() - since).toBeLessThan(2000);
    expect(connection.pool).toMatchObject({ inUse: 0, idle: 0, waiting: 0 });
    hole.isHole = false;
    for (let next = 0; next < 20; next++)
      expect(await connection.query(sql`SELECT ${next} + 1 AS next`)).toEqual([{ next: next + 1 }]);
    expect(connection.pool).toMatchObject({ inUse: 0, idle: 1, waiting: 0 });
  });

  it.runIf(database.dialect !== 'sqlite')('lose the transaction with the connection, and say so', async () => {
    const url = new URL(database.url);
    hole = new Hole(new URL(database.url));
    url.port = String(await hole.open());
    const connection = await connect(url.href, { pool: 1 });
    const gate = hole;
    const error = await errorOf(() =>
      connection.transaction(async () => {
        await connection.query(sql`SELECT 1 AS one`);
        gate.isHole = true;
        const statement =
          database.dialect === 'mysql' ? sql`SELECT SLEEP(3) AS slept` : sql`SELECT pg_sleep(3) AS slept`;
        expect(await errorOf(() => connection.query(statement, { timeout: 100 }))).toBeInstanceOf(QueryTimeout);
        gate.isHole = false;
        return connection.query(sql`SELECT 1 AS one`);
      }),
    );
    expect(error.code).toBe('AR_CONNECTION_LOST');
    expect(await connection.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  });
});
