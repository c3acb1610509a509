/**
 * Prepared statements by their text, at most twice `generation` of them. A second map holds those that have not been
 * asked for since the first was last full: as good as exact order of use, and a hit costs one look-up and no write.
 */
export class KeptStatements<Statement> {
  readonly #generation: number;
  #recent = new Map<string, Statement>();
  #older = new Map<string, Statement>();

  constructor(generation: number) {
    this.#generation = generation;
  }

  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  get(sql: string): Statement | undefined {
    const recent = this.#recent.get(sql);
    if (recent !== undefined) return recent;
    const older = this.#older.get(sql);
    if (older === undefined) return undefined;
    this.#older.delete(sql);
    this.keep(sql, older);
    return older;
  }

  keep(sql: string, statement: Statement): void {
    if (this.#recent.size >= this.#generation) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(sql, statement);
  }
}
