/** Pure handling of server URLs and of what servers say about themselves. */

/** The same server, another database. Parameters such as `?ssl=…` stay. */
export function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * Where to connect for `create database`: PostgreSQL has no session without a database, and its drivers default to one
 * named like the user, which need not exist. MySQL needs none, so a database in its URL is only a needless way to fail.
 */
export function maintenanceUrl(serverUrl: string): string {
  const url = new URL(serverUrl);
  const isPostgres = url.protocol.startsWith('postgres');
  if (!isPostgres) return withDatabase(serverUrl, '');
  return url.pathname === '' || url.pathname === '/' ? withDatabase(serverUrl, 'postgres') : serverUrl;
}

/** Host and port only: what is printed must not show the password of a URL. */
export function hostOf(serverUrl: string): string {
  const url = new URL(serverUrl);
  const port = url.port || (url.protocol.startsWith('postgres') ? '5432' : '3306');
  return `${url.hostname || 'localhost'}:${port}`;
}

/** `10.11.19-MariaDB-0+deb12u1` is `mariadb 10.11.19`, `8.4.2` is `mysql 8.4.2`. */
export function mysqlVersion(reported: string): string {
  const number = /^[\d.]+/.exec(reported)?.[0] ?? reported;
  return `${/mariadb/i.test(reported) ? 'mariadb' : 'mysql'} ${number}`;
}

/** `15.20 (Debian 15.20-0+deb12u1)` is `postgresql 15.20`. */
export function postgresVersion(reported: string): string {
  return `postgresql ${reported.split(' ')[0]}`;
}

/** Drivers hide the cause in different places: a code without a message, a message, or several errors in one. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : error.message;
}
