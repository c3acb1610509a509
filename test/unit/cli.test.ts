import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bar, durationText, type Output } from '../../lib/cli/output.ts';
import { run } from '../../lib/cli/program.ts';
import { configureSecrets } from '../../lib/secrets/registry.ts';
import { plainOutput } from '../support/command.ts';

const root = mkdtempSync(join(tmpdir(), 'ar-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the command', () => {
  let cwd: string;
  let answers: string[];
  let problems: string[];
  let folders = 0;

  beforeEach(() => {
    cwd = join(root, `project_${++folders}`);
    mkdirSync(cwd);
    [answers, problems] = [[], []];
  });

  function ar(...argv: string[]): Promise<number> {
    return arWith({}, ...argv);
  }
  function arWith(changes: Partial<Output>, ...argv: string[]): Promise<number> {
    const output = plainOutput({
      line: (text = '') => answers.push(text),
      problem: (text) => problems.push(text),
      ...changes,
    });
    return run(argv, { cwd, output });
  }
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  const firstWords = () => answers.map((line) => line.split(' ')[0]);

  describe('itself', () => {
    it('prints its help with examples', async () => {
      expect(await ar('--help')).toBe(0);
      expect(answers.join('\n')).toMatch(/Usage: ar .*Examples:.*ar rollback --step 2/s);
      for (const command of ['init', 'generate', 'migrate', 'rollback', 'status'])
        expect(answers.join('\n')).toContain(`  ${command}`);
    });

    it.each([
      ...['init', 'migrate', 'up', 'down', 'rollback', 'redo', 'status', 'abort-if-pending', 'stamp', 'create', 'drop'],
      ...['prepare', 'setup', 'reset', 'seed', 'console', 'secrets'],
    ])('prints the help of %s with an example', async (name) => {
      expect(await ar('--help')).toBe(0);
      expect(answers.join('\n')).toContain(`  ${name} `);
      answers = [];
      expect(await ar(name, '--help')).toBe(0);
      expect(answers.join('\n')).toMatch(new RegExp(`Usage: ar ${name} .*Examples:\n.*ar ${name}`, 's'));
    });

    it('prints fresh keys that can be configured', async () => {
      expect(await ar('secrets')).toBe(0);
      const keys = answers.map((line) => /^AR_(?:PRIMARY_KEY|DETERMINISTIC_KEY|TOKEN_SECRET)=(\S+)$/.exec(line)?.[1]);
      expect(new Set(keys).size).toBe(3);
      const [primaryKey = '', deterministicKey = '', tokenSecret = ''] = keys;
      expect(() => configureSecrets({ primaryKey, deterministicKey, tokenSecret })).not.toThrow();
    });

    it.each(['migrate', 'prepare'])('says in %s that there are no migrations', async (command) => {
      expect(await ar(command, '--url', 'sqlite::memory:')).toBe(0);
      expect(answers[0]).toBe('nothing to do: there are no migrations in migrations');
    });

    it('prints its version', async () => {
      expect(await ar('--version')).toBe(0);
      expect(answers[0]).toMatch(/^\d+\.\d+\.\d+/);
    });

    it.each([
      [['migrat'], /unknown command 'migrat'\s*\(Did you mean migrate\?\)/],
      [['fix'], /unknown command 'fix'\s*ar help lists the commands/],
      [['generate', 'modle'], /unknown command 'modle'\s*\(Did you mean model\?\)/],
      [['migrate', '--ulr', 'x'], /unknown option '--ulr'/],
      [['help', 'migrat'], /There is no command "migrat"\. Did you mean "migrate"\?/],
      [['rollback', '--step', '0'], /It is a whole number from 1 up/],
      [['migrate', '--step', '0'], /It is a whole number from 1 up/],
      [['migrate', '--assume', 'maybe'], /Allowed choices are done, not-done/],
      [['migrate', '--url', 'sqlite::memory:', '--to', '1', '--step', '1'], /to and step say different things/],
      [['up'], /missing required argument 'version'/],
      [['rollback', '--step', 'two'], /It is a whole number from 1 up/],
      [['generate', 'model', 'User', 'save:string'], /"save": every record has a member/],
      [['generate', 'model', 'User', 'valueOf:string'], /"valueOf"/],
      [['generate', 'model', 'Object'], /cannot be named Object/],
      [['generate', 'migration'], /missing required argument 'name'/],
      [
        ['generate', 'migration', 'CreateUsers', 'name:strng'],
        /error: .*Did you mean "string"\?.*\(AR_COMMAND_INVALID\)/,
      ],
      [['generate', 'migration', '1st'], /\(AR_COMMAND_INVALID\)/],
    ])('answers wrong usage with 2: %s', async (argv, message) => {
      expect(await ar(...argv)).toBe(2);
      expect(problems.join('\n')).toMatch(message);
      expect(problems.join('\n')).not.toMatch(/^\s+at /m);
    });

    it.each([
      [['migrate', '--json', '--step', 'abc'], 2, 'AR_COMMAND_INVALID'],
      [['status', '--json', '--ulr', 'x'], 2, 'AR_COMMAND_INVALID'],
      [['status', '--json', '--url', 'oracle://x/y'], 1, 'AR_CONFIGURATION_INVALID'],
      [['up', 'nope', '--json', '--url', 'sqlite::memory:'], 2, 'AR_COMMAND_INVALID'],
      [['rollback', '--json', '--url', 'sqlite:gone.sqlite3'], 1, 'AR_DATABASE_MISSING'],
    ])('answers with one JSON document where it fails before it begins: %s', async (argv, exit, code) => {
      expect(await ar(...argv)).toBe(exit);
      expect(JSON.parse(answers.join('\n'))).toMatchObject({ error: { code, message: expect.any(String) } });
      expect(problems.length).toBeGreaterThan(0);
    });

    it.each([
      [['mysql://root:s3cret@127.0.0.1/x']],
      [['status', '--ulr=mysql://root:s3c:/@ret@127.0.0.1/x']],
      [['up', 'mysql://root:s3cret@127.0.0.1/x', '--url', 'sqlite::memory:', '--json', '--trace']],
      [['status', '--connection', 'mysql://root:s3cret@127.0.0.1/x']],
      [['status', '--url', 'mysql://root:s3cret@127.0.0.1:1/x', '--trace']],
    ])('prints no password of a URL: %#', async (argv) => {
      expect(await ar(...argv)).not.toBe(0);
      expect([...answers, ...problems].join('\n')).not.toMatch(/s3c|ret@/);
      expect(problems.length).toBeGreaterThan(0);
    });

    it('says where in the project an error comes from', async () => {
      write('package.json', '{ "type": "module" }');
      write('ar.config.js', "\n\nthrow new Error('no settings');\n");
      expect(await ar('status')).toBe(1);
      expect(problems.join('\n')).toMatch(/no settings.*\nat ar\.config\.js:3$/);
    });

    it('answers failure with 1, and prints the stack only when it is asked to', async () => {
      expect(await ar('status', '--url', 'oracle://x/y')).toBe(1);
      expect(problems.join('\n')).toMatch(/^error: .*\(AR_CONFIGURATION_INVALID\)$/);
      problems = [];
      expect(await ar('status', '--url', 'oracle://x/y', '--trace')).toBe(1);
      expect(problems.join('\n')).toMatch(/^\s+at /m);
    });
  });

  describe('init', () => {
    it('sets up an empty folder without asking', async () => {
      expect(await ar('init')).toBe(0);
      expect(JSON.parse(read('package.json'))).toEqual({
        private: true,
        type: 'module',
        scripts: { migrate: 'ar migrate' },
      });
      expect(read('ar.config.ts')).toContain("connection: 'sqlite:development.sqlite3'");
      expect(read('models/user.ts')).toContain('export class User extends BaseModel.with({');
      expect(readdirSync(join(cwd, 'migrations'))).toEqual([expect.stringMatching(/^\d{14}_create_users\.ts$/)]);
      expect(firstWords().slice(0, 4)).toEqual(['created', 'created', 'created', 'created']);
      expect(answers.join('\n')).toContain('npx ar migrate');
    });

    it('takes the connection from --url, or asks on a terminal', async () => {
      await ar('init', '--url', 'postgresql://me@db/it%27s');
      expect(read('ar.config.ts')).toContain("connection: 'postgresql://me@db/it%27s'");
      rmSync(join(cwd, 'ar.config.ts'));
      await arWith({ interactive: true, choose: async (_, [, second]) => second?.value }, 'init');
      expect(read('ar.config.ts')).toContain(`connection: 'mysql://root@127.0.0.1:3306/project_${folders}'`);
    });

    it('writes nothing where the question is cancelled', async () => {
      expect(await arWith({ interactive: true, choose: async () => undefined }, 'init')).toBe(0);
      expect(readdirSync(cwd)).toEqual([]);
    });

    it('keeps what package.json says, and how it looks', async () => {
      write('package.json', '{\n\t"name": "blog",\n\t"scripts": {\n\t\t"test": "vitest"\n\t}\n}');
      await ar('init');
      expect(read('package.json')).toBe(
        '{\n\t"name": "blog",\n\t"scripts": {\n\t\t"test": "vitest",\n\t\t"migrate": "ar migrate"\n\t},\n\t"type": "module"\n}',
      );
      expect(answers[0]).toBe('updated package.json ("type": "module", the script "migrate")');
    });

    it('changes neither modules nor a script that package.json has', async () => {
      const manifest = '{ "type": "commonjs", "scripts": { "migrate": "mine" } }';
      write('package.json', manifest);
      await ar('init');
      expect(read('package.json')).toBe(manifest);
      expect(answers.join('\n')).toMatch(
        /^note: package\.json says "type": "commonjs".*\nskipped the script "migrate"/,
      );
    });

    it('writes over nothing, and says so', async () => {
      await ar('init');
      write('models/user.ts', 'mine');
      answers = [];
      expect(await ar('init')).toBe(0);
      expect(read('models/user.ts')).toBe('mine');
      expect(readdirSync(join(cwd, 'migrations'))).toHaveLength(1);
      expect(firstWords().slice(0, 4)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
    });

    it('refuses a package.json that is no JSON', async () => {
      write('package.json', '{');
      expect(await ar('init')).toBe(2);
      expect(problems.join('\n')).toMatch(/package\.json is no JSON/);
      expect(readdirSync(cwd)).toEqual(['package.json']);
    });
  });

  describe('generate', () => {
    beforeEach(() => write('package.json', '{ "type": "module" }'));

    it('writes a migration', async () => {
      expect(await ar('generate', 'migration', 'CreateUsers', 'name:string', 'age:integer?')).toBe(0);
      const [name = ''] = readdirSync(join(cwd, 'migrations'));
      expect(answers).toEqual([`created ${join('migrations', name)}`]);
      expect(read(join('migrations', name))).toContain('age: column.integer().nullable(),');
    });

    it('writes a model and its migration', async () => {
      expect(await ar('g', 'model', 'BlogPost', 'title')).toBe(0);
      expect(answers).toEqual([
        `created ${join('models', 'blog_post.ts')}`,
        expect.stringMatching(/^created migrations.\d{14}_create_blog_posts\.ts$/),
      ]);
    });

    it('writes neither where one of them exists', async () => {
      await ar('generate', 'model', 'Post', 'title');
      rmSync(join(cwd, 'models/post.ts'));
      expect(await ar('generate', 'model', 'Post', 'title')).toBe(2);
      expect(readdirSync(join(cwd, 'models'))).toEqual([]);
    });
  });
});

describe('a bar', () => {
  it.each([
    [0, 4, '░░░░░░░░░░'],
    [1, 4, '███░░░░░░░'],
    [4, 4, '██████████'],
    [0, 0, '██████████'],
  ])('of %s of %s is %s', (done, all, text) => {
    expect(bar(done, all)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [0.0123, '12 µs'],
    [12.4, '12 ms'],
    [3400, '3.4 s'],
  ])('%s ms is %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});
