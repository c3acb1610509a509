/** The pages name everything that there is to name, and their links lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript-5.9';
import { describe, expect, test } from 'vitest';
import { column, Migration } from '../../lib/index.ts';
import { baseMembers } from '../../lib/record/base-members.ts';
import { Column } from '../../lib/schema/column.ts';
import { readPage, readPages, root } from './markdown.ts';

function statementsOf(file: string): readonly ts.Statement[] {
  const source = ts.sys.readFile(`${root}lib/${file}`) ?? '';
  return ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true).statements;
}

const isInternal = (node: ts.Node): boolean => ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');

/** The members of an interface or a class of lib/, as its source declares them. None is as good as a wrong name. */
function membersOf(file: string, name: string): string[] {
  const found = statementsOf(file).find(
    (each): each is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each)) && each.name?.text === name,
  );
  const members: readonly ts.NamedDeclaration[] = found?.members ?? [];
  const named = members.flatMap((member) => (isInternal(member) ? [] : (member.name?.getText() ?? [])));
  if (named.length === 0) throw new Error(`lib/${file} has no ${name}`);
  return [...new Set(named)];
}

/** What an entry point exports by name. */
function exportsOf(file: string): string[] {
  return statementsOf(file)
    .filter(ts.isExportDeclaration)
    .flatMap(({ exportClause }) =>
      exportClause !== undefined && ts.isNamedExports(exportClause) ? exportClause.elements : [],
    )
    .map(({ name }) => name.text);
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

const collectionMembers = [
  ...membersOf('associations/collection-types.ts', 'CollectionMembers'),
  ...membersOf('associations/collection-types.ts', 'Attachments'),
  ...membersOf('relation/association-types.ts', 'LoadedCollection'),
];
const referenceMembers = [
  ...membersOf('associations/reference-types.ts', 'Reference'),
  ...membersOf('relation/association-types.ts', 'LoadedReference'),
];
const optionInterfaces = ['AssociationOptions', 'BelongsToOptions', 'HasOptions', 'HasManyOptions', 'HasOneOptions'];
const associationOptions = [
  ...[...optionInterfaces, 'HasAndBelongsToManyOptions'].flatMap((name) => membersOf('associations/builders.ts', name)),
  ...membersOf('record/association.ts', 'NestedOptions'),
  'optional',
];
const builders = ['belongsTo', 'delegatedType', 'hasOne', 'hasMany', 'hasAndBelongsToMany', 'polymorphic'];
const validationRules = [
  ...[
    'RuleOptions',
    'ValueRules',
    'ColumnRules',
    'AssociationRules',
    'WholeRules',
    'LengthOptions',
    'ComparisonOptions',
  ],
  ...['NumericalityOptions', 'FormatOptions', 'ConfirmationOptions', 'AcceptanceOptions', 'UniquenessOptions'],
].flatMap((name) => membersOf('model/validation/types.ts', name));
const errorMembers = membersOf('record/errors.ts', 'RecordErrors').filter((name) => /^\w+$/.test(name));
const testingNames = [
  ...exportsOf('testing/index.ts'),
  ...membersOf('testing/record-queries.ts', 'RecordQueriesOptions'),
];

/** What a page says as code, in blocks and between the words: `set` and `at` are words of every page. */
const codeOf = (text: string): string => [...text.matchAll(/```[\s\S]*?```|``.*?``|`[^`\n]+`/g)].join('\n');

const methodsOf = (prototype: object): string[] =>
  Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');

/** Those of the classes between it and Object too. */
function inheritedMethodsOf(prototype: object): string[] {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const inherited = typeof parent === 'object' && parent !== null && parent !== Object.prototype;
  return [...methodsOf(prototype), ...(inherited ? inheritedMethodsOf(parent) : [])];
}

/** The error classes of a file that a program can be thrown. */
const errorsOf = (file: string): string[] =>
  statementsOf(`errors/${file}`)
    .filter(ts.isClassDeclaration)
    .filter(({ modifiers }) => !modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword))
    .map(({ name }) => name?.text ?? '');

const sessionMembers = [
  ...membersOf('session/session.ts', 'Session'),
  ...membersOf('session/session.ts', 'SessionOptions'),
  ...membersOf('session/session-query.ts', 'SessionQuery'),
  ...errorsOf('session.ts'),
].filter((name) => /^\w+$/.test(name));

describe('the pages name', () => {
  test.each([
    ['docs/queries.md', 'every method of a query', queryMethods],
    ['docs/models.md', 'every column builder', Object.keys(column)],
    ['docs/models.md', 'every modifier of a column', methodsOf(Column.prototype)],
    ['docs/models.md', 'every member of a record', [...baseMembers]],
    ['docs/associations.md', 'every builder of an association', builders],
    ['docs/associations.md', 'every option of an association', associationOptions],
    ['docs/associations.md', 'every member of a collection', collectionMembers],
    ['docs/associations.md', 'every member of a reference', referenceMembers],
    [
      'docs/associations.md',
      'every static about associations',
      membersOf('model/querying/querying-associations.ts', 'AssociationStatics'),
    ],
    ['docs/associations.md', 'every error about associations', errorsOf('association.ts')],
    ['docs/validations.md', 'every rule and option', validationRules],
    ['docs/validations.md', 'every member of the errors', errorMembers],
    ['docs/testing.md', 'everything that it exports', testingNames],
    ['docs/migrations.md', 'every operation', inheritedMethodsOf(Migration.prototype)],
    ['docs/session.md', 'every member of a session', sessionMembers],
    ['docs/connections.md', 'every option', membersOf('connection/config.ts', 'ConnectionOptions')],
  ])('in %s %s', (page, _, names) => {
    const text = codeOf(readPage(page).text);
    expect(names.length).toBeGreaterThan(3);
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
  test('of docs/getting-started.md lead to every guide', () => {
    const { text } = readPage('docs/getting-started.md');
    const guides = readPages().flatMap(({ name }) => /^docs\/(.*)$/.exec(name)?.[1] ?? []);
    expect(guides.length).toBeGreaterThan(15);
    expect(guides.filter((name) => name !== 'getting-started.md' && !text.includes(`](${name})`))).toEqual([]);
  });

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
