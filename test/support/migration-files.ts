/** Migration files in a temporary folder, as a project has them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface MigrationFolder {
  readonly path: string;
  /**
   * Writes a migration, `20260101000001_create_users` for instance.
   *
   * @param steps the body of the class: `change() { … }`, with `column`, `sql` and `Migration` in scope
   */
  add(fileName: string, steps: string): void;
  /** Writes any file. */
  write(fileName: string, text: string): void;
  remove(fileName: string): void;
}

const roots: string[] = [];
// Here and not where a folder is made, which may be inside of a test.
afterAll(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A fresh folder, which is gone after the tests of the file. */
export function migrationFolder(): MigrationFolder {
  const root = mkdtempSync(join(tmpdir(), 'ar-migrations-'));
  const path = join(root, 'migrations');
  mkdirSync(path);
  roots.push(root);
  const write = (fileName: string, text: string) => writeFileSync(join(path, fileName), text);
  return {
    path,
    write,
    add: (fileName, steps) => write(`${fileName}.ts`, migrationSource(steps)),
    remove: (fileName) => rmSync(join(path, `${fileName}.ts`)),
  };
}

export function migrationSource(steps: string): string {
  return `import { column, Migration, sql } from 'active-record-ts';
export default class extends Migration {
  ${steps}
}
`;
}
