/** What only a terminal shows: the prompt of the console with its history, the line of progress, questions, Ctrl-C. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { onTerminal, whyNoTerminal } from '../support/terminal.ts';

const reason = whyNoTerminal();
const url = 'sqlite:blog.sqlite3';
const esc = String.fromCharCode(27);

// None of it has to do with the database: SQLite is enough.
describe.skipIf(reason !== undefined)(`on a terminal${reason === undefined ? '' : ` (${reason})`}`, () => {
  const project = () => {
    const folder = migrationFolder();
    const root = dirname(folder.path);
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(root, 'models'));
    writeFileSync(
      join(root, 'models/user.ts'),
      `import { BaseModel, column } from 'active-record-ts';
export class User extends BaseModel.with({ id: column.id(), name: column.string() }) {}
`,
    );
    folder.add(
      '20260101000001_create_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string() }); }",
    );
    return { root, folder, absolute: `sqlite:${join(root, 'blog.sqlite3')}` };
  };

  it('the console takes statements over several lines, goes on after errors, and keeps a history without passwords', {
    timeout: 60_000,
  }, async () => {
    const { root, absolute } = project();
    expect(await command(root).ar('migrate', '--url', absolute)).toBe(0);
    const console = onTerminal(root, ['console', '--sandbox', '--url', url]);
    const say = async (line: string, answer: string) => {
      await console.until('> ');
      console.type(`${line}\r`);
      await console.until(answer);
    };
    await console.until('models: User');
    await say("(await User.create({ name: 'Ada' })).name + '!'", "'Ada!'");
    await console.until('> ');
    console.type('const twice = (n) => {\r');
    await console.until('... ');
    console.type('return n * 2\r');
    await console.until('... ');
    console.type('}\r');
    await say('twice(2100)', '4200');
    await say('await User.find(99)', 'AR_RECORD_NOT_FOUND');
    await say("const url = 'mysql://root:s3cret@127.0.0.1/blog'", 'undefined');
    await say('await User.count() + 6000', '6001');
    await console.until('> ');
    console.type('\x04');
    await console.until('sandbox: everything was rolled back');
    expect(await console.ended).toBe(0);

    const history = readFileSync(join(root, '.ar_console_history'), 'utf8');
    expect(history).toContain('twice(2100)');
    expect(history).toContain('mysql://root:…@127.0.0.1/blog');
    expect(history).not.toContain('s3cret');

    const again = onTerminal(root, ['console', '--url', url]);
    await again.until('> ');
    again.type('await User.exists()\r');
    await again.until('false');
    await again.until('> ');
    again.type('.exit\r');
    expect(await again.ended).toBe(0);
  });

  it('the line of progress fits the terminal, and is taken back', { timeout: 60_000 }, async () => {
    const { root } = project();
    const terminal = onTerminal(root, ['migrate', '--url', url], 30);
    expect(await terminal.ended, terminal.text()).toBe(0);
    const takenBack = `\r${esc}[2K`;
    const pieces = terminal.raw().split(takenBack);
    const progress = pieces.map(stripVTControlCharacters).filter((piece) => /^[◐◓◑◒]/.test(piece));
    expect(progress.length).toBeGreaterThan(0);
    for (const line of progress) expect(line.length).toBeLessThanOrEqual(30);
    expect(terminal.raw()).toContain(`${takenBack}${esc}[32mmigrated${esc}[39m 20260101000001_create_users`);
  });

  it('Ctrl-C ends a migration at once, and the next run completes it', { timeout: 60_000 }, async () => {
    const { root, folder, absolute } = project();
    folder.add(
      '20260101000002_slow',
      `change() {
        this.createTable('first', { id: column.id() });
        this.data(async () => {
          if (process.stdout.isTTY) await new Promise((resolve) => setTimeout(resolve, 60_000));
        });
        this.createTable('second', { id: column.id() });
      }`,
    );
    const terminal = onTerminal(root, ['migrate', '--url', url]);
    await terminal.until('2 of 2');
    terminal.type('\x03');
    expect(await terminal.ended).toBe(130);
    const cli = command(root);
    expect(await cli.ar('migrate', '--url', absolute), cli.problems.join('\n')).toBe(0);
    await cli.ar('status', '--url', absolute);
    expect(cli.lines.map((line) => line.split(' ')[0])).toEqual(['applied', 'applied']);
  });

  it('drop asks, and keeps the database unless the answer is yes', { timeout: 60_000 }, async () => {
    const { root, absolute } = project();
    await command(root).ar('create', '--url', absolute);
    const ask = async (keys: string) => {
      const terminal = onTerminal(root, ['drop', '--url', url]);
      await terminal.until('Yes, drop it');
      terminal.type(keys);
      await terminal.ended;
      return existsSync(join(root, 'blog.sqlite3'));
    };
    expect(await ask('\r')).toBe(true);
    expect(await ask('\x03')).toBe(true);
    expect(await ask('\x1b[B\r')).toBe(false);
  });
});
