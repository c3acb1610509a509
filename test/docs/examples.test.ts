/** Every example of README.md and docs/ compiles, runs on every database, and does what its comments say. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run } from '../../lib/cli/program.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { blocksOf, type Page, readPage, readPages, root } from './markdown.ts';
import { runPage } from './run-page.ts';
import { typeErrors } from './type-check.ts';

const pages = readPages();
const withCode = pages.filter(({ blocks }) => blocks.some(({ language }) => language === 'ts'));

describe('the examples', () => {
  test('are there', () => {
    expect(withCode.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['README.md', 'docs/models.md', 'docs/queries.md', 'docs/migrations.md']),
    );
  });

  test('say why, where they are not run', () => {
    const skipped = pages.flatMap(({ name, blocks }) =>
      blocks.filter(({ mode }) => mode === 'skip').map((block) => ({ name, ...block })),
    );
    expect(skipped.filter(({ reason }) => reason === '').map(({ name, line }) => `${name}:${line}`)).toEqual([]);
  });

  const errors = typeErrors(withCode);
  test.each(withCode.map(({ name }) => name))('of %s compile', (name) => {
    expect(errors.get(name) ?? []).toEqual([]);
  });
});

for (const page of withCode) {
  describeEachDatabase(`the examples of ${page.name}`, (database) => {
    test('do what they say', async () => {
      expect((await runPage(page, database)).join('\n')).toBe('');
    });
  });
}

describe('the test of examples itself', () => {
  const page = (code: string): Page => {
    const text = `\`\`\`ts\n${code}\n\`\`\`\n`;
    return { name: 'page.md', text, blocks: blocksOf('page.md', text) };
  };

  test('finds what does not compile', () => {
    expect(typeErrors([page('const age: number = "36";')]).get('page.md')).toEqual([
      "page.md:2 error TS2322: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  describeEachDatabase('finds what is not so', (database) => {
    const imports =
      "import { connect, connections, sql } from 'active-record-ts';\nawait connect('sqlite:x.sqlite3');\n";
    const failures = async (code: string) => runPage(page(imports + code), database);

    test.each([
      ['1 + 1; // => 2', []],
      ['const two = 1 + 1; // => 2', []],
      ['1 + 1; // => 3', ['page.md:4: expected 3, but it was 2']],
      ["throw new TypeError('no');", [expect.stringContaining('TypeError: no')]],
      ["throw new TypeError('no'); // throws TypeError", []],
      ["JSON.parse('{'); // throws SyntaxError: …", []],
      ['JSON.parse("{}"); // throws SyntaxError', [expect.stringContaining('did not throw')]],
      ["JSON.parse('{'); // throws SyntaxError: it", [expect.stringContaining('but it threw SyntaxError')]],
    ])('%s', async (code, expected) => {
      expect(await failures(code)).toEqual(expected);
    });

    test.runIf(database.dialect === 'mysql')('SQL', async () => {
      const query = 'await connections.get().query(sql`SELECT 1 AS "one"`);';
      expect(await failures(`${query} // SELECT 1 AS one`)).toEqual([]);
      expect(await failures(`${query}\n// SELECT …\n// => [ { one: 1 } ]`)).toEqual([]);
      expect(await failures(`${query} // SELECT 2`)).toEqual([expect.stringContaining('expected the SQL')]);
      expect(await failures(`${query}\n// SELECT …\n// SELECT …`)).toEqual([
        expect.stringContaining('expected the SQL'),
      ]);
    });
  });
});

describe('the commands in the examples', () => {
  const manifest: { scripts: Record<string, string> } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const lines = [...pages, readPage('CONTRIBUTING.md')].flatMap(({ name, blocks }) =>
    blocks
      .filter(({ language }) => language === 'bash')
      .flatMap(({ code, line }) =>
        code
          .split('\n')
          .map((text, index) => ({ text: text.replace(/\s+#.*$/, ''), place: `${name}:${line + index + 1}` })),
      ),
  );
  const commands = (pattern: RegExp) => [
    ...new Set(lines.flatMap(({ text }) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''))),
  ];

  test.each(commands(/npm run ([\w:]+)/g).map((name) => [name]))('npm run %s', (name) => {
    expect(Object.keys(manifest.scripts)).toContain(name);
  });

  test.each(lines.filter(({ text }) => /\bnpx ar\b/.test(text)).map(({ text, place }) => [text, place]))(
    '%s (%s)',
    async (text) => {
      const words = (/\bnpx ar\b(.*)$/.exec(text)?.[1] ?? '').trim().split(/\s+/);
      if (words[0] === 'help') words.shift();
      const names = words.slice(0, words[0] === 'generate' ? 2 : 1).filter((word) => !word.startsWith('-'));
      const help = await helpOf(names);
      for (const option of words.filter((word) => word.startsWith('--'))) expect(help).toContain(option);
    },
  );
});

/** The help of a command; fails for a command that there is not. */
async function helpOf(names: readonly string[]): Promise<string> {
  const written: string[] = [];
  const plain = (text: string) => text;
  const code = await run([...names, '--help'], {
    cwd: root,
    output: {
      interactive: false,
      line: (text = '') => written.push(text),
      problem: (text) => written.push(text),
      progress: () => ({ show: () => undefined, clear: () => undefined }),
      choose: async () => undefined,
      style: { good: plain, bad: plain, faint: plain, strong: plain },
    },
  });
  const help = written.join('\n');
  expect(code, help).toBe(0);
  expect(help).toContain(`Usage: ${['ar', ...names].join(' ')}`);
  return help;
}
