import { describe, expect, it } from 'vitest';
import {
  hostOf,
  maintenanceUrl,
  mysqlVersion,
  postgresVersion,
  reasonOf,
  withDatabase,
} from '../support/server-url.ts';
import { wantedDialects } from '../support/wanted.ts';

describe('server URLs of the tests', () => {
  it('changes the database and keeps credentials and parameters', () => {
    expect(withDatabase('mysql://root@127.0.0.1:3306/', 'x')).toBe('mysql://root@127.0.0.1:3306/x');
    expect(withDatabase('postgresql://u:p%40@db.example/old?sslmode=require', 'x')).toBe(
      'postgresql://u:p%40@db.example/x?sslmode=require',
    );
    expect(withDatabase('mysql://root@127.0.0.1:3306', 'x')).toBe('mysql://root@127.0.0.1:3306/x');
  });

  it('connects for administration to a database that exists', () => {
    expect(maintenanceUrl('postgresql://someone@127.0.0.1/')).toBe('postgresql://someone@127.0.0.1/postgres');
    expect(maintenanceUrl('postgres://someone@127.0.0.1/mine')).toBe('postgres://someone@127.0.0.1/mine');
    expect(maintenanceUrl('mysql://root@127.0.0.1:3306/gone')).toBe('mysql://root@127.0.0.1:3306/');
  });

  it('prints host and port, never a password', () => {
    expect(hostOf('mysql://root:secret@db.example/app')).toBe('db.example:3306');
    expect(hostOf('postgresql://postgres:secret@127.0.0.1:6000/')).toBe('127.0.0.1:6000');
    expect(hostOf('postgres:///app')).toBe('localhost:5432');
  });
});

describe('what servers and drivers say', () => {
  it('names the server and its version', () => {
    expect(mysqlVersion('10.11.19-MariaDB-0+deb12u1')).toBe('mariadb 10.11.19');
    expect(mysqlVersion('8.4.2')).toBe('mysql 8.4.2');
    expect(postgresVersion('15.20 (Debian 15.20-0+deb12u1)')).toBe('postgresql 15.20');
  });

  it('finds a reason in errors that have no message', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(reasonOf(refused)).toBe('connect ECONNREFUSED');
    expect(reasonOf(Object.assign(new Error(''), { code: 'ETIMEDOUT' }))).toBe('ETIMEDOUT');
    expect(reasonOf(new AggregateError([refused, refused]))).toBe('connect ECONNREFUSED; connect ECONNREFUSED');
    expect(reasonOf('gone')).toBe('gone');
  });
});

describe('AR_TEST_DATABASES', () => {
  it('limits the run, in the order of the suites', () => {
    expect(wantedDialects({})).toEqual(['sqlite', 'mysql', 'postgres']);
    expect(wantedDialects({ AR_TEST_DATABASES: '' })).toEqual(['sqlite', 'mysql', 'postgres']);
    expect(wantedDialects({ AR_TEST_DATABASES: 'postgres, sqlite' })).toEqual(['sqlite', 'postgres']);
  });

  it('refuses a name it does not know', () => {
    expect(() => wantedDialects({ AR_TEST_DATABASES: 'sqlite,postgresql' })).toThrow("names 'postgresql'");
  });
});
