import { terminalOutput } from './output.ts';
import { run } from './program.ts';

// `ar status | head` closes the pipe early: the reader has seen enough, and the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

let isDone = false;
// A migration that calls process.exit(), or waits for what never comes (13), must not look like one that was carried
// out. At the prompt of the console it is a way to leave.
process.on('exit', (exitCode) => {
  if (isDone || process.argv[2] === 'console' || ![0, 13].includes(exitCode)) return;
  process.exitCode = 1;
  process.stderr.write(
    'error: The command ended before it was done: something that it ran (a migration, a seed, a configuration file) called process.exit(), or waited for what never comes. ar status tells how far it came.\n',
  );
});

const code = await run(process.argv.slice(2), { cwd: process.cwd(), output: terminalOutput() });
isDone = true;
// Whatever a migration or a configuration file has left open must not keep the command alive; what it has written to a
// pipe must get there first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
