import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { REPLServer } from 'node:repl';
import { PassThrough, Writable } from 'node:stream';
import { CommandInvalid } from '../errors/migration.ts';
import { withoutPasswords } from '../support/secrets.ts';

/** What statements find by name. */
export type Names = Readonly<Record<string, unknown>>;

export const historyFile = '.ar_console_history';

/** Node's own prompt on a terminal, until somebody leaves it. */
export async function talk(prompt: string, names: Names, folder: string): Promise<void> {
  const { start } = await import('node:repl');
  // Not a realm of its own: values made there would be no Date and no Array for the library.
  const server = start({ prompt, useGlobal: true, breakEvalOnSigint: true });
  define(names);
  stayInside(server);
  tellOfPromises(server);
  // Before the line is written to the file.
  server.on('history', (lines: string[]) => {
    if (lines[0] !== undefined) lines[0] = withoutPasswords(lines[0]);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('exit', resolve);
    server.setupHistory(join(folder, historyFile), (error) => {
      // A folder that may only be read has no history; everything else works.
      if (error !== null && !('code' in error)) reject(error);
    });
  });
}

/**
 * Carries out the statements of a stream, line by line as on a terminal, one after the other.
 *
 * @param print - is given the value of each, as Node shows it
 * @throws what the first statement that fails throws: those after it are not carried out
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) where the input ends inside of a statement
 */
export async function readStatements(
  input: NodeJS.ReadableStream,
  names: Names,
  print: (text: string) => void,
): Promise<void> {
  const { Recoverable, start } = await import('node:repl');
  let written = '';
  const heard = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString();
      done();
    },
  });
  const lines = new PassThrough();
  const server = start({
    prompt: '',
    input: lines,
    output: heard,
    terminal: false,
    useGlobal: true,
    ignoreUndefined: true,
  });
  define(names);
  let unfinished = false;
  stayInside(server, (error) => {
    unfinished = error instanceof Recoverable;
  });
  tellOfPromises(server);
  // Node asks for the next line when it is done with one, whether it worked or not; by itself it would not wait.
  let ready: () => void = () => undefined;
  server.displayPrompt = () => ready();
  let left = false;
  server.once('exit', () => {
    left = true;
    ready();
  });
  const failed = () => server.context._error as unknown;
  const before = failed();
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      await new Promise<void>((resolve) => {
        ready = resolve;
        lines.write(`${line}\n`);
      });
      if (failed() !== before) throw failed();
      if (!unfinished && written !== '') print(written.replace(/\n$/, ''));
      written = '';
      if (left) return;
    }
  } finally {
    server.close();
  }
  if (unfinished) {
    throw new CommandInvalid('The input ended inside of a statement, which was not carried out.', {
      hint: 'A bracket or a quote is not closed.',
    });
  }
}

/** Statements run in the transaction that surrounds the prompt, though events of a stream begin outside of it. */
function stayInside(server: REPLServer, tell?: (error: unknown) => void): void {
  const own = server.eval;
  const inside = AsyncLocalStorage.snapshot();
  const evaluate: typeof own = (code, context, file, done) => {
    inside(() =>
      own.call(server, code, context, file, (error, value: unknown) => {
        tell?.(error);
        done(error, value);
      }),
    );
  };
  Object.assign(server, { eval: evaluate });
}

/** Node would print the promise's insides, which say nothing of what comes of it. */
function tellOfPromises(server: REPLServer): void {
  const own = server.writer;
  const writer = (value: unknown): string =>
    value instanceof Promise ? 'Promise (not awaited: write await in front of it)' : own.call(server, value);
  Object.assign(server, { writer });
}

function define(names: Names): void {
  for (const [name, value] of Object.entries(names))
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });
}
