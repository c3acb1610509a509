import { ActiveRecordError } from '../../errors/base.ts';
import { AccessDenied, ConnectionFailed, ConnectionLost, DatabaseMissing } from '../../errors/connection.ts';
import { InvalidValue } from '../../errors/query.ts';
import * as statement from '../../errors/statement.ts';
import type { ConnectionConfig } from '../contract.ts';
import { isStalePlan, type PostgresErrorFacts, postgresFacts } from './codes.ts';

type Wording = (facts: statement.StatementFacts, told: PostgresErrorFacts) => ActiveRecordError;

/** Message and detail in one line; of `Key (email)=(a@b.c) already exists` without the value, which is not for logs. */
const said = ({ message, detail }: PostgresErrorFacts): string => {
  const sentence = message.replace(/\.$/, '');
  return detail === undefined
    ? `${sentence}.`
    : `${sentence} (${detail.replace(/(?<=\))=\(.*\)(?=[^)]*$)/s, '').replace(/\.$/, '')}).`;
};

/**
 * The columns of a key, from `Key (email, "odd "" name")=(a@b.c, 1) already exists.`: the only place where the server
 * tells them. It translates the words around them, but not this form, and quotes names where SQL would have to.
 */
export function keyColumns(detail: string | undefined): string[] | undefined {
  const list =
    detail === undefined
      ? undefined
      : /\(((?:"(?:[^"]|"")*"|[^"()=]|\((?:[^()]|\([^()]*\))*\))+)\)=\(/.exec(detail)?.[1];
  if (list === undefined) return undefined;
  const names = list.match(/(?:"(?:[^"]|"")*"|\((?:[^()]|\([^()]*\))*\)|[^",()])+/g) ?? [];
  return names.map((name) => {
    const trimmed = name.trim();
    return trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed;
  });
}

/** The first name in a message such as `relation "users" does not exist`, whatever its language's quotes are. */
function quoted(message: string): string | undefined {
  return /["„«“»](.+?)["“»”«]/.exec(message)?.[1];
}

const unqualified = (name: string | undefined) => name?.slice(name.lastIndexOf('.') + 1);

const notUnique: Wording = (facts, told) =>
  new statement.RecordNotUnique(`A row with these values exists: ${said(told)}`, {
    ...facts,
    columns: keyColumns(told.detail),
  });
const foreignKey: Wording = (facts, told) =>
  new statement.InvalidForeignKey(`A foreign key does not allow this: ${said(told)}`, {
    ...facts,
    columns: keyColumns(told.detail),
  });
const notNull: Wording = (facts, told) =>
  // The detail would be the whole row.
  new statement.NotNullViolation(`A value is missing: ${told.message}.`, {
    ...facts,
    columns: told.column === undefined ? undefined : [told.column],
  });
const check: Wording = (facts, told) =>
  new statement.CheckViolation(`A check constraint does not allow this: ${told.message}.`, facts);
const tooLong: Wording = (facts, told) => new statement.ValueTooLong(`A value is too long: ${told.message}.`, facts);
const outOfRange: Wording = (facts, told) =>
  new statement.ValueOutOfRange(`A value does not fit its column: ${told.message}.`, facts);
const tableMissing: Wording = (facts, told) =>
  new statement.TableMissing(`${told.message}.`, {
    ...facts,
    table: facts.table ?? unqualified(quoted(told.message)),
    hint: 'Run the migrations (npx ar migrate), or createAll([…]).',
  });
const columnMissing: Wording = (facts, told) => {
  const name = quoted(told.message) ?? /^column (\S+) /.exec(told.message)?.[1];
  return new statement.ColumnMissing(`${told.message}.`, {
    ...facts,
    columns: name === undefined ? undefined : [unqualified(name) ?? name],
    hint: 'Compare the model with the table; a migration may be pending (npx ar status).',
  });
};
const exists: Wording = (facts, told) => new statement.AlreadyExists(`${told.message}.`, facts);
const lockTimeout: Wording = (facts, told) => new statement.LockTimeout(`${told.message}.`, facts);
const outdated = (facts: statement.StatementFacts) =>
  new statement.SerializationFailure(
    'A table was changed while this transaction was going on, so that a prepared statement no longer fits it.',
    {
      ...facts,
      hint: 'Run the whole transaction again.',
    },
  );

