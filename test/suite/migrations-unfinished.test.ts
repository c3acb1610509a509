/** What others make of a migration that stopped half way: the start of a program, the record, a dry run. */
import { expect, it } from 'vitest';
import { journalTable } from '../../lib/migrations/journal/journal.ts';
import { abortIfPending } from '../../lib/migrations/pending.ts';
import { dryRun } from '../../lib/migrations/rehearsal/dry-run.ts';
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
    m.folder.add('20260101000003_later', "change() { this.createTable('later', { id: column.id() }); }");
    expect(await failure(abortIfPending(options()))).toMatchObject({
      migrations: [name, '20260101000003_later'],
      unfinished: [name],
      message: expect.stringMatching(
        `^A migration has stopped half way: ${name}. A migration has not been run: 20260101000003_later. Run ar migrate, which goes on`,
      ),
    });
    m.folder.remove('20260101000003_later');
    expect(await stamp({ ...options(), version: name })).toEqual([name]);
    expect(await m.states()).toEqual(['users applied', `${name.slice(15)} applied`]);
    expect(await stamp({ ...options(), version: name, remove: true })).toEqual([name]);
    expect(await m.up()).toEqual([name]);
    expect(await m.connection.query(sql`SELECT name FROM users`)).toHaveLength(2);
  });

  it('is forgotten too where it was a rollback, by those who say that it counts as run', async () => {
    m.folder.add(
      '20260101000001_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }",
    );
    write(`up() {} down() { this.execute('UPDATE users SET name = name'); this.addIndex('users', 'nothing'); }`);
    await m.up();
    for (const version of [name, 'all']) {
      await failure(m.down());
      expect(await m.states()).toEqual(['users applied', 'mended unfinished']);
      expect(await stamp({ ...options(), version })).toEqual([name]);
      expect(await m.states()).toEqual(['users applied', 'mended applied']);
      expect(await stamp({ ...options(), version })).toEqual([]);
    }
  });

  it('is not gone on with by a journal of another version, which can be told by its columns', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    await m.connection.execute(sql.unsafe(`ALTER TABLE ${journalTable} DROP COLUMN seen`));
    const error = await failure(m.up());
    expect(error).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
      message: expect.stringMatching(/has no seen: .*drop the table/),
    });
    expect(await failure(m.states())).toEqual(error);
    expect(await m.connection.query(sql`SELECT name FROM users`)).toHaveLength(1);
    await m.connection.execute(sql.unsafe(`DROP TABLE ${journalTable}`));
    expect(await m.up()).toEqual([name]);
  });

  it('is none where nothing could be written down of it', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    expect(await m.up()).toEqual([name]);
    // As for somebody who may only read.
    await m.connection.execute(sql.unsafe(`ALTER TABLE ${journalTable} RENAME TO kept`));
    await m.connection.execute(sql.unsafe(`CREATE VIEW ${journalTable} AS SELECT DISTINCT * FROM kept`));
    m.folder.add(
      '20260101000003_more',
      "static disableTransaction = true; change() { this.execute('DELETE FROM users'); }",
    );
    expect(await failure(m.up())).toMatchObject({
      code: 'AR_MIGRATION_FAILED',
      message: expect.stringContaining('No operation of it was carried out'),
    });
    expect(await m.connection.query(sql`SELECT name FROM users`)).toHaveLength(1);
    expect(await m.states()).toContain('more pending');
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
