/** Compiles the examples of all pages at once, as a user's project would. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Page, root } from './markdown.ts';
import { pageProgram } from './program.ts';

/** @returns the compiler's errors by page, each with the line of the page */
export function typeErrors(pages: readonly Page[]): ReadonlyMap<string, readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ar-docs-types-'));
  const folders = new Map(pages.map(({ name }) => [name.replace(/\W/g, '_'), name]));
  try {
    for (const page of pages) {
      for (const { path, text } of pageProgram(page, false).modules) {
        const file = join(folder, page.name.replace(/\W/g, '_'), path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
    const config = {
      extends: `${root}tsconfig.json`,
      compilerOptions: {
        noEmit: true,
        // Of taste: the examples are what most projects would write.
        noImplicitOverride: false,
        paths: {
          'active-record-ts': [`${root}lib/index.ts`],
          'active-record-ts/testing': [`${root}lib/testing/index.ts`],
        },
        typeRoots: [`${root}node_modules/@types`],
      },
      include: ['.'],
      exclude: ['node_modules'],
    };
    // Other libraries that examples import.
    symlinkSync(`${root}node_modules`, join(folder, 'node_modules'));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    // Without it the examples would be CommonJS, which knows no top-level await.
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const { stdout } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', folder], {
      cwd: folder,
      encoding: 'utf8',
    });
    return byPage(stdout, folders);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function byPage(output: string, folders: ReadonlyMap<string, string>): Map<string, string[]> {
  const errors = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of output.split('\n').filter((each) => each !== '')) {
    const match = /^([^/\s]+)\/(\S+?)\((\d+),\d+\): (.*)$/.exec(line);
    const page = match === null ? undefined : folders.get(match[1] ?? '');
    if (page === undefined && line.startsWith(' ')) {
      current.push(line);
      continue;
    }
    // What is no error of a page (of lib/, say) has a check of its own.
    current = page === undefined ? [] : (errors.get(page) ?? []);
    if (page === undefined) continue;
    errors.set(page, current);
    current.push(`${page}:${match?.[3]} ${match?.[4]}`);
  }
  return errors;
}
