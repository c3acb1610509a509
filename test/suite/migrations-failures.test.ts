import { describe, expect, it } from 'vitest';
import { IrreversibleMigration, MigrationFailed, MigrationMissing } from '../../lib/errors/migration.ts';
import { CapabilityMissing } from '../../lib/errors/query.ts';
import { StatementError } from '../../lib/errors/statement.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, steps, useMigrator } from '../support/migrator.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

describeEachDatabase('migrations', ({ dialect }) => {
  const m = useMigrator(dialect);

  describe('that fail', () => {
    const broken = `change() {
      this.createTable('tags', { id: column.id() });
      this.addColumn('tags', 'label', column.string());
      this.addIndex('nowhere', 'label');
      this.addColumn('tags', 'never', column.string());
    }`;

    it('name the operation, keep what the database can keep, and run when they are mended', async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add('20260101000002_break', broken);
      m.folder.add('20260101000003_create_posts', steps.posts);
      const error = await failure(m.up());
      expect(error).toBeInstanceOf(MigrationFailed);
      const { message, cause, migration } = error as MigrationFailed;
      expect(migration).toBe('20260101000002_break');
      expect(message).toContain(
        '20260101000002_break stopped at operation 3 of 4 (addIndex index_nowhere_on_label on nowhere)',
      );
      expect(cause).toBeInstanceOf(StatementError);
      // What a model without its table is advised to do.
      expect(message).not.toContain('npx ar migrate');
      expect(await m.states()).toEqual(['create_users applied', 'break pending', 'create_posts pending']);
      m.folder.remove('20260101000002_break');
      if (m.connection.dialect.features.transactionalDdl) {
        expect(message).toContain('Nothing of it was kept');
        expect(await m.tables()).toEqual(['users']);
        m.folder.add('20260101000002_mended', steps.tags);
      } else {
        expect(message).toContain('2 of 4 operations were done, and all that was done of it (2 statements) was undone');
        expect(message).toContain('CREATE INDEX `index_nowhere_on_label` ON `nowhere` (`label`)');
        expect(await m.tables()).toEqual(['users']);
        m.folder.add('20260101000002_mended', steps.tags);
      }
      expect(await m.up()).toEqual(['20260101000002_mended', '20260101000003_create_posts']);
    });

    it('are refused in a transaction that they would commit, also where they send their own SQL', async () => {
      if (m.connection.dialect.features.transactionalDdl) return;
      m.folder.add('20260101000001_create_users', steps.users);
      await m.up();
      const bodies = {
        '2_create_tags': steps.tags,
        '3_alter': 'up() { this.execute(sql`ALTER TABLE users ADD a INT`); }',
      };
      for (const [name, body] of Object.entries(bodies)) {
        m.folder.add(`2026010100000${name}`, body);
        const kept = failure(
          m.connection.transaction(async () => {
            await m.connection.execute(
              sql`INSERT INTO users (name, created_at, updated_at) VALUES ('x', NOW(), NOW())`,
            );
            await m.up();
          }),
        );
        const error = (await kept) as Error;
        expect([error, error.cause].some((each) => each instanceof CapabilityMissing)).toBe(true);
        expect(await m.connection.query(sql`SELECT * FROM users`)).toEqual([]);
        expect(await m.tables()).toEqual(['users']);
        m.folder.remove(`2026010100000${name}`);
      }
    });

    it('say what was done of the operation that failed', async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add(
        '20260101000002_break',
        "change() { this.addColumn('users', 'teamId', column.references('users', { column: 'name' }).nullable()); }",
      );
      const { message } = (await failure(m.up())) as MigrationFailed;
      if (m.connection.dialect.features.transactionalDdl) expect(message).toContain('Nothing of it was kept');
      else
        expect(message).toContain('0 of 1 operations were done, and all that was done of it (2 statements) was undone');
      expect(await m.connection.query(sql`SELECT * FROM users`)).toEqual([]);
      expect(await m.states()).toEqual(['create_users applied', 'break pending']);
    });

    it('name the table that a foreign key lacks', async () => {
      m.folder.add(
        '20260101000001_break',
        "change() { this.createTable('tags', { id: column.id(), postId: column.references('posts') }); }",
      );
      expect(((await failure(m.up())) as MigrationFailed).message).toMatch(
        /The table "posts" that the foreign key fk_tags_post_id points to does not exist\./,
      );
      expect(await m.tables()).toEqual([]);
    });

    it('fail with what they throw', async () => {
      m.folder.add(
        '20260101000001_throw',
        "up() { this.createTable('tags', { id: column.id() }); throw new Error('no luck'); }",
      );
      const error = (await failure(m.up())) as MigrationFailed;
      expect(error.message).toMatch(/20260101000001_throw stopped: no luck\. N/);
      expect(error.message).toContain(
        m.connection.dialect.features.transactionalDdl
          ? 'Nothing of it was kept'
          : 'No operation of it was carried out; rows that it wrote stay.',
      );
      expect(await m.tables()).toEqual([]);
    });

    it('fail where an operation failed that nobody awaited, and where its failure was caught', async () => {
      m.folder.add(
        '20260101000001_catch',
        `async up() {
          this.addColumn('nowhere', 'a', column.string());
          void this.tableExists('nowhere');
          try { await this.createTable('tags', { id: column.id() }); } catch {}
          this.createTable('more', { id: column.id() });
        }`,
      );
      expect(((await failure(m.up())) as MigrationFailed).message).toContain(
        'stopped at operation 1 of 3 (addColumn nowhere.a)',
      );
      expect(await m.tables()).toEqual([]);
    });

    it('leave nothing half undone when a rollback fails', async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add('20260101000002_create_posts', steps.posts);
      await m.up();
      await m.connection.execute(sql`DROP TABLE posts`);
      expect(await failure(m.down())).toBeInstanceOf(MigrationFailed);
      expect(await m.states()).toEqual(['create_users applied', 'create_posts applied']);
    });
  });

  describe('that cannot be undone', () => {
    const irreversible: Readonly<Record<string, readonly [steps: string, message: RegExp]>> = {
      'SQL of their own': [
        "change() { this.execute('SELECT 1'); }",
        /nothing is known that undoes execute\. .*write up\(\) and down\(\)/,
      ],
      'a column that they do not describe': [
        "change() { this.addColumn('users', 'a', column.date().nullable()); this.removeColumn('users', 'name'); }",
        /undoes removeColumn users\.name\. Give removeColumn the column/,
      ],
      'a change() that asks': [
        "async change() { if (!(await this.columnExists('users', 'a'))) this.addColumn('users', 'a', column.date().nullable()); }",
        /A change\(\) that asks the database something \(columnExists\)/,
      ],
      'no down()': [
        "up() { this.addColumn('users', 'a', column.date().nullable()); }",
        /it has up\(\), but no down\(\)/,
      ],
    };

    it.each(Object.entries(irreversible))('are refused before anything is changed: %s', async (_, [body, message]) => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add('20260101000002_irreversible', body);
      m.folder.add('20260101000003_create_tags', steps.tags);
      await m.up();
      const before = await schemaSnapshot(m.connection);
      const error = await failure(m.down(2));
      expect(error).toBeInstanceOf(IrreversibleMigration);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain('20260101000002_irreversible');
      expect(await schemaSnapshot(m.connection)).toEqual(before);
      expect(await m.states()).toEqual(['create_users applied', 'irreversible applied', 'create_tags applied']);
    });

    it('are refused where their file is gone', async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      m.folder.add('20260101000002_create_tags', steps.tags);
      await m.up();
      m.folder.remove('20260101000001_create_users');
      expect(await m.states()).toEqual(['create_users missing', 'create_tags applied']);
      const error = await failure(m.down(2));
      expect(error).toBeInstanceOf(MigrationMissing);
      expect((error as Error).message).toContain('20260101000001_create_users cannot be undone: its file is gone');
      expect(await m.tables()).toEqual(['tags', 'users']);
      expect(await m.down()).toEqual(['20260101000002_create_tags']);
    });
  });

  it('refuses to remove a column that is a part of an index of several', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add('20260101000002_index', "change() { this.addIndex('users', ['name', 'createdAt']); }");
    m.folder.add('20260101000003_remove', "change() { this.removeColumn('users', 'name', column.string()); }");
    const error = (await failure(m.up())) as MigrationFailed;
    expect(error.message).toMatch(
      /"users\.name" is a part of "index_users_on_name_and_created_at" \(name, created_at\)/,
    );
  });

  it('names the indexes that there are where one is not found', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add(
      '20260101000002_remove',
      "change() { this.addIndex('users', 'name'); this.removeIndex('users', 'createdAt'); }",
    );
    const error = (await failure(m.up())) as MigrationFailed;
    expect(error.message).toMatch(/no index over \(created_at\)\. It has index_users_on_name \(name\)\./);
  });
});
