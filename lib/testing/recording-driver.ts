import type { DriverConnection, Outcome, Row, RowCursor, RunOptions, TransactionState } from '../adapters/contract.ts';
import type { Compiled } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Scalar } from '../types/type.ts';

/** A statement that a {@link RecordingConnection} was told to run. */
export interface RecordedStatement {
  readonly sql: string;
  /** In the order of their markers, in the clear. */
  readonly binds: readonly unknown[];
}

/** What a statement is answered with: rows, or what came of a write. */
export interface Answer {
  /** By the database's column names. */
  readonly rows?: readonly { readonly [column: string]: Scalar }[];
  readonly affectedRows?: number;
  readonly insertId?: number | bigint;
}

/** What several drivers of one connection share. */
export interface Script {
  readonly statements: RecordedStatement[];
  readonly answers: (Answer | Error)[];
  insertId: number;
}

/** What PostgreSQL answers in a transaction that has failed. */
const isAborted = () =>
  Object.assign(new Error('current transaction is aborted, commands ignored until end of transaction block'), {
    code: '25P02',
  });

const begins = /^(?:BEGIN|START TRANSACTION)\b/;
const controls = /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)\b/;

/** A driver connection without a database: it writes down what it is told to run, and answers as it was told to. */
export class RecordingDriver implements DriverConnection {
  readonly dialect: Dialect;
  readonly usable = true;
  readonly #script: Script;
  #state: TransactionState = 'none';

  constructor(dialect: Dialect, script: Script) {
    this.dialect = dialect;
    this.#script = script;
  }

  get transactionState(): TransactionState {
    return this.#state;
  }

  async run({ sql, binds }: Compiled, _options?: RunOptions): Promise<Outcome> {
    this.#script.statements.push({ sql, binds: [...binds] });
    if (controls.test(sql)) {
      if (sql === 'COMMIT' || sql === 'ROLLBACK') this.#state = 'none';
      else if (begins.test(sql) || /^ROLLBACK TO\b/.test(sql)) this.#state = 'open';
      return { rows: [], affectedRows: 0, insertId: undefined };
    }
    if (this.#state === 'failed') throw isAborted();
    const answer = this.#script.answers.shift() ?? this.#usual(sql);
    if (answer instanceof Error) {
      if (this.#state === 'open' && this.dialect.features.transactionsFail === true) this.#state = 'failed';
      throw answer;
    }
    const rows = (answer.rows ?? []).map((row): Row => ({ ...row }));
    return { rows, affectedRows: answer.affectedRows ?? rows.length, insertId: answer.insertId };
  }

  /** No rows are found, each write reaches one row (an insert all of its own), and keys are counted up. */
  #usual(sql: string): Answer {
    if (!/^\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql)) return {};
    if (!/^\s*INSERT\b/i.test(sql)) return { affectedRows: 1 };
    const insertId = this.#script.insertId + 1;
    const affectedRows = insertedRows(sql);
    this.#script.insertId += affectedRows;
    const returned = /\bRETURNING (.+)$/.exec(sql)?.[1];
    if (returned === undefined) return { affectedRows, insertId };
    const names = returned.split(', ').map((name) => name.replace(/^[`"](.*)[`"]$/, '$1'));
    const rows = Array.from({ length: affectedRows }, (_, index) =>
      Object.fromEntries(names.map((name) => [name, insertId + index])),
    );
    return { rows, affectedRows };
  }

  cursor(statement: Compiled, options: RunOptions): RowCursor {
    let isRead = false;
    return {
      next: async () => {
        if (isRead) return [];
        isRead = true;
        return (await this.run(statement, options)).rows;
      },
      close: async () => undefined,
    };
  }

  async cancel(): Promise<void> {}

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  destroy(): void {
    this.#state = 'none';
  }
}

/** How many lists of values an INSERT has; 1 where it has none. */
function insertedRows(sql: string): number {
  const values = /\bVALUES \(/.exec(sql);
  if (values === null) return 1;
  let depth = 0;
  let count = 0;
  for (const [part] of sql.slice(values.index).matchAll(/'(?:[^']|'')*'|[()]| (?:ON|AS|RETURNING) /g)) {
    if (part === ')') depth--;
    else if (part === '(') count += depth++ === 0 ? 1 : 0;
    else if (depth === 0) break;
  }
  return count;
}
