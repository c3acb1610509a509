import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { connections } from '../../lib/connection/registry.ts';
import { MigrationInvalid, MigrationLocked } from '../../lib/errors/migration.ts';
import { type MigrationEvent, migrate, rollback } from '../../lib/migrations/runner.ts';
import { tableExists } from '../../lib/migrations/steps/catalogue.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, steps, useMigrator } from '../support/migrator.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

describeEachDatabase('migrations', ({ dialect }) => {
  const m = useMigrator(dialect);

  it('runs what has not been run, once', async () => {
    m.folder.add('20260101000002_create_posts', steps.posts);
    m.folder.add('20260101000001_create_users', steps.users);
    expect(await m.states()).toEqual(['create_users pending', 'create_posts pending']);
    expect(await m.up()).toEqual(['20260101000001_create_users', '20260101000002_create_posts']);
    expect(await m.up()).toEqual([]);
    expect(await m.states()).toEqual(['create_users applied', 'create_posts applied']);
    expect(await m.tables()).toEqual(['posts', 'users']);
  });

  it('includes those of the example, there and back', async () => {
    const example = { connection: m.connection, folder: fileURLToPath(new URL('../../migrations', import.meta.url)) };
    const names = await migrate(example);
    expect(names).toHaveLength(3);
    expect(await m.tables()).toEqual(['posts', 'users']);
    expect(await rollback({ ...example, step: 3 })).toEqual(names.toReversed());
    expect(await m.tables()).toEqual([]);
  });

  it('does not make a ledger to tell the status', async () => {
    await m.states();
    expect(await tableExists(m.connection, 'ar_migrations')).toBe(false);
  });

  it('has nothing to do where there are no migrations', async () => {
    expect(await m.up()).toEqual([]);
    expect(await m.down()).toEqual([]);
    expect(await migrate({ connection: m.connection, folder: `${m.folder.path}/none` })).toEqual([]);
  });

  it('runs an older migration that came with another branch', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add('20260101000003_create_tags', steps.tags);
    await m.up();
    m.folder.add('20260101000002_create_posts', steps.posts);
    expect(await m.states()).toEqual(['create_users applied', 'create_posts pending', 'create_tags applied']);
    expect(await m.up()).toEqual(['20260101000002_create_posts']);
    // The last one that was run, not the newest.
    expect(await m.down()).toEqual(['20260101000002_create_posts']);
    expect(await m.down(5)).toEqual(['20260101000003_create_tags', '20260101000001_create_users']);
    expect(await m.tables()).toEqual([]);
  });

  it('rolls back as many as it is told, latest first', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add('20260101000002_create_posts', steps.posts);
    m.folder.add('20260101000003_create_tags', steps.tags);
    await m.up();
    expect(await m.down(2)).toEqual(['20260101000003_create_tags', '20260101000002_create_posts']);
    expect(await m.states()).toEqual(['create_users applied', 'create_posts pending', 'create_tags pending']);
    expect(await m.up()).toEqual(['20260101000002_create_posts', '20260101000003_create_tags']);
  });

  it('tells what it does', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    const events: MigrationEvent[] = [];
    await migrate({ connection: m.connection, folder: m.folder.path, onEvent: (event) => events.push(event) });
    const migration = '20260101000001_create_users';
    expect(events).toEqual([
      { kind: 'planned', direction: 'up', migrations: [migration] },
      { kind: 'started', direction: 'up', migration },
      { kind: 'finished', direction: 'up', migration, duration: expect.any(Number) },
    ]);
  });

  describe('with up() and down()', () => {
    it('ask the database about what they have done so far', async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add(
        '20260101000002_look',
        `async up() {
          const found = [];
          found.push(await this.tableExists('users'), await this.tableExists('nowhere'));
          this.addColumn('users', 'nickName', column.string().nullable().index());
          found.push(await this.columnExists('users', 'nickName'), await this.columnExists('users', 'other'));
          found.push(await this.indexExists('users', 'nickName'), await this.indexExists('users', { name: 'nowhere' }));
          this.execute(sql\`INSERT INTO users (name, nick_name, created_at, updated_at) VALUES (\${'Ada'}, \${found.join()}, '2026-01-01 00:00:00', '2026-01-01 00:00:00')\`);
          const [row] = await this.query('SELECT nick_name AS found FROM users');
          if (row.found !== 'true,false,true,false,true,false') throw new Error(row.found);
        }
        async down() {
          if (await this.columnExists('users', 'nickName')) this.removeColumn('users', 'nickName');
        }`,
      );
      await m.up();
      expect(await m.down()).toEqual(['20260101000002_look']);
      expect(await m.connection.query(sql`SELECT name FROM users`)).toMatchObject([{ name: 'Ada' }]);
    });

    it('wait for an operation where they are told to', async () => {
      m.folder.add(
        '20260101000001_await',
        `async up() {
          await this.createTable('tags', { id: column.id() });
          await this.execute('INSERT INTO tags (id) VALUES (7)');
          const rows = await this.query('SELECT id FROM tags');
          if (rows.length !== 1) throw new Error('not done yet');
        }`,
      );
      await m.up();
    });
  });

  it('looks at every file before it runs the first', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.write('20260101000002_nothing.ts', 'export default 1;');
    expect(await failure(m.up())).toBeInstanceOf(MigrationInvalid);
    expect(await m.tables()).toEqual([]);
  });

  it('keeps the names of columns as they are where it is told to', async () => {
    m.folder.add(
      '20260101000001_chinook',
      `static naming = 'preserve';
      change() {
        this.createTable('Artist', { ArtistId: column.integer().primaryKey(), Name: column.string(120) });
        this.addIndex('Artist', 'Name');
      }`,
    );
    await m.up();
    expect(JSON.stringify(await schemaSnapshot(m.connection))).toMatch(/"ArtistId".*"index_Artist_on_Name"/s);
    await m.down();
    expect(await m.tables()).toEqual([]);
  });

  it('gives up where another migrator does not finish', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    const events: string[] = [];
    await m.connection.withLock('ar_migrations', 1000, async () => {
      const other = connections.define(`migrations-${dialect}-other`, m.url);
      try {
        const error = await failure(
          migrate({ connection: other, folder: m.folder.path, wait: 1000, onEvent: ({ kind }) => events.push(kind) }),
        );
        expect(error).toBeInstanceOf(MigrationLocked);
      } finally {
        await other.close();
      }
    });
    expect(events).toEqual(['waiting']);
    expect(await m.tables()).toEqual([]);
  });
});
