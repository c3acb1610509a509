#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ActiveRecordError, RecordInvalid, RecordNotFound } from 'active-record-ts';
import { list, remove, report, start, stop } from './commands.ts';
import { openDatabase } from './database.ts';

const usage = `usage: track start <project> [-m <note>] | stop | list [-n <count>] | report | remove <project>`;

interface Answer {
  readonly output: string;
  readonly code: number;
}

/** Carries out one command: what it prints, and the exit code: 1 where it failed, 2 where it was not understood. */
export async function track(args: readonly string[], now = new Date()): Promise<Answer> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { note: { type: 'string', short: 'm' }, count: { type: 'string', short: 'n', default: '10' } },
    });
    const [command, name, ...further] = positionals;
    if (further.length > 0) return { output: `not understood: ${further.join(' ')}\n${usage}`, code: 2 };
    if (!/^[1-9]\d{0,5}$/.test(values.count)) return { output: `-n takes a number of entries\n${usage}`, code: 2 };
    if (command === 'start' && name !== undefined) return { output: await start(name, values.note, now), code: 0 };
    if (command === 'stop') return { output: await stop(now), code: 0 };
    if (command === 'list') return { output: await list(Number(values.count), now), code: 0 };
    if (command === 'report') return { output: await report(now), code: 0 };
    if (command === 'remove' && name !== undefined) return { output: await remove(name), code: 0 };
    return { output: usage, code: 2 };
  } catch (error) {
    return explained(error);
  }
}

/** What the user can mend, in words; any other error is a mistake of the program, and is thrown. */
function explained(error: unknown): Answer {
  if (error instanceof RecordInvalid) return { output: error.errors.fullMessages().join('\n'), code: 1 };
  if (error instanceof RecordNotFound) return { output: 'there is no such project', code: 1 };
  if (error instanceof ActiveRecordError) return { output: `${error.message} (${error.code})`, code: 1 };
  if (error instanceof TypeError && 'code' in error) return { output: `${error.message}\n${usage}`, code: 2 };
  throw error;
}

async function run(args: readonly string[]): Promise<Answer> {
  try {
    await using _connection = await openDatabase();
    return await track(args);
  } catch (error) {
    return explained(error); // a database that cannot be opened
  }
}

// Run as a command, also by a link of npm, and not imported by a test.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { output, code } = await run(process.argv.slice(2));
  (code === 0 ? console.log : console.error)(output);
  process.exitCode = code;
}
