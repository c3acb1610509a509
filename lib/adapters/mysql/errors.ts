import type { ActiveRecordError } from '../../errors/base.ts';
import { AccessDenied, ConnectionFailed, ConnectionLost, DatabaseMissing } from '../../errors/connection.ts';
import * as statement from '../../errors/statement.ts';
import type { ConnectionConfig } from '../contract.ts';

type Wording = (facts: statement.StatementFacts, message: string) => ActiveRecordError;

/** What a driver error says, whatever shape it has. */
export interface MysqlErrorFacts {
  readonly errno: number | undefined;
  readonly code: string | undefined;
  readonly message: string;
}

export function mysqlFacts(error: unknown): MysqlErrorFacts {
  if (!(error instanceof Error)) return { errno: undefined, code: undefined, message: String(error) };
  const errno: unknown = Reflect.get(error, 'errno');
  const code: unknown = Reflect.get(error, 'code');
  const text: unknown = Reflect.get(error, 'sqlMessage');
  return {
    errno: typeof errno === 'number' ? errno : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: typeof text === 'string' && text !== '' ? text : error.message,
  };
}

const quoted = (message: string, pattern: RegExp) => pattern.exec(message)?.[1];

/** The columns of a foreign key, from the server's text: … FOREIGN KEY (`author_id`, `b`) REFERENCES … */
function keyColumns(message: string): string[] | undefined {
  const list = quoted(message, /FOREIGN KEY \(((?:`(?:[^`]|``)*`(?:, )?)+)\)/);
  return list?.match(/`(?:[^`]|``)*`/g)?.map((name) => name.slice(1, -1).replaceAll('``', '`'));
}

const column = (message: string) => {
  const name = quoted(message, /[Cc]olumn [`'](?:[^`']+[`']\.[`'])*([^`']+)[`']/);
  return name === undefined ? undefined : [name];
};

/** `for key 'users.index_users_on_email'` (MySQL 8) or `for key 'index_users_on_email'`. */
function duplicateKey(message: string): string | undefined {
  const key = quoted(message, /for key '(.+)'$/);
  return key?.slice(key.indexOf('.') + 1);
}

const notUnique: Wording = (facts, message) =>
  new statement.RecordNotUnique(`A row with these values exists: ${message}.`, {
    ...facts,
    constraint: duplicateKey(message),
  });
const foreignKey: Wording = (facts, message) =>
  new statement.InvalidForeignKey(`A foreign key does not allow this: ${message}.`, {
    ...facts,
    constraint: quoted(message, /CONSTRAINT `([^`]+)`/),
    columns: keyColumns(message),
  });
const notNull: Wording = (facts, message) =>
  new statement.NotNullViolation(`A value is missing: ${message}.`, { ...facts, columns: column(message) });
const check: Wording = (facts, message) =>
  new statement.CheckViolation(`A check constraint does not allow this: ${message}.`, {
    ...facts,
    constraint: quoted(message, /(?:CONSTRAINT|[Cc]heck constraint) [`'](?:[^`']+\.)?([^`']+)[`']/),
  });
const tooLong: Wording = (facts, message) =>
  new statement.ValueTooLong(`A value is too long: ${message}.`, { ...facts, columns: column(message) });
const outOfRange: Wording = (facts, message) =>
  new statement.ValueOutOfRange(`A value does not fit its column: ${message}.`, {
    ...facts,
    columns: column(message),
    hint: message.startsWith('Incorrect string value')
      ? 'The character set of the column has no such characters: make it utf8mb4.'
      : undefined,
  });
const tableMissing: Wording = (facts, message) =>
  new statement.TableMissing(`${message}.`, {
    ...facts,
    hint: 'Run the migrations (npx ar migrate), or createAll([…]).',
  });
const columnMissing: Wording = (facts, message) =>
  new statement.ColumnMissing(`${message}.`, {
    ...facts,
    hint: 'Compare the model with the table; a migration may be pending (npx ar status).',
  });
const exists: Wording = (facts, message) => new statement.AlreadyExists(`${message}.`, facts);
const cancelled: Wording = (facts, message) =>
  new statement.StatementCancelled(`${message}.`, {
    ...facts,
    hint: 'It ran into a time limit of the server, or somebody cancelled it: nothing of it was carried out.',
  });
const readOnly: Wording = (facts, message) => new statement.ReadOnlyViolation(`${message}.`, facts);

const byNumber = new Map<number, Wording>([
  [1062, notUnique], [1169, notUnique], [1586, notUnique], [1859, notUnique],
  [1216, foreignKey], [1217, foreignKey], [1451, foreignKey], [1452, foreignKey], [1701, foreignKey],
  [1048, notNull], [1364, notNull], [1263, notNull],
  [3819, check], [4025, check],
  [1406, tooLong],
  [1264, outOfRange], [1265, outOfRange], [1292, outOfRange], [1366, outOfRange], [1690, outOfRange], [1916, outOfRange],
  [1213, (facts, message) => new statement.Deadlocked(`${message}.`, { ...facts, hint: 'The whole transaction was rolled back; run it again.' })],
  [1205, (facts, message) => new statement.LockTimeout(`${message}.`, facts)],
  [3572, (facts, message) => new statement.LockTimeout(`${message}.`, facts)],
  [1020, (facts, message) => new statement.SerializationFailure(`${message}.`, facts)],
  [1146, tableMissing], [1051, tableMissing], [1054, columnMissing], [1091, columnMissing], [1072, columnMissing],
  [1064, (facts, message) => new statement.StatementSyntax(`${message}.`, facts)],
  [1050, exists], [1060, exists], [1061, exists], [1007, exists], [1826, exists],
  [1317, cancelled], [1969, cancelled], [3024, cancelled],
  [1290, readOnly], [1792, readOnly], [1836, readOnly],
]); // biome-ignore format: the numbers are read as a table

const lostCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CLIENT_INTERACTION_TIMEOUT',
]);