const byState = new Map<string, Wording>([
  ['23505', notUnique],
  ['23503', foreignKey],
  ['23502', notNull],
  ['23514', check],
  [
    '23P01',
    (facts, told) => new statement.RecordNotUnique(`A row that rules this one out exists: ${told.message}.`, facts),
  ],
  ['22001', tooLong],
  ['54000', tooLong],
  ['22003', outOfRange],
  ['22008', outOfRange],
  ['22007', outOfRange],
  [
    '40P01',
    (facts, told) =>
      new statement.Deadlocked(`${told.message}.`, {
        ...facts,
        hint: 'The whole transaction was rolled back; run it again.',
      }),
  ],
  ['55P03', lockTimeout],
  [
    '57014',
    (facts, told) =>
      new statement.StatementCancelled(`${told.message}.`, {
        ...facts,
        hint: 'It ran into a time limit of the server, or somebody cancelled it: nothing of it was carried out.',
      }),
  ],
  [
    '40001',
    (facts, told) =>
      new statement.SerializationFailure(`${told.message}.`, { ...facts, hint: 'Run the whole transaction again.' }),
  ],
  ['42P01', tableMissing],
  ['42703', columnMissing],
  ['42601', (facts, told) => new statement.StatementSyntax(`${told.message}.`, facts)],
  ['42P07', exists],
  ['42710', exists],
  ['42P04', exists],
  ['42701', exists],
  ['42P06', exists],
  ['25006', (facts, told) => new statement.ReadOnlyViolation(`${told.message}.`, facts)],
  [
    '22021',
    (facts, told) =>
      new InvalidValue(`PostgreSQL cannot store this text: ${told.message}.`, {
        hint: 'It has no NUL character: use a binary column.',
        cause: facts.cause,
      }),
  ],
]);

const lostCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

function isLost({ code, message, fatal }: PostgresErrorFacts): boolean {
  if (fatal || (code !== undefined && lostCodes.has(code))) return true;
  return code === undefined && /^Connection terminated|not queryable$|^Client was closed/.test(message);
}

export function translatePostgres(
  error: unknown,
  sent: { readonly sql: string; readonly binds: readonly unknown[] },
): ActiveRecordError {
  if (error instanceof ActiveRecordError) return error;
  const told = postgresFacts(error);
  if (isLost(told)) {
    return new ConnectionLost(`The connection was lost while a statement was running: ${told.message}.`, {
      hint: 'Whether the statement took effect is not known.',
      cause: error,
    });
  }
  // They hold the values of the row, also those of sensitive columns; what is told of them is in `told`.
  if (error instanceof Error && told.code?.startsWith('23') === true) {
    Reflect.deleteProperty(error, 'detail');
    Reflect.deleteProperty(error, 'where');
  }
  const facts: statement.StatementFacts = {
    sql: sent.sql,
    binds: sent.binds,
    cause: error,
    constraint: told.constraint,
    table: told.table,
  };
  if (isStalePlan(error)) return outdated(facts);
  const word = told.code === undefined ? undefined : byState.get(told.code);
  if (word !== undefined) return word(facts, told);
  return new statement.StatementFailed(told.code?.startsWith('23') === true ? `${told.message}.` : said(told), facts);
}

export function translatePostgresConnect(error: unknown, config: ConnectionConfig): ActiveRecordError {
  if (error instanceof ActiveRecordError) return error;
  const { code, message } = postgresFacts(error);
  const place = config.socketPath ?? `${config.host ?? '127.0.0.1'}:${config.port ?? 5432}`;
  if (code === '28P01' || code === '28000' || code === '42501' || /^SASL: /.test(message)) {
    const user = config.user === undefined ? 'the user' : `"${config.user}"`;
    return new AccessDenied(`The server at ${place} refused ${user}: ${message}.`, {
      hint: "Check user name and password in the URL, and the server's pg_hba.conf.",
      cause: error,
    });
  }
  if (code === '3D000') {
    return new DatabaseMissing(`The server at ${place} has no database "${config.database}".`, {
      hint: 'Run npx ar migrate, which creates it where the user may, or CREATE DATABASE by hand.',
      cause: error,
    });
  }
  if (code === '53300') {
    return new ConnectionFailed(`The server at ${place} takes no more connections: ${message}.`, {
      hint: 'Make the pools smaller (?pool=5), or raise max_connections of the server.',
      cause: error,
    });
  }
  return new ConnectionFailed(`The server at ${place} could not be reached: ${reason(error, message, config)}.`, {
    hint: 'Check that it runs, and the host and port of the URL.',
    cause: error,
  });
}

function reason(error: unknown, message: string, config: ConnectionConfig): string {
  if (message === 'timeout expired') return `no answer within ${config.connectTimeout} ms`;
  // Where a name has several addresses, each has failed for a reason of its own.
  if (error instanceof AggregateError) return error.errors.map((each) => postgresFacts(each).message).join('; ');
  return message.replace(/\.$/, '');
}
