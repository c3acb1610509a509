/** A migrator with a fresh database and folder for each test of a suite. */
import { afterEach, beforeEach } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { migrate, migrationStatus, rollback } from '../../lib/migrations/runner.ts';
import { createDatabase, type Dialect, type TestDatabase } from './databases.ts';
import { type MigrationFolder, migrationFolder } from './migration-files.ts';
import { schemaSnapshot } from './schema-snapshot.ts';

/** Bodies of migrations that many tests begin with. */
export const steps = {
  users: "change() { this.createTable('users', { id: column.id(), name: column.string(), ...column.timestamps() }); }",
  posts: `change() {
  this.createTable('posts', { id: column.id(), title: column.string(), authorId: column.references('users') });
  this.addIndex('posts', ['title', 'authorId'], { unique: true });
}`,
  tags: "change() { this.createTable('tags', { id: column.id() }); }",
};

export interface Migrator {
  readonly connection: Connection;
  readonly folder: MigrationFolder;
  readonly url: string;
  up(): Promise<string[]>;
  down(step?: number): Promise<string[]>;
  /** `create_users applied`, … */
  states(): Promise<string[]>;
  tables(): Promise<string[]>;
}

let runs = 0;

export function useMigrator(dialect: Dialect): Migrator {
  let current: { database: TestDatabase; connection: Connection; folder: MigrationFolder } | undefined;
  const now = () => {
    if (current === undefined) throw new Error('the migrator of a suite exists inside of its tests, not earlier');
    return current;
  };
  beforeEach(async () => {
    const database = await createDatabase(dialect);
    const connection = await connections.define(`migrator-${dialect}-${runs++}`, database.url).open();
    current = { database, connection, folder: migrationFolder() };
  });
  afterEach(async () => {
    await current?.connection.close();
    await current?.database.drop();
    current = undefined;
  });
  const options = () => ({ connection: now().connection, folder: now().folder.path });
  return {
    get connection() {
      return now().connection;
    },
    get folder() {
      return now().folder;
    },
    get url() {
      return now().database.url;
    },
    up: () => migrate(options()),
    down: (step) => rollback({ ...options(), step }),
    states: async () => (await migrationStatus(options())).map(({ name, state }) => `${name} ${state}`),
    tables: async () => Object.keys(await schemaSnapshot(now().connection)),
  };
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
