import { ConfigurationInvalid } from 'active-record-ts';
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

  it('refuses unknown options and adapters of an object', () => {
    expect(() => checkConfig({ adapter: 'mysql', database: 'x', passwort: 'x' } as never)).toThrow(
      /Did you mean "password"/,
    );
    expect(() => checkConfig({ adapter: 'oracle', database: 'x' } as never)).toThrow(/no adapter "oracle"/);
    expect(() => checkConfig({ database: 'x' })).toThrow(/no adapter/);
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
