/** The pages name everything that there is to name, and their links lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript-5.9';
import { describe, expect, test } from 'vitest';
import { column, Migration } from '../../lib/index.ts';
import { baseMembers } from '../../lib/record/base-members.ts';
import { Column } from '../../lib/schema/column.ts';
import { readPage, readPages, root } from './markdown.ts';

/** The members of an interface of lib/, as its source declares them. */
function membersOf(file: string, name: string): string[] {
  const source = ts.sys.readFile(`${root}lib/${file}`) ?? '';
  const { statements } = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);
  const found = statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name);
  return [...new Set(found?.members.map((member) => member.name?.getText() ?? ''))];
}

const queryMethods = [
  ...membersOf('relation/query.ts', 'Query'),
  ...membersOf('relation/query-conditions.ts', 'QueryConditions'),
  ...membersOf('relation/query-grouped.ts', 'Grouped'),
  ...membersOf('relation/query-shape.ts', 'QueryShape'),
  ...membersOf('relation/query-reading.ts', 'QueryReading'),
  ...membersOf('relation/query-batches.ts', 'QueryBatches'),
  ...membersOf('relation/query-writing.ts', 'QueryWriting'),
];

const methodsOf = (prototype: object): string[] =>
  Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');

describe('the pages name', () => {
  test.each([
    ['docs/queries.md', 'every method of a query', queryMethods],
    ['docs/models.md', 'every column builder', Object.keys(column)],
    ['docs/models.md', 'every modifier of a column', methodsOf(Column.prototype)],
    ['docs/models.md', 'every member of a record', [...baseMembers]],
    ['docs/migrations.md', 'every operation', methodsOf(Migration.prototype)],
    ['docs/connections.md', 'every option', membersOf('connection/config.ts', 'ConnectionOptions')],
  ])('in %s %s', (page, _, names) => {
    const { text } = readPage(page);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });
});

/** As GitHub names the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (name: string): string[] =>
  [...readPage(name).text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('the links', () => {
  const names = [...readPages().map(({ name }) => name), 'CONTRIBUTING.md', 'CHANGELOG.md'];
  test.each(names)('of %s lead somewhere', (name) => {
    const links = [...readPage(name).text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const dead = links.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      if (!existsSync(`${root}${file}`)) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(dead).toEqual([]);
  });
});
