import type { Row, RowCursor } from '../contract.ts';

/** Rows of a statement that stays half read between its batches. */
export class SqliteCursor implements RowCursor {
  readonly #begin: () => Iterator<Row>;
  readonly #size: number;
  readonly #retry: <T>(attempt: () => T) => Promise<T>;
  #rows: Iterator<Row> | undefined;
  #isOver = false;

  constructor(begin: () => Iterator<Row>, size: number, retry: <T>(attempt: () => T) => Promise<T>) {
    this.#begin = begin;
    this.#size = size;
    this.#retry = retry;
  }

  async next(): Promise<readonly Row[]> {
    if (this.#isOver) return [];
    // Only the first rows need the lock; from then on it is there.
    return this.#rows === undefined ? this.#retry(() => this.#first()) : this.#fill(this.#rows);
  }

  #first(): readonly Row[] {
    const rows = this.#begin();
    const filled = this.#fill(rows);
    this.#rows = rows;
    return filled;
  }

  #fill(rows: Iterator<Row>): readonly Row[] {
    const filled: Row[] = [];
    while (filled.length < this.#size) {
      const { done, value } = rows.next();
      if (done === true) {
        this.#isOver = true;
        break;
      }
      filled.push(value);
    }
    return filled;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#rows?.return?.();
  }
}
