// Names of columns and tables: odd but legal ones, hostile ones, and random ones.
import fc from 'fast-check';

const whole = [
  'select', 'from', 'where', 'order', 'group', 'table', 'key', 'index', 'values', 'desc', 'limit', 'null', 'true',
  'default', 'references', 'primary', 'check', 'user', 'rank', 'over', 'system', 'rowid', 'oid', 'ctid', 'xmin',
  'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__', 'then', 'length',
  'name', 'attributes', 'save', 'errors', 'changed', 'arguments', 'eval', 'undefined', 'NaN', 'Infinity', 'id ', ' id',
  '1', '0', '-1', '1e3', '1a', '0x1F', '007', 'a.b', 'a.b.c', '.', '..', '*', 'a.*', '?', '??', ':a', '@a', '$1', '%s',
  '#', '--', '-- a', '/*', '*/', '/* a */', ';', "'", '"', '`', '``', '""', "''", '\\', "\\'", '\\\\', '[a]', '{a}',
  '(a)', '()', 'a b', 'a as b', ' as ', 'a AS b', 'a,b', 'a;b', 'a=b', 'a<b', 'a|b', 'a||b', 'a&b', 'a+b', 'a-b', 'a/b',
  'a\tb', 'a\nb', 'a\r\nb', 'ä', 'ß', 'İ', 'é', 'é', 'ñ', '日本', 'مرحبا', '☃', '€', '\u00a0', '\u200b', '\u202e',
  '😀', 'a😀b', '𝒳', 'a'.repeat(64), 'a'.repeat(63), 'ä'.repeat(31), '`'.repeat(32), '"'.repeat(32), 'A', 'aB', 'A_B',
  '_', '__', '_a', 'a_', 'a__b', '$', 'a$b', 'table.column', '"a"."b"', '`a`.`b`', 'a`b`c', "x' OR '1'='1",
]; // biome-ignore format: read as a list
const starts = ['a', '1', '_', 'ä', 'select', 'é', '☃'];
const middles = [
  '"',
  '`',
  "'",
  '\\',
  '.',
  '?',
  ' ',
  ':',
  '@',
  '$',
  '%',
  '#',
  '--',
  '/*',
  ';',
  ',',
  '(',
  ' as ',
  '->',
  '::',
  '[0]',
  '{',
  '|',
  '=',
  '\t',
  '\n',
  '😀',
  '日',
];
const ends = ['', 'b', '1']; // biome-ignore format: one list

/** 594 of them, as many as in the measurement of the peers. */
export function oddNames() {
  const names = new Set(whole);
  for (const middle of middles) for (const start of starts) for (const end of ends) names.add(start + middle + end);
  const list = [...names].slice(0, 594);
  if (list.length < 594) throw new Error(`only ${list.length} odd names`);
  return list;
}

/** What has been put where a column's name is expected, elsewhere with success. */
export const hostileNames = [
  'id; DROP TABLE canaries', 'id); DROP TABLE canaries; --', '1; DELETE FROM canaries', 'id, (SELECT 1)',
  '(SELECT token FROM canaries)', 'id DESC', 'id desc, name', 'id -- ', 'id /*', '*', 'canaries.id', '`id`', '"id"',
  'id`', 'id"', "id'", 'id\\', 'SLEEP(5)', 'pg_sleep(5)', 'randomblob(1000000000)', 'CASE WHEN 1=1 THEN id ELSE name END',
  'extractvalue(1, concat(0x7e, version()))', 'updatexml(1, concat(0x7e, user()), 1)', '1/0', 'id UNION SELECT 1',
  'id LIMIT 1', '__proto__', 'constructor', 'prototype', 'toString', 'id\0', '', 'COUNT(*)',
]; // biome-ignore format: read as a list

/** Random ones: SQL in pieces, and any characters. */
export function fuzzNames(count, seed) {
  const piece = fc.constantFrom('id', 'name', ' ', ',', '(', ')', ';', '--', '/*', '*/', "'", '"', '`', '\\', '.', 'SELECT', 'FROM', 'canaries', 'DROP TABLE', 'OR 1=1', '1', '=', '\0', '\n', '😀', '$1', '?', ' as '); // biome-ignore format: one list
  const name = fc.oneof(
    fc.array(piece, { minLength: 2, maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  );
  return fc.sample(name, { numRuns: count, seed });
}
