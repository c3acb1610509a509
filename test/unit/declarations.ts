/** The public declarations as a user's compiler sees them: lib/ compiled to `.d.ts` files in a temporary folder. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-5.9';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Declarations {
  readonly folder: string;
  readonly checker: ts.TypeChecker;
  /** What `lib/index.ts` exports, by name. */
  readonly exported: ReadonlyMap<string, ts.Symbol>;
}

/** Compiles the declarations; the folder is gone after the suite. */
export function publicDeclarations(): Declarations {
  const folder = mkdtempSync(join(tmpdir(), 'ar-declarations-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const options = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
  const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  const entry = join(folder, 'index.d.ts');
  // Type errors have a check of their own (npm run types), and do not keep declarations from being written.
  if (!existsSync(entry)) throw new Error(`lib/ was not compiled:\n${stdout}`);
  const program = ts.createProgram([entry], {
    strict: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
    // Declarations of TypeScript files import each other by the names that those have.
    allowImportingTsExtensions: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error('lib/index.ts has no declarations');
  const exported = checker
    .getExportsOfModule(module)
    .map((symbol): [string, ts.Symbol] => [symbol.name, resolved(checker, symbol)]);
  return { folder, checker, exported: new Map(exported) };
}

/** What a name stands for, where it is only passed on. */
export function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}
