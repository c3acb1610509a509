import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import type { MigrationFailed } from '../../lib/errors/migration.ts';
import { journalTable } from '../../lib/migrations/journal/journal.ts';
import { migrate } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, type Dialect, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { type Kind, type Row, tableKinds } from '../support/migration-kinds.ts';
import { objectKinds } from '../support/migration-object-kinds.ts';
import { failure } from '../support/migrator.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const query = "'SELECT id, title FROM teams'";

/** Every kind of operation: one without a row does not compile. */
const rows: Readonly<Record<Kind, readonly Row[]>> = { ...tableKinds, ...objectKinds };

const cases = Object.entries(rows).flatMap(([kind, list]) =>
  list.map((row) => [row.name === undefined ? kind : `${kind} ${row.name}`, { called: kind, ...row }] as const),
);

const baseOf = (setup = '') => `up() {
  this.createTable('teams', { id: column.id(), title: column.string(40) });
  this.createTable('users', {
    id: column.id(),
    name: column.string(40),
    age: column.integer().nullable(),
    teamId: column.integer().nullable(),
    leadId: column.references('teams').nullable(),
  });
  this.createTable('spare', { id: column.id() });
  this.addIndex('users', 'name', { name: 'by_name' });
  this.addCheckConstraint('users', 'age > 0', { name: 'born' });
  this.addUniqueConstraint('teams', 'title', { name: 'one_title' });
  this.createView('titles', ${query});
  ${setup}
}`;

/** Five operations, of which the third is the one that the test is about. */
const bodyOf = (third: string, fourth: string, journaled: boolean) => `
  static disableTransaction = ${journaled};
  change() {
    this.createTable('first', { id: column.id() });
    this.addColumn('first', 'label', column.string().nullable());
    ${third};
    ${fourth}
    this.addIndex('first', 'label');
  }`;

const emptied: Readonly<Record<Dialect, (connection: Connection) => Promise<void>>> = {
  async postgres(connection) {
    await connection.execute(sql`DROP SCHEMA IF EXISTS reports CASCADE`);
    await connection.execute(sql`DROP SCHEMA public CASCADE`);
    await connection.execute(sql`CREATE SCHEMA public`);
  },
  mysql: dropEach,
  sqlite: dropEach,
};

async function dropEach(connection: Connection): Promise<void> {
  let left = Object.keys(await schemaText(connection));
  for (let turn = 0; left.length > 0 && turn < 5; turn++) {
    const kept: string[] = [];
    // Those that others point to go when the others are gone.
    for (const name of left) {
      const drop = (kind: string) => connection.execute(sql.unsafe(`DROP ${kind} IF EXISTS ${name}`));
      if (!(await drop('VIEW').then(...settled)) && !(await drop('TABLE').then(...settled))) kept.push(name);
    }
    left = kept.length === left.length ? left : Object.keys(await schemaText(connection));
  }
}
const settled = [() => false, () => false] as const;

describeEachDatabase('an operation of each kind in a migration that fails', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  beforeAll(async () => {
    database = await createDatabase(dialect);
    connection = await connections.define(`kinds-${dialect}`, database.url).open();
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  /** Each in a folder of its own: a file is loaded once. */
  const run = (base: string, body: string) => {
    const folder = migrationFolder();
    folder.add('20260101000001_base', base);
    if (body !== '') folder.add('20260101000002_five', body);
    return migrate({ connection, folder: folder.path });
  };
  /** What each leaves where nothing fails. */
  const clean = new Map<string, unknown>();
  const state = async () => {
    const { ar_migration_steps: _, ar_leases: __, ...tables } = await schemaText(connection);
    const enums = connection.dialect.features.schema.enumTypes
      ? await connection.query(
          sql`SELECT typname, enumlabel FROM pg_enum JOIN pg_type t ON t.oid = enumtypid ORDER BY typname, enumsortorder`,
        )
      : [];
    return { tables, enums };
  };
  const journal = async () => {
    const there = Object.keys(await schemaText(connection)).includes(journalTable);
    return there
      ? (await connection.query(sql.unsafe(`SELECT label FROM ${journalTable}`))).map((row) => row.label)
      : [];
  };

  const modes: readonly (readonly [string, boolean])[] = [
    ['in one transaction', false],
    ['with a journal', true],
  ];
  // One transaction takes back anything; where there is one, a journal is the exception. The short run has a share of both.
  const shareOf = (journaled: boolean) => {
    if (process.env.AR_TEST_LONG !== undefined) return cases;
    const step = dialect === 'mysql' ? 4 : journaled ? 6 : 12;
    return cases.filter((_, index) => index % step === 1);
  };
  // MySQL commits each change by itself.
  describe.each(dialect === 'mysql' ? modes.slice(1) : modes)('%s', (_mode, disabled) => {
    it.each(shareOf(disabled))('is undone or stays as is said, and can be finished: %s', async (name, row) => {
      const { features } = connection.dialect;
      await emptied[dialect](connection);
      if (row.possible?.(features) === false) {
        // Before the first of the five is sent.
        expect(await failure(run('up() {}', bodyOf(row.works, '', disabled)))).toMatchObject({
          cause: { code: 'AR_CAPABILITY_MISSING' },
        });
        expect(Object.keys((await state()).tables)).not.toContain('first');
        return;
      }
      const base = baseOf(row.setup);
      await run(base, '');
      const before = await state();
      if (row.fails !== undefined) {
        const { message } = (await failure(run(base, bodyOf(row.fails, '', disabled)))) as MigrationFailed;
        expect(message).toMatch(new RegExp(`stopped at operation 3 of \\d \\(${row.called}`));
        expect(message).toContain(disabled ? 'was undone at once' : 'Nothing of it was kept');
        expect(await state()).toEqual(before);
        expect(await journal()).toEqual([]);
      }
      const stopping = bodyOf(row.works, "this.addIndex('first', 'nothing');", disabled);
      const { message } = (await failure(run(base, stopping))) as MigrationFailed;
      const undone = typeof row.undone === 'function' ? row.undone(features) : row.undone;
      if (!disabled) expect(message).toContain('Nothing of it was kept');
      else if (undone) expect(message).toMatch(/\d of \d operations were done, and all .* was undone at once/);
      else expect(message).toMatch(/\d of \d operations are done \(createTable first; .*\) and stay/);
      if (!disabled || undone) expect([await state(), await journal()]).toEqual([before, []]);
      expect(await run(base, bodyOf(row.works, '', disabled))).toEqual(['20260101000002_five']);
      expect(await journal()).toEqual([]);
      const finished = await state();
      if (!clean.has(name)) {
        await emptied[dialect](connection);
        await run(base, bodyOf(row.works, '', disabled));
        clean.set(name, await state());
      }
      expect(finished).toEqual(clean.get(name));
    });
  });
});
