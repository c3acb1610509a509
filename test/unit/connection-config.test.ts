import { inspect } from 'node:util';
import { ConfigurationInvalid, connect, connections, disconnect } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../lib/connection/config.ts';

const parse = (url: string) => checkConfig(url).config;

describe('connection URLs', () => {
  it('names adapter, host, port, user, password and database', () => {
    expect(parse('mysql://ada:secret@db.example.org:3307/blog')).toMatchObject({
      adapter: 'mysql',
      host: 'db.example.org',
      port: 3307,
      user: 'ada',
      password: 'secret',
      database: 'blog',
    });
    expect(parse('mariadb://root@127.0.0.1/blog')).toMatchObject({
      adapter: 'mysql',
      port: undefined,
      password: undefined,
    });
    expect(parse('postgresql://postgres@localhost/blog').adapter).toBe('postgres');
    expect(parse('postgres://postgres@[::1]:5433/blog')).toMatchObject({
      adapter: 'postgres',
      host: '::1',
      port: 5433,
    });
  });

  it('names a file for SQLite', () => {
    expect(parse('sqlite:blog.sqlite3').database).toBe('blog.sqlite3');
    expect(parse('sqlite:./data/my%20blog.sqlite3').database).toBe('./data/my blog.sqlite3');
    expect(parse('sqlite:/var/data/blog.sqlite3').database).toBe('/var/data/blog.sqlite3');
    expect(parse('sqlite:///var/data/blog.sqlite3').database).toBe('/var/data/blog.sqlite3');
    expect(parse('sqlite::memory:').database).toBe(':memory:');
    expect(parse('sqlite:blog.sqlite3?pool=3&driver=better-sqlite3')).toMatchObject({
      database: 'blog.sqlite3',
      pool: 3,
      driver: 'better-sqlite3',
    });
  });

  it('takes options from the query string, and from the second argument first', () => {
    const config = parse('mysql://root@localhost/blog?pool=3&acquireTimeout=100&preparedStatements=false&tls=true');
    expect(config).toMatchObject({ pool: 3, acquireTimeout: 100, preparedStatements: false, tls: 'verified' });
    expect(checkConfig('mysql://root@localhost/blog?pool=3', { pool: 4 }).config.pool).toBe(4);
    expect(parse('mysql://root@localhost/blog')).toMatchObject({
      pool: 10,
      acquireTimeout: 5000,
      preparedStatements: true,
      tls: 'off',
    });
  });

  it.each([
    ['mysq://root@localhost/blog', /"mysq:".*mysql:\/\//],
    ['localhost/blog', /without a scheme/],
    ['mysql://root@localhost/', /no database/],
    ['sqlite:', /no file/],
    ['mysql://root@localhost/blog?poool=3', /no option "poool".*Did you mean "pool"/],
    ['mysql://root@localhost/blog?pool=many', /whole number, not "many"/],
    ['mysql://root@localhost/blog?pool=0', /from 1 up/],
    ['mysql://root@localhost/blog?preparedStatements=no', /true or false/],
    ['mysql://root:pass%zzword@localhost/blog', /%/],
    ['mysql://root:sec@ret/x@localhost/blog', /more than one name/],
    ['mysql://root@local host/blog', /malformed/],
  ])('refuses %s and says why', (url, message) => {
    expect(() => parse(url)).toThrow(ConfigurationInvalid);
    expect(() => parse(url)).toThrow(message);
  });

  it.each(['sqlite://blog.sqlite3', 'sqlite://:memory:'])('refuses %s, and says what to write', (url) => {
    expect(() => parse(url)).toThrow(/two slashes.*sqlite:blog\.sqlite3.*sqlite:\/\/\//);
  });

  it.each([
    'mysql://root:pa?swordfish-1=x@localhost/blog',
    'mysql://root:pa?pool=swordfish-1@localhost/blog',
    'mysql://root:pa?tls=swordfish-1@localhost/blog',
    'mysql://root:swordfish-1/x@localhost/blog/more',
    'mysql://root:swordfish-1#x@localhost/blog',
    'mysql://root:swordfish-1%zz@localhost/blog',
    'root:swordfish-1@localhost/blog',
    'mysqll://root:swordfish-1@localhost/blog',
    'sqlite://swordfish-1',
  ])('never echoes %s', (url) => {
    const error = catchError(() => parse(url));
    expect(error).toBeInstanceOf(ConfigurationInvalid);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('swordfish');
    const asOption = catchError(() => checkConfig({ [url]: true } as never));
    expect(inspect(asOption, { showHidden: true, depth: 9 })).not.toContain('swordfish');
    for (const attempt of [() => connections.get(url), () => connections.define(url, 'sqlite::memory:')]) {
      if (url.includes('://')) expect(inspect(catchError(attempt), { showHidden: true })).not.toContain('swordfish');
    }
  });

  it.each([
    [{ port: '3306' }, /port is a whole number from 1 to 65535, not a string/],
    [{ port: 70_000 }, /port is .* not 70000/],
    [{ host: 5 }, /host is text/],
    [{ user: null }, /user is text, not null/],
    [{ password: 5 }, /password is text, not 5/],
    [{ database: ['x'] }, /database is text, not an array/],
    [{ preparedStatements: 'false' }, /preparedStatements is one of true, false/],
    [{ slow: '5' }, /slow is a number of milliseconds/],
    [{ log: 'yes' }, /log is true, false or a function/],
    [{ tls: 'yes' }, /tls is one of/],
    [{ ca: true }, /ca is text/],
    [{ url: 5 }, /url is text/],
    [{ adapter: 5 }, /adapter is text/],
    [{ driver: 'sqlite4' }, /driver is one of/],
    [{ pool: '3' }, /pool is a whole number from 1 up, not a string/],
  ])('refuses an option of the wrong type: %j', (option, message) => {
    const attempt = () => checkConfig({ adapter: 'mysql', database: 'x', ...option } as never);
    expect(attempt).toThrow(ConfigurationInvalid);
    expect(attempt).toThrow(message);
  });

  it.each([null, undefined, 5, [['x']]])('refuses to connect to %j', async (given) => {
    await expect(connect(given as never)).rejects.toThrow(/a URL or an object of options, not/);
    await expect(connect(given as never)).rejects.toBeInstanceOf(ConfigurationInvalid);
    await expect(connect('sqlite::memory:', { name: 5 } as never)).rejects.toBeInstanceOf(ConfigurationInvalid);
    await expect(connect('sqlite::memory:', null as never)).rejects.toBeInstanceOf(ConfigurationInvalid);
  });

  it('checks the certificate where an authority is given, unless told otherwise', () => {
    const tls = (options: object) => checkConfig({ adapter: 'mysql', database: 'x', ...options }).config.tls;
    expect(tls({ ca: 'PEM' })).toBe('verified');
    expect(tls({ ca: 'PEM', tls: 'unverified' })).toBe('unverified');
    expect(tls({ ca: 'PEM', tls: false })).toBe('off');
    expect(tls({})).toBe('off');
  });

  it('forgets a connection that could not be opened only where connect has defined it', async () => {
    const url = 'sqlite:/nonexistent-folder/blog.sqlite3';
    await expect(connect(url, { name: 'made' })).rejects.toThrow();
    expect(connections.has('made')).toBe(false);
    connections.define('kept', url);
    await expect(connect(url, { name: 'kept' })).rejects.toThrow();
    expect(connections.has('kept')).toBe(true);
    await disconnect('kept');
  });

  it('refuses unknown options and adapters of an object', () => {
    expect(() => checkConfig({ adapter: 'mysql', database: 'x', passwort: 'x' } as never)).toThrow(
      /Did you mean "password"/,
    );
    expect(() => checkConfig({ adapter: 'oracle', database: 'x' } as never)).toThrow(/no adapter "oracle"/);
    expect(() => checkConfig({ database: 'x' })).toThrow(/no adapter/);
  });

  it('hides the password from whoever prints it', () => {
    const { config } = checkConfig('mysql://root:s3cret@localhost/blog');
    expect(config.password).toBe('s3cret');
    expect(inspect({ config })).toMatch(/password: '\[hidden\]'/);
  });

  it('reads any user, password and database back, and never shows the password in an error', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const url = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@localhost/${encodeURIComponent(database)}`;
        fc.pre(new URL(url).pathname === `/${encodeURIComponent(database)}`);
        expect(parse(url)).toMatchObject({ user, password, database });
        const error = catchError(() => parse(`${url}?unknown=1`));
        expect(error).toBeInstanceOf(ConfigurationInvalid);
        if (password.length > 6) expect(String(error)).not.toContain(password);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

function catchError(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}
