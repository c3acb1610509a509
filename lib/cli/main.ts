import { terminalOutput } from './output.ts';
import { run } from './program.ts';

// `ar status | head` closes the pipe early: the reader has seen enough, and the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const code = await run(process.argv.slice(2), { cwd: process.cwd(), output: terminalOutput() });
// Whatever a migration or a configuration file has left open must not keep the command alive; what it has written to a
// pipe must get there first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
