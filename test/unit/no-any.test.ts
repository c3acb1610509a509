/**
 * No `any` reaches a user: every declaration that the exported names lead to is read, and each `any` in it has to be one
 * of those that only the compiler meets.
 */
import ts from 'typescript-5.9';
import { describe, expect, test } from 'vitest';
import { publicDeclarations, resolved } from './declarations.ts';

const { folder, checker, exported } = publicDeclarations();

/**
 * The only declarations that name `any` where a user could in principle meet it. Each is here for variance: what it
 * describes is accepted whatever its type arguments are, and nothing typed by them is read from it.
 */
const allowed: Readonly<Record<string, string>> = {
  AnyColumn: 'a column of any type: migrations and tables take all of them',
};

interface Found {
  /** The declaration that it stands in. */
  readonly name: string;
  readonly text: string;
}

/** Every `any` that can be reached from the exported names, and the names of all declarations that were read for it. */
function findAny(): { readonly found: Found[]; readonly read: ReadonlySet<string> } {
  const found: Found[] = [];
  const read = new Set<string>();
  const seen = new Set<ts.Node>();
  const visitSymbol = (symbol: ts.Symbol): void => {
    for (const declaration of resolved(checker, symbol).declarations ?? []) {
      if (!declaration.getSourceFile().fileName.startsWith(folder) || seen.has(declaration)) continue;
      seen.add(declaration);
      read.add(nameOf(declaration));
      visit(declaration, nameOf(declaration));
    }
  };
  const visit = (node: ts.Node, name: string): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword && !isCompilersOwn(node)) {
      found.push({ name, text: node.parent.getText().replace(/\s+/g, ' ') });
    }
    if (ts.isIdentifier(node) && !isCompilersOwn(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      if (symbol !== undefined) visitSymbol(symbol);
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  for (const symbol of exported.values()) visitSymbol(symbol);
  return { found, read };
}

function nameOf(declaration: ts.Declaration): string {
  const { parent } = declaration;
  const owner = ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent) ? `${parent.name?.text ?? ''}.` : '';
  const name = ts.getNameOfDeclaration(declaration);
  return `${owner}${name?.getText() ?? ts.SyntaxKind[declaration.kind]}`;
}

/**
 * The arguments of a constructor type, the bound of a type parameter, and the pattern of a conditional type: there `any`
 * matches what is given, and no value is typed by it.
 */
function isCompilersOwn(node: ts.Node): boolean {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const { parent } = at;
    if (ts.isParameter(parent) && ts.isConstructorTypeNode(parent.parent)) return true;
    if (ts.isTypeParameterDeclaration(parent) && parent.constraint === at) return true;
    if (ts.isConditionalTypeNode(parent) && parent.extendsType === at) return true;
    if (ts.isStatement(parent)) return false;
  }
  return false;
}

describe('the public declarations', () => {
  const { found, read } = findAny();

  test('are read down to what the exported names are made of', () => {
    expect(read.size).toBeGreaterThan(500);
    expect([...read]).toEqual(
      expect.arrayContaining(['QueryConditions.where', 'WithDefinition', 'NewAttributes', 'Connection.transaction']),
    );
  });

  test('have no any that a user could meet', () => {
    expect(found.filter(({ name }) => !Object.hasOwn(allowed, name))).toEqual([]);
  });

  test('still need each of the exceptions', () => {
    const names = new Set(found.map(({ name }) => name));
    expect(Object.keys(allowed).filter((name) => !names.has(name))).toEqual([]);
  });
});
