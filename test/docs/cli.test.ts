/** What docs/cli.md shows of the command is what the command prints. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startAr } from '../support/ar.ts';
import { readPage } from './markdown.ts';

const { blocks } = readPage('docs/cli.md');
const project = mkdtempSync(join(tmpdir(), 'ar-docs-cli-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Times differ from run to run; everything else is as it stands. */
const withoutTimes = (text: string): string =>
  text
    .replace(/\d+(?:\.\d+)? (?:µs|ms|s)\)/g, '… ms)')
    .replace(/"milliseconds": [\d.]+/g, '"milliseconds": …')
    .replace(/ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, ' …');

/** Errors last: they come by a stream of their own. */
function shown(text: string): string[] {
  const lines = withoutTimes(text.trimEnd()).split('\n');
  const isError = (line: string) => line.startsWith('error: ');
  return [...lines.filter((line) => !isError(line)), ...lines.filter(isError)];
}

function writeProject(): void {
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const files = blocks.filter(({ language, code }) => language === 'ts' && /^export /m.test(code));
  for (const { code } of [...files, { code: config }]) {
    const path = join(project, /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? 'missing.ts');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
}
const config = "// ar.config.ts\nexport default { connection: 'sqlite:development.sqlite3' };\n";

/** The commands of all `console` blocks, each with what stands below it. */
const commands = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ code }) => code.split(/^(?=\$ )/m))
  .map((text) => {
    const [, typed = '', output = ''] = /^\$ ([^\n]*)\n?([\s\S]*)$/.exec(text) ?? [];
    return { typed, output: output.trimEnd() };
  });

test('the commands of docs/cli.md print what it shows', { timeout: 300_000 }, async () => {
  writeProject();
  expect(commands.length).toBeGreaterThan(15);
  for (const { typed, output } of commands) {
    const [, statements, words = ''] = /^(?:echo '(.*)' \| )?npx ar (.*)$/.exec(typed) ?? [];
    const ar = startAr(project, ...words.split(' '));
    ar.process.stdin?.end(statements ?? '');
    await ar.ended;
    expect([typed, ...shown(ar.output())]).toEqual([typed, ...shown(output)]);
  }
});
