// In front of a server: cuts the connection on COMMIT, before the server has got it, or before its answer.
import { connect as connectSocket, createServer } from 'node:net';

export class Cutter {
  /** @type {'before' | 'answer' | undefined} */
  cuts;
  #server;
  #sockets = new Set();

  /** @param {URL} target */
  constructor(target) {
    this.#server = createServer((client) => {
      const server = connectSocket({ host: target.hostname, port: Number(target.port) });
      let isCommitting = false;
      const cut = () => {
        client.destroy();
        server.destroy();
      };
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', cut).on('close', () => {
          this.#sockets.delete(socket);
          cut();
        });
      }
      client.on('data', (data) => {
        if (this.cuts !== undefined && data.includes('COMMIT')) {
          if (this.cuts === 'before') return cut();
          isCommitting = true;
        }
        server.write(data);
      });
      server.on('data', (data) => (isCommitting ? cut() : void client.write(data)));
    });
  }

  /** @returns its port */
  async open() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  /** Cuts all connections. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
