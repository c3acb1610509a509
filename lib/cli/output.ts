import pc from 'picocolors';
import { withoutPasswords } from '../support/secrets.ts';

/** A line that changes while something is under way, and is gone afterwards. In a pipe there is none. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

/** Where commands write. Colours and progress are for terminals; a pipe gets plain lines. */
export interface Output {
  /** Somebody is looking, and can be asked. */
  readonly interactive: boolean;
  line(text?: string): void;
  problem(text: string): void;
  progress(): Progress;
  /** One of a few; undefined where the question was cancelled. Only where `interactive`. */
  choose(question: string, answers: readonly Answer[]): Promise<string | undefined>;
  readonly style: Style;
}
export interface Answer {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

/** The output of a process: standard output for answers, standard error for what went wrong. */
export function terminalOutput(): Output {
  const interactive = process.stdout.isTTY === true && process.stdin.isTTY === true;
  // By itself picocolors would also colour the log files of CI.
  const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
  return {
    interactive,
    line: (text = '') => process.stdout.write(`${text}\n`),
    problem: (text) => process.stderr.write(`${text}\n`),
    progress: process.stdout.isTTY === true ? lineProgress : () => ({ show: () => undefined, clear: () => undefined }),
    async choose(message, answers) {
      const options = answers.map(({ value, label, hint }) => ({
        value,
        label,
        ...(hint === undefined ? {} : { hint }),
      }));
      // Most commands ask nothing.
      const { select } = await import('@clack/prompts');
      const answer = await select<string>({ message, options });
      return typeof answer === 'string' ? answer : undefined;
    },
    style: { good: colors.green, bad: colors.red, faint: colors.dim, strong: colors.bold },
  };
}

const frames = ['◐', '◓', '◑', '◒'];

/**
 * One line that is written again and again. Not the spinner of @clack/prompts: that one ends the process on Escape and
 * Ctrl-C as if all were well, which nobody wants in the middle of a migration.
 */
function lineProgress(): Progress {
  let text = '';
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    const columns = process.stdout.columns ?? 80;
    // Cut: a line that wraps could not be taken back.
    process.stdout.write(
      `\r\x1b[2K${pc.cyan(frames[frame++ % frames.length] ?? '')} ${text.slice(0, Math.max(0, columns - 3))}`,
    );
  };
  return {
    show(next) {
      text = next;
      write();
      timer ??= setInterval(write, 120).unref();
    },
    clear() {
      clearInterval(timer);
      if (timer !== undefined) process.stdout.write('\r\x1b[2K');
      timer = undefined;
    },
  };
}

/** The same with nothing said on the way: for answers that are one document. Problems are still told. */
export function silent(output: Output): Output {
  return {
    ...output,
    interactive: false,
    line: () => undefined,
    progress: () => ({ show: () => undefined, clear: () => undefined }),
  };
}

/** The same without the passwords of URLs, whatever prints them: an option that was mistyped, an error of a driver. */
export function discreet(output: Output): Output {
  return {
    ...output,
    line: (text = '') => output.line(withoutPasswords(text)),
    problem: (text) => output.problem(withoutPasswords(text)),
  };
}

/** A bar of ten parts. */
export function bar(done: number, all: number): string {
  const full = all === 0 ? 10 : Math.round((done / all) * 10);
  return `${'█'.repeat(full)}${'░'.repeat(10 - full)}`;
}

/** `850 µs`, `12 ms`, `3.4 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
