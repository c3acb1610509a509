/** Starts a throwaway server from installed programs: a fresh folder, a free port, and a keeper that cleans up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MysqlBinaries, PostgresBinaries } from './binaries.ts';
import { probe } from './probe.ts';
import { mysqlRecipe, postgresRecipe, type Recipe, type SystemUser, systemUser } from './recipes.ts';
import { reasonOf } from './server-url.ts';

export interface PrivateServer {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

interface Keeper {
  readonly process: ChildProcess;
  /** What it wrote before it gave up. */
  complaint(): string;
}

const keeperFile = fileURLToPath(new URL('./server-keeper.js', import.meta.url));
const startTimeout = 90_000;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1');
  return address.port;
}

function startKeeper(folder: string, recipe: Recipe): Keeper {
  const { prepare, serve, stopSignal } = recipe;
  const plan = JSON.stringify({ folder, prepare, serve, stopSignal });
  // Detached, so that Ctrl-C reaches the run only and the keeper stops the server in order when the pipe closes.
  const keeper = spawn(process.execPath, [keeperFile, plan], { detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  // A run that ends without its teardown must be able to end: the keeper notices by itself.
  keeper.unref();
  for (const stream of [keeper.stdin, keeper.stderr]) if (stream instanceof Socket) stream.unref();
  return { process: keeper, complaint: () => complaint.trim() };
}

const isRunning = (process: ChildProcess): boolean => process.exitCode === null && process.signalCode === null;

async function stopKeeper({ process: keeper }: Keeper): Promise<void> {
  if (!isRunning(keeper)) return;
  const ended = once(keeper, 'exit');
  keeper.ref();
  keeper.stdin?.end();
  await ended;
}

async function waitUntilReady(recipe: Recipe, keeper: Keeper): Promise<string> {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    if (!isRunning(keeper.process)) throw new Error(keeper.complaint() || 'the private server did not start');
    try {
      return await probe(recipe.dialect, recipe.url);
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`the private server did not answer in time: ${reasonOf(error)}`);
    }
    await sleep(150);
  }
}

async function startOnce(recipeFor: (folder: string, port: number) => Recipe, owner?: SystemUser) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'ar-test-server-'));
  let keeper: Keeper;
  let recipe: Recipe;
  try {
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    recipe = recipeFor(folder, port);
    keeper = startKeeper(folder, recipe);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  try {
    const version = await waitUntilReady(recipe, keeper);
    return { url: recipe.url, version, stop: () => stopKeeper(keeper) };
  } catch (error) {
    await stopKeeper(keeper);
    throw error;
  }
}

/** Another process may take the port between finding it free and listening on it: one more try with another port. */
async function start(recipeFor: (folder: string, port: number) => Recipe, owner?: SystemUser): Promise<PrivateServer> {
  try {
    return await startOnce(recipeFor, owner);
  } catch (error) {
    if (!/address already in use|errno: 98|could not bind/i.test(reasonOf(error))) throw error;
    return await startOnce(recipeFor, owner);
  }
}

/** @param more options of the server, such as `--wsrep-on=ON` */
export function startPrivateMysql(binaries: MysqlBinaries, more: readonly string[] = []): Promise<PrivateServer> {
  const owner = process.getuid?.() === 0 ? (systemUser('mysql') ?? systemUser('root')) : undefined;
  return start((folder, port) => mysqlRecipe(binaries, folder, port, owner, more), owner);
}

export function startPrivatePostgres(binaries: PostgresBinaries): Promise<PrivateServer> {
  if (process.getuid?.() !== 0) return start((folder, port) => postgresRecipe(binaries, folder, port));
  const owner = systemUser('postgres');
  if (owner === undefined) throw new Error('postgres refuses to run as root, and there is no user named postgres');
  return start((folder, port) => postgresRecipe(binaries, folder, port, owner), owner);
}
