/** The command `ar` on a pseudo-terminal, by `script` of util-linux, which CI machines with Linux have. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { inject } from 'vitest';

const main = join(inject('compiled'), 'cli/main.js');

/** Why there is no terminal here, or undefined where there is one. */
export function whyNoTerminal(): string | undefined {
  const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return status === 0 && stdout.includes('util-linux') ? undefined : 'no "script" of util-linux';
}

export interface Terminal {
  /** All that the terminal has received, with its control characters. */
  raw(): string;
  /** The same as people read it. */
  text(): string;
  /** Waits until something new has been shown that contains the text. */
  until(text: string): Promise<void>;
  type(keys: string): void;
  /** The exit code of the command; 128 and its number for a signal. */
  readonly ended: Promise<number | null>;
}

/** @param columns the width of the terminal */
export function onTerminal(cwd: string, args: readonly string[], columns = 80): Terminal {
  const quoted = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const { DATABASE_URL: _, NO_COLOR: __, FORCE_COLOR: ___, CI: ____, ...env } = process.env;
  const child = spawn('script', ['-qfec', `stty rows 24 cols ${columns} && exec ${quoted.join(' ')}`, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
  });
  let raw = '';
  let seen = 0;
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = () => stripVTControlCharacters(raw);
  return {
    raw: () => raw,
    text,
    until: (wanted) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          const at = text().indexOf(wanted, seen);
          if (at === -1) return;
          seen = at + wanted.length;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        const late = () => reject(new Error(`It never showed ${JSON.stringify(wanted)}:\n${text()}`));
        setTimeout(late, 20_000).unref();
        ended.then(() => reject(new Error(`It ended without ${JSON.stringify(wanted)}:\n${text()}`)), reject);
      }),
    type: (keys) => child.stdin.write(keys),
    ended,
  };
}
