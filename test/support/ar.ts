/** The command `ar` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';

const main = join(inject('compiled'), 'cli/main.js');

export interface ArProcess {
  /** What it has written so far, to standard output and standard error. */
  output(): string;
  /** Waits until its output contains the text, or it has ended. */
  until(text: string): Promise<boolean>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  readonly process: ChildProcess;
}

/** @param cwd the project's folder */
export function startAr(cwd: string, ...args: readonly string[]): ArProcess {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...env, NO_COLOR: '1' } });
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    process: child,
    output: () => output,
    ended,
    until: (text) =>
      new Promise<boolean>((resolve) => {
        const look = () => {
          if (output.includes(text)) resolve(true);
        };
        listeners.add(look);
        look();
        ended.then(
          () => resolve(output.includes(text)),
          () => resolve(false),
        );
      }),
  };
}

/** Runs the command to its end. */
export async function runAr(cwd: string, ...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const ar = startAr(cwd, ...args);
  const code = await ar.ended;
  return { code, output: ar.output() };
}
