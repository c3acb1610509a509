/** What the text of a statement tells about the session that it is sent in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesWithin, commitsImplicitly, sessionEffect } from '../../lib/sql/session-effect.ts';

const comments = ['', ' ', '/* so */ ', '-- so\n', '/* /* so */ */', ';\n', '# so\n'];

describe('the effect of a statement on its session', () => {
  it.each([
    'SET a = 1',
    'SELECT GET_LOCK(1, 2)',
    "select pg_catalog . set_config('a', 'b', false)",
    'DO $$ x $$',
    'CALL f()',
    'SELECT @a := 1',
    'SELECT @`a b` := 1',
    'SELECT 1 INTO @a',
    'SELECT 1 INTO TEMP own',
    'SELECT pg_try_advisory_lock_shared(1)',
    'CREATE TABLE temp.own (id)',
    'CREATE UNIQUE INDEX temp.own ON t (id)',
    'CREATE TABLE "temp".own (id)',
    'CREATE /* so */ TEMPORARY TABLE own (id)',
    'CREATE TABLE pg_temp.own (id)',
    'WITH a AS (SELECT pg_advisory_lock(1)) SELECT 1',
    'SELECT 1 AS a INTO /* so */ TEMP own',
    'SELECT 1 INTO/**/@a',
    'SELECT @a/**/:= 1',
    'EXPLAIN ANALYZE CREATE TEMP TABLE own AS SELECT 1',
    'IF 1 THEN SET @a = 1; END IF',
    "LOAD 'auto_explain'",
    'BACKUP STAGE START',
  ])(
    // biome-ignore format: one line
    'is lasting: %s',
    (sql) => {
      for (const comment of comments) expect(sessionEffect(comment + sql)).toBe('session');
    },
  );

  it.each([
    'SELECT 1',
    'UPDATE t SET a = 1',
    'SELECT pg_advisory_xact_lock(1)',
    'CREATE TABLE temporary_tables (id)',
    'CREATE TABLE templates.own (id)',
    'SELECT temp.a FROM t temp',
    'SELECT a.settings FROM a',
    'INSERT INTO temps VALUES (1)',
    'SELECT @@sql_mode',
    "INSERT INTO t VALUES ('a@b')",
  ])(
    // biome-ignore format: one line
    'is none: %s',
    (sql) => {
      for (const comment of comments) expect(sessionEffect(comment + sql)).toBeUndefined();
      expect(changesWithin(sql)).toBe(false);
    },
  );

  it.each([
    'CREATE TABLE a (id INT)',
    'create or replace view a AS SELECT 1',
    'DROP INDEX a',
    'TRUNCATE a',
    'FLUSH TABLES',
    'SET @@session.autocommit = 1',
    'SET autocommit=1',
    'ANALYZE TABLE a',
    'START ALL SLAVES',
    'BACKUP LOCK a',
    'SET DEFAULT ROLE NONE',
    'SET STATEMENT max_statement_time=5, lock_wait_timeout=1 FOR ALTER TABLE a ADD b INT',
  ])(
    // biome-ignore format: one line
    'commits: %s',
    (sql) => {
      for (const comment of comments) expect(commitsImplicitly(comment + sql)).toBe(true);
    },
  );

  it.each([
    'CREATE TEMPORARY TABLE a (id INT)',
    'CREATE OR REPLACE TEMPORARY TABLE a (id INT)',
    'DROP TEMPORARY TABLE a',
    'SELECT 1',
    'ANALYZE SELECT 1',
    'SET @a = 1',
    'SET NAMES utf8mb4',
    'UPDATE a SET b = 1',
    'START TRANSACTION',
    'SET STATEMENT max_statement_time=5 FOR SELECT 1',
    'CALL create_table()',
  ])(
    // biome-ignore format: one line
    'commits nothing: %s',
    (sql) => {
      for (const comment of comments) expect(commitsImplicitly(comment + sql)).toBe(false);
    },
  );

  it.each(['COMMIT', 'end', 'START TRANSACTION', "PREPARE TRANSACTION 'a'", 'SET STATEMENT a=1 FOR COMMIT'])(
    // biome-ignore format: one line
    'is on the transaction: %s',
    (sql) => {
      for (const comment of [...comments, '/* /* so */ */ ', '-- so\r'])
        expect(sessionEffect(comment + sql)).toBe('transaction');
    },
  );

  it('is none on the transaction where its words stand in what is written', () => {
    for (const sql of ["INSERT INTO a VALUES ('/* */ COMMIT')", "SELECT '--' -- COMMIT", 'SELECT commit FROM a'])
      expect(sessionEffect(sql)).toBeUndefined();
  });

  it('is found whatever text it stands in, in time that grows with the text', () => {
    const part = fc.constantFrom('/*', '*/', '--', '\n', '#', "'", '"', 'SELECT', 'a', ' ', '(', '/*!');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        const text = parts.join('');
        expect(sessionEffect(`SELECT ${text} get_lock ${text}`)).toBe('session');
        commitsImplicitly(text);
      }),
    );
  });
});
