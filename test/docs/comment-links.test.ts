/** The links of public comments lead to what is public: the API reference (npm run docs) cannot show any other. */
import { relative } from 'node:path';
import ts from 'typescript-5.9';
import { expect, test } from 'vitest';
import { root } from './markdown.ts';

const entries = ['lib/index.ts', 'lib/testing/index.ts'].map((file) => `${root}${file}`);

const isHidden = (node: ts.Node): boolean => {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return (
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') ||
    modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true
  );
};

/** The names that comments of a declaration, and of all that is declared in it, link to. */
function linksOf(node: ts.Node, found: string[] = []): string[] {
  if (isHidden(node)) return found;
  for (const comment of ts.getJSDocCommentsAndTags(node)) {
    if (!ts.isJSDoc(comment)) continue;
    for (const [, name = ''] of comment.getText().matchAll(/\{@link (\w+)/g)) found.push(name);
  }
  if (!ts.isBlock(node)) ts.forEachChild(node, (child) => void linksOf(child, found));
  return found;
}

const membersOf = (node: ts.Node): string[] =>
  ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
    ? [...node.members].flatMap((member) => member.name?.getText() ?? [])
    : [];

test('links of public comments lead to public names', { timeout: 60_000 }, () => {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  };
  const program = ts.createProgram(entries, options);
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  });
  const names = new Set(exported.map(({ name }) => name));
  expect(names).toContain('BaseModel');
  const dead = exported.flatMap((symbol) => {
    const real = (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    return (real.declarations ?? []).flatMap((declaration) => {
      // The comment of `export const` stands before the statement.
      const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const known = new Set(membersOf(node));
      const file = relative(root, node.getSourceFile().fileName);
      return linksOf(node).flatMap((name) => (names.has(name) || known.has(name) ? [] : [`${file}: {@link ${name}}`]));
    });
  });
  expect([...new Set(dead)]).toEqual([]);
});
