import type Database from 'better-sqlite3';
import type { Row } from '../contract.ts';
import type { SqliteChanges, SqliteDriver, SqliteHandle, SqliteStatement, SqliteValue } from './handle.ts';

type Constructor = typeof Database;
type Prepared = Database.Statement<unknown[], Row>;

class BetterStatement implements SqliteStatement {
  readonly returnsRows: boolean;
  readonly #prepared: Prepared;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
    this.returnsRows = prepared.reader;
  }

  // An array is taken as the list of values: spreading thirty thousand of them would cost a copy.
  all(binds: readonly SqliteValue[]): Row[] {
    return this.#prepared.all(binds);
  }

  iterate(binds: readonly SqliteValue[]): Iterator<Row> {
    return this.#prepared.iterate(binds);
  }

  run(binds: readonly SqliteValue[]): SqliteChanges {
    return this.#prepared.run(binds);
  }
}

class BetterHandle implements SqliteHandle {
  readonly refreshesStars = true;
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  prepare(sql: string, bigints: boolean): SqliteStatement {
    const prepared = this.#database.prepare<unknown[], Row>(sql);
    return new BetterStatement(bigints ? prepared.safeIntegers(true) : prepared);
  }

  inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  close(): void {
    this.#database.close();
  }
}

/** The package better-sqlite3. */
export function betterSqlite3Driver(Sqlite: Constructor): SqliteDriver {
  return {
    name: 'better-sqlite3',
    // Its own busy timeout of five seconds would block the event loop; a pragma sets ours.
    open: (file) => new BetterHandle(new Sqlite(file, { timeout: 0 })),
  };
}

/** Rejects where the package is not installed, or was built for another Node. */
export async function loadBetterSqlite3(): Promise<SqliteDriver> {
  const { default: Sqlite } = await import('better-sqlite3');
  const driver = betterSqlite3Driver(Sqlite);
  // Its native half is loaded by the first database only; what is wrong with it must show here.
  driver.open(':memory:').close();
  return driver;
}