function isLost(facts: MysqlErrorFacts): boolean {
  return (
    (facts.code !== undefined && lostCodes.has(facts.code)) ||
    facts.errno === 2006 ||
    facts.errno === 2013 ||
    facts.errno === 1927 ||
    facts.errno === 1053 ||
    facts.message.includes('closed state') ||
    facts.message.includes('Connection lost')
  );
}

/** `Duplicate entry '…' for key`, `Incorrect integer value: '…' for column`, `Truncated incorrect DOUBLE value: '…'`. */
const quotedValue = /'[\s\S]*'(?= for (?:key|column) )|(?<=value: )'[\s\S]*'/;

/** Servers cut long values, so that they cannot be found by what was sent: those of sensitive columns are found by place. */
function hideQuotedValue(error: unknown): void {
  if (!(error instanceof Error)) return;
  for (const key of ['message', 'sqlMessage', 'stack']) {
    const text: unknown = Reflect.get(error, key);
    if (typeof text === 'string') Reflect.set(error, key, text.replace(quotedValue, "'[hidden]'"));
  }
}

/** The server's numbers are stable; its messages are translated, so they only fill in details. */
export function translateMysql(
  error: unknown,
  sent: { readonly sql: string; readonly binds: readonly unknown[] },
): ActiveRecordError {
  if (sent.binds.includes('[hidden]')) hideQuotedValue(error);
  const facts = mysqlFacts(error);
  const message = facts.message.replace(/\.$/, '');
  if (isLost(facts)) {
    return new ConnectionLost(`The connection was lost while a statement was running: ${message}.`, {
      hint: 'Whether the statement took effect is not known.',
      cause: error,
    });
  }
  const word = facts.errno === undefined ? undefined : byNumber.get(facts.errno);
  const details: statement.StatementFacts = { sql: sent.sql, binds: sent.binds, cause: error };
  return word === undefined ? new statement.StatementFailed(`${message}.`, details) : word(details, message);
}

export function translateMysqlConnect(error: unknown, config: ConnectionConfig): ActiveRecordError {
  const { errno, code, message } = mysqlFacts(error);
  const place = config.socketPath ?? `${config.host ?? '127.0.0.1'}:${config.port ?? 3306}`;
  const user = config.user ?? 'the anonymous user';
  if (errno === 1045 || errno === 1698 || errno === 1044 || errno === 1251 || code === 'ER_ACCESS_DENIED_ERROR') {
    return new AccessDenied(
      `The server at ${place} refused ${user}: wrong user name or password, or no right to "${config.database}".`,
      {
        hint: 'Check the URL, and the grants of that user.',
        cause: error,
      },
    );
  }
  if (errno === 1049) {
    return new DatabaseMissing(`The server at ${place} has no database "${config.database}".`, {
      hint: 'Run npx ar migrate, which creates it where the user may, or CREATE DATABASE by hand.',
      cause: error,
    });
  }
  return new ConnectionFailed(`The server at ${place} could not be reached: ${message || code || 'no answer'}.`, {
    hint: 'Check that it runs, and the host and port of the URL.',
    cause: error,
  });
}
