/** The command `ar` inside of this process, with what it writes as lists of lines. */
import type { Output } from '../../lib/cli/output.ts';
import { run } from '../../lib/cli/program.ts';

const asIs = (text: string) => text;

export interface Command {
  /** Runs it, and gives the exit code. `lines` and `problems` are those of this run. */
  ar(...argv: readonly string[]): Promise<number>;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
  /** The one JSON document of the last run. */
  json(): unknown;
}

/** The output of a pipe, where nobody can be asked. */
export function plainOutput(rest: Pick<Output, 'line' | 'problem'> & Partial<Output>): Output {
  return {
    interactive: false,
    progress: () => ({ show: () => undefined, clear: () => undefined }),
    choose: async () => {
      throw new Error('Nobody is there to be asked.');
    },
    style: { good: asIs, bad: asIs, faint: asIs, strong: asIs },
    ...rest,
  };
}

/** @param changes of the output: by itself it is that of a pipe */
export function command(cwd: string, changes: Partial<Output> = {}): Command {
  let lines: string[] = [];
  let problems: string[] = [];
  const output = plainOutput({
    line: (text = '') => lines.push(text),
    problem: (text) => problems.push(text),
    ...changes,
  });
  return {
    ar(...argv) {
      [lines, problems] = [[], []];
      return run(argv, { cwd, output });
    },
    get lines() {
      return lines;
    },
    get problems() {
      return problems;
    },
    json: () => JSON.parse(lines.join('\n')),
  };
}
