import type { Adapter } from '../adapters/contract.ts';
import { checkConfig } from '../connection/config.ts';
import { Connection } from '../connection/connection.ts';
import { loadAdapter } from '../connection/load-adapter.ts';
import { enroll } from '../connection/registry.ts';
import { InvalidQuery } from '../errors/query.ts';
import type { Dialect } from '../sql/dialect.ts';
import { mariadbDialect, mysqlDialect } from '../sql/dialects/mysql.ts';
import { postgresDialect } from '../sql/dialects/postgres.ts';
import { sqliteDialect } from '../sql/dialects/sqlite.ts';
import { describeValue } from '../types/type.ts';
import { requireAttributes } from './plain-attributes.ts';
import { type Answer, type RecordedStatement, RecordingDriver, type Script } from './recording-driver.ts';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgresql: postgresDialect,
  sqlite: sqliteDialect,
} as const satisfies Record<string, Dialect>;

/** The databases whose SQL a recording connection speaks; `mariadb` is 10.11. */
export type RecordedDatabase = keyof typeof dialects;

/** Made by {@link recordingConnection}. */
export interface RecordingConnection {
  readonly connection: Connection;
  /** What was sent, in order; BEGIN and COMMIT too. */
  readonly statements: readonly RecordedStatement[];
  /** Their texts. */
  readonly sql: readonly string[];
  /**
   * What the next statement is answered with, and the one after it, and so on: rows by the database's column names, what
   * came of a write, or an error of the driver. Without one no rows are found, and each write reaches one row.
   *
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for anything else
   */
  answer(...answers: readonly (Answer | readonly NonNullable<Answer['rows']>[number][] | Error)[]): void;
  /** Forgets what was sent, and the answers that are left. */
  clear(): void;
}

/**
 * A connection without a database, for tests of exact SQL: models on it send their statements as they would, and the test
 * reads them. Close it with `disconnect(name)`.
 *
 * ```ts
 * const recorded = await recordingConnection('postgresql');
 * recorded.answer([{ id: 1, name: 'Ada' }]);
 * const ada = await User.find(1);
 * recorded.sql; // ['SELECT … FROM "users" WHERE "id" = $1 LIMIT 1']
 * ```
 * @param database - whose SQL it is
 * @param options - `name`: the name in the registry, `default` unless told otherwise
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for another database; ConnectionAlreadyDefined
 *   (`AR_CONNECTION_ALREADY_DEFINED`) where there is an open connection of that name
 */
export async function recordingConnection(
  database: RecordedDatabase,
  { name = 'default' }: { readonly name?: string } = {},
): Promise<RecordingConnection> {
  if (!Object.hasOwn(dialects, database)) {
    throw new InvalidQuery(
      `recordingConnection takes ${Object.keys(dialects).join(', ')}, not ${describeValue(database)}.`,
    );
  }
  const script: Script = { statements: [], answers: [], insertId: 0 };
  const checked = checkConfig(database === 'sqlite' ? 'sqlite:recorded.sqlite3' : `${database}://localhost/recorded`);
  const connect = async () => new RecordingDriver(dialects[database], script);
  const connection = new Connection(name, {
    ...checked,
    load: async (adapter): Promise<Adapter> => ({
      ...(await loadAdapter(adapter)),
      connect,
      limits: () => undefined,
      // Nobody else is there who could hold it.
      lock: async () => ({ release: async () => undefined }),
    }),
  });
  enroll(connection);
  await connection.open();
  return {
    connection,
    statements: script.statements,
    get sql() {
      return script.statements.map((statement) => statement.sql);
    },
    answer(...answers) {
      script.answers.push(...answers.map(checkAnswer));
    },
    clear() {
      script.statements.length = 0;
      script.answers.length = 0;
    },
  };
}

type Rows = NonNullable<Answer['rows']>;

const isRows = (answer: unknown): answer is Rows => Array.isArray(answer);

function checkAnswer(answer: Answer | Rows | Error): Answer | Error {
  if (answer instanceof Error) return answer;
  const checked: Answer = isRows(answer) ? { rows: answer } : answer;
  requireAttributes(checked, 'A statement is answered with rows, { affectedRows, insertId } or an error', rowsHint);
  const { rows = [], affectedRows = 0, insertId = 0, ...others } = checked;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new InvalidQuery(`An answer has no "${unknown}": there are rows, affectedRows and insertId.`);
  if (!Array.isArray(rows)) throw new InvalidQuery(`rows are a list, not ${describeValue(rows)}.`, { hint: rowsHint });
  for (const row of rows) requireAttributes(row, 'A row is an object by the names of columns', rowsHint);
  if (!Number.isSafeInteger(affectedRows) || affectedRows < 0)
    throw new InvalidQuery(`affectedRows is a whole number, not ${describeValue(affectedRows)}.`);
  if (typeof insertId !== 'bigint' && !Number.isSafeInteger(insertId))
    throw new InvalidQuery(`insertId is a whole number, not ${describeValue(insertId)}.`);
  return checked;
}

const rowsHint = "Such as recorded.answer([{ id: 1, name: 'Ada' }], { affectedRows: 2 }).";
