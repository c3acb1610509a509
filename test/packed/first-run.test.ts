import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

// A newcomer's first half hour, with the package as it is published: empty folder, install, init, generate, migrate, a
// program, roll back. On Node before 22.13 SQLite needs better-sqlite3, which is copied from here: it takes a minute to build.

const root = fileURLToPath(new URL('../..', import.meta.url));
const temp = mkdtempSync(join(tmpdir(), 'ar-first-run-'));
let tarball = '';

function run(cwd: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { VITEST: _, NODE_ENV: __, ...inherited } = process.env;
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...inherited, npm_config_loglevel: 'error', ...env },
  });
  return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

function succeed(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr } = run(cwd, command, args, env);
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const program = `
import { Post } from './models/post.ts';
import { User } from './models/user.ts';
import { connect, gte, RecordNotFound } from 'active-record-ts';

const connection = await connect(process.env.APP_DATABASE!);
const ada = await User.create({ name: 'Ada', age: 36 });
await User.create('Bob');
const post = await Post.create({ title: 'Notes', userId: ada.id });
console.log((await User.find(ada.id)).name, await User.where({ age: gte(18) }).count(), post.title);
await post.destroy();
await Post.find(post.id).catch((error: unknown) => console.log(error instanceof RecordNotFound));
await connection.close();
`;

const seeds = [
  `import { seed } from 'active-record-ts';
import { recordQueries } from 'active-record-ts/testing';
import { User } from '../models/user.ts';
Object.assign(globalThis, { seen: User, recordQueries });
await seed(User, { name: 'Cyd' }, {});
`,
  `import { Post } from '../models/post.ts';
import { User } from '../models/user.js';
const post = await Post.create({ title: 'One', user: await User.findBy({ name: 'Cyd' }) });
if (User !== Reflect.get(globalThis, 'seen') || !((await post.user) instanceof User)) throw new Error('another copy');
`,
] as const;

/** The files that a command without a configuration file loads. */
function loadedBy(folder: string, args: readonly string[]): string[] {
  const [coverage, config] = [join(folder, 'coverage'), join(folder, 'ar.config.ts')];
  renameSync(config, `${config}.away`);
  succeed(folder, process.execPath, ['node_modules/active-record-ts/bin/ar.js', ...args], {
    NODE_V8_COVERAGE: coverage,
  });
  renameSync(`${config}.away`, config);
  const paths = readdirSync(coverage).flatMap((name) => {
    const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(coverage, name), 'utf8'));
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
  rmSync(coverage, { recursive: true });
  return paths;
}

