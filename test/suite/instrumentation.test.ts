import { tracingChannel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import {
  BaseModel,
  column,
  connect,
  createAll,
  disconnect,
  type LoggedStatement,
  type StatementEvent,
  sql,
} from 'active-record-ts';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { formatStatement } from '../../lib/connection/log.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { errorOf } from '../support/models.ts';

class Visitor extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  token: column.string().sensitive().nullable().unique(),
}) {}

describeEachDatabase('instrumentation', (database) => {
  const logged: LoggedStatement[] = [];

  beforeAll(async () => {
    await connect(database.url, { log: (statement) => logged.push(statement) });
    await createAll([Visitor]);
  });
  beforeEach(() => {
    logged.length = 0;
  });
  afterAll(async () => {
    await disconnect();
  });

  it('logs each statement with its values, duration and row count', async () => {
    await Visitor.create({ name: 'Ada' });
    await Visitor.where({ name: 'Ada' });
    expect(logged.map((statement) => statement.sql.split(' ')[0])).toEqual(['INSERT', 'SELECT']);
    expect(logged[0]).toMatchObject({ connection: 'default', rows: 1, error: undefined });
    expect(logged[1]).toMatchObject({ rows: 1, binds: ['Ada'] });
    expect(logged.every((statement) => statement.duration >= 0)).toBe(true);
  });

  it('logs failed statements with their error', async () => {
    const connection = Visitor.connection;
    await expect(connection.execute(sql`UPDATE nowhere SET x = ${1}`)).rejects.toMatchObject({
      code: 'AR_TABLE_MISSING',
    });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ rows: undefined, error: { code: 'AR_TABLE_MISSING' } });
  });

  it('hides the values of sensitive columns, in logs and in errors', async () => {
    const secret = 'planted-secret';
    const visitor = await Visitor.create({ name: 'Ada', token: secret });
    await Visitor.where({ token: [secret, 'other'] }).count();
    await Visitor.where({ token: secret }).updateAll({ token: `${secret}-2` });
    await visitor.reload();
    await visitor.update({ token: `${secret}-3` });
    await Visitor.insertAll([{ name: 'Bob', token: secret }]);
    expect(JSON.stringify(logged)).not.toContain(secret);
    expect(JSON.stringify(logged)).toContain('[hidden]');
    const taken = await Visitor.create({ name: 'Eve', token: secret }).catch((error: unknown) => error);
    const failed = await Visitor.where({ token: secret })
      .where(sql`no_such_column = 1`)
      .count()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'AR_COLUMN_MISSING', binds: ['[hidden]'] });
    expect(taken).toMatchObject({ code: 'AR_RECORD_INVALID', cause: { code: 'AR_NOT_UNIQUE' } });
    expect(inspect(taken, { showHidden: true, depth: 10 })).not.toContain(secret);
    expect(inspect(failed, { showHidden: true, depth: 10 })).not.toContain(secret);
  });

  it('hides them also where the database cuts them, or tells the whole row', async () => {
    const secret = 'planted-'.repeat(21).slice(0, 161);
    await Visitor.create({ name: 'Ada', token: secret });
    const taken = await errorOf(() => Visitor.create({ name: 'Eve', token: secret }));
    expect(taken).toMatchObject({ code: 'AR_RECORD_INVALID', cause: { code: 'AR_NOT_UNIQUE' } });
    await Visitor.connection.execute(
      sql`CREATE TABLE guests (id INTEGER PRIMARY KEY, token VARCHAR(200), age INTEGER, CONSTRAINT adult CHECK (age >= 18))`,
    );
    class Guest extends BaseModel.with({
      id: column.integer().primaryKey(),
      token: column.string(200).sensitive(),
      age: column.integer().nullable(),
    }) {}
    const young = await errorOf(() => Guest.create({ id: 1, token: secret, age: 3 }));
    expect(young.cause).toMatchObject({ code: 'AR_CHECK' });
    const missing = await errorOf(() =>
      Visitor.connection.execute(sql`INSERT INTO visitors (name, token) VALUES (NULL, 'planted-in-the-text')`),
    );
    expect(missing.cause).toBeInstanceOf(Error);
    expect(missing.cause).not.toHaveProperty('detail');
    for (const error of [taken, young]) {
      expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain('planted-');
    }
  });

  it('goes on when its function throws, and says so once', async () => {
    const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      for (const log of [
        () => {
          throw new Error('the log is full');
        },
        // What is promised is not awaited, but must not end the process either.
        () => Promise.reject(new Error('the log is full')),
      ]) {
        const connection = await connect(database.url, { name: 'throwing', log });
        expect(await connection.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
        expect(await connection.query(sql`SELECT 2 AS two`)).toEqual([{ two: 2 }]);
        await disconnect('throwing');
      }
      expect(printed.mock.calls.map(([text]) => String(text))).toEqual([
        expect.stringMatching(/log function of the connection "throwing" failed.*the log is full/),
        expect.stringContaining('the log is full'),
      ]);
    } finally {
      printed.mockRestore();
    }
  });

  it('finds the attribute of a violated constraint also where its value is part of the name', async () => {
    await Visitor.create({ name: 'Ada', token: 'o' });
    const taken = await Visitor.create({ name: 'Eve', token: 'o' }).catch((error: unknown) => error);
    expect(taken).toMatchObject({ code: 'AR_RECORD_INVALID', errors: expect.anything() });
    expect(String(taken)).toContain('Token has already been taken');
  });

  it('publishes each statement on a tracing channel, to whoever subscribes', async () => {
    const events: string[] = [];
    const channel = tracingChannel<unknown, StatementEvent>('active-record-ts:statement');
    const subscriber = {
      start: (event: StatementEvent) => void events.push(`start ${event.sql.split(' ')[0]}`),
      asyncEnd: (event: StatementEvent) => void events.push(`end ${event.rows}`),
      end: () => undefined,
      asyncStart: () => undefined,
      error: () => undefined,
    };
    channel.subscribe(subscriber);
    await Visitor.deleteAll({ everyRow: true });
    await Visitor.count();
    channel.unsubscribe(subscriber);
    await Visitor.count();
    expect(events).toEqual(['start DELETE', expect.stringMatching(/^end \d+$/), 'start SELECT', 'end 1']);
  });

  it('logs only slow statements when a threshold is set', async () => {
    const slow: LoggedStatement[] = [];
    const connection = await connect(database.url, {
      name: 'slow',
      slow: 60_000,
      log: (statement) => slow.push(statement),
    });
    await connection.query(sql`SELECT 1 AS one`);
    await connection.close();
    expect(slow).toEqual([]);
  });

  it('opens and closes without a log when log is off', async () => {
    const connection = await connect(database.url, { name: 'quiet', log: false });
    await connection.query(sql`SELECT 1 AS one`);
    await connection.close();
    expect(logged).toEqual([]);
  });
});

it('writes a statement as one line', () => {
  const statement = {
    connection: 'default',
    sql: 'SELECT *\n  FROM users',
    binds: [1, 'Ada'],
    duration: 1.234,
    rows: 1,
    error: undefined,
  };
  expect(formatStatement(statement)).toBe("(1.2 ms, 1 row) SELECT * FROM users [ 1, 'Ada' ]");
  expect(formatStatement({ ...statement, binds: [], rows: undefined, error: new Error('x') })).toBe(
    '(1.2 ms, failed) SELECT * FROM users',
  );
});
