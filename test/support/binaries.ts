/** Looks for installed server programs, also where distributions keep them off the PATH. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { reasonOf } from './server-url.ts';

export interface MysqlBinaries {
  readonly kind: 'mariadb' | 'mysql';
  readonly server: string;
  /** MariaDB's program that creates a data folder; MySQL's server does it itself. */
  readonly installer?: string;
}

export interface PostgresBinaries {
  readonly server: string;
  readonly initdb: string;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function find(name: string, folders: readonly string[]): string | undefined {
  const file = folders.map((folder) => join(folder, name)).find(isExecutable);
  // PostgreSQL finds its own files next to the program, so a link from elsewhere is followed first.
  return file === undefined ? undefined : realpathSync(file);
}

function searchPath(): string[] {
  return [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin'];
}

/** Debian keeps each PostgreSQL version in a folder of its own, off the PATH: the newest comes first. */
function postgresFolders(): string[] {
  const parent = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(parent, version, 'bin'));
  } catch {
    return [];
  }
}

/** What makes a server of MariaDB a node of a cluster; undefined where it is not installed. */
export function galeraProvider(): string | undefined {
  const folders = ['/usr/lib/galera', '/usr/lib64/galera-4', '/usr/lib64/galera'];
  return folders.map((folder) => join(folder, 'libgalera_smm.so')).find((file) => existsSync(file));
}

/** The programs of MariaDB or MySQL, or what is missing of them. */
export function mysqlBinaries(): MysqlBinaries | string {
  const folders = searchPath();
  const server = find('mariadbd', folders) ?? find('mysqld', folders);
  if (server === undefined) return 'neither mariadbd nor mysqld is installed';
  let version: string;
  try {
    version = execFileSync(server, ['--no-defaults', '--version'], { encoding: 'utf8', timeout: 10_000 });
  } catch (error) {
    return `${server} does not run: ${reasonOf(error)}`;
  }
  // `mysqld` is MariaDB's server under its old name on many systems.
  if (!/mariadb/i.test(version)) return { kind: 'mysql', server };
  const installer = find('mariadb-install-db', folders) ?? find('mysql_install_db', folders);
  if (installer === undefined) return `${server} is installed, mariadb-install-db is not`;
  return { kind: 'mariadb', server, installer };
}

/** The programs of PostgreSQL, both from one folder so that their versions agree, or what is missing of them. */
export function postgresBinaries(): PostgresBinaries | string {
  for (const folder of [...searchPath(), ...postgresFolders()]) {
    const server = find('postgres', [folder]);
    const initdb = find('initdb', [folder]);
    if (server !== undefined && initdb !== undefined) return { server, initdb };
  }
  return 'postgres and initdb are not installed';
}
