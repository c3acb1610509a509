import { InvalidQuery, InvalidValue } from '../../errors/query.ts';
import type { Row } from '../contract.ts';
import type { SqliteChanges, SqliteDriver, SqliteHandle, SqliteStatement, SqliteValue } from './handle.ts';
import { placeholderCount, significant, tokenize } from './tokens.ts';

// The parts of node:sqlite that are used here. Its types came with Node 22, and older Nodes have to compile this too.
interface StatementSync {
  all(...binds: readonly SqliteValue[]): Row[];
  iterate(...binds: readonly SqliteValue[]): Iterator<Row>;
  run(...binds: readonly SqliteValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  setReadBigInts(enabled: boolean): void;
  /** From Node 22.16 on. */
  columns?(): readonly unknown[];
  /** The first statement of the text, up to its semicolon: all that was prepared. */
  readonly sourceSQL: string;
}
interface DatabaseSync {
  /** From Node 22.16 on. */
  readonly isTransaction?: boolean;
  prepare(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}
interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => DatabaseSync;
}

/** What this version of node:sqlite gets wrong, found by trying: versions are many, and some were patched. */
interface Quirks {
  /** Text is read up to its first NUL character only (Node 22). */
  readonly cutsAtNul: boolean;
  /** A kept `SELECT *` returns the columns of the time when it was prepared (Node 22). */
  readonly staleStars: boolean;
}

function findQuirks(sqlite: NodeSqlite): Quirks {
  const database = new sqlite.DatabaseSync(':memory:');
  try {
    database.exec('CREATE TABLE t (a)');
    database.prepare('INSERT INTO t VALUES (?)').run('a\0b');
    const kept = database.prepare('SELECT * FROM t');
    const cutsAtNul = kept.all()[0]?.a !== 'a\0b';
    database.exec('ALTER TABLE t ADD COLUMN b DEFAULT 1');
    return { cutsAtNul, staleStars: kept.all()[0]?.b === undefined };
  } finally {
    database.close();
  }
}

/** Where `columns()` is missing, the text has to tell. */
function looksLikeReader(sql: string): boolean {
  const words = significant(tokenize(sql)).filter(({ kind }) => kind === 'word');
  const has = (wanted: RegExp) => words.some(({ text }) => wanted.test(text));
  const first = words[0]?.text.toUpperCase();
  if (first === 'WITH') return has(/^returning$/i) || !has(/^(insert|update|delete|replace)$/i);
  return first === 'SELECT' || first === 'PRAGMA' || first === 'EXPLAIN' || first === 'VALUES' || has(/^returning$/i);
}

class NodeStatement implements SqliteStatement {
  readonly returnsRows: boolean;
  readonly #statement: StatementSync;
  readonly #placeholders: number | undefined;
  readonly #cutsAtNul: boolean;

  constructor(statement: StatementSync, sql: string, quirks: Quirks) {
    // What stands behind the first statement would be left out without a word.
    if (significant(tokenize(sql.slice(statement.sourceSQL.length))).length > 0) {
      throw new InvalidQuery('Only one statement can be sent at a time.', { hint: 'Send them one after another.' });
    }
    this.#statement = statement;
    this.#placeholders = placeholderCount(sql);
    this.#cutsAtNul = quirks.cutsAtNul;
    this.returnsRows = statement.columns === undefined ? looksLikeReader(sql) : statement.columns().length > 0;
  }

  all(binds: readonly SqliteValue[]): Row[] {
    this.#check(binds);
    return this.#statement.all(...binds);
  }

  iterate(binds: readonly SqliteValue[]): Iterator<Row> {
    this.#check(binds);
    return this.#statement.iterate(...binds);
  }

  run(binds: readonly SqliteValue[]): SqliteChanges {
    this.#check(binds);
    const { changes, lastInsertRowid } = this.#statement.run(...binds);
    return { changes: Number(changes), lastInsertRowid };
  }

  #check(binds: readonly SqliteValue[]): void {
    // Values that are missing would be NULL.
    if (this.#placeholders !== undefined && this.#placeholders !== binds.length) {
      throw new InvalidQuery(
        `The statement has places for ${this.#placeholders} values, but was given ${binds.length}.`,
      );
    }
    if (this.#cutsAtNul && binds.some((bind) => typeof bind === 'string' && bind.includes('\0'))) {
      throw new InvalidValue('node:sqlite in this version of Node cannot read text with a NUL character back.', {
        hint: 'Use Node 24, the driver better-sqlite3, or a binary column.',
      });
    }
  }
}

class NodeHandle implements SqliteHandle {
  readonly refreshesStars: boolean;
  readonly #database: DatabaseSync;
  readonly #quirks: Quirks;

  constructor(database: DatabaseSync, quirks: Quirks) {
    this.#database = database;
    this.#quirks = quirks;
    this.refreshesStars = !quirks.staleStars;
  }

  prepare(sql: string, bigints: boolean): SqliteStatement {
    const statement = this.#database.prepare(sql);
    const wrapped = new NodeStatement(statement, sql, this.#quirks);
    if (bigints) statement.setReadBigInts(true);
    return wrapped;
  }

  inTransaction(): boolean {
    const { isTransaction } = this.#database;
    if (isTransaction !== undefined) return isTransaction;
    // Before Node 22.16 it is found out: a transaction can be begun where there is none.
    try {
      this.#database.exec('BEGIN');
    } catch {
      return true;
    }
    this.#database.exec('ROLLBACK');
    return false;
  }

  close(): void {
    this.#database.close();
  }
}

function isNodeSqlite(module: object | undefined): module is NodeSqlite {
  return module !== undefined && 'DatabaseSync' in module && typeof module.DatabaseSync === 'function';
}

/** The built-in module, from Node 22.13 on; undefined where there is none. */
export function loadNodeSqlite(): SqliteDriver | undefined {
  // Node 22 warns that the module is experimental. Whoever uses a database did not choose its driver.
  const { emitWarning } = process;
  let module: object | undefined;
  process.emitWarning = () => undefined;
  try {
    module = process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
  if (!isNodeSqlite(module)) return undefined;
  const { DatabaseSync } = module;
  const quirks = findQuirks(module);
  return { name: 'node:sqlite', open: (file) => new NodeHandle(new DatabaseSync(file), quirks) };
}
