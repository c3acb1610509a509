import { DriverMissing } from '../../errors/connection.ts';
import type { ConnectionConfig } from '../contract.ts';
import { loadBetterSqlite3 } from './better-sqlite3.ts';
import type { SqliteDriver } from './handle.ts';
import { loadNodeSqlite } from './node-sqlite.ts';

let builtIn: { readonly driver: SqliteDriver | undefined } | undefined;
let installed: Promise<SqliteDriver> | undefined;

function nodeSqlite(): SqliteDriver | undefined {
  builtIn ??= { driver: loadNodeSqlite() };
  return builtIn.driver;
}

function betterSqlite3(): Promise<SqliteDriver> {
  installed ??= loadBetterSqlite3().catch((cause: unknown) => {
    // It may have been installed by the time of the next attempt.
    installed = undefined;
    const isOld = Number(process.versions.node.split('.')[0]) < 22;
    throw new DriverMissing('The package better-sqlite3 could not be loaded.', {
      hint: isOld
        ? 'Run: npm install better-sqlite3@12 (or use Node 22.13 or later, which has SQLite built in).'
        : 'Run: npm install better-sqlite3',
      cause,
    });
  });
  return installed;
}

/** The driver that the configuration names, else the built-in one, else the installed one. */
export async function sqliteDriver(wanted: ConnectionConfig['driver']): Promise<SqliteDriver> {
  if (wanted === 'better-sqlite3') return betterSqlite3();
  const driver = nodeSqlite();
  if (driver !== undefined) return driver;
  if (wanted === undefined) return betterSqlite3();
  throw new DriverMissing(`Node ${process.versions.node} has no node:sqlite.`, {
    hint: 'Use Node 22.13 or later, or leave the option driver out and run: npm install better-sqlite3@12',
  });
}
