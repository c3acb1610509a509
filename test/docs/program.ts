/**
 * From the blocks of a page to modules: the blocks in order are one program; blocks that export something are files of
 * their own. Every line keeps the number that it has on the page, so that errors name the page's lines.
 */
import { createHash } from 'node:crypto';
import ts from 'typescript-5.9';
import { instrument } from './instrument.ts';
import type { Block, Page } from './markdown.ts';

export interface Module {
  /** `models/user.ts`; `program.ts` for the blocks that are no files of their own. */
  readonly path: string;
  readonly text: string;
}

export interface PageProgram {
  readonly modules: readonly Module[];
  /** The names of the migrations, without `.ts`, in the order of the page. */
  readonly migrations: readonly string[];
}

/** @param instrumented - with what the comments promise checked while it runs */
export function pageProgram(page: Page, instrumented: boolean): PageProgram {
  const blocks = page.blocks.filter(({ language, mode }) => language === 'ts' && mode !== 'skip');
  const files = blocks.filter(isFile).map((block) => fileOf(page, block));
  const program = programOf(
    page,
    blocks.filter((block) => !isFile(block)),
    instrumented,
  );
  const migrations = files.filter(({ path }) => path.startsWith('migrations/'));
  return {
    modules: [...files, { path: 'program.ts', text: program }],
    migrations: migrations.map(({ path }) => path.slice('migrations/'.length, -'.ts'.length)),
  };
}

const isMigration = ({ mode, code }: Block): boolean =>
  mode === 'change' || mode === 'up' || /^export default class .* extends Migration /m.test(code);

const isFile = (block: Block): boolean =>
  isMigration(block) || (block.mode === 'plain' && headerOf(block) !== undefined && /^export /m.test(block.code));

/** `// models/user.ts` in the first line names the file. */
const headerOf = ({ code }: Block): string | undefined => /^\/\/ ((?:[\w-]+\/)*[\w.-]+\.ts)\n/.exec(code)?.[1];

const blank = (lines: number): string => '\n'.repeat(lines);

function fileOf(page: Page, block: Block): Module {
  const { mode, code, line } = block;
  if (!isMigration(block)) return { path: headerOf(block) ?? '', text: blank(line) + code };
  const name =
    /_(\w+)\.ts$/.exec(headerOf(block) ?? '')?.[1] ??
    `fragment_${createHash('sha256').update(`${page.name}${line}`).digest('hex').slice(0, 8)}`;
  const path = `migrations/${versionOf(line)}_${name}.ts`;
  if (mode !== 'change' && mode !== 'up') return { path, text: blank(line) + code };
  const method = mode === 'change' ? 'change() {' : 'async down() {} async up() {';
  const head = `import { column, Migration, sql } from 'active-record-ts'; export default class extends Migration { ${method}`;
  return { path, text: `${blank(line - 1)}${head}\n${code}\n}}\n` };
}

/** Migrations run in the order of the page, whatever moments their names show there. */
function versionOf(line: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `20260101${two(Math.floor(line / 3600))}${two(Math.floor(line / 60) % 60)}${two(line % 60)}`;
}

function programOf(page: Page, blocks: readonly Block[], instrumented: boolean): string {
  const imported = new Map<string, Set<string>>();
  let text = '';
  let line = 0;
  for (const { code, line: start, mode } of blocks) {
    const checked = instrumented ? instrument(code, (at) => `${page.name}:${start + at + 1}`) : code;
    const { body, imports } = withoutImports(checked, imported);
    text += blank(start - 1 - line);
    text += `${imports}${mode === 'scope' ? '{' : ''}\n${body}\n${mode === 'scope' ? '}' : ''}`;
    line = start + body.split('\n').length;
  }
  // Top-level await needs a module, which a text without imports would not be.
  return `${text}\nexport {};\n`;
}

/** Takes the imports out of a block, and gives those that no block before it has made. */
function withoutImports(code: string, imported: Map<string, Set<string>>): { body: string; imports: string } {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ESNext, true);
  let body = code;
  const imports: string[] = [];
  for (const statement of source.statements.filter(ts.isImportDeclaration).toReversed()) {
    const from = statement.moduleSpecifier.getText();
    const known = imported.get(from) ?? new Set<string>();
    imported.set(from, known);
    const bindings = statement.importClause?.namedBindings;
    const names =
      bindings !== undefined && ts.isNamedImports(bindings)
        ? bindings.elements.map((element) =>
            statement.importClause?.isTypeOnly ? `type ${element.getText()}` : element.getText(),
          )
        : [statement.getText().replace(/;$/, '')];
    const fresh = names.filter((name) => !known.has(name));
    for (const name of fresh) known.add(name);
    if (bindings === undefined || !ts.isNamedImports(bindings)) imports.unshift(...fresh.map((whole) => `${whole};`));
    else if (fresh.length > 0) imports.unshift(`import { ${fresh.join(', ')} } from ${from};`);
    const removed = body.slice(statement.getStart(), statement.end);
    body = body.slice(0, statement.getStart()) + removed.replace(/[^\n]/g, '') + body.slice(statement.end);
  }
  return { body, imports: imports.join(' ') };
}
