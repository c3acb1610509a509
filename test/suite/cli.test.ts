import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runAr } from '../support/ar.ts';
import { createDatabase, describeEachDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';

const users = "change() { this.createTable('users', { id: column.id(), name: column.string() }); }";
const posts = "change() { this.createTable('posts', { id: column.id(), userId: column.references('users') }); }";
const line = (word: string, name: string) =>
  new RegExp(`^${word} 2026010100000\\d_${name} \\(\\d+(\\.\\d)? (µs|ms|s)\\)$`, 'm');

describeEachDatabase('the command ar', ({ dialect }) => {
  it('prepares a database once, where several do it at the same time', { timeout: 120_000 }, async () => {
    const folder = migrationFolder();
    const project = dirname(folder.path);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    folder.add('20260101000001_create_users', users);
    writeFileSync(
      join(project, 'seeds.ts'),
      `import { connections, sql } from 'active-record-ts';
await connections.get().execute(sql\`INSERT INTO users (name) VALUES ('Ada')\`);
`,
    );
    const database = await createDatabase(dialect);
    const url = dialect === 'sqlite' ? 'sqlite:blog.sqlite3' : database.url;
    try {
      const both = await Promise.all([
        runAr(project, 'prepare', '--url', url),
        runAr(project, 'prepare', '--url', url),
      ]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      const output = both.map((each) => each.output).join('');
      expect(output.match(/^migrated /gm)).toHaveLength(1);
      expect(output.match(/^seeded seeds\.ts /gm)).toHaveLength(1);
      expect((await runAr(project, 'drop', '--url', url)).code).toBe(1);
      expect(await runAr(project, 'drop', '--force', '--url', url)).toEqual({
        code: 0,
        output: expect.stringMatching(/^dropped the database /),
      });
    } finally {
      await database.drop();
    }
  });

  it.runIf(dialect === 'sqlite').each([
    ['that leaves the process', 'process.exit(0);'],
    ['that waits for what never comes', 'await new Promise(() => {});'],
  ])('fails with a migration %s', { timeout: 120_000 }, async (_, body) => {
    const folder = migrationFolder();
    const project = dirname(folder.path);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    folder.add('20260101000001_leaves', `async up() { ${body} }`);
    const { code, output } = await runAr(project, 'migrate', '--url', 'sqlite:blog.sqlite3');
    expect(output).toContain('The command ended before it was done');
    expect(code).toBe(1);
  });

  it('makes the database, migrates, tells the status, rolls back, and says so in plain lines', {
    timeout: 120_000,
  }, async () => {
    const folder = migrationFolder();
    const project = dirname(folder.path);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    folder.add('20260101000001_create_users', users);
    folder.add('20260101000002_create_posts', posts);
    const database = await createDatabase(dialect);
    // The command has to make it itself.
    await database.drop();
    const url = dialect === 'sqlite' ? 'sqlite:blog.sqlite3' : database.url;
    const ar = (...args: string[]) => runAr(project, ...args, '--url', url);
    try {
      expect(await ar('status')).toEqual({ code: 1, output: expect.stringContaining('(AR_DATABASE_MISSING)') });
      const migrated = await ar('migrate');
      expect(migrated.code, migrated.output).toBe(0);
      expect(migrated.output).toMatch(/^created the database (?:ar_test_\w+|blog\.sqlite3)$/m);
      expect(migrated.output).toMatch(line('migrated', 'create_users'));
      expect(migrated.output).toMatch(line('migrated', 'create_posts'));
      expect(await ar('migrate')).toEqual({ code: 0, output: 'nothing to do: every migration is applied\n' });
      const rolledBack = await ar('rollback');
      expect(rolledBack.code).toBe(0);
      expect(rolledBack.output).toMatch(line('rolled back', 'create_posts'));
      expect(rolledBack.output).not.toContain('create_users');
      expect(await ar('status')).toEqual({
        code: 0,
        output: expect.stringMatching(
          /^applied {2}20260101000001_create_users {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\npending {2}20260101000002_create_posts\n$/,
        ),
      });
      folder.add('20260101000003_break', "change() { this.addColumn('nowhere', 'a', column.string()); }");
      const failed = await ar('migrate');
      expect(failed.code).toBe(1);
      expect(failed.output).toMatch(line('migrated', 'create_posts'));
      expect(failed.output).toMatch(
        /^not migrated 20260101000003_break\nerror: The migration 20260101000003_break stopped at operation 1 of 1 \(addColumn nowhere\.a\): .*\(AR_MIGRATION_FAILED\)$/m,
      );
    } finally {
      await database.drop();
    }
  });
});
