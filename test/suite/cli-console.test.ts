/** `ar console` with its statements from a pipe, as a process of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { startAr } from '../support/ar.ts';
import { command } from '../support/command.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';

describeEachDatabase('the console', (database) => {
  const project = () => {
    const folder = migrationFolder();
    const root = dirname(folder.path);
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(root, 'models/people'), { recursive: true });
    writeFileSync(
      join(root, 'models/people/user.ts'),
      `import { BaseModel, column } from 'active-record-ts';
export class User extends BaseModel.with({ id: column.id(), name: column.string(), bornOn: column.date().nullable() }) {}
export const helper = 1;
`,
    );
    folder.add(
      '20260101000001_create_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string(), bornOn: column.date().nullable() }); }",
    );
    return root;
  };
  const say = async (root: string, statements: string, ...args: string[]) => {
    const ar = startAr(root, 'console', '--url', database.url, ...args);
    ar.process.stdin?.end(statements);
    const code = await ar.ended;
    return { code, output: ar.output() };
  };

  // A process each time, and nothing in it has to do with the database.
  it.skipIf(database.dialect !== 'sqlite' && process.env.AR_TEST_LONG === undefined)(
    'carries out statements one after the other, prints their values, and keeps nothing of a sandbox',
    {
      timeout: 120_000,
    },
    async () => {
      const root = project();
      const cli = command(root);
      expect(await cli.ar('migrate', '--url', database.url), cli.problems.join('\n')).toBe(0);
      const statements = `
      const ada = await User.create({ name: 'Ada', bornOn: '1815-12-10' })
      ada.name
      const names = [1, 2].map((n) => {
        return ada.name + n
      })
      names
      console.log('said')
      await transaction(async () => User.where({ name: startsWith('A') }).count())
      connection.inTransaction
      typeof helper
    `;
      const sandbox = await say(root, statements, '--sandbox');
      expect(sandbox).toEqual({
        code: 0,
        output: "'Ada'\n[ 'Ada1', 'Ada2' ]\nsaid\n1\ntrue\n'undefined'\nsandbox: everything was rolled back\n",
      });
      expect(await say(root, 'await User.count()')).toEqual({ code: 0, output: '0\n' });
      // What failed is told, what follows is not carried out, and what came before stays.
      const failed = await say(
        root,
        "await User.create('Bob')\nawait User.find(99)\nawait User.deleteAll({ everyRow: true })",
      );
      expect(failed.code).toBe(1);
      expect(failed.output).toMatch(/^User \{[^}]*'Bob'[^}]*\}\nerror: .*99.*\(AR_RECORD_NOT_FOUND\)\n$/);
      expect(await say(root, '1 + 1\n.exit\nawait User.deleteAll({ everyRow: true })')).toEqual({
        code: 0,
        output: '2\n',
      });
      expect(await say(root, 'User.find(1)')).toEqual({
        code: 0,
        output: 'Promise (not awaited: write await in front of it)\n',
      });
      expect(await say(root, 'await User.count()\nawait (')).toEqual({
        code: 2,
        output: expect.stringMatching(/^1\nerror: The input ended inside of a statement.*\(AR_COMMAND_INVALID\)\n$/),
      });
    },
  );
});
