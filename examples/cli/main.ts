#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ActiveRecordError, RecordInvalid, RecordNotFound } from 'active-record-ts';
import { list, remove, report, start, stop } from './commands.ts';
import { openDatabase } from './database.ts';

const usage = `usage: track start <project> [-m <note>] | stop | list [-n <count>] | report | remove <project>`;

/** Carries out one command: what it prints, and the exit code. */
export async function track(args: readonly string[], now = new Date()): Promise<{ output: string; code: number }> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { note: { type: 'string', short: 'm' }, count: { type: 'string', short: 'n', default: '10' } },
    });
    const [command, name] = positionals;
    if (command === 'start' && name !== undefined) return { output: await start(name, values.note, now), code: 0 };
    if (command === 'stop') return { output: await stop(now), code: 0 };
    if (command === 'list') return { output: await list(Number(values.count), now), code: 0 };
    if (command === 'report') return { output: await report(now), code: 0 };
    if (command === 'remove' && name !== undefined) return { output: await remove(name), code: 0 };
    return { output: usage, code: 2 };
  } catch (error) {
    return { output: explained(error), code: 1 };
  }
}

/** What the user can mend, in words; any other error is a mistake of the program, and is thrown. */
function explained(error: unknown): string {
  if (error instanceof RecordInvalid) return error.errors.fullMessages().join('\n');
  if (error instanceof RecordNotFound) return 'there is no such project';
  if (error instanceof ActiveRecordError) return `${error.message} (${error.code})`;
  if (error instanceof TypeError && 'code' in error) return `${error.message}\n${usage}`;
  throw error;
}

// Run as a command, also by a link of npm, and not imported by a test.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await using _connection = await openDatabase();
  const { output, code } = await track(process.argv.slice(2));
  (code === 0 ? console.log : console.error)(output);
  process.exitCode = code;
}
