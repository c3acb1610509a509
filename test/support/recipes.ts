/** How each server's data folder is made and how the server is started and stopped. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { MysqlBinaries, PostgresBinaries } from './binaries.ts';
import type { ServerDialect } from './wanted.ts';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

export interface Recipe {
  readonly dialect: ServerDialect;
  readonly url: string;
  readonly prepare: readonly Command[];
  readonly serve: Command;
  /** What stops this server without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals;
}

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function systemUser(name: string): SystemUser | undefined {
  const ask = (option: string): number =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/**
 * `--no-defaults` must come first; it keeps this machine's configuration out. Root has to say whom the server shall run
 * as, and the server then changes to that user by itself.
 */
export function mysqlRecipe(
  binaries: MysqlBinaries,
  folder: string,
  port: number,
  owner?: SystemUser,
  more: readonly string[] = [],
): Recipe {
  const data = join(folder, 'data');
  const common = ['--no-defaults', `--datadir=${data}`, ...(owner === undefined ? [] : [`--user=${owner.name}`])];
  const prepare: Command =
    binaries.installer === undefined
      ? { command: binaries.server, args: [...common, '--initialize-insecure'] }
      : {
          command: binaries.installer,
          // `normal`: a root account with an empty password, where the default trusts the Unix socket only.
          args: [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
        };
  // The X plugin would take a fixed port of its own.
  const only = binaries.kind === 'mysql' ? ['--mysqlx=OFF'] : [];
  return {
    dialect: 'mysql',
    url: `mysql://root@127.0.0.1:${port}/`,
    prepare: [prepare],
    serve: {
      command: binaries.server,
      args: [
        ...common,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        // Relative to the data folder: a full path could be longer than a socket's name may be.
        '--socket=server.sock',
        `--pid-file=${join(data, 'server.pid')}`,
        '--innodb-flush-log-at-trx-commit=0',
        '--skip-log-bin',
        ...only,
        ...more,
      ],
    },
    stopSignal: 'SIGTERM',
  };
}

/** One that knows letters beyond ASCII, which `lower()` and ILIKE need; every Linux has the first, macOS the second. */
const postgresLocale = process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8';

/** Unlike MySQL's, these programs refuse root outright, so they are started as another user. */
export function postgresRecipe(binaries: PostgresBinaries, folder: string, port: number, owner?: SystemUser): Recipe {
  const data = join(folder, 'data');
  const identity = owner === undefined ? {} : { uid: owner.uid, gid: owner.gid };
  return {
    dialect: 'postgres',
    url: `postgresql://postgres@127.0.0.1:${port}/`,
    prepare: [
      {
        command: binaries.initdb,
        args: [
          '-D',
          data,
          '-U',
          'postgres',
          '--auth=trust',
          '--encoding=UTF8',
          `--locale=${postgresLocale}`,
          '--no-sync',
        ],
        ...identity,
      },
    ],
    serve: {
      command: binaries.server,
      args: [
        ...['-D', data, '-p', String(port)],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off'],
      ],
      ...identity,
    },
    stopSignal: 'SIGINT',
  };
}
