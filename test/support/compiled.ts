/** The library as processes of their own run it: compiled once for all tests of a run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Compiled {
  /** Inside of this repository, where its dependencies are found. */
  readonly folder: string;
  /** Again, after the sources have changed. */
  compile(): void;
  remove(): void;
}

/** Types are checked elsewhere: here their mistakes hold nobody up. */
export function compiled(): Compiled {
  const folder = mkdtempSync(`${root}dist.test-`);
  const compile = () => {
    const compiler = `${root}node_modules/typescript/bin/tsc`;
    const options = ['-p', `${root}tsconfig.build.json`, '--outDir', folder, '--noCheck', '--declaration', 'false'];
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...options], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The sources could not be compiled:\n${stdout}`);
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    compile();
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, compile, remove };
}
