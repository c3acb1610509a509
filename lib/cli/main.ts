import { Console } from 'node:console';
import { setImmediate } from 'node:timers/promises';
import { terminalOutput } from './output.ts';
import { run } from './program.ts';

// `ar status | head` closes the pipe early: the reader has seen enough, and the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const args = process.argv.slice(2);
// Standard output is the document's then; what migrations and models say goes where people look.
if (args.includes('--json')) globalThis.console = new Console(process.stderr, process.stderr);

// Nothing is left that could go on, and the command has not ended: Node would end without a word.
const stuck = () => {
  process.stderr.write('error: The command waits for a promise that nothing settles any more.\n');
  process.exitCode = 1;
};
process.once('beforeExit', stuck);

const code = await run(args, { cwd: process.cwd(), output: terminalOutput() });
// A promise that was rejected and awaited by nobody, as in seeds without an await, ends the process in this turn.
await setImmediate();
// Whatever a migration or a configuration file has left open must not keep the command alive; what it has written to a
// pipe must get there first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
