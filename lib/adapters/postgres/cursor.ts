import { type Compiled, literalStatement } from '../../sql/compile.ts';
import type { Row, RowCursor } from '../contract.ts';

/** Rows of a cursor that the server holds, in a transaction that only reads. */
export class PostgresCursor implements RowCursor {
  readonly #send: (statement: Compiled) => Promise<{ readonly rows: readonly Row[] }>;
  readonly #statement: Compiled;
  readonly #size: number;
  #state: 'new' | 'open' | 'read' = 'new';

  constructor(
    send: (statement: Compiled) => Promise<{ readonly rows: readonly Row[] }>,
    statement: Compiled,
    size: number,
  ) {
    this.#send = send;
    this.#statement = statement;
    this.#size = size;
  }

  async next(): Promise<readonly Row[]> {
    if (this.#state === 'new') {
      this.#state = 'open';
      await this.#send(literalStatement('BEGIN READ ONLY'));
      await this.#send({ ...this.#statement, sql: `DECLARE ar_rows NO SCROLL CURSOR FOR ${this.#statement.sql}` });
    }
    if (this.#state === 'read') return [];
    const { rows } = await this.#send(literalStatement(`FETCH ${this.#size} FROM ar_rows`));
    if (rows.length < this.#size) this.#state = 'read';
    return rows;
  }

  async close(): Promise<void> {
    if (this.#state !== 'new') await this.#send(literalStatement('ROLLBACK'));
  }
}
