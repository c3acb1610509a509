/** The commands that make, drop, migrate and fill databases, as people type them. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Output } from '../../lib/cli/output.ts';
import { type Command, command } from '../support/command.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type MigrationFolder, migrationFolder } from '../support/migration-files.ts';

const [users, posts] = ['20260101000001_create_users', '20260101000002_create_posts'] as const;
const userModel = `import { BaseModel, column } from 'active-record-ts';
export class User extends BaseModel.with({ id: column.id(), name: column.string() }) {}
`;
/** A function: what stands in a module itself runs once in a process. */
const seeds = (name: string) => `import { seed } from 'active-record-ts';
import { User } from '${name === 'seeds.ts' ? '.' : '..'}/models/user.ts';
export default async () => {
  await seed(User, { name: 'Ada ${name}' });
  await seed(User, { name: 'Bob ${name}' });
};
`;

describeEachDatabase('the commands of a database', ({ dialect }) => {
  let database: TestDatabase;
  let folder: MigrationFolder;
  let project: string;
  let url: string;
  let cli: Command;

  beforeEach(async () => {
    database = await createDatabase(dialect);
    // The commands make it themselves.
    await database.drop();
    folder = migrationFolder();
    project = dirname(folder.path);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    url = dialect === 'sqlite' ? `sqlite:${join(project, 'blog.sqlite3')}` : database.url;
    cli = command(project);
    vi.stubEnv('NODE_ENV', 'test');
    vi.stubEnv('AR_ENV', '');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await database.drop();
  });

  const on = (...argv: string[]) => cli.ar(...argv, '--url', url);
  const asked = (answer: string | undefined): Partial<Output> => ({ interactive: true, choose: async () => answer });
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  };
  const addMigrations = () => {
    folder.add(users, "change() { this.createTable('users', { id: column.id(), name: column.string() }); }");
    folder.add(posts, "change() { this.createTable('posts', { id: column.id() }); }");
  };
  const exists = async () => (await on('status')) === 0;

  describe('create and drop', () => {
    it('make it once', async () => {
      expect(await on('create')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^created the database /)]);
      expect(await on('create')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^nothing to do: the database .* exists$/)]);
    });

    it('drop it where that is forced, with all of its files', async () => {
      addMigrations();
      await on('migrate');
      expect(await on('drop', '--force')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^dropped the database /)]);
      expect(readdirSync(project).filter((name) => name.includes('sqlite'))).toEqual([]);
      expect(await exists()).toBe(false);
      expect(await on('drop', '--force')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^nothing to drop: there is no database /)]);
    });

    it('refuse to drop where nobody can be asked', async () => {
      await on('create');
      expect(await on('drop')).toBe(1);
      expect(cli.problems.join('\n')).toMatch(/nobody is there to be asked\. Say --force .*\(AR_DROP_REFUSED\)/);
      expect(await exists()).toBe(true);
    });

    it.each(['NODE_ENV', 'AR_ENV'])('refuse to drop where %s is production, also on a terminal', async (variable) => {
      await on('create');
      vi.stubEnv(variable, 'production');
      cli = command(project, asked('yes'));
      expect(await on('drop')).toBe(1);
      expect(cli.problems.join('\n')).toContain(`${variable} is production`);
      expect(await on('reset')).toBe(1);
      expect(await exists()).toBe(true);
      expect(await on('drop', '--force')).toBe(0);
    });

    it.each(['no', undefined])('keep it where the answer is %s', async (answer) => {
      await on('create');
      cli = command(project, asked(answer));
      expect(await on('drop')).toBe(0);
      expect(cli.lines).toEqual(['cancelled: nothing was dropped']);
      expect(await exists()).toBe(true);
    });

    it('drop it where the answer is yes', async () => {
      await on('create');
      cli = command(project, asked('yes'));
      expect(await on('drop')).toBe(0);
      expect(await exists()).toBe(false);
    });
  });

  describe('migrate', () => {
    it('goes to versions, and says where it is', async () => {
      addMigrations();
      expect(await on('migrate', '--to', '20260101000001')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^created the database/), expect.stringContaining(users)]);
      await on('migrate', '--to', '20260101000001');
      expect(cli.lines).toEqual(['nothing to do: the database is at 20260101000001']);
      expect(await on('up', posts)).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^migrated 20260101000002_create_posts \(/)]);
      await on('up', posts);
      expect(cli.lines).toEqual([`nothing to do: ${posts} is applied`]);
      expect(await on('redo')).toBe(0);
      expect(cli.lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([`rolled back ${posts}`, `migrated ${posts}`]);
      expect(await on('down', 'create_users')).toBe(0);
      expect(cli.lines).toEqual([expect.stringMatching(/^rolled back 20260101000001_create_users \(/)]);
      await on('down', 'create_users');
      expect(cli.lines).toEqual(['nothing to do: create_users is not applied']);
      expect(await on('migrate', '--to', '7')).toBe(2);
      expect(cli.problems.join('\n')).toMatch(/There is no migration "7"\. ar status lists all of them\./);
    });

    it('answers with one JSON document, also where it fails', async () => {
      addMigrations();
      folder.add('20260101000003_break', "change() { this.addColumn('nowhere', 'a', column.string()); }");
      expect(await on('migrate', '--json', '--step', '2')).toBe(0);
      expect(cli.json()).toEqual({
        database: expect.any(String),
        migrations: [users, posts].map((migration) => ({
          migration,
          direction: 'up',
          milliseconds: expect.any(Number),
        })),
      });
      expect(await on('migrate', '--json')).toBe(1);
      expect(cli.json()).toMatchObject({ migrations: [], error: { code: 'AR_MIGRATION_FAILED' } });
      expect(cli.problems).toHaveLength(1);
      await on('status', '--json');
      expect(cli.json()).toMatchObject({
        migrations: [
          { version: '20260101000001', name: 'create_users', state: 'applied', appliedAt: expect.any(String) },
          { name: 'create_posts', state: 'applied' },
          { name: 'break', state: 'pending', appliedAt: null },
        ],
      });
      await on('rollback', '--json');
      expect(cli.json()).toMatchObject({ migrations: [{ migration: posts, direction: 'down' }] });
    });

    it('prints what it would send, as a script', async () => {
      addMigrations();
      expect(await on('migrate', '--dry-run')).toBe(1);
      expect(cli.problems.join('\n')).toContain('AR_DATABASE_MISSING');
      await on('create');
      expect(await on('migrate', '--dry-run')).toBe(0);
      expect(cli.lines).toEqual([
        `-- up ${users}`,
        expect.stringMatching(/^CREATE TABLE .users. \(.*;$/),
        `-- up ${posts}`,
        expect.stringMatching(/^CREATE TABLE .posts. \(.*;$/),
        '-- nothing was changed',
      ]);
      expect(await on('migrate', '--dry-run', '--json')).toBe(0);
      expect(cli.json()).toMatchObject({ dryRun: true, migrations: [{ complete: true }, { complete: true }] });
      await on('rollback', '--dry-run');
      expect(cli.lines).toEqual(['-- nothing would be run']);
    });
  });

  it('records, and tells what is pending by its exit code', async () => {
    addMigrations();
    await on('create');
    expect(await on('abort-if-pending')).toBe(1);
    expect(cli.lines).toEqual([`pending  ${users}`, `pending  ${posts}`]);
    expect(cli.problems.join('\n')).toMatch(
      /2 migrations have not been run: .*Run ar migrate\. \(AR_MIGRATION_PENDING\)/,
    );
    expect(await on('abort-if-pending', '--json')).toBe(1);
    expect(cli.json()).toMatchObject({ pending: [users, posts] });
    expect(await on('stamp', '20260101000001')).toBe(0);
    expect(cli.lines).toEqual([`recorded ${users} (not run)`]);
    expect(await on('stamp', 'all', '--json')).toBe(0);
    expect(cli.json()).toMatchObject({ recorded: [posts] });
    expect(await on('abort-if-pending')).toBe(0);
    expect(await on('stamp', posts, '--remove')).toBe(0);
    expect(cli.lines).toEqual([`taken off the record ${posts} (not undone)`]);
    expect(await on('stamp', 'all', '--remove')).toBe(2);
  });

  it('tells what stopped half way from what has not been run', async () => {
    write(
      'migrations/20260101000001_stops.ts',
      `import { column, Migration } from 'active-record-ts';
export default class Stops extends Migration {
  static disableTransaction = true;
  up() { this.createTable('users', { id: column.id() }); this.addIndex('users', 'nothing'); }
}`,
    );
    write(
      'migrations/20260101000002_later.ts',
      "import { Migration } from 'active-record-ts';\nexport default class Later extends Migration { change() {} }",
    );
    expect(await on('migrate')).toBe(1);
    expect(await on('status')).toBe(0);
    expect(cli.lines).toEqual(['unfinished 20260101000001_stops', 'pending    20260101000002_later']);
    expect(await on('abort-if-pending')).toBe(1);
    expect(cli.lines).toEqual(['unfinished 20260101000001_stops', 'pending    20260101000002_later']);
  });

  describe('prepare, setup, reset and seed', () => {
    beforeEach(() => {
      addMigrations();
      write('models/user.ts', userModel);
      write('seeds.ts', seeds('seeds.ts'));
    });
    const words = () =>
      cli.lines.map((line) => line.replace(/ \d{14}.*| the database .*| \((\d.*), [\d.]+ .*/, ' $1').trim());

    it('prepare seeds a new database, and no other', async () => {
      expect(await on('prepare')).toBe(0);
      expect(words()).toEqual(['created', 'migrated', 'migrated', 'seeded seeds.ts 2 created']);
      expect(await on('prepare')).toBe(0);
      expect(cli.lines).toEqual(['nothing to do: every migration is applied']);
    });

    it('prepare seeds an empty database that somebody else has made', async () => {
      await on('create');
      await on('prepare');
      expect(words()).toEqual(['migrated', 'migrated', 'seeded seeds.ts 2 created']);
    });

    it('setup seeds always, and twice is once', async () => {
      expect(await on('setup')).toBe(0);
      expect(words()).toEqual(['created', 'migrated', 'migrated', 'seeded seeds.ts 2 created']);
      expect(await on('setup')).toBe(0);
      expect(words()).toEqual(['nothing to do: every migration is applied', 'seeded seeds.ts 2 unchanged']);
      expect(await on('seed')).toBe(0);
      expect(words()).toEqual(['seeded seeds.ts 2 unchanged']);
    });

    it('reset begins anew', async () => {
      await on('setup');
      expect(await on('reset')).toBe(1);
      expect(await on('reset', '--force')).toBe(0);
      expect(words()).toEqual(['dropped', 'created', 'migrated', 'migrated', 'seeded seeds.ts 2 created']);
    });
  });

  it('seeds the files of a folder in the order of their names', async () => {
    addMigrations();
    write('models/user.ts', userModel);
    write('seeds/02_b.ts', seeds('b'));
    write('seeds/01_a.ts', seeds('a'));
    await on('migrate');
    expect(await on('seed')).toBe(0);
    expect(cli.lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      `seeded ${join('seeds', '01_a.ts')}`,
      `seeded ${join('seeds', '02_b.ts')}`,
    ]);
  });

  it('says what seeds are where there are none, and which failed', async () => {
    await on('create');
    expect(await on('seed')).toBe(2);
    expect(cli.problems.join('\n')).toMatch(/There are no seeds in .*Write seeds\.ts/);
    write('seeds.ts', "export default () => { throw new Error('no such thing'); };");
    expect(await on('seed')).toBe(1);
    expect(cli.lines).toEqual(['not seeded seeds.ts']);
    expect(cli.problems.join('\n')).toContain('no such thing');
  });

  it.runIf(dialect === 'sqlite')('makes no file by looking', async () => {
    addMigrations();
    for (const argv of [['status'], ['rollback'], ['migrate', '--dry-run'], ['abort-if-pending'], ['stamp', 'all']]) {
      expect(await on(...argv), argv.join(' ')).toBe(1);
      expect(cli.problems.join('\n')).toContain('AR_DATABASE_MISSING');
    }
    expect(existsSync(join(project, 'blog.sqlite3'))).toBe(false);
  });
});
