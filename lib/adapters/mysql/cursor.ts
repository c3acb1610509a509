import type { EventEmitter } from 'node:events';
import type { FieldPacket, Connection as MysqlConnection } from 'mysql2';
import type { Row, RowCursor } from '../contract.ts';

/**
 * The rows of a statement as the server sends them. Where the program is slower, the socket is paused, so that the
 * server waits.
 */
export class MysqlCursor implements RowCursor {
  readonly #connection: MysqlConnection;
  readonly #cancel: (running: Promise<unknown>) => Promise<void>;
  readonly #over: Promise<void>;
  #rows: Row[] = [];
  #isOver = false;
  #dropping = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(
    connection: MysqlConnection,
    command: EventEmitter,
    size: number,
    cancel: (running: Promise<unknown>) => Promise<void>,
    mend?: (rows: readonly Row[], fields: readonly FieldPacket[]) => void,
  ) {
    this.#connection = connection;
    this.#cancel = cancel;
    this.#over = new Promise((resolve) => {
      const end = () => {
        connection.off('error', fail);
        this.#isOver = true;
        this.#wake();
        resolve();
      };
      const fail = (error: unknown) => {
        this.#failure ??= { error };
        end();
      };
      command.on('error', fail);
      command.on('end', end);
      // A command without a callback is not told of a lost connection.
      connection.on('error', fail);
    });
    let fields: readonly FieldPacket[] = [];
    command.on('fields', (given: readonly FieldPacket[] | undefined) => {
      fields = given ?? [];
    });
    command.on('result', (row: Row) => {
      if (this.#dropping) return;
      mend?.([row], fields);
      this.#rows.push(row);
      if (this.#rows.length < size) return;
      connection.pause();
      this.#wake();
    });
  }

  async next(): Promise<readonly Row[]> {
    if (!this.#isOver) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#connection.resume();
      await woken;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#dropping = true;
    this.#connection.resume();
    await this.#cancel(this.#over);
  }
}