beforeAll(() => {
  succeed(root, 'npm', ['pack', '--pack-destination', temp]);
  tarball = readdirSync(temp).find((name) => name.endsWith('.tgz')) ?? '';
}, 120_000);
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describeEachDatabase('a first run', (database) => {
  const isShort = process.env.AR_TEST_LONG === undefined;
  // What the commands do on each database is in test/suite: here it is about the package.
  it.skipIf(isShort && database.dialect !== 'sqlite')(
    'goes from an empty folder to records in a table, and back',
    { timeout: 240_000 },
    () => {
      // A URL made of this path without care leads elsewhere.
      const folder = mkdtempSync(join(temp, 'ünder #1 50%20? '));
      const ar = (args: readonly string[]) =>
        succeed(folder, 'npx', ['--no', '--', 'ar', ...args], { DATABASE_URL: database.url });
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
      const drivers = database.dialect === 'postgres' ? ['pg'] : [];
      succeed(folder, 'npm', ['install', '--ignore-scripts', join(temp, tarball), ...drivers]);
      if (!('sqlite' in process.versions)) {
        for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path']) {
          cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
        }
      }

      expect(ar(['init'])).toContain('created ar.config.ts');
      expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).scripts).toMatchObject({
        migrate: expect.any(String),
      });
      expect(ar(['init'])).toContain('ar.config.ts');
      ar(['generate', 'model', 'Post', 'title:string', 'body:text?', 'user:references']);
      const before = run(folder, 'npx', ['--no', '--', 'ar', 'status'], { DATABASE_URL: database.url });
      // A file of SQLite is not made by looking.
      if (database.dialect === 'sqlite') expect(before.stderr).toMatch(/Make it with ar migrate.*AR_DATABASE_MISSING/s);
      else expect(before.stdout.match(/pending/g)).toHaveLength(2);
      expect(ar(['migrate']).match(/^migrated /gm)).toHaveLength(2);
      expect(ar(['migrate'])).toMatch(/nothing to do/i);
      expect(ar(['status']).match(/applied/g)).toHaveLength(2);

      writeFileSync(join(folder, 'app.ts'), program);
      const tsconfig = {
        compilerOptions: {
          target: 'es2023',
          module: 'nodenext',
          strict: true,
          skipLibCheck: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
          rewriteRelativeImportExtensions: true,
          outDir: 'out',
          rootDir: '.',
        },
        include: ['app.ts', 'models', 'ar.config.ts'],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
      succeed(folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
      expect(succeed(folder, process.execPath, ['out/app.js'], { APP_DATABASE: database.url })).toBe(
        'Ada 1 Notes\ntrue\n',
      );

      // A model is one class, whichever of the project's files asks for it.
      mkdirSync(join(folder, 'seeds'));
      writeFileSync(join(folder, 'seeds/1_user.ts'), seeds[0]);
      writeFileSync(join(folder, 'seeds/2_post.ts'), seeds[1]);
      expect(ar(['seed']).match(/^seeded /gm)).toHaveLength(2);

      if (database.dialect === 'sqlite') {
        const defines = (paths: readonly string[], what: string) =>
          paths.some((path) => readFileSync(fileURLToPath(path), 'utf8').includes(what));
        const alone = loadedBy(folder, ['--version']);
        expect(['Pool = class {', 'class BaseModel'].filter((what) => defines(alone, what))).toEqual([]);
        const loaded = loadedBy(folder, ['status', '--url', database.url]);
        expect(defines(loaded, 'Pool = class {')).toBe(true);
        // Models, the prompt for questions, other databases' drivers: nothing of it is needed for a list.
        expect(defines(loaded, 'class BaseModel')).toBe(false);
        expect(loaded.filter((path) => /@clack|mysql2|node_modules\/pg\//.test(path))).toEqual([]);
      }

      expect(ar(['rollback', '--step', '2']).match(/rolled back/g)).toHaveLength(2);
      expect(ar(['status']).match(/pending/g)).toHaveLength(2);
      expect(existsSync(join(folder, 'models/post.ts'))).toBe(true);
    },
  );

  // Nothing of it has to do with the database: once is enough, where there is no more time than that.
  const isOnce = isShort && database.dialect !== 'sqlite';
  it.skipIf(isOnce)(
    'explains a mistyped command, a missing driver and an unknown column type',
    { timeout: 120_000 },
    () => {
      const folder = mkdtempSync(join(temp, 'mistakes-'));
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
      succeed(folder, 'npm', ['install', '--ignore-scripts', join(temp, tarball)]);
      const ar = (args: readonly string[], url = database.url) =>
        run(folder, 'npx', ['--no', '--', 'ar', ...args], { DATABASE_URL: url });
      expect(ar(['migrte'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/migrate/) });
      expect(ar(['generate', 'model', 'Post', 'title:strng'])).toMatchObject({
        status: expect.any(Number),
        stderr: expect.stringMatching(/string/),
      });
      expect(existsSync(join(folder, 'models/post.ts'))).toBe(false);
      if (database.dialect === 'postgres') {
        ar(['init']);
        expect(ar(['migrate'])).toMatchObject({ status: 1, stderr: expect.stringMatching(/npm install pg/) });
      }
      expect(ar(['migrate'], 'mysq://root@localhost/x')).toMatchObject({
        status: expect.any(Number),
        stderr: expect.stringMatching(/mysql:\/\//),
      });
    },
  );
});
