import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ActiveRecordError } from '../../errors/base.ts';
import { ConnectionFailed, DatabaseMissing } from '../../errors/connection.ts';
import { InvalidQuery } from '../../errors/query.ts';
import * as statement from '../../errors/statement.ts';
import type { ConnectionConfig } from '../contract.ts';
import { sqliteFacts } from './codes.ts';
import { isMemory } from './files.ts';

type Wording = (facts: statement.StatementFacts, message: string, match: RegExpExecArray) => ActiveRecordError;

/** `users.email, users.account_id`: all are of one table. */
function columnFacts(list: string): statement.ConstraintFacts {
  const index = /^index '(.*)'$/.exec(list);
  if (index !== null) return { constraint: index[1] };
  const names = list
    .split(', ')
    .map((name) => [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)] as const);
  return { table: names[0]?.[0], columns: names.map(([, column]) => column) };
}

const withoutSchema = (name: string | undefined) => name?.replace(/^main\./, '');

const notUnique: Wording = (facts, message, match) =>
  new statement.RecordNotUnique(`A row with these values exists: ${message}.`, {
    ...facts,
    ...columnFacts(match[1] ?? ''),
  });
const notNull: Wording = (facts, message, match) =>
  new statement.NotNullViolation(`A value is missing: ${message}.`, { ...facts, ...columnFacts(match[1] ?? '') });
const check: Wording = (facts, message, match) =>
  new statement.CheckViolation(`A check constraint does not allow this: ${message}.`, {
    ...facts,
    constraint: match[1],
  });
const foreignKey: Wording = (facts, message) =>
  new statement.InvalidForeignKey(`A foreign key does not allow this: ${message}.`, facts);
const tableMissing: Wording = (facts, message, match) =>
  new statement.TableMissing(`${message}.`, {
    ...facts,
    table: withoutSchema(match[1]),
    hint: 'Run the migrations (npx ar migrate), or createAll([…]).',
  });
const columnMissing: Wording = (facts, message, match) =>
  new statement.ColumnMissing(`${message}.`, {
    ...facts,
    ...(match.groups === undefined
      ? columnOf(match[1] ?? '')
      : { table: match.groups.table, columns: [match.groups.column ?? ''] }),
    hint: 'Compare the model with the table; a migration may be pending (npx ar status).',
  });
const exists: Wording = (facts, message) => new statement.AlreadyExists(`${message}.`, facts);
const syntax: Wording = (facts, message) => new statement.StatementSyntax(`${message}.`, facts);
const outOfRange: Wording = (facts, message) =>
  new statement.ValueOutOfRange(`A number does not fit: ${message}.`, facts);
const unreadable: Wording = (facts, message) =>
  new statement.ValueOutOfRange(`${message}.`, { ...facts, hint: 'Declare the column as column.bigint().' });
const invalid: Wording = (facts, message) => new InvalidQuery(`${message}.`, { cause: facts.cause });

/** `users.email`, or `email`. */
function columnOf(name: string): statement.ConstraintFacts {
  const dot = name.lastIndexOf('.');
  const column = name.slice(dot + 1);
  return dot === -1 ? { columns: [column] } : { table: withoutSchema(name.slice(0, dot)), columns: [column] };
}

/** SQLite's messages are never translated, and tell more than its codes. */
const byMessage: readonly (readonly [RegExp, Wording])[] = [
  [/^UNIQUE constraint failed: (.*)$/s, notUnique],
  [/^NOT NULL constraint failed: (.*)$/s, notNull],
  [/^CHECK constraint failed: (.*)$/s, check],
  [/^FOREIGN KEY constraint failed$/, foreignKey],
  [/^no such table: (.*)$/s, tableMissing],
  [/^no such column: "?(.*?)"?(?: - should this be a string literal in single-quotes\?)?$/s, columnMissing],
  [/^table (?<table>.*) has no column named (?<column>.*)$/s, columnMissing],
  [/^unknown column "(.*)" in foreign key definition$/s, columnMissing],
  [/already exists$|^there is already |^duplicate column name: /, exists],
  [/syntax error$|^incomplete input$|^unrecognized token: /, syntax],
  [/too large to be represented as a JavaScript number/, unreadable],
  [/too large to bind|^The bound string, buffer, or bigint is too big$|^integer overflow$/, outOfRange],
  [
    /more than one statement|contains no statements|(?:Too few|Too many) parameter values|^column index out of range$/,
    invalid,
  ],
];

const busyHint =
  'Another connection held the lock for longer than the acquireTimeout. End its transaction sooner, or wait longer (?acquireTimeout=10000).';

const byCode = new Map<string, (facts: statement.StatementFacts, message: string) => ActiveRecordError>([
  ['SQLITE_READONLY', (facts, message) => new statement.ReadOnlyViolation(`${message}.`, facts)],
  ['SQLITE_TOOBIG', (facts, message) => new statement.ValueTooLong(`A value is too long: ${message}.`, facts)],
  ['SQLITE_LOCKED', (facts, message) => new statement.LockTimeout(`${message}.`, facts)],
  ['SQLITE_BUSY', (facts, message) => new statement.LockTimeout(`${message}.`, { ...facts, hint: busyHint })],
  [
    'SQLITE_BUSY_SNAPSHOT',
    (facts, message) =>
      new statement.SerializationFailure(`${message}: another has written since this transaction first read.`, {
        ...facts,
        hint: 'Run the whole transaction again, or begin it with BEGIN IMMEDIATE.',
      }),
  ],
]);

export function translateSqlite(
  error: unknown,
  sent: { readonly sql: string; readonly binds: readonly unknown[] },
): ActiveRecordError {
  if (error instanceof ActiveRecordError) return error;
  const { code, message: raw } = sqliteFacts(error);
  const message = raw.replace(/\.$/, '');
  const facts: statement.StatementFacts = { sql: sent.sql, binds: sent.binds, cause: error };
  const word = code === undefined ? undefined : (byCode.get(code) ?? byCode.get(code.split('_', 2).join('_')));
  if (word !== undefined) return word(facts, message);
  for (const [pattern, wording] of byMessage) {
    const match = pattern.exec(message);
    if (match !== null) return wording(facts, message, match);
  }
  return new statement.StatementFailed(`${message}.`, facts);
}

/** What is wrong with a file that something else has written. */
export function notADatabase({ database }: ConnectionConfig, cause?: unknown): ActiveRecordError {
  return new ConnectionFailed(`The file "${database}" is not a SQLite database.`, {
    hint: 'Check the path; the file was not changed.',
    cause,
  });
}

export function translateSqliteConnect(error: unknown, config: ConnectionConfig): ActiveRecordError {
  if (error instanceof ActiveRecordError) return error;
  const { code, message } = sqliteFacts(error);
  const file = config.database;
  if (!isMemory(config) && !existsSync(dirname(resolve(file)))) {
    return new DatabaseMissing(`The folder of the SQLite file "${file}" does not exist.`, {
      hint: `Create "${dirname(resolve(file))}", or check the path: a relative one begins at the working directory.`,
      cause: error,
    });
  }
  if (code === 'SQLITE_NOTADB') return notADatabase(config, error);
  if (code?.startsWith('SQLITE_BUSY') === true) {
    return new ConnectionFailed(`The SQLite file "${file}" is locked by another process.`, {
      hint: busyHint,
      cause: error,
    });
  }
  return new ConnectionFailed(`The SQLite file "${file}" could not be opened: ${message}.`, {
    hint: 'Check that the path names a file, and that this user may read and write it and its folder.',
    cause: error,
  });
}
