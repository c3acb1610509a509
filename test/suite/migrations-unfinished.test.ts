/** What others make of a migration that stopped half way: the start of a program, the record, a dry run. */
import { expect, it } from 'vitest';
import { dryRun } from '../../lib/migrations/dry-run.ts';
import { journalTable } from '../../lib/migrations/journal.ts';
import { abortIfPending } from '../../lib/migrations/pending.ts';
import { type MigrationEvent, migrate } from '../../lib/migrations/runner.ts';
import { stamp } from '../../lib/migrations/stamp.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';

describeEachDatabase('a migration that stopped half way', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  const [stops, name] = ['20260101000002_stop', '20260101000002_mended'] as const;
  /** The mended one has another name: a module is loaded once. */
  const write = (body: string) => m.folder.add(name, `static disableTransaction = true;\n${body}`);
  const stopped = async (operations: string) => {
    m.folder.add(
      '20260101000001_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }",
    );
    m.folder.add(stops, `static disableTransaction = true;\nup() { ${operations} this.addIndex('users', 'nothing'); }`);
    await failure(m.up());
    m.folder.remove(stops);
    write(`up() { ${operations} }`);
  };

  it('is forgotten by those who say what became of the migration', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    expect(await failure(abortIfPending(options()))).toMatchObject({ migrations: [name] });
    expect(await stamp({ ...options(), version: name })).toEqual([name]);
    expect(await m.states()).toEqual(['users applied', `${name.slice(15)} applied`]);
    expect(await stamp({ ...options(), version: name, remove: true })).toEqual([name]);
    expect(await m.up()).toEqual([name]);
    expect(await m.connection.query(sql`SELECT name FROM users`)).toHaveLength(2);
  });

  it('tells of a migration whose file is gone, and lets go of it', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    m.folder.remove(name);
    const version = name.slice(0, 14);
    expect(await m.states()).toEqual(['users applied', 'unknown unfinished']);
    const events: MigrationEvent[] = [];
    expect(await migrate({ ...options(), onEvent: (event) => events.push(event) })).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'warning', message: expect.stringContaining('its file is gone') }),
    );
    expect(await stamp({ ...options(), version, remove: true })).toEqual([version]);
    expect(await m.down()).toEqual(['20260101000001_users']);
  });

  it('is what a dry run goes by: only what is left is sent', async () => {
    await stopped(
      "this.execute(`INSERT INTO users (name) VALUES ('Ada')`); this.addColumn('users', 'age', column.integer().nullable());",
    );
    write(`up() {
      this.execute(\`INSERT INTO users (name) VALUES ('Ada')\`);
      this.addColumn('users', 'age', column.integer().nullable());
      this.addIndex('users', 'age');
    }`);
    const planned = await dryRun(options());
    expect(planned).toMatchObject([
      {
        complete: true,
        sql: [
          '-- done by an earlier run: execute',
          '-- done by an earlier run: addColumn users.age',
          expect.stringMatching(/^CREATE INDEX/),
        ],
      },
    ]);
    expect(await failure(dryRun({ ...options(), direction: 'down' }))).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
    });
    // As a migrator leaves it that was killed.
    await m.connection.execute(sql.unsafe(`UPDATE ${journalTable} SET state = 'begun' WHERE operation = 0`));
    expect(await dryRun(options())).toMatchObject([
      { complete: false, sql: expect.arrayContaining([expect.stringContaining('perhaps done already')]) },
    ]);
  });
});
