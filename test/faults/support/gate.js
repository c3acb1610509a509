// In front of a server: asks before each statement is let through, and may do something meanwhile.
import { connect as connectSocket, createServer } from 'node:net';

/** The SQL of what a client has sent; undefined where it is something else. Clients wait for the answer to each. */
const texts = {
  /** COM_QUERY, behind the length and the number of the packet. */
  mysql: (data) => (data[4] === 3 ? data.toString('utf8', 5) : undefined),
  /** A simple query, or the text to be prepared behind its name. */
  postgres(data) {
    if (data[0] === 81) return data.toString('utf8', 5, data.indexOf(0, 5));
    if (data[0] !== 80) return undefined;
    const text = data.indexOf(0, 5) + 1;
    return data.toString('utf8', text, data.indexOf(0, text));
  },
};

export class Gate {
  #server;
  #sockets = new Set();

  /**
   * @param {'mysql' | 'postgres'} dialect
   * @param {URL} target where the server is
   * @param {(sql: string) => Promise<void> | void} before
   */
  constructor(dialect, { hostname: host, port }, before) {
    this.#server = createServer((client) => {
      const server = connectSocket({ host, port: Number(port) });
      const end = () => {
        client.destroy();
        server.destroy();
      };
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', end).on('close', () => {
          this.#sockets.delete(socket);
          end();
        });
      }
      let turn = Promise.resolve();
      client.on('data', (data) => {
        const sql = texts[dialect](data);
        turn = turn
          .then(() => (sql === undefined ? undefined : before(sql)))
          .then(() => void server.write(data))
          .catch(end);
      });
      server.on('data', (data) => void client.write(data));
    });
  }

  /** @returns its port */
  async open() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
