import type { Client } from 'pg';

/** Statements that one session keeps prepared on the server. */
export const preparedLimit = 256;

/** The names of the statements that a session has prepared, by their text; the one not used for longest makes room. */
export class PreparedNames {
  readonly #client: Client;
  readonly #names = new Map<string, string>();
  #made = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  get size(): number {
    return this.#names.size;
  }

  of(sql: string): string {
    const known = this.#names.get(sql);
    if (known !== undefined) {
      this.#names.delete(sql);
      this.#names.set(sql, known);
      return known;
    }
    if (this.#names.size >= preparedLimit) {
      const [oldest] = this.#names.keys();
      if (oldest !== undefined) this.forget(oldest);
    }
    const name = `ar_${++this.#made}`;
    this.#names.set(sql, name);
    return name;
  }

  /** The server drops it with the next statement: closing needs no answer, and is allowed in a failed transaction. */
  forget(sql: string): void {
    const name = this.#names.get(sql);
    if (name === undefined) return;
    this.#names.delete(sql);
    const { connection } = this.#client;
    connection.close({ type: 'S', name }, true);
    // The driver remembers the text of every name for good. The field is old, but in no declaration.
    const parsed: unknown = Reflect.get(connection, 'parsedStatements');
    if (typeof parsed === 'object' && parsed !== null) Reflect.deleteProperty(parsed, name);
  }
}
