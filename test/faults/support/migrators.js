// Migrators as processes of their own, and migrations for them.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connections, sql } from 'active-record-ts';

const child = fileURLToPath(new URL('migrator-child.js', import.meta.url));

/** @param {{ library?: string }} context */
export class MigratorProcess {
  constructor({ library }) {
    const env = { ...process.env, ...(library === undefined ? {} : { AR_LIBRARY: library }) };
    this.process = fork(child, [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.ended = new Promise((resolve) => {
      this.process.once('exit', resolve);
    });
    this.ready = this.#next();
  }

  /** Resolves to the next message; to undefined where the process has ended before. */
  #next() {
    return Promise.race([
      new Promise((resolve) => {
        this.process.once('message', resolve);
      }),
      this.ended.then(() => undefined),
    ]);
  }

  /** @returns what it says at its end; `started` is called once it is connected */
  async migrate(task, started = () => undefined) {
    await this.ready;
    this.process.send(task);
    const first = await this.#next();
    if (first?.started !== true) return first;
    started();
    return this.#next();
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

/** A folder of migrations: the body of each class by its name. */
export function migrationsIn(bodies) {
  const folder = mkdtempSync(join(tmpdir(), 'ar-row-migrations-'));
  Object.entries(bodies).forEach(([name, body], index) => {
    const text = `import { column, Migration, sql } from 'active-record-ts';\nexport default class extends Migration {\n${body}\n}\n`;
    writeFileSync(join(folder, `2026010100000${index}_${name}.js`), text);
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a database has, in its own words and with its rows, without what migrators write down for themselves. */
export async function contents(dialect) {
  const connection = connections.get();
  const query = (text) => connection.query(sql.unsafe(text));
  const tables = (await query(tableQueries[dialect]))
    .map(({ name }) => String(name))
    .filter((name) => !/^ar_|^sqlite_/.test(name));
  const all = {};
  for (const table of tables.sort()) {
    const columns = (await query(columnQueries[dialect](table))).map((row) => JSON.stringify(Object.values(row)));
    all[table] = {
      columns,
      rows: (await query(`SELECT * FROM ${table} ORDER BY id`)).map((row) => JSON.stringify(row)),
    };
  }
  return JSON.stringify(all);
}

const tableQueries = {
  mysql: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  postgres: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table'",
};
const columnQueries = {
  mysql: (table) => `SHOW CREATE TABLE ${table}`,
  postgres: (table) =>
    `SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = '${table}' ORDER BY 1`,
  sqlite: (table) => `SELECT sql FROM sqlite_schema WHERE tbl_name = '${table}' ORDER BY name`,
};
