/** What the suites about models share: their tables on each database, and the statements that are sent. */
import { channel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  type ActiveRecordError,
  connect,
  connections,
  createAll,
  disconnect,
  type StatementEvent,
  sql,
} from '../../lib/index.ts';
import { describeEachDatabase, type SuiteDatabase } from './databases.ts';

type SchemaModels = Parameters<typeof createAll>[0];

/** A suite on each database, connected, with the tables of `models`. */
export function describeModels(name: string, models: SchemaModels, body: (database: SuiteDatabase) => void): void {
  describeEachDatabase(name, (database) => {
    beforeAll(async () => {
      await connect(database.url);
      await createAll(models);
    });
    afterAll(async () => {
      await disconnect();
    });
    body(database);
  });
}

/** Empties the tables before each test, in that order. */
export function emptyBeforeEach(...tables: string[]): void {
  beforeEach(async () => {
    for (const table of tables) await connections.get().execute(sql`DELETE FROM ${sql.name(table)}`);
  });
}

/** The SQL of every statement that is sent while `run` runs. */
export async function statementsOf(run: () => unknown): Promise<string[]> {
  const statements: string[] = [];
  const started = channel('tracing:active-record-ts:statement:start');
  const note = (event: unknown) => statements.push((event as StatementEvent).sql);
  started.subscribe(note);
  try {
    await run();
  } finally {
    started.unsubscribe(note);
  }
  return statements;
}

/** What `run` throws or rejects with. Not throwing is a failure. */
export async function errorOf(run: () => unknown): Promise<ActiveRecordError & Record<string, unknown>> {
  try {
    await run();
  } catch (error) {
    return error as ActiveRecordError & Record<string, unknown>;
  }
  throw new Error('nothing was thrown');
}

/** The error of `run`, of which it is certain that it was thrown before anything was sent. */
export async function errorBeforeSending(run: () => unknown): Promise<ActiveRecordError> {
  let error: ActiveRecordError | undefined;
  const statements = await statementsOf(async () => {
    error = await errorOf(run);
  });
  if (statements.length > 0) throw new Error(`sent before the error: ${statements.join('; ')}`);
  return error as ActiveRecordError;
}
