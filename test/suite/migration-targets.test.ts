/** Migrations by version: up and down to one, one alone, the last again, on the record only, and in thought. */
import { describe, expect, it } from 'vitest';
import { CommandInvalid, IrreversibleMigration, PendingMigrations } from '../../lib/errors/migration.ts';
import { tableExists } from '../../lib/migrations/catalogue.ts';
import { dryRun } from '../../lib/migrations/dry-run.ts';
import { abortIfPending } from '../../lib/migrations/pending.ts';
import { migrate, redo, rollback } from '../../lib/migrations/runner.ts';
import { stamp } from '../../lib/migrations/stamp.ts';
import { sql } from '../../lib/sql/template.ts';
import { recordQueries } from '../../lib/testing/record-queries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, steps, useMigrator } from '../support/migrator.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

const [users, posts, tags] = [
  '20260101000001_create_users',
  '20260101000002_create_posts',
  '20260101000003_create_tags',
] as const;

describeEachDatabase('migrations by version', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  const applied = async () =>
    (await m.states()).filter((state) => state.endsWith(' applied')).map((state) => state.split(' ')[0]);

  function addAll(): void {
    m.folder.add(users, steps.users);
    m.folder.add(posts, steps.posts);
    m.folder.add(tags, steps.tags);
  }

  it('go up to a version, and down to it', async () => {
    addAll();
    expect(await migrate({ ...options(), to: '20260101000002' })).toEqual([users, posts]);
    expect(await migrate({ ...options(), to: '20260101000002' })).toEqual([]);
    await migrate(options());
    expect(await migrate({ ...options(), to: '20260101000001' })).toEqual([tags, posts]);
    expect(await m.tables()).toEqual(['users']);
    expect(await migrate({ ...options(), to: '0' })).toEqual([users]);
    expect(await m.tables()).toEqual([]);
  });

  it('run as many as they are told, the oldest first', async () => {
    addAll();
    expect(await migrate({ ...options(), step: 2 })).toEqual([users, posts]);
    expect(await migrate({ ...options(), step: 2 })).toEqual([tags]);
  });

  it('run and undo one alone', async () => {
    addAll();
    expect(await migrate({ ...options(), only: '20260101000003' })).toEqual([tags]);
    expect(await migrate({ ...options(), only: `${m.folder.path}/${tags}.ts` })).toEqual([]);
    await migrate(options());
    expect(await rollback({ ...options(), only: 'create_posts' })).toEqual([posts]);
    expect(await rollback({ ...options(), only: 'create_posts' })).toEqual([]);
    expect(await applied()).toEqual(['create_users', 'create_tags']);
  });

  it('do the last ones again, in their order', async () => {
    addAll();
    await migrate(options());
    await m.connection.execute(sql`INSERT INTO tags (id) VALUES (1)`);
    expect(await redo({ ...options(), step: 2 })).toEqual([posts, tags]);
    expect(await applied()).toEqual(['create_users', 'create_posts', 'create_tags']);
    expect(await m.connection.query(sql`SELECT id FROM tags`)).toEqual([]);
    expect(await redo({ ...options(), only: posts })).toEqual([posts]);
    expect(await rollback(options())).toEqual([posts]);
  });

  it('undo nothing where one of them cannot be undone', async () => {
    addAll();
    m.folder.add('20260101000004_one_way', 'up() {}');
    await migrate(options());
    expect(await failure(redo({ ...options(), step: 2 }))).toBeInstanceOf(IrreversibleMigration);
    expect(await m.tables()).toEqual(['posts', 'tags', 'users']);
  });

  it.each([
    [{ to: '1', step: 1 }, /to and step say different things/],
    [{ only: users, to: users }, /to and only say different things/],
    [{ step: 0 }, /a whole number from 1 up/],
  ])('refuse %j before anything is sent', async (target, message) => {
    addAll();
    const { statements } = await recordQueries(async () => {
      const error = await failure(migrate({ ...options(), ...target }));
      expect(error).toBeInstanceOf(CommandInvalid);
      expect(error).toMatchObject({ message: expect.stringMatching(message) });
    });
    expect(statements).toEqual([]);
  });

  it('name what was probably meant by a version that there is not', async () => {
    addAll();
    expect(await failure(migrate({ ...options(), to: '20260101000009' }))).toMatchObject({
      code: 'AR_COMMAND_INVALID',
      message: expect.stringMatching(/no migration "20260101000009"\. Did you mean "2026010100000\d"\?/),
    });
  });

  describe('on the record only', () => {
    it('stand up to a version, or all of them', async () => {
      addAll();
      expect(await stamp({ ...options(), version: '20260101000002' })).toEqual([users, posts]);
      expect(await m.tables()).toEqual([]);
      expect(await stamp({ ...options(), version: 'all' })).toEqual([tags]);
      expect(await stamp({ ...options(), version: 'all' })).toEqual([]);
      expect(await migrate(options())).toEqual([]);
    });

    it('are taken off it, also where the file is gone', async () => {
      addAll();
      await migrate(options());
      m.folder.remove(posts);
      expect(await m.states()).toContain('create_posts missing');
      expect(await stamp({ ...options(), version: '20260101000002', remove: true })).toEqual([posts]);
      expect(await m.states()).toEqual(['create_users applied', 'create_tags applied']);
      expect(await m.tables()).toContain('posts');
    });

    it('keep the order in which they would have been run', async () => {
      m.folder.add(users, 'up() {} down() {}');
      m.folder.add(posts, 'up() {} down() {}');
      await stamp({ ...options(), version: 'all' });
      expect(await rollback({ ...options(), step: 2 })).toEqual([posts, users]);
    });
  });

  describe('that are pending', () => {
    it('keep a program from starting, by name, and nothing is made', async () => {
      addAll();
      const error = await failure(abortIfPending(options()));
      expect(error).toBeInstanceOf(PendingMigrations);
      expect(error).toMatchObject({ code: 'AR_MIGRATION_PENDING', migrations: [users, posts, tags] });
      expect(await tableExists(m.connection, 'ar_migrations')).toBe(false);
    });

    it('do not where there are none', async () => {
      addAll();
      await migrate(options());
      await expect(abortIfPending(options())).resolves.toBeUndefined();
    });
  });

  describe('in thought', () => {
    /** What of the statements changes anything but the record of migrations. */
    const changing = /^\s*(?:CREATE|ALTER|RENAME|DROP|UPDATE|INSERT|DELETE|COMMENT)\b/i;
    const sent = async (work: () => Promise<unknown>) => {
      const { statements } = await recordQueries(work);
      return statements
        .map(({ sql: text }) => text)
        .filter((text) => changing.test(text) && !text.includes('ar_migration'));
    };
    const lines = (planned: readonly { readonly sql: readonly string[] }[]) => planned.flatMap((each) => each.sql);

    it('send what they send in earnest', async () => {
      addAll();
      m.folder.add(
        '20260101000004_more',
        `change() {
  this.renameTable('tags', 'labels');
  this.addColumn('labels', 'name', column.string().nullable().unique());
  this.renameColumn('labels', 'name', 'title');
  this.removeIndex('labels', ['title'], { unique: true, name: 'index_labels_on_name' });
}`,
      );
      m.folder.add('20260101000005_data', "up() { this.execute(sql`UPDATE users SET name = 'x'`); } down() {}");
      const before = await schemaSnapshot(m.connection);
      const planned = await dryRun(options());
      expect(planned.map(({ migration, complete }) => [migration, complete])).toEqual(
        [users, posts, tags, '20260101000004_more', '20260101000005_data'].map((name) => [name, true]),
      );
      expect(await schemaSnapshot(m.connection)).toEqual(before);
      expect(await tableExists(m.connection, 'ar_migrations')).toBe(false);
      expect(lines(planned)).toEqual(await sent(() => migrate(options())));
      const undone = await dryRun({ ...options(), to: '20260101000001' });
      expect(undone.map(({ direction }) => direction)).toEqual(['down', 'down', 'down', 'down']);
      expect(await m.tables()).toEqual(['labels', 'posts', 'users']);
    });

    it('undo what they undo in earnest', async () => {
      addAll();
      await migrate(options());
      const planned = await dryRun({ ...options(), direction: 'down', step: 2 });
      expect(planned.map(({ migration, direction }) => [migration, direction])).toEqual([
        [tags, 'down'],
        [posts, 'down'],
      ]);
      expect(await m.tables()).toEqual(['posts', 'tags', 'users']);
      expect(lines(planned)).toEqual(await sent(() => rollback({ ...options(), step: 2 })));
    });

    it('undo and run again what redo does', async () => {
      addAll();
      await migrate(options());
      const planned = await dryRun({ ...options(), direction: 'redo', step: 2 });
      expect(planned.map(({ migration, direction }) => `${direction} ${migration}`)).toEqual([
        `down ${tags}`,
        `down ${posts}`,
        `up ${posts}`,
        `up ${tags}`,
      ]);
      expect(lines(planned)).toEqual(await sent(() => redo({ ...options(), step: 2 })));
    });

    it('answer nothing that a statement of their own may have changed', async () => {
      m.folder.add(
        users,
        `async up() {
  this.execute('CREATE TABLE own (id INTEGER)');
  if (!(await this.tableExists('own'))) this.createTable('own', { id: column.id() });
}
down() {}`,
      );
      m.folder.add(posts, "change() { this.createTable('posts', { id: column.id() }); }");
      m.folder.add(tags, "async up() { if (await this.tableExists('own')) this.dropTable('own'); } down() {}");
      const planned = await dryRun(options());
      expect(planned.map(({ complete }) => complete)).toEqual([false, true, false]);
      expect(planned[0]?.sql).toEqual([
        'CREATE TABLE own (id INTEGER)',
        expect.stringMatching(/^-- not known from here on: what tableExists .* CREATE TABLE own/),
      ]);
      expect(planned[2]?.sql).toEqual([expect.stringMatching(/^-- not known from here on: what tableExists/)]);
    });

    it('find a unique constraint that they have made, under its new name too', async () => {
      m.folder.add(users, "change() { this.createTable('users', { id: column.id(), name: column.string() }); }");
      await migrate(options());
      m.folder.add(
        posts,
        `up() {
  this.addUniqueConstraint('users', 'name', { name: 'one' });
  this.renameIndex('users', 'one', 'other');
  this.removeUniqueConstraint('users', 'name', { name: 'other' });
}
down() {}`,
      );
      const planned = await dryRun(options());
      expect(lines(planned)).not.toContainEqual(expect.stringContaining('not known'));
      if (planned[0]?.complete === true) expect(lines(planned)).toEqual(await sent(() => migrate(options())));
    });

    it('say from where on nothing is known', async () => {
      addAll();
      m.folder.add(
        '20260101000004_asks',
        `async up() {
  this.execute(sql\`UPDATE users SET name = \${'x'}\`);
  if (!(await this.tableExists('posts'))) return;
  await this.query(sql\`SELECT 1 FROM posts\`);
  this.dropTable('posts');
}
down() {}`,
      );
      const [asks] = (await dryRun(options())).slice(3);
      expect(asks?.complete).toBe(false);
      expect(asks?.sql).toEqual([
        expect.stringMatching(/^UPDATE users SET name = (?:\?|\$1)$/),
        '-- with "x"',
        expect.stringMatching(/^-- not known from here on: .*SELECT 1 FROM posts$/),
      ]);
    });

    it('write nothing by other ways either', async () => {
      await m.connection.execute(sql`CREATE TABLE things (id INTEGER)`);
      const name = JSON.stringify(m.connection.name);
      m.folder.write(
        `${users}.ts`,
        `import { connections, Migration, sql } from 'active-record-ts';
export default class extends Migration {
  async up() { await connections.get(${name}).execute(sql\`INSERT INTO things (id) VALUES (1)\`); }
  down() {}
}`,
      );
      m.folder.add(posts, "change() { this.createTable('later', { id: column.id() }); }");
      const [first, second] = await dryRun(options());
      expect(first).toMatchObject({ complete: false, sql: [expect.stringMatching(/^-- not known from here on: /)] });
      expect(second).toMatchObject({ complete: true });
      expect(await m.connection.query(sql`SELECT id FROM things`)).toEqual([]);
      expect(await m.tables()).toEqual(['things']);
    });

    it('are refused as in earnest where they could not begin', async () => {
      m.folder.add(users, 'up() { }');
      await migrate(options());
      const error = await failure(dryRun({ ...options(), direction: 'down' }));
      expect(error).toBeInstanceOf(IrreversibleMigration);
    });

    it.runIf(dialect === 'sqlite')('tell of tables that are written anew', async () => {
      addAll();
      m.folder.add('20260101000004_key', "change() { this.addColumn('tags', 'postId', column.references('posts')); }");
      const planned = await dryRun(options());
      expect(planned.at(-1)).toMatchObject({
        complete: false,
        sql: expect.arrayContaining([expect.stringMatching(/^-- addForeignKey: SQLite writes the table anew/)]),
      });
    });
  });
});
