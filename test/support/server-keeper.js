// Runs one private server for as long as its parent lives, then stops it and removes its folder.
//
// A process of its own, holding one end of a pipe as its stdin: the pipe closes however the parent ends, be it a normal
// end, Ctrl-C, a crash or SIGKILL, and no handler inside the parent could say that of itself. JavaScript because Node 20
// starts it directly.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {{ command: string, args: string[], uid?: number, gid?: number }} Command
 * @typedef {{ folder: string, prepare: Command[], serve: Command, stopSignal: NodeJS.Signals }} Plan
 */

/** Shorter than the ten seconds Vitest gives a teardown. */
const patience = 6000;

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? '');
const logFile = join(plan.folder, 'server.log');
/** @type {import('node:child_process').ChildProcess | undefined} */
let current;
let stopping = false;

/**
 * Each command leads a process group, so that what a preparing script started can be ended along with it.
 * @param {Command} command
 * @returns {Promise<string>} how it ended, empty when it ended well
 */
function run({ command, args, uid, gid }) {
  const log = openSync(logFile, 'a');
  const identity = uid === undefined || gid === undefined ? {} : { uid, gid };
  const child = spawn(command, args, {
    ...identity,
    cwd: plan.folder,
    env: { ...process.env, HOME: plan.folder },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  current = child;
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? '' : `${command} ended with ${signal ?? `code ${code}`}`),
    );
  });
}

/**
 * @param {NodeJS.Signals | 0} signal 0 only asks
 * @returns {boolean} whether a process of the group is left
 */
function signalGroup(signal) {
  if (current?.pid === undefined) return false;
  try {
    return process.kill(-current.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** @param {boolean} serving */
function stop(serving) {
  if (stopping) return;
  stopping = true;
  // Nothing worth an orderly end is there before the server runs, and only a script's children know that it ended.
  if (!serving) signalGroup('SIGKILL');
  else current?.kill(plan.stopSignal);
  setTimeout(() => signalGroup('SIGKILL'), patience).unref();
}

function tailOfLog() {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch (error) {
    return `(no log: ${error})`;
  }
}

/** What a preparing script started may outlive it for a moment, and would write into the folder being removed. */
async function removeFolder() {
  const deadline = Date.now() + 2000;
  while (signalGroup(0) && Date.now() < deadline) await sleep(20);
  rmSync(plan.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function main() {
  let serving = false;
  const onEnd = () => stop(serving);
  process.stdin.on('end', onEnd).on('error', onEnd).resume();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, onEnd);

  for (const command of [...plan.prepare, plan.serve]) {
    if (stopping) break;
    serving = command === plan.serve;
    const failure = await run(command);
    const ended = serving ? failure || `${command.command} ended by itself` : failure;
    if (ended !== '' && !stopping) {
      process.stderr.write(`${ended}:\n${tailOfLog()}\n`);
      process.exitCode = 1;
      break;
    }
  }
  await removeFolder();
  // The pipe is still open when a server ended by itself.
  process.stdin.destroy();
}

await main();
