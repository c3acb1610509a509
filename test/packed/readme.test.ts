/** README.md by itself leads a newcomer from an empty folder to a program and a test, and every command prints what it shows. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, readPage, root } from '../docs/markdown.ts';
import { describeEachDatabase } from '../support/databases.ts';

const temp = mkdtempSync(join(tmpdir(), 'ar-readme-'));
const heading = '\n## From an empty folder\n';
const { text, blocks } = readPage('README.md');
const [before = '', section = ''] = text
  .split(heading)
  .map((part, index) => (index === 0 ? part : (part.split('\n## ')[0] ?? '')));
const begin = before.split('\n').length;
const end = begin + section.split('\n').length;
// What other tests run stands there too: hidden code for the examples behind it.
const walk = blocks.filter(
  ({ line, language, mode }) => line > begin && line < end && (language !== 'ts' || mode === 'skip'),
);
let tarball = '';

/** Times, versions of migrations and the name of the database differ from run to run. */
const steady = (output: string): string[] =>
  output
    .replace(/\(\d+(?:\.\d+)? ?(?:µs|ms|s)\)/g, '(… ms)')
    .replace(/\b20\d{12}(?=_)/g, 'VERSION')
    .replace(/^created the database \S+$/m, 'created the database NAME')
    .trimEnd()
    .split('\n');

/** `…` in a line of its own stands for all that follows. */
function expectOutput(typed: string, shown: string, output: string): void {
  const expected = steady(shown);
  const end = expected.indexOf('…');
  const actual = steady(output);
  expect([typed, ...(end === -1 ? actual : actual.slice(0, end))]).toEqual([
    typed,
    ...(end === -1 ? expected : expected.slice(0, end)),
  ]);
}

function commandsOf({ code }: Block): { typed: string; shown: string }[] {
  return code.split(/^(?=\$ )/m).map((part) => {
    const [, typed = '', shown = ''] = /^\$ ([^\n]*)\n?([\s\S]*)$/.exec(part) ?? [];
    return { typed, shown };
  });
}

beforeAll(() => {
  const { status, stderr } = spawnSync('npm', ['pack', '--pack-destination', temp], { cwd: root, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  tarball = join(temp, readdirSync(temp).find((name) => name.endsWith('.tgz')) ?? '');
}, 120_000);
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('the way from an empty folder', () => {
  it('has all of its parts', () => {
    expect(walk.map(({ language }) => language)).toEqual(['console', 'ts', 'ts', 'ts', 'json', 'console']);
  });
});

// Installing from the registry takes its time: everyday runs compile and run the other examples of README.md.
describe.runIf(process.env.AR_TEST_LONG !== undefined)('the way from an empty folder is walked', () => {
  describeEachDatabase('on', (database) => {
    it('prints what README.md shows', { timeout: 300_000 }, () => {
      const folder = mkdtempSync(join(temp, 'project-'));
      const { VITEST: _, NODE_ENV: __, DATABASE_URL: ___, ...inherited } = process.env;
      const env = { ...inherited, npm_config_loglevel: 'error', NODE_OPTIONS: '--test-reporter=spec', NO_COLOR: '1' };
      for (const block of walk) {
        if (block.language !== 'console') {
          const path = /^\/\/ (\S+)\n/.exec(block.code)?.[1] ?? 'tsconfig.json';
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), block.code);
          continue;
        }
        for (const { typed, shown } of commandsOf(block)) {
          if (typed.startsWith('mkdir ')) continue;
          const drivers = database.dialect === 'postgres' ? ' pg' : '';
          const command = typed
            .replace('install active-record-ts', `install '${tarball}'${drivers}`)
            .replace('sqlite:blog.sqlite3', database.url);
          const { status, stdout, stderr } = spawnSync(command, { cwd: folder, env, shell: true, encoding: 'utf8' });
          expect(status, `${typed}\n${stdout}${stderr}`).toBe(0);
          if (typed.startsWith('npm ')) addSqlite(folder);
          else expectOutput(typed, isThere(database.dialect, typed, shown), stdout);
        }
      }
    });
  });
});

/** The databases of servers are there already: tests have made them. */
function isThere(dialect: string, typed: string, shown: string): string {
  return dialect !== 'sqlite' && typed === 'npx ar migrate' ? shown.replace(/^created the database .*\n/m, '') : shown;
}

/** On Node before 22.13, SQLite needs better-sqlite3, which takes a minute to build; npm takes away what it has not installed. */
function addSqlite(folder: string): void {
  if ('sqlite' in process.versions) return;
  for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path']) {
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
}
