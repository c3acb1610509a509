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

let isDone = false;
// A migration that calls process.exit(), or waits for what never comes (13), must not look like one that was carried
// out. At the prompt of the console it is a way to leave.
process.on('exit', (exitCode) => {
  if (isDone || args[0] === 'console' || ![0, 13].includes(exitCode)) return;
  process.exitCode = 1;
  process.stderr.write(
    'error: The command ended before it was done: something that it ran (a migration, a seed, a configuration file) called process.exit(), or waited for what never comes. ar status tells how far it came.\n',
  );
});

const code = await run(args, { cwd: process.cwd(), output: terminalOutput() });
// A promise that was rejected and awaited by nobody, as in seeds without an await, ends the process in this turn.
await setImmediate();
isDone = true;
// Whatever a migration or a configuration file has left open must not keep the command alive; what it has written to a
// pipe must get there first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
